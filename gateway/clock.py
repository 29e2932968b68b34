"""The one place that asks the machine what time it is; everybody else is handed a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from adapters.kit.clock import Clock

utc_now: Callable[[], datetime] = partial(datetime.now, UTC)
"""Aware UTC."""
epoch_seconds: Callable[[], float] = time.time
"""Seconds since the epoch, as tokens count."""
CLOCK = Clock(now=utc_now, monotonic=time.monotonic)
