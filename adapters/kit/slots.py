"""So many at once: room for calls, which costs nothing to enter while there is some."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class Turns:
    """Who waits, in the order in which they came."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[None]] = deque()
        """Whose turn may come, longest first. Nearly always nobody's: to look costs less than to call :meth:`next`."""

    async def wait(self, not_needed: Callable[[], object]) -> None:
        """Until it is our turn.

        Args:
            not_needed: called where it was our turn in the moment in which we went away.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                not_needed()
            else:
                with suppress(ValueError):
                    self.waiting.remove(turn)
            raise

    def next(self) -> bool:
        """Give whoever waits longest their turn. False: nobody waits."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False


class Slots:
    """Room for so many at once; who finds none waits in turn.

    ``asyncio.Semaphore`` does the same, in several calls where one looks at a number. Whoever enters and leaves with
    every call may do so in place: take one of :attr:`free`, and put it back where nobody waits.
    """

    __slots__ = ("_turns", "free", "waiting")

    def __init__(self, count: int) -> None:
        self.free = count
        """How many more may enter."""
        self._turns = Turns()
        self.waiting = self._turns.waiting
        """Who has found no room; they wait for :meth:`give`."""

    def take(self) -> bool:
        """Enter, where there is room: then :meth:`give` has to follow. False: there is none."""
        if self.free <= 0:
            return False
        self.free -= 1
        return True

    async def wait(self) -> None:
        """Enter as soon as there is room: then :meth:`give` has to follow."""
        await self._turns.wait(self.give)

    def give(self) -> None:
        """Leave; whoever waits longest enters at once, so that nobody comes in between."""
        if not self._turns.next():
            self.free += 1
