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

    @coroutine
    def of(self, awaited: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Wait for one thing; a task waits for one at a time. What waits for nothing is not timed.

        Raises:
            TimeoutError: it took too long, and was cancelled.
        """
        result: T
        try:
            waits_for = awaited.send(None)
        except StopIteration as done:
            result = done.value
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
            while True:
                try:
                    answer = yield waits_for
                except BaseException as thrown:  # noqa: BLE001 - whatever it is, what is awaited hears of it
                    waits_for = awaited.throw(thrown)
                else:
                    waits_for = awaited.send(answer)
        except StopIteration as done:
            result = done.value
            return result
        except asyncio.CancelledError:
            if self._due[task] is None and task.cancelling() == cancellations + 1:
                raise TimeoutError from None
            raise  # somebody else has cancelled it as well
        finally:
            waits_for = None  # What it ended by knows this frame: a circle.
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
