"""Records of one type of one register in memory: so many at most, each for its time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

_SWEEP_SECONDS = 10.0


class Times(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How old something is, in seconds since the epoch."""

    asked: float
    """When the register was asked."""
    as_of: float
    """Since when it may have been otherwise: earlier than ``asked`` where the register is itself a copy."""

    @classmethod
    def of_answer(cls, asked: float, told: datetime | None) -> Times:
        """Of what a register just said.

        Args:
            told: what it says of its own age; None: nothing.
        """
        return cls(asked, asked if told is None else min(asked, told.timestamp()))

    def oldest(self, other: Times | None) -> Times:
        """Of both, what is true of all."""
        return self if other is None else Times(min(self.asked, other.asked), min(self.as_of, other.as_of))


class Held(NamedTuple):
    """What a register said of one subject."""

    record: Any
    """None: it certainly holds nothing."""
    until: float
    """Seconds of the shelf's clock at which it is worth nothing any more."""
    times: Times


class Shelf:
    """What is held, by the record's key.

    Args:
        most: beyond so many records the one that was asked for longest ago goes.
        monotonic: seconds that never jump.
    """

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        self._most = most
        self._monotonic = monotonic
        self._held: OrderedDict[Any, Held] = OrderedDict()
        self._sweep_at = 0.0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Any) -> Held | None:
        """What is held of a key; None where nothing is, or not any more."""
        found = self._held.get(key)
        if found is None:
            return None
        if found.until <= self._monotonic():
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return found

    def all_of(self, keys: Iterable[Any], not_before: float) -> tuple[dict[Any, Any], Times] | None:
        """``{key: record}`` without the subjects that the register does not know, and the oldest times.

        Args:
            keys: at least one.
            not_before: seconds since the epoch; data that is older is of no use.

        Returns:
            None: one of them must be asked for.
        """
        now, held, answer = self._monotonic(), self._held, {}
        oldest: Times | None = None
        self._sweep(now)
        for key in keys:
            found = held.get(key)
            if found is None:
                return None
            record, until, times = found
            if until <= now or times.as_of < not_before:
                return None
            oldest = times if oldest is None or oldest is times else oldest.oldest(times)
            held.move_to_end(key)
            if record is not None:
                answer[key] = record
        return None if oldest is None else (answer, oldest)

    def put(self, key: Any, record: Any, until: float, times: Times) -> None:
        """Hold what a register said: its record, or None where it certainly holds nothing."""
        now = self._monotonic()
        if until <= now:
            return
        self._sweep(now)
        self._held[key] = Held(record, until, times)
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def _sweep(self, now: float) -> None:
        """Now and then let go of what nobody has asked for again: it may not be used, and so is not kept for long."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + _SWEEP_SECONDS
        for key in [key for key, held in self._held.items() if held.until <= now]:
            del self._held[key]
