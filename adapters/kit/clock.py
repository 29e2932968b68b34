"""Time, as the composition root hands it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks that adapters need.

    Args:
        now: aware UTC, for what people read.
        monotonic: seconds that never jump, on the scale of ``CallContext.deadline``.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
