"""Room for so many at once: never more, in turn, and none is lost with who goes away."""

from __future__ import annotations

import asyncio
import random

import pytest

from adapters.kit.slots import Slots


async def test_no_more_enter_than_there_is_room_for_and_who_waits_longest_is_next() -> None:
    slots, entered = Slots(2), list[int]()

    async def enter(number: int) -> None:
        if not slots.take():
            await slots.wait()
        entered.append(number)

    assert slots.take()
    assert slots.take()
    waiting = [asyncio.ensure_future(enter(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert entered == []
    for so_many in (1, 2, 3):
        slots.give()
        assert not slots.take()  # It is already whose turn it was.
        await asyncio.sleep(0)
        assert entered == list(range(so_many))
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("seed", range(20))
async def test_room_is_never_lost_or_doubled_whoever_is_cancelled_whenever(seed: int) -> None:
    chance, slots, inside, most = random.Random(seed), Slots(3), set[int](), 0

    async def visit(number: int) -> None:
        nonlocal most
        if not slots.take():
            await slots.wait()
        inside.add(number)
        most = max(most, len(inside))
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        finally:
            inside.discard(number)
            slots.give()

    visits = [asyncio.ensure_future(visit(number)) for number in range(40)]
    while not all(each.done() for each in visits):
        if chance.random() < 0.5:
            chance.choice(visits).cancel()
        await asyncio.sleep(0)
    assert most == 3
    assert [slots.take() for _ in range(4)] == [True, True, True, False]
