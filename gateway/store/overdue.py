"""What a disk does not take in time: a sync may hang, and says nothing then."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from gateway.store.errors import StoreUnavailable

MOST_SECONDS = 3.5
"""Well before a request's deadline, so that it says what is wrong, and still gives what needs no record."""


class Overdue:
    """Ends the waiting for writes, with one timer for all. What nobody waits for any more may be written all the same.

    Of one loop at a time.
    """

    def __init__(self) -> None:
        self._waited_for: deque[tuple[float, Sequence[asyncio.Future[Any]]]] = deque()
        """When each is overdue, the earliest first."""
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def watch(self, written: Sequence[asyncio.Future[Any]], loop: asyncio.AbstractEventLoop) -> None:
        """Have whoever waits hear ``StoreUnavailable``, where it takes longer than :data:`MOST_SECONDS`."""
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._waited_for.clear()
        due = loop.time() + MOST_SECONDS
        self._waited_for.append((due, written))
        if self._timer is None:
            self._timer = loop.call_at(due, self._look, loop)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._waited_for.clear()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now, waited_for = loop.time(), self._waited_for
        while waited_for and (waited_for[0][0] <= now or all(each.done() for each in waited_for[0][1])):
            for each in waited_for.popleft()[1]:
                if not each.done():
                    each.set_exception(StoreUnavailable("the store took nothing in time"))
        if waited_for:
            self._timer = loop.call_at(waited_for[0][0], self._look, loop)
