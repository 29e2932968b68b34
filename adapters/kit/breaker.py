"""Circuit breaker: a register that does not answer is left alone for a while, and then asked carefully."""

from __future__ import annotations

from collections.abc import Callable

from schema.terms import CircuitState

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 10.0
PROBE_SECONDS = 15.0
"""A probe of which nothing is heard for so long counts as lost, and the next one may go."""


class Breaker:
    """One circuit. Open after so many failures in a row; after a pause, one probe at a time until one succeeds.

    Args:
        monotonic: seconds that never jump.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.failures = 0
        """In a row. While there is none the circuit is closed, and need neither be asked nor be told of a success."""
        self._opened_at: float | None = None
        self._probe_since: float | None = None

    @property
    def state(self) -> CircuitState:
        """As of now."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self.wait() > 0 else CircuitState.HALF_OPEN

    def wait(self) -> float:
        """Seconds until a call may go; 0 where one may."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + OPEN_SECONDS - self._monotonic())

    def admit(self) -> bool:
        """Whether a call may go now. True in a half-open circuit takes the probe's place."""
        if self._opened_at is None:
            return True
        now = self._monotonic()
        busy = self._probe_since is not None and now - self._probe_since < PROBE_SECONDS
        if self.wait() > 0 or busy:
            return False
        self._probe_since = now
        return True

    def succeeded(self) -> None:
        """The register answered, whatever it said."""
        self.failures = 0
        self._opened_at = None
        self._probe_since = None

    def failed(self) -> None:
        """The register was unavailable."""
        self.failures += 1
        if self._opened_at is not None or self.failures >= FAILURES_TO_OPEN:
            self._opened_at = self._monotonic()
        self._probe_since = None

    def abandoned(self) -> None:
        """Nothing is known: the caller went away, or the connection had ended before."""
        self._probe_since = None
