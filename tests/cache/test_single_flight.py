"""Many want the same at once: one asks, and whatever becomes of who asked, the others are served."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.ports import CallContext
from schema.records.registered_address import RegisteredAddress
from tests.adapters.fakes import HandTurned, all_of, codes
from tests.cache.parts import Gate, ask, asked_by, held, opened, remembering, turns

ONE, TWO, THREE, FOUR = codes(4)


async def test_a_thousand_who_miss_the_same_record_make_one_call() -> None:
    time, register = HandTurned(), Gate()
    memory = remembering(register, time)
    asking = [asyncio.ensure_future(ask(memory, time, ONE, user=f"user {number}")) for number in range(1000)]
    await turns()
    register.is_open.set()
    assert await asyncio.gather(*asking) == [all_of([ONE])] * 1000
    assert register.calls == [([ONE], "user 0")]


async def test_keys_on_their_way_join_another_batch_and_only_the_rest_is_asked_for() -> None:
    time, register = HandTurned(), Gate()
    memory = remembering(register, time)
    asking = [
        asyncio.ensure_future(ask(memory, time, *keys)) for keys in ((ONE, TWO), (TWO, THREE), (ONE, THREE, FOUR))
    ]
    await turns()
    register.is_open.set()
    assert await asyncio.gather(*asking) == [all_of([ONE, TWO]), all_of([TWO, THREE]), all_of([ONE, THREE, FOUR])]
    assert [keys for keys, _ in register.calls] == [[ONE, TWO], [THREE], [FOUR]]


async def test_when_who_asked_is_gone_one_of_those_who_wait_asks_again() -> None:
    time, register = HandTurned(), Gate()
    memory = remembering(register, time)
    asking = [asyncio.ensure_future(ask(memory, time, ONE, user=f"user {number}")) for number in range(1000)]
    await turns()
    asking[0].cancel()
    await turns()
    register.is_open.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [all_of([ONE])] * 999
    assert [user for _, user in register.calls] == ["user 0", "user 1"]


async def test_one_who_waits_and_goes_takes_nobody_along() -> None:
    time, register = HandTurned(), Gate()
    memory = remembering(register, time)
    asking = [asyncio.ensure_future(ask(memory, time, ONE)) for _ in range(3)]
    await turns()
    asking[1].cancel()
    await turns()
    register.is_open.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert answers[0] == answers[2] == all_of([ONE])
    assert len(register.calls) == 1


@pytest.mark.parametrize("error", [Unavailable("x", "down"), Malformed("x", "broken")])
async def test_a_call_that_fails_is_made_once_more_for_all_who_waited_and_nothing_is_kept(error: Exception) -> None:
    time = HandTurned()
    register = Gate(lambda keys, _: dict.fromkeys(keys, error))
    memory = remembering(register, time)
    asking = [asyncio.ensure_future(ask(memory, time, ONE)) for _ in range(1000)]
    await turns()
    register.is_open.set()
    assert await asyncio.gather(*asking) == [{ONE: error}] * 1000
    assert len(register.calls) == 2
    assert held(memory, [ONE]) is None
    register.say = lambda keys, _: all_of(keys)
    assert await ask(memory, time, ONE) == all_of([ONE])


async def test_the_second_call_serves_all_who_waited_for_the_one_that_failed() -> None:
    time, register = HandTurned(), Gate()

    def once(keys: Sequence[Any], _: CallContext) -> Mapping[Any, Any]:
        return dict.fromkeys(keys, Unavailable("x", "down")) if len(register.calls) == 1 else all_of(keys)

    register.say = once
    memory = remembering(register, time)
    asking = [asyncio.ensure_future(ask(memory, time, ONE)) for _ in range(100)]
    await turns()
    register.is_open.set()
    answers = await asyncio.gather(*asking)
    assert isinstance(answers[0][ONE], Unavailable)
    assert answers[1:] == [all_of([ONE])] * 99
    assert len(register.calls) == 2


async def test_nobody_is_given_the_refusal_of_another() -> None:
    time, register = HandTurned(), Gate()
    register.say = lambda keys, context: (
        all_of(keys) if context.user == "anna" else dict.fromkeys(keys, Rejected("x", context.user))
    )
    memory = remembering(register, time)
    users = ["peteris", "janis", "anna", "marta"]
    asking = [asyncio.ensure_future(ask(memory, time, ONE, user=user)) for user in users]
    await turns()
    register.is_open.set()
    for user, answer in zip(users, await asyncio.gather(*asking), strict=True):
        said = answer[ONE]
        assert said.what == user if isinstance(said, Rejected) else user == "anna"


async def test_who_waits_waits_no_longer_than_the_own_deadline() -> None:
    time, register = HandTurned(), Gate()
    memory = remembering(register, time)
    first = asyncio.ensure_future(ask(memory, time, ONE))
    await turns()
    answer = await memory.read(RegisteredAddress, [ONE], asked_by("janis", time, seconds=0.01))
    assert isinstance(answer[ONE], Unavailable)
    register.is_open.set()
    assert await first == all_of([ONE])


async def test_what_came_meanwhile_is_not_asked_for_again() -> None:
    time, register = HandTurned(), opened()
    memory = remembering(register, time)
    await asyncio.gather(*(ask(memory, time, ONE, TWO) for _ in range(10)))
    await ask(memory, time, TWO)
    assert [keys for keys, _ in register.calls] == [[ONE, TWO]]
