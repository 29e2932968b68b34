"""Many timeouts by one timer end as asyncio's own would."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress

import pytest

from gateway.edge.timeouts import Timeout


async def never() -> None:
    await asyncio.Event().wait()


async def test_what_is_done_in_time_is_given_back() -> None:
    async def seven() -> int:
        await asyncio.sleep(0.01)
        return 7

    timeout = Timeout(5)
    assert await asyncio.gather(*(timeout.of(seven()) for _ in range(3))) == [7, 7, 7]


async def test_each_is_late_in_its_own_time_and_the_task_goes_on() -> None:
    timeout = Timeout(0.1)
    ended: list[float] = []

    async def one(start: float) -> None:
        await asyncio.sleep(start)
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await timeout.of(never())
        ended.append(asyncio.get_running_loop().time() - began)
        await asyncio.sleep(0)  # the task is not left cancelled
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    await asyncio.gather(*(one(start) for start in (0, 0.05, 0.25)))
    assert len(ended) == 3
    assert all(each >= 0.099 for each in ended)


async def test_an_error_is_the_awaited_things_own() -> None:
    async def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await Timeout(5).of(fail())


async def test_an_error_leaves_nothing_to_collect() -> None:
    def fails_soon() -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        found = loop.create_future()
        loop.call_soon(found.set_exception, ValueError("its own"))
        return found

    async def fail() -> None:
        await fails_soon()

    async def failing() -> None:
        with suppress(ValueError):
            await Timeout(5).of(fail())

    await failing()
    gc.collect()
    gc.disable()
    try:
        await failing()
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_who_is_cancelled_by_somebody_else_is_cancelled_also_when_late() -> None:
    task = asyncio.create_task(Timeout(5).of(never()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def cancelled_as_it_ends() -> None:
        try:
            await never()
        finally:
            late.cancel()

    late = asyncio.create_task(Timeout(0.01).of(cancelled_as_it_ends()))
    with pytest.raises(asyncio.CancelledError):
        await late


async def test_what_swallows_its_end_is_not_cancelled_twice() -> None:
    async def stubborn() -> str:
        try:
            await never()
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
        return "late"

    timeout = Timeout(0.01)
    assert await timeout.of(stubborn()) == "late"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with pytest.raises(TimeoutError):
        await timeout.of(never())
