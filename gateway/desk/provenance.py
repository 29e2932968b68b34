"""Where the register data of one answer comes from, and how old it is: ``extensions.provenance``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from gateway.cache.shelf import Times


class Provenance(msgspec.Struct, gc=False):
    """What one request has had of one register."""

    register: str
    """Its name."""
    route: str
    """By what way it is reached."""
    cached: bool = False
    """Some of it was read for an earlier request."""
    times: Times | None = None
    """The oldest; None while the register only failed."""

    def grow_to(self, times: Times, *, cached: bool) -> None:
        """Something this old was used."""
        self.times = times if self.times is None else times.oldest(self.times)
        self.cached = self.cached or cached

    def as_json(self) -> dict[str, Any] | None:
        """``{"register", "fetchedAt", "validAsOf", "cached", "route"}``; None where nothing was given.

        Both are RFC 3339 in UTC, of the oldest record, to the minute: two answers that must be alike differ in nothing
        but when they were asked for.
        """
        if self.times is None:
            return None
        return {
            "register": self.register,
            "fetchedAt": _of_minute(int(self.times.asked) // 60),
            "validAsOf": _of_minute(int(self.times.as_of) // 60),
            "cached": self.cached,
            "route": self.route,
        }


@lru_cache(maxsize=256)
def _of_minute(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M:00Z")
