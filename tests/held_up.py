"""Somebody else's work, for which what computes aside has to wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.kit.aside import in_turn


@asynccontextmanager
async def held_up() -> AsyncIterator[None]:
    """Somebody else's work takes long, until the end of the block."""
    began, go_on = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(5)

    working = asyncio.ensure_future(in_turn("somebody else", work))
    while not began.is_set():  # noqa: ASYNC110 - it begins in another thread
        await asyncio.sleep(0.001)
    try:
        yield
    finally:
        go_on.set()
        await working
