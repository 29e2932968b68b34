"""Lanes: each owner has its own, with few messages at a time and a circuit, so that one owner's outage is its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from adapters.kit.breaker import Breaker
from schema.terms import CircuitState

SLOTS_OF_A_LANE = 4
"""Attempts at one owner at the same time."""


class Lanes:
    """How many attempts are under way at each owner, and which owners are left alone for a while.

    Args:
        monotonic: seconds that never jump.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._busy: Counter[str] = Counter()
        self._circuits: dict[str, Breaker] = {}

    def room(self, lane: str) -> int:
        """How many more attempts may begin now: none in an open circuit, one at a time until one succeeds after it."""
        circuit = self._circuits.get(lane)
        state = CircuitState.CLOSED if circuit is None else circuit.state
        slots = {CircuitState.CLOSED: SLOTS_OF_A_LANE, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 0}[state]
        return max(0, slots - self._busy[lane])

    def full(self) -> list[str]:
        """Lanes without room; those that were never used have some."""
        return [lane for lane in self._busy.keys() | self._circuits.keys() if self.room(lane) == 0]

    def enter(self, lane: str) -> None:
        """An attempt begins."""
        self._busy[lane] += 1

    def leave(self, lane: str) -> None:
        """An attempt has ended."""
        self._busy[lane] -= 1
        if not self._busy[lane]:
            del self._busy[lane]

    def answered(self, lane: str) -> None:
        """The owner said something, whatever it was."""
        self._circuits.pop(lane, None)

    def failed(self, lane: str) -> None:
        """The owner did not answer."""
        self._circuits.setdefault(lane, Breaker(self._monotonic)).failed()
