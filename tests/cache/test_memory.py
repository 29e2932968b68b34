"""What is held, for how long, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.ports import CallContext
from gateway.cache.cache import Cache
from gateway.cache.register import CachedRegister
from gateway.cache.shelf import Shelf, Times
from schema.records.natural_person import NaturalPerson
from schema.records.registered_address import RegisteredAddress
from tests.adapters.fakes import HandTurned, Scripted, address, all_of, codes, connected
from tests.cache.parts import SECONDS, Gate, ask, asked_by, held, opened, remembering

ONE, TWO, THREE = codes(3)


async def test_what_is_held_is_not_asked_for_again_and_the_rest_goes_in_one_batch() -> None:
    time, register = HandTurned(), opened()
    memory = remembering(register, time)
    await ask(memory, time, ONE)
    answer = await ask(memory, time, ONE, TWO, THREE, TWO)
    assert answer == all_of([ONE, TWO, THREE])
    assert [keys for keys, _ in register.calls] == [[ONE], [TWO, THREE]]


async def test_what_was_held_is_told_apart_from_what_the_register_says_now() -> None:
    time = HandTurned()
    memory = remembering(opened(), time)
    await memory.read(RegisteredAddress, [ONE], asked_by("anna", time))
    answer = await memory.read(RegisteredAddress, [ONE, TWO], asked_by("anna", time))
    assert answer.held == {ONE}


async def test_a_subject_that_is_certainly_not_on_record_is_held_as_such() -> None:
    time = HandTurned()
    register = opened(lambda keys, _: {})
    memory = remembering(register, time)
    assert await ask(memory, time, ONE) == {}
    assert await ask(memory, time, ONE) == {}
    assert held(memory, [ONE]) == {}
    assert len(register.calls) == 1


async def test_without_waiting_it_answers_everything_or_nothing() -> None:
    time = HandTurned()
    memory = remembering(opened(), time)
    await ask(memory, time, ONE)
    assert held(memory, [ONE]) == {ONE: address(ONE)}
    assert held(memory, [ONE, TWO]) is None
    assert memory.held(NaturalPerson, [ONE], 0.0) is None


async def test_a_record_is_held_from_the_question_on_and_no_moment_longer() -> None:
    time, register = HandTurned(), Gate()

    def slowly(keys: Sequence[Any], _: CallContext) -> Mapping[Any, Any]:
        time.seconds += 3
        return all_of(keys)

    register.say = slowly
    register.is_open.set()
    memory = remembering(register, time)
    asked_at = time.seconds
    await ask(memory, time, ONE)
    time.seconds = asked_at + SECONDS - 0.001
    assert held(memory, [ONE]) is not None
    time.seconds = asked_at + SECONDS
    assert held(memory, [ONE]) is None
    await ask(memory, time, ONE)
    assert len(register.calls) == 2


@pytest.mark.parametrize("error", [Unavailable("x", "down"), Rejected("x", "no"), Malformed("x", "broken")])
async def test_no_error_is_ever_held(error: Exception) -> None:
    time = HandTurned()
    script = Scripted([error, error, all_of])
    memory = remembering(connected(script, clock=time.clock()), time)
    assert isinstance((await ask(memory, time, ONE))[ONE], type(error))
    assert held(memory, [ONE]) is None
    while isinstance((await ask(memory, time, ONE))[ONE], type(error)):
        pass
    assert held(memory, [ONE]) == {ONE: address(ONE)}


async def test_one_broken_record_of_a_batch_is_asked_for_again_and_the_others_are_held() -> None:
    time = HandTurned()
    register = opened(lambda keys, _: {**all_of(keys), **({TWO: Malformed("x", "broken")} if TWO in keys else {})})
    memory = remembering(register, time)
    await ask(memory, time, ONE, TWO)
    await ask(memory, time, ONE, TWO)
    assert [keys for keys, _ in register.calls] == [[ONE, TWO], [TWO]]


async def test_an_adapters_accident_is_a_broken_answer_and_is_not_held() -> None:
    time = HandTurned()

    def breaks(keys: Sequence[Any], _: CallContext) -> Mapping[Any, Any]:
        raise ZeroDivisionError

    memory = remembering(opened(breaks), time)
    assert isinstance((await ask(memory, time, ONE))[ONE], Malformed)
    assert held(memory, [ONE]) is None


async def test_beyond_its_size_the_one_asked_for_longest_ago_goes() -> None:
    time, register = HandTurned(), opened()
    memory = remembering(register, time, most=2)
    await ask(memory, time, ONE, TWO)
    assert held(memory, [ONE]) is not None
    await ask(memory, time, THREE)
    assert held(memory, [TWO]) is None
    assert held(memory, [ONE, THREE]) is not None


def test_what_nobody_asks_for_again_does_not_stay_after_its_time() -> None:
    time = HandTurned()
    shelf = Shelf(1000, time.clock().monotonic)
    for code in codes(100):
        shelf.put(code, address(code), time.seconds + SECONDS, Times(0.0, 0.0))
    assert len(shelf) == 100
    time.seconds += SECONDS
    shelf.put(ONE, address(ONE), time.seconds + SECONDS, Times(0.0, 0.0))
    assert len(shelf) == 1


async def test_a_memory_answers_for_its_own_record_type_alone() -> None:
    time = HandTurned()
    with pytest.raises(LookupError):
        await remembering(opened(), time).read(NaturalPerson, [ONE], asked_by("anna", time))


@pytest.mark.parametrize(
    ("record_type", "fresh_for", "most", "expected"),
    [
        (RegisteredAddress, 3600, 600.0, 600.0),
        (RegisteredAddress, 30, 600.0, 30.0),
        (NaturalPerson, 600, 600.0, 60.0),
        (NaturalPerson, 20, 600.0, 20.0),
    ],
)
async def test_a_record_is_held_as_long_as_manifest_settings_and_protection_allow(
    record_type: type[Any], fresh_for: int, most: float, expected: float
) -> None:
    time = HandTurned()
    source = Cache(10, most, None, time.clock()).over(record_type, fresh(record_type, fresh_for))
    assert isinstance(source, CachedRegister)
    await source.read(record_type, [ONE], asked_by("anna", time))
    time.seconds += expected - 0.001
    assert source.held(record_type, [ONE], 0.0) is not None
    time.seconds += 0.001
    assert source.held(record_type, [ONE], 0.0) is None


def test_a_register_whose_manifest_says_never_is_left_as_it_is() -> None:
    register = fresh(RegisteredAddress, 0)
    assert Cache(10, 600.0, None, HandTurned().clock()).over(RegisteredAddress, register) is register


def fresh(record_type: type[Any], seconds: int) -> Gate:
    """A register of one record type whose manifest says so many seconds."""
    register = opened()
    entry = register.manifest.reads["RegisteredAddress"]
    reads = {record_type.__name__: msgspec.structs.replace(entry, fresh_for=timedelta(seconds=seconds))}
    register.manifest = msgspec.structs.replace(register.manifest, reads=reads)
    return register


async def test_what_is_older_than_a_claim_allows_is_asked_for_again_and_the_oldest_counts() -> None:
    time = HandTurned()
    clock = time.clock()
    memory = remembering(opened(), time)
    first = await memory.read(RegisteredAddress, [ONE], asked_by("anna", time))
    time.seconds += 4
    both = await memory.read(RegisteredAddress, [ONE, TWO], asked_by("anna", time))
    assert first.times is not None
    assert both.times == first.times
    a_second_ago = msgspec.structs.replace(asked_by("anna", time), not_before=clock.now().timestamp() - 1)
    assert memory.held(RegisteredAddress, [ONE], a_second_ago.not_before) is None
    assert memory.held(RegisteredAddress, [TWO], a_second_ago.not_before) is not None
    again = await memory.read(RegisteredAddress, [ONE, TWO], a_second_ago)
    assert again.held == {TWO}
    assert again.times is not None
    assert again.times.asked > first.times.asked


async def test_data_is_as_old_as_its_register_says_and_no_younger_than_the_question() -> None:
    time = HandTurned()
    asked = time.clock().now()
    told = [asked - timedelta(hours=5), asked + timedelta(hours=5)]

    def tells(keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        assert context.as_of is not None
        context.as_of.told(told.pop(0))
        return all_of(keys)

    memory = remembering(opened(tells), time)
    old = await memory.read(RegisteredAddress, [ONE], asked_by("anna", time))
    young = await memory.read(RegisteredAddress, [TWO], asked_by("anna", time))
    assert old.times == Times(asked.timestamp(), (asked - timedelta(hours=5)).timestamp())
    assert young.times == Times(asked.timestamp(), asked.timestamp())
