"""Work for the thread that writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection

from gateway.store.log_rows import LogRows


class Job:
    """One piece of work with the place where its outcome goes: a future of a loop, or of a waiting thread.

    Args:
        once_filed: it files what waits, and waits itself while that is much.
    """

    __slots__ = ("error", "loop", "once_filed", "result", "target", "work")

    def __init__(
        self,
        work: Callable[[Connection], Any] | LogRows,
        target: asyncio.Future[Any] | Future[Any],
        loop: asyncio.AbstractEventLoop | None = None,
        *,
        once_filed: bool = False,
    ) -> None:
        self.work = work
        self.target = target
        self.loop = loop
        self.once_filed = once_filed
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand the outcome over. A caller that was cancelled has stopped listening: the job is done all the same."""
        if self.target.done():
            return
        if self.error is not None:
            self.target.set_exception(self.error)
            if isinstance(self.target, asyncio.Future):
                self.target.exception()  # Whoever does not wait any more need not hear of it.
        else:
            self.target.set_result(self.result)
