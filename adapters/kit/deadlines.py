"""Deadlines of calls that are under way, with one timer for all of them.

Nearly every call ends long before its deadline, and a timer of its own costs more than the rest of what is done around
it. The one timer is set to the earliest deadline that was known when it was set, so it is never late.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_EARLY_SECONDS = 0.001
"""A loop may count in milliseconds."""


class Deadlines:
    """What is to be done at a deadline, unless it is taken back before. Of one loop at a time."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._waiting: dict[Callable[[], None], float] = {}

    def set(self, at: float, late: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Call ``late`` at ``at``, on the scale of ``time.monotonic()``; it is another function for each deadline."""
        if loop is not self._loop:
            self._loop, self._timer, self._waiting = loop, None, {}
        self._waiting[late] = at
        if self._timer is None or at < self._timer_at:
            self._arm(at)

    def clear(self, late: Callable[[], None]) -> None:
        """Take it back; nothing happens where it was called already."""
        self._waiting.pop(late, None)

    def _arm(self, at: float) -> None:
        assert self._loop is not None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(0.0, at - time.monotonic()), self._look)
        self._timer_at = at

    def _look(self) -> None:
        self._timer = None
        now = time.monotonic() + _EARLY_SECONDS
        for late in [late for late, at in self._waiting.items() if at <= now]:
            self.clear(late)
            late()
        if self._waiting:
            self._arm(min(self._waiting.values()))
