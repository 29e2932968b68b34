"""Several coroutines at once: each gives its own, and none runs on when it is over, however it is over."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress

import pytest

from adapters.kit.together import together


async def test_what_they_give_stands_in_their_order_whichever_ends_first() -> None:
    async def give(number: int) -> int:
        for _ in range(5 - number):
            await asyncio.sleep(0)
        return number

    assert await together([give(number) for number in range(5)]) == [0, 1, 2, 3, 4]
    assert await together([]) == []


async def test_one_that_fails_is_told_of_when_the_others_have_ended() -> None:
    ended = list[int]()

    async def fail(number: int) -> None:
        raise LookupError(number)

    async def last() -> None:
        await asyncio.sleep(0.01)
        ended.append(1)

    told = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
    with pytest.raises(LookupError, match="1"):
        await together([last(), fail(1), fail(2)])
    assert ended == [1]
    gc.collect()
    assert told == [], "no log tells of what the others raised"


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("again", [False, True])
async def test_who_is_cancelled_while_they_wait_has_cancelled_all_and_leaves_none_running(
    turns: int, again: bool
) -> None:
    begun, ended = list[int](), list[int]()

    async def wait(number: int) -> None:
        begun.append(number)
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0 if again else 0.01)  # What has to be put in order takes a while.
            ended.append(number)

    async def nothing() -> None:
        pass

    before = asyncio.all_tasks()
    task = asyncio.create_task(together([wait(0), nothing(), wait(1), wait(2)]))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    if again:
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    assert sorted(ended) == sorted(begun) or again


async def test_a_cancellation_in_the_moment_of_the_end_is_heard() -> None:
    async def nothing() -> None:
        pass

    task = asyncio.create_task(together([nothing(), nothing()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("how", ["well", "badly", "cancelled"])
async def test_nothing_is_left_to_collect_however_it_ends(how: str) -> None:
    async def one() -> None:
        await asyncio.sleep(0 if how != "cancelled" else 5)
        if how == "badly":
            raise LookupError

    async def all_of_them() -> None:
        task = asyncio.create_task(together([one(), one()]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if how == "cancelled":
            task.cancel()
        with suppress(LookupError, asyncio.CancelledError):
            await task
        del task  # What it raised knows this frame.

    await all_of_them()
    await asyncio.sleep(0)
    gc.collect()
    gc.disable()
    try:
        await all_of_them()
        await asyncio.sleep(0)
        assert gc.collect() == 0
    finally:
        gc.enable()
