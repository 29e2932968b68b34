"""Garbage is collected between requests, and in the end also where requests never cease."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
import pytest_asyncio

from gateway.long_turns import own_turn
from gateway.memory import Collector


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Knot:
    """Refers to itself, so that only a collection ends it."""

    def __init__(self) -> None:
        self.itself = self


def knots(count: int) -> list[weakref.ref[Knot]]:
    """Garbage, as much as is asked for."""
    return [weakref.ref(Knot()) for _ in range(count)]


def are_gone(left: list[weakref.ref[Knot]]) -> bool:
    return all(each() is None for each in left)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def collector(clock: Clock) -> AsyncIterator[Collector]:
    found = Collector(clock)
    async with found.running():
        yield found


async def test_what_is_loaded_is_set_aside_and_all_is_undone_at_the_end() -> None:
    before = gc.get_threshold()
    async with Collector().running():
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


async def test_garbage_waits_while_a_request_is_answered_and_goes_when_none_is(collector: Collector) -> None:
    left = knots(5_000)
    collector.in_hand += 1
    collector.look()
    assert not are_gone(left)
    collector.in_hand -= 1
    collector.look()
    assert are_gone(left)


async def test_a_little_garbage_is_left_for_later(collector: Collector) -> None:
    gc.collect()
    left = knots(10)
    collector.look()
    assert not are_gone(left)


async def test_where_requests_never_cease_garbage_goes_after_a_while(collector: Collector, clock: Clock) -> None:
    collector.in_hand += 1
    left = knots(5_000)
    clock.now = 0.5
    collector.look()
    assert not are_gone(left)
    clock.now = 1.5
    collector.look()
    assert are_gone(left)


async def test_what_is_kept_is_not_walked_again(collector: Collector) -> None:
    kept = [[number] for number in range(5_000)]
    frozen = gc.get_freeze_count()
    collector.look()
    assert gc.get_freeze_count() >= frozen + len(kept)
    assert len(gc.get_objects()) < len(kept)


async def test_nothing_is_set_aside_while_a_request_is_answered(collector: Collector, clock: Clock) -> None:
    collector.in_hand += 1
    frozen = gc.get_freeze_count()
    knots(5_000)
    clock.now = 10
    collector.look()
    assert gc.get_freeze_count() <= frozen, "what was set aside may end meanwhile"


async def test_it_looks_by_itself() -> None:
    async with Collector().running():
        left = knots(5_000)
        for _ in range(100):
            await asyncio.sleep(0.05)
            if are_gone(left):
                break
        assert are_gone(left)


async def test_much_garbage_goes_at_once_also_while_a_request_is_answered(collector: Collector) -> None:
    collector.in_hand += 1
    gc.collect()
    left = knots(25_000)
    collector.look()
    assert are_gone(left)


async def test_what_takes_the_place_of_as_much_is_collected_in_time_too(collector: Collector) -> None:
    """As a new document does that an old one made room for: what comes and what goes make no count."""
    collector.in_hand += 1
    gc.collect()
    left = knots(1)
    collector.keep(19_000)
    collector.look()
    assert not are_gone(left)
    collector.keep(2_000)
    collector.look()
    assert are_gone(left)
    left = knots(1)
    collector.look()
    assert not are_gone(left), "they are counted once"


async def test_what_is_kept_never_hides_what_is_young(collector: Collector) -> None:
    collector.in_hand += 1
    collector.keep(500_000)
    for _ in range(3):
        left = knots(25_000)
        collector.look()
        assert are_gone(left)


async def test_what_requests_have_in_hand_is_walked_ever_more_seldom(collector: Collector, clock: Clock) -> None:
    collector.in_hand += 1
    gc.collect()
    in_hand = [[number] for number in range(5_000)]
    walked = []
    for tenth in range(1, 1200):
        clock.now = tenth / 10
        collector.look()
        if gc.get_count()[0] < 1_000:
            walked.append(tenth // 10)
            in_hand += [[number] for number in range(5_000)]
    assert walked[:5] == [1, 3, 7, 15, 31], walked
    assert [later - sooner for sooner, later in pairwise(walked[4:])] == [16] * 5
    assert len(in_hand) == 5_000 * (1 + len(walked))


async def test_garbage_that_comes_after_much_that_was_none_goes_in_time(collector: Collector, clock: Clock) -> None:
    collector.in_hand += 1
    gc.collect()
    for _ in range(10):
        in_hand = [[number] for number in range(30_000)]
        clock.now += 100
        collector.look()
    left = knots(26_000)
    collector.look()
    assert are_gone(left), "so many are looked through at once"
    del in_hand, left
    left = knots(5_000)
    clock.now += 1.5
    collector.look()
    assert are_gone(left), "garbage was found: it waits no longer than it did"


async def test_it_looks_also_where_long_work_never_ceases() -> None:
    async def works() -> None:
        while True:
            await own_turn()
            time.sleep(0.006)  # noqa: ASYNC251 - what is long holds the loop

    async with Collector().running():
        working = [asyncio.create_task(works()) for _ in range(5)]
        left = knots(25_000)
        for _ in range(300):
            await asyncio.sleep(0.01)
            if are_gone(left):
                break
        for each in working:
            each.cancel()
        assert are_gone(left)


async def test_what_requests_have_in_hand_is_walked_only_once_memory_has_grown(clock: Clock) -> None:
    peak = [100_000]
    collector = Collector(clock, lambda: peak[0])
    async with collector.running():
        collector.in_hand += 1
        left = knots(70_000)
        clock.now = 10
        collector.look()
        assert not are_gone(left), "to walk so many takes long, and nothing is short"
        peak[0] += 64 * 1024
        collector.look()
        assert are_gone(left)
        left = knots(70_000)
        clock.now = 20
        collector.look()
        assert not are_gone(left), "it has not grown since"
