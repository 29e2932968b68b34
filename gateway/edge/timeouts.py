"""Timeouts of many requests by one timer: asyncio's own sets one, and takes it back, for every request."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Timeout:
    """A number of seconds that many awaits may each take.

    Args:
        seconds: the same for all, so that who began first is late first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[asyncio.Task[object], float | None] = {}
        """When each is late, the earliest first; None: it is, and has been cancelled."""
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        """Whose timer it is: that of a loop that has ended never rings."""

    async def of(self, awaited: Coroutine[Any, Any, T]) -> T:
        """Wait for one thing; a task waits for one at a time. What waits for nothing is not timed.

        Raises:
            TimeoutError: it took too long, and was cancelled.
        """
        try:
            waits_for = awaited.send(None)
        except StopIteration as done:
            result: T = done.value
            return result
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        cancellations = task.cancelling()
        due = self._due[task] = loop.time() + self._seconds
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_at(due, self._end_the_late, loop)
        try:
            return await _rest(awaited, waits_for)
        except asyncio.CancelledError:
            if self._due[task] is None and task.cancelling() == cancellations + 1:
                raise TimeoutError from None
            raise  # somebody else has cancelled it as well
        finally:
            if self._due.pop(task) is None:
                task.uncancel()

    def _end_the_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for task, due in self._due.items():
            if due is None:
                continue
            if due > now:
                self._timer = loop.call_at(due, self._end_the_late, loop)
                return
            self._due[task] = None
            task.cancel()


@coroutine
def _rest(begun: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """What is left of a coroutine that was begun by hand.

    Args:
        waits_for: what it gave when it was begun.
    """
    try:
        while True:
            try:
                answer = yield waits_for
            except BaseException as thrown:  # noqa: BLE001 - whatever it is, the coroutine hears of it
                waits_for = begun.throw(thrown)
            else:
                waits_for = begun.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
