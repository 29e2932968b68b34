"""Work on large answers, done so that nobody who shares the event loop waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

QUICK_BYTES = 1_000_000
"""Of an answer that a quick reader reads in a few milliseconds."""
STRICT_BYTES = 100_000
"""The same for a strict reader."""


async def aside(size: int, limit: int, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
    """Do it here where ``size`` is within ``limit``, else in a thread. Raises: what ``work`` raises."""
    if size <= limit:
        return work(*args, **named)
    return await asyncio.to_thread(work, *args, **named)
