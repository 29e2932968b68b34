"""Several coroutines at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def together(calls: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What coroutines give, in their order, each in a task of its own.

    ``asyncio.gather`` does the same in four calls more for each of them, and tells of the first slip while the others
    still run. Here all have ended, whatever happens: who is cancelled while they wait has cancelled them.

    Raises:
        BaseException: what the first of those raised that did not end well.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    tasks = [loop.create_task(call) for call in calls]
    left = len(tasks)

    def count(_: object) -> None:
        nonlocal left
        left -= 1
        if not left and not ended.done():
            ended.set_result(None)

    for task in tasks:
        task.add_done_callback(count)
    if tasks:
        try:
            await ended
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
    return [task.result() for task in tasks]
