"""Coroutines run by hand, several at a time, in the task of who waits for them.

A batch function that asks the own store has its answer at once, and one that asks registers waits for a batch that
others wait for, too. A task for each, and a set of tasks to wait for, cost more than what they do.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

Name = TypeVar("Name")
_TURN_SECONDS = 0.005
"""How long coroutines that can go on do so before others of the loop have their turn."""


class Steps(Generic[Name]):
    """Coroutines under way, each with a name.

    What is run here may await futures, tasks and other coroutines. It may set no time-out of its own by
    ``asyncio.timeout``: that would cancel the task of who waits.

    Args:
        deadline: ``time.monotonic()`` until which is waited.
        enter: called before each step of a coroutine with what it is about.
        finished: called with the name, and the result or what was raised; forgotten once all is let go.
    """

    def __init__(
        self,
        deadline: float,
        enter: Callable[[Any], object],
        finished: Callable[[Name, Any, BaseException | None], None],
    ) -> None:
        self._deadline = deadline
        self._enter = enter
        self._finished: Callable[[Name, Any, BaseException | None], None] | None = finished
        self.running: dict[Coroutine[Any, Any, Any], tuple[Name, Any]] = {}
        """What is under way, in the order in which it was started, each with its name and what it is about."""
        self._ready: deque[Coroutine[Any, Any, Any]] = deque()
        self._since = time.monotonic()
        """Since when nobody else had a turn, as far as is known."""
        self._wake: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, name: Name, coroutine: Coroutine[Any, Any, Any], about: Any, *, may_wait: bool = False) -> None:
        """Run a coroutine until it waits for something: what has its answer at once is never counted as running.

        Args:
            may_wait: it begins in another turn of the loop where this one has been long.
        """
        assert self._finished is not None
        if may_wait and time.monotonic() - self._since > _TURN_SECONDS:
            self.running[coroutine] = name, about
            self._ready.append(coroutine)
            return
        self._enter(about)
        try:
            awaited = coroutine.send(None)
        except StopIteration as done:
            self._finished(name, done.value, None)
        except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - it is told to who waits
            self._finished(name, None, failure)
        else:
            self.running[coroutine] = name, about
            self._resume_after(awaited, coroutine)

    async def drain(self) -> bool:
        """Until nothing runs. False where the deadline has passed before."""
        if self._ready:
            await asyncio.sleep(0)
        self._since = time.monotonic()
        while self.running:
            if self._ready:
                self._step(self._ready.popleft())
                if self._ready and time.monotonic() - self._since > _TURN_SECONDS:
                    await asyncio.sleep(0)
                    self._since = time.monotonic()
                continue
            if time.monotonic() >= self._deadline:
                return False
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            if self._timer is None:
                self._timer = loop.call_later(self._deadline - time.monotonic(), self._late)
            await self._wake
            self._since = time.monotonic()
        return True

    def stop(self) -> list[Name]:
        """Let go of everything that runs. Returns: what it was, in the order in which it was started."""
        running, self.running = self.running, {}
        self._ready.clear()
        for coroutine in running:
            with suppress(RuntimeError):  # It waits for something even now: that is let go of, too.
                coroutine.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return [name for name, _ in running.values()]

    def close(self) -> None:
        """Let go of everything, for good."""
        self.stop()
        self._finished = None

    def _step(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        known = self.running.get(coroutine)
        if known is None:
            return
        assert self._finished is not None
        name, about = known
        self._enter(about)
        try:
            awaited = coroutine.send(None)
        except StopIteration as done:
            del self.running[coroutine]
            self._finished(name, done.value, None)
        except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - it is told to who waits
            del self.running[coroutine]
            self._finished(name, None, failure)
        else:
            self._resume_after(awaited, coroutine)

    def _resume_after(self, awaited: Any, coroutine: Coroutine[Any, Any, Any]) -> None:
        if awaited is None:  # It lets others have their turn.
            asyncio.get_running_loop().call_soon(self._resume, coroutine)
        else:
            # What a task does with a future that it is given (asyncio.tasks).
            awaited._asyncio_future_blocking = False
            awaited.add_done_callback(partial(self._resume, coroutine))

    def _resume(self, coroutine: Coroutine[Any, Any, Any], _: object = None) -> None:
        if coroutine in self.running:
            self._ready.append(coroutine)
            self._wake_up()

    def _late(self) -> None:
        self._timer = None
        self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
