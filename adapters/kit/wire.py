"""What travels to a register and back, whatever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from adapters.kit.tls import Tls

DEFAULT_MAX_BYTES = 8 * 1024 * 1024


class WireRequest(msgspec.Struct, frozen=True):
    """One call. Its ``repr`` shows neither headers nor body: they name people."""

    register: str
    """The adapter folder's name, for the error."""
    method: str
    url: str
    """Built from settings and contract only; never holds a person's data."""
    headers: Mapping[str, str]
    body: bytes | None
    deadline: float
    """``time.monotonic()`` at which the answer is worth nothing any more."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """Of the answer's body, counted after decompression."""
    tls: Tls | None = None
    """For an ``https`` address; None: no certificate of ours, and the machine's authorities."""

    def __repr__(self) -> str:
        return f"WireRequest({self.register!r}, {self.method!r}, {self.url!r})"


class WireReply(msgspec.Struct, frozen=True):
    """One answer, read whole. Its ``repr`` shows no body."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of a repeated header the last."""
    body: bytes

    def __repr__(self) -> str:
        return f"WireReply({self.status})"


class Wire(Protocol):
    """Carries one request. Follows no redirect, keeps no cookie, retries nothing."""

    async def request(self, request: WireRequest) -> WireReply:
        """Send and read the whole answer, of any status.

        Raises:
            Unavailable: no whole answer within the deadline; ``sent=False`` only where not a byte of the request was
                written.
            Malformed: the answer is larger than ``max_bytes``, or encoded in a way that was not asked for.
            Rejected: a header of the request cannot be written; nothing was sent.
        """
        ...
