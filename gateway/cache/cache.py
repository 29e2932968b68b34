"""The gateway's memory of what registers said: one shelf for each record type of each register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.kit.clock import Clock
from gateway.cache.register import CachedRegister, Register
from gateway.cache.shelf import Shelf
from schema.records.natural_person import NaturalPerson

if TYPE_CHECKING:
    from gateway.cache.redis_shelf import SharedRecords

_PROTECTION_SECONDS = 60.0
"""Longest for a record that says who is protected, whatever its manifest and the settings allow."""
_SAYS_WHO_IS_PROTECTED = frozenset({NaturalPerson})


class Cache:
    """What is held for one gateway.

    Args:
        most: records of one type, at most.
        seconds: how long a record is held at most, where its manifest allows as much.
        shared: what other gateways have read.
    """

    def __init__(self, most: int, seconds: float, shared: SharedRecords | None, clock: Clock) -> None:
        self._most = most
        self._seconds = seconds
        self._shared = shared
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        if self._shared is not None:
            await self._shared.close()

    def over(self, record_type: type[Any], register: Register) -> Register:
        """The register with a memory of one record type; as it is where nothing of it may be held."""
        seconds = min(register.manifest.reads[record_type.__name__].fresh_for.total_seconds(), self._seconds)
        if record_type in _SAYS_WHO_IS_PROTECTED:
            seconds = min(seconds, _PROTECTION_SECONDS)
        if seconds <= 0:
            return register
        shared = None if self._shared is None else self._shared.shelf(register.name, record_type)
        shelf = Shelf(self._most, self._clock.monotonic)
        return CachedRegister(register, record_type, shelf, seconds, shared, self._clock)
