"""The end of a call that lasts too long."""

from __future__ import annotations

import asyncio
import time

from adapters.kit.deadlines import Deadlines


class Cut:
    """Cancels the running task after so many seconds, unless it is over before.

    ``asyncio.timeout`` does the same at four times the cost. Its rule is kept: who cancels the task from outside is
    heard, also where both happen at once.
    """

    __slots__ = ("_before", "_deadlines", "_made", "_task")

    def __init__(self, seconds: float, deadlines: Deadlines) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._task = task
        self._before = task.cancelling()
        self._made = False
        self._deadlines = deadlines
        deadlines.set(time.monotonic() + seconds, self, loop)

    def over(self) -> bool:
        """The call has ended. True where it was cut: a cancellation that arrived is this one alone, and taken back."""
        self._deadlines.clear(self)
        made, self._made = self._made, False
        return made and self._task.uncancel() <= self._before

    def __call__(self) -> None:
        """It is late."""
        self._made = True
        self._task.cancel()
