"""Coroutines run by hand behave as tasks would, and end when their time is over."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from gateway.plan.steps import Steps


class Heard:
    """What became of every coroutine, in order."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.finished: list[tuple[str, Any, BaseException | None]] = []

    def steps(self, seconds: float = 60.0) -> Steps[str]:
        return Steps(time.monotonic() + seconds, self.entered.append, lambda *heard: self.finished.append(heard))


async def test_what_waits_for_nothing_is_finished_at_once() -> None:
    heard = Heard()

    async def at_once() -> int:
        return 7

    heard.steps().start("a", at_once(), "a")
    assert heard.finished == [("a", 7, None)]


async def test_several_wait_together_and_each_step_is_announced() -> None:
    heard = Heard()
    steps = heard.steps()
    shared: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(number: int) -> int:
        found = await asyncio.shield(shared)
        await asyncio.sleep(0)
        await asyncio.gather(asyncio.sleep(0.001), asyncio.sleep(0))
        return found + number

    steps.start("a", wait(1), "a")
    steps.start("b", wait(2), "b")
    asyncio.get_running_loop().call_soon(shared.set_result, 10)
    assert await steps.drain()
    assert sorted(heard.finished, key=str) == [("a", 11, None), ("b", 12, None)]
    assert heard.entered.count("a") == heard.entered.count("b") == 4


async def test_what_may_wait_begins_in_another_turn_where_this_one_has_been_long() -> None:
    heard = Heard()
    steps = heard.steps()

    async def at_once(number: int) -> int:
        return number

    steps.start("a", at_once(1), "a", may_wait=True)
    steps._since -= 1.0
    steps.start("b", at_once(2), "b", may_wait=True)
    steps.start("c", at_once(3), "c")
    assert [name for name, _, _ in heard.finished] == ["a", "c"]
    asyncio.get_running_loop().call_soon(heard.finished.append, ("somebody else", None, None))
    assert await steps.drain()
    assert [name for name, _, _ in heard.finished] == ["a", "c", "somebody else", "b"]


async def test_what_is_raised_is_told_and_stops_nobody_else() -> None:
    heard = Heard()
    steps = heard.steps()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def go_on() -> str:
        await asyncio.sleep(0.001)
        return "done"

    steps.start("a", fail(), "a")
    steps.start("b", go_on(), "b")
    assert await steps.drain()
    (name, _, failure), second = heard.finished
    assert (name, type(failure)) == ("a", ValueError)
    assert second == ("b", "done", None)


async def test_a_failed_future_and_a_cancelled_one_reach_who_waits_for_them() -> None:
    heard = Heard()
    steps = heard.steps()
    loop = asyncio.get_running_loop()
    failing: asyncio.Future[None] = loop.create_future()
    cancelled: asyncio.Future[None] = loop.create_future()

    async def wait(future: asyncio.Future[None]) -> str:
        try:
            await future
        except (ValueError, asyncio.CancelledError) as error:
            return type(error).__name__
        return "nothing"

    steps.start("a", wait(failing), "a")
    steps.start("b", wait(cancelled), "b")
    loop.call_soon(failing.set_exception, ValueError("no"))
    loop.call_soon(cancelled.cancel)
    assert await steps.drain()
    assert heard.finished == [("a", "ValueError", None), ("b", "CancelledError", None)]


async def test_the_deadline_ends_the_waiting_and_everything_is_let_go_in_order() -> None:
    heard = Heard()
    steps = heard.steps(seconds=0.02)
    closed: list[str] = []

    async def for_ever(name: str) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(name)

    async def busy() -> None:
        for _ in range(100_000):
            await asyncio.sleep(0.001)

    steps.start("a", for_ever("a"), "a")
    steps.start("b", busy(), "b")
    steps.start("c", for_ever("c"), "c")
    assert not await steps.drain()
    assert steps.stop() == ["a", "b", "c"]
    assert closed == ["a", "c"]
    assert heard.finished == []
    await asyncio.sleep(0.005)  # What they waited for ends later, and wakes nobody.


async def test_who_waits_can_be_cancelled() -> None:
    heard = Heard()
    steps = heard.steps()

    async def for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    steps.start("a", for_ever(), "a")
    waiting = asyncio.ensure_future(steps.drain())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert steps.stop() == ["a"]


async def test_one_that_finishes_may_start_the_next() -> None:
    finished: list[str] = []

    def go_on(name: str, result: Any, failure: BaseException | None) -> None:
        finished.append(name)
        if len(finished) < 4:
            steps.start(f"{name}+", later(), name)

    async def later() -> None:
        await asyncio.sleep(0)

    steps = Steps[str](time.monotonic() + 60, lambda name: None, go_on)
    steps.start("a", later(), "a")
    assert await steps.drain()
    assert finished == ["a", "a+", "a++", "a+++"]
