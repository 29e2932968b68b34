"""Where the register data of one answer comes from, and how old it is: ``extensions.provenance``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from gateway.cache.shelf import Times


class Provenance:
    """What one request has had of one register.

    Args:
        register: its name.
        route: by what way it is reached.
    """

    __slots__ = ("cached", "register", "route", "times")

    def __init__(self, register: str, route: str) -> None:
        self.register = register
        self.route = route
        self.cached = False
        """Some of it was read for an earlier request."""
        self.times: Times | None = None
        """The oldest; None while the register only failed."""

    def grow_to(self, times: Times, *, cached: bool) -> None:
        """Something this old was used."""
        self.times = times.oldest(self.times)
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
            "fetchedAt": _instant(self.times.asked),
            "validAsOf": _instant(self.times.as_of),
            "cached": self.cached,
            "route": self.route,
        }


def _instant(seconds: float) -> str:
    return _of_minute(int(seconds) // 60)


@lru_cache(maxsize=256)
def _of_minute(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M:00Z")
