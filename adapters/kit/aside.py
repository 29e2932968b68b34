"""Work that computes for long, done so that nobody who shares the event loop waits for it.

There is one thread for all of it. The interpreter lets one thread compute at a time, so a second one would get nothing
done earlier, and the loop, which waits for the interpreter together with them, would come to it later with each. What
waits for a disk or for somebody else does not belong here: it would keep what computes from its turn.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

QUICK_BYTES = 1_000_000
"""Of an answer of which a quick reader makes records in a few milliseconds."""
STRICT_BYTES = 100_000
"""The same of any other answer, read strictly and mapped value by value."""
_TURN_SECONDS = 0.0002
"""Of the interpreter: how long one thread computes before another that asks for it may."""


class _ShortTurns:
    """How many compute beside a loop now, and the length of a turn before the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._usual = 0.0

    def any(self) -> bool:
        """Whether anybody computes beside a loop now, or is about to."""
        return self._inside > 0

    def begin(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(_TURN_SECONDS)

    def end(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual)


_SHORT_TURNS = _ShortTurns()
somebody_computes = _SHORT_TURNS.any


@contextmanager
def short_turns() -> Iterator[None]:
    """For as long as the block goes on, other threads do not wait long for the interpreter.

    The loop lets go of it some twenty times in a request, with each read of a socket or a row, and each time it
    waits for a whole turn of whoever computes, usually 5 ms.
    """
    _SHORT_TURNS.begin()
    try:
        yield
    finally:
        _SHORT_TURNS.end()


class Turns:
    """A thread that does one piece of work at a time, for each of those who wait for it in turn: who has a hundred
    pieces waiting keeps the others from none but the one that is being done."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Hashable, deque[tuple[Future[Any], Callable[[], Any]]]] = OrderedDict()

    async def do(self, whose: Hashable, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Do it when it is its turn; who is cancelled while they wait has it never begun.

        Args:
            whose: those with the same name wait for each other in the order they came.

        Raises:
            Exception: what ``work`` raises.
        """
        done: Future[R] = Future()
        with self._lock:
            # First: where no thread can be had, nothing is waiting for one.
            self._thread.submit(self._do_next)
            _SHORT_TURNS.begin()  # from here on: whose turn has just ended is followed at once
            waiting = self._waiting.setdefault(whose, deque())
            waiting.append((done, partial(copy_context().run, work, *args, **named)))
        try:
            return await asyncio.wrap_future(done)
        finally:
            del waiting, done  # What was raised knows this frame, and they what was raised: a circle.

    def _do_next(self) -> None:
        done, work = self._take()
        tell: Callable[[], None] | None = None
        try:
            if done.set_running_or_notify_cancel():
                tell = partial(done.set_result, work())
        except StopIteration:  # which no future may carry
            tell = partial(done.set_exception, RuntimeError("work aside ended an iteration"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is for who waits
            tell = partial(done.set_exception, error)
        finally:
            _SHORT_TURNS.end()  # before who waits goes on: to them it is over
        if tell is not None:
            tell()
        del done, work, tell  # The same.

    def _take(self) -> tuple[Future[Any], Callable[[], Any]]:
        with self._lock:
            whose, waiting = self._waiting.popitem(last=False)
            taken = waiting.popleft()
            if waiting:
                self._waiting[whose] = waiting
            return taken


_TURNS = Turns()
"""Of this process, as the interpreter's lock is."""

in_turn = _TURNS.do
