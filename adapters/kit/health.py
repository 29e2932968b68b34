"""How a register has been doing: numbers for people, none about anybody."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from adapters.kit.clock import Clock
from adapters.kit.errors import RegisterError, Unavailable
from schema.terms import CircuitState, HealthState

_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Health:
    """One register at one moment."""

    state: HealthState
    since: datetime | None
    """UTC; None before the first call."""
    last_error: str | None
    """What went wrong last; holds no value of request or reply."""
    p95_ms: float | None
    """Of the last calls that were answered, in milliseconds."""
    circuit: CircuitState
    """The worst of the register's circuits; where it is many servers, of the one that does best: what stands at some of
    them is no word about the others."""


class HealthLog:
    """Collects calls of one register.

    A register that is many servers is up where all that were called are, down where none of them answers, and degraded
    in between: it does not go up and down with whichever was called last.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._durations: deque[float] = deque(maxlen=_REMEMBERED)
        self._state = HealthState.UNKNOWN
        self._since: datetime | None = None
        self._last_error: str | None = None
        self._places: dict[Hashable, HealthState] = {}

    def answered(self, seconds: float, place: Hashable = None) -> None:
        """A call was answered as the contract says; ``place``: by which server, where the register is many."""
        self._durations.append(seconds)
        if self._places.get(place) is not HealthState.UP:
            self._enter(place, HealthState.UP)

    def flawed(self, seconds: float, error: RegisterError, place: Hashable = None) -> None:
        """A call was answered, and not as the contract says: single records of the answer are errors."""
        self._durations.append(seconds)
        self.failed(error, CircuitState.CLOSED, place)

    def failed(self, error: RegisterError, circuit: CircuitState, place: Hashable = None) -> None:
        """A call failed; ``circuit``: the worst of that server's after it."""
        self._last_error = error.what if place is None else f"{place}: {error.what}"
        down = isinstance(error, Unavailable) and circuit is CircuitState.OPEN
        self._enter(place, HealthState.DOWN if down else HealthState.DEGRADED)

    def show(self, circuit: CircuitState) -> Health:
        """The numbers as of now."""
        ordered = sorted(self._durations)
        p95 = ordered[ceil(len(ordered) * 0.95) - 1] * 1000 if ordered else None
        return Health(self._state, self._since, self._last_error, p95, circuit)

    def _enter(self, place: Hashable, state: HealthState) -> None:
        self._places[place] = state
        if state is self._state and len(self._places) == 1:
            return
        states = set(self._places.values())
        whole = state if len(states) == 1 else HealthState.DEGRADED
        if whole is not self._state:
            self._state = whole
            self._since = self._clock.now()
