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
    if not calls:
        return []
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    tasks = [loop.create_task(call) for call in calls]
    left = len(tasks)

    def count(task: asyncio.Task[T]) -> None:
        nonlocal left
        left -= 1
        if not task.cancelled():
            task.exception()  # Looked at, so that no log tells what is in it where another one's is raised.
        if not left and not ended.done():
            ended.set_result(None)

    try:
        for task in tasks:
            task.add_done_callback(count)
        await ended
        return list(map(asyncio.Task.result, tasks))
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        del task, tasks  # What was raised knows this frame, and a task what was raised: a circle.
