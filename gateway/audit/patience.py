"""Calls that may never end: a disk of another machine that hangs holds up nobody but itself."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Patience:
    """A thread of its own for calls to one place, one after the other; whoever calls waits so long and no longer.

    The thread ends with the process, wherever it stands.

    Args:
        seconds: for each call.
        place: what it is that may not answer, as the error names it.
    """

    def __init__(self, seconds: float, place: str) -> None:
        self._seconds = seconds
        self._place = place
        self._waiting: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._late: Future[Any] | None = None

    def call(self, work: Callable[[], T]) -> T:
        """What the work gives. One thread at a time may call.

        Raises:
            TimeoutError: it is not done in time, and may be done later; or an earlier one is not done still, and this
                one was not begun.
            Exception: whatever the work raises.
        """
        if self._late is not None and not self._late.done():
            raise self._hangs()
        self._late = None
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="patience", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._waiting.put((work, future))
        try:
            return future.result(self._seconds)
        except TimeoutError:
            if future.done():
                raise  # The work's own.
            self._late = future
            raise self._hangs() from None

    def _hangs(self) -> TimeoutError:
        return TimeoutError(errno.ETIMEDOUT, f"{self._place} does not answer")

    def _run(self) -> None:
        while True:
            work, future = self._waiting.get()
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                future.set_exception(error)
