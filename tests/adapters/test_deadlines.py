"""One timer for many calls: each is cut at its own deadline, and a cancellation from outside is never taken for it."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from adapters.kit.cut import Cut
from adapters.kit.deadlines import Deadlines


async def test_each_deadline_is_kept_in_whatever_order_they_were_set() -> None:
    deadlines, loop, called = Deadlines(), asyncio.get_running_loop(), list[tuple[int, float]]()
    started = time.monotonic()
    for hundredths in (20, 5, 10, 2, 15):
        late = partial(lambda n: called.append((n, time.monotonic() - started)), hundredths)
        deadlines.set(started + hundredths / 100, late, loop)
    await asyncio.sleep(0.3)
    assert [hundredths for hundredths, _ in called] == [2, 5, 10, 15, 20]
    assert all(after >= hundredths / 100 - 0.002 for hundredths, after in called)


async def test_what_is_taken_back_is_not_called_and_what_is_set_while_others_are_called_is() -> None:
    deadlines, loop, called = Deadlines(), asyncio.get_running_loop(), list[str]()
    now = time.monotonic()

    def early() -> None:
        deadlines.set(now + 0.2, lambda: called.append("set meanwhile"), loop)

    never = partial(called.append, "never")
    deadlines.set(now + 0.02, early, loop)
    deadlines.set(now + 0.05, partial(called.append, "waited"), loop)
    deadlines.set(now + 0.01, never, loop)
    deadlines.clear(never)
    await asyncio.sleep(0.1)
    assert called == ["waited"]
    await asyncio.sleep(0.15)
    assert called == ["waited", "set meanwhile"]


def test_another_loop_starts_anew() -> None:
    deadlines, called = Deadlines(), list[int]()

    async def once(number: int, seconds: float) -> None:
        deadlines.set(time.monotonic() + seconds, partial(called.append, number), asyncio.get_running_loop())
        await asyncio.sleep(0.05)

    asyncio.run(once(1, 60.0))
    asyncio.run(once(2, 0.01))
    assert called == [2]


async def _cut(seconds: float, deadlines: Deadlines, lasts: float) -> bool:
    cut = Cut(seconds, deadlines)
    try:
        await asyncio.sleep(lasts)
    except asyncio.CancelledError:
        if not cut.over():
            raise
        return True
    cut.over()
    return False


async def test_a_call_is_cut_and_the_task_goes_on() -> None:
    deadlines = Deadlines()
    found = await asyncio.gather(_cut(0.02, deadlines, 5), _cut(5, deadlines, 0.02), _cut(0.04, deadlines, 5))
    assert list(found) == [True, False, True]
    async with asyncio.timeout(1):
        assert await _cut(0.01, deadlines, 5)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_who_cancels_from_outside_is_heard_also_at_the_same_moment() -> None:
    deadlines = Deadlines()
    for seconds in (5.0, 0.0):
        task = asyncio.create_task(_cut(seconds, deadlines, 5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if seconds == 0.0:
            time.sleep(0.003)  # noqa: ASYNC251 - so that the timer is due when the loop looks again
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
