"""So many at once: room for calls, which costs nothing to enter while there is some."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class Turns:
    """Who waits, in the order in which they came."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self, not_needed: Callable[[], object]) -> None:
        """Until it is our turn.

        Args:
            not_needed: called where it was our turn in the moment in which we went away.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                not_needed()
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def next(self) -> bool:
        """Give whoever waits longest their turn. False: nobody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False


class Slots:
    """Room for so many at once; who finds none waits in turn.

    ``asyncio.Semaphore`` does the same, in several calls where one looks at a number.
    """

    __slots__ = ("_free", "_turns")

    def __init__(self, count: int) -> None:
        self._free = count
        self._turns = Turns()

    def take(self) -> bool:
        """Enter, where there is room: then :meth:`give` has to follow. False: there is none."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Enter as soon as there is room: then :meth:`give` has to follow."""
        await self._turns.wait(self.give)

    def give(self) -> None:
        """Leave; whoever waits longest enters at once, so that nobody comes in between."""
        if not self._turns.next():
            self._free += 1
