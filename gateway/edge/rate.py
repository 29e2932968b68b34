"""How often somebody may ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

_LOOK_AFTER = 1_024
"""Names kept before those whose burst is whole again are let go."""


class Rate:
    """For each name ``burst`` at once, and ``each_second`` from then on.

    A name whose burst is whole again is as one that never came, and is forgotten: so no more are kept than came within
    the ``burst / each_second`` seconds that it takes.

    Args:
        monotonic: seconds.
    """

    def __init__(self, burst: float, each_second: float, monotonic: Callable[[], float]) -> None:
        self._burst = burst
        self._each_second = each_second
        self._monotonic = monotonic
        self._left: dict[Hashable, tuple[float, float]] = {}
        """By name: what was left, and when."""
        self._look_after = _LOOK_AFTER

    def __len__(self) -> int:
        return len(self._left)

    @property
    def wait_seconds(self) -> int:
        """After which at least one more may be asked, whole seconds."""
        return max(1, math.ceil(1 / self._each_second))

    def allows(self, name: Hashable) -> bool:
        """Whether one is left; takes none."""
        return self._of(name, self._monotonic()) >= 1

    def take(self, name: Hashable) -> bool:
        """Take one; False where none is left."""
        now = self._monotonic()
        left = self._of(name, now)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > self._look_after:
            self._left = {each: kept for each, kept in self._left.items() if self._of(each, now) < self._burst}
            self._look_after = max(_LOOK_AFTER, 2 * len(self._left))
        return left >= 1

    def _of(self, name: Hashable, now: float) -> float:
        left, at = self._left.get(name, (self._burst, now))
        return min(self._burst, left + (now - at) * self._each_second)
