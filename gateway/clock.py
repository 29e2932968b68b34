"""The one place that asks the machine what time it is; everybody else is handed a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from adapters.kit.clock import Clock


def utc_now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def epoch_seconds() -> float:
    """Seconds since the epoch, as tokens count."""
    return time.time()


CLOCK = Clock(now=utc_now, monotonic=time.monotonic)
