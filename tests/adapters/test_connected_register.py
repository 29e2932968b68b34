"""Batches, bulkhead, circuit, second try, and errors without a past."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.kit.contract_test import CANARY, a_context, assert_says_nothing
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from schema.records.registered_address import RegisteredAddress
from schema.records.tax_book import TaxBookRecord
from schema.terms import AddressCode, CircuitState, HealthState
from tests.adapters.fakes import HandTurned, Scripted, address, all_of, codes, connected

DOWN = Unavailable("scripted", "down")


async def test_n_keys_are_one_call_up_to_the_batch_size_and_no_key_is_asked_twice() -> None:
    adapter = Scripted([all_of])
    found = await connected(adapter).read(RegisteredAddress, codes(10) + codes(10), a_context())
    assert found == all_of(codes(10))
    assert len(adapter.calls) == 1
    await connected(adapter).read(RegisteredAddress, codes(21), a_context())
    assert [len(call) for call in adapter.calls[1:]] == [10, 10, 1]


async def test_no_key_is_no_call() -> None:
    adapter = Scripted([all_of])
    assert await connected(adapter).read(RegisteredAddress, [], a_context()) == {}
    assert adapter.calls == []


async def test_a_chunk_that_fails_leaves_the_others_alone() -> None:
    bad = codes(30)[15]

    def some(subjects: Sequence[AddressCode]) -> dict[AddressCode, RegisteredAddress]:
        if bad in subjects:
            raise Rejected("scripted", "no")
        return all_of(subjects)

    found = await connected(Scripted([some])).read(RegisteredAddress, codes(30), a_context())
    assert {type(found[code]) for code in codes(30)[10:20]} == {Rejected}
    assert all(found[code] == address(code) for code in codes(10) + codes(30)[20:])


async def test_one_broken_record_is_an_error_for_its_own_key() -> None:
    first, second = codes(2)
    found = await connected(Scripted([{first: address(first), second: Malformed("scripted", "broken")}])).read(
        RegisteredAddress, [first, second], a_context()
    )
    assert found[first] == address(first)
    assert isinstance(found[second], Malformed)


@pytest.mark.parametrize(
    "answer",
    [
        {AddressCode("999999999"): address(AddressCode("999999999"))},
        {codes(1)[0]: address(codes(1)[0]), AddressCode("999999999"): address(codes(1)[0])},
        {codes(1)[0]: "not a record"},
        {codes(1)[0]: None},
    ],
)
async def test_an_answer_about_somebody_else_or_of_another_type_breaks_the_call(answer: dict[Any, Any]) -> None:
    found = await connected(Scripted([answer])).read(RegisteredAddress, codes(1), a_context())
    assert list(found) == codes(1)
    assert type(found[codes(1)[0]]) is Malformed


@pytest.mark.parametrize("slip", [KeyError(CANARY), ValueError(CANARY), RecursionError(CANARY), AssertionError(CANARY)])
async def test_any_slip_of_an_adapter_is_malformed_and_says_nothing(slip: Exception) -> None:
    found = await connected(Scripted([slip])).read(RegisteredAddress, codes(1), a_context())
    error = found[codes(1)[0]]
    assert type(error) is Malformed
    assert_says_nothing(error, frozenset())


async def test_an_error_loses_its_cause_and_its_context() -> None:
    def chained(subjects: Sequence[AddressCode]) -> dict[AddressCode, RegisteredAddress]:
        try:
            raise ValueError(CANARY)
        except ValueError as cause:
            raise Rejected("scripted", "no") from cause

    found = await connected(Scripted([chained])).read(RegisteredAddress, codes(1), a_context())
    assert_says_nothing(found[codes(1)[0]], frozenset())


async def test_a_read_is_tried_once_more_where_the_register_was_unavailable() -> None:
    adapter = Scripted([DOWN, all_of])
    assert await connected(adapter).read(RegisteredAddress, codes(1), a_context()) == all_of(codes(1))
    assert len(adapter.calls) == 2


async def test_a_read_that_met_a_connection_closed_for_its_age_is_asked_again_at_once() -> None:
    adapter = Scripted([Unavailable("scripted", "the connection broke", stale=True), all_of])
    started = time.monotonic()
    assert await connected(adapter).read(RegisteredAddress, codes(1), a_context(0.04)) == all_of(codes(1))
    assert time.monotonic() - started < 0.04


@pytest.mark.parametrize("error", [Rejected("scripted", "no"), Malformed("scripted", "broken")])
async def test_a_refusal_or_a_broken_answer_is_not_asked_for_again(error: RegisterError) -> None:
    adapter = Scripted([error, all_of])
    await connected(adapter).read(RegisteredAddress, codes(1), a_context())
    assert len(adapter.calls) == 1


async def test_a_second_try_that_would_be_too_late_is_not_made() -> None:
    adapter = Scripted([Unavailable("scripted", "down", retry_after=30.0), all_of])
    started = time.monotonic()
    found = await connected(adapter).read(RegisteredAddress, codes(1), a_context(5))
    assert isinstance(found[codes(1)[0]], Unavailable)
    assert len(adapter.calls) == 1
    assert time.monotonic() - started < 1


async def test_a_register_that_hangs_is_cut_at_its_own_timeout_within_the_deadline() -> None:
    adapter = Scripted([None])
    started = time.monotonic()
    found = await connected(adapter, timeout=0.1).read(RegisteredAddress, codes(1), a_context(5))
    assert isinstance(found[codes(1)[0]], Unavailable)
    assert time.monotonic() - started < 1


async def test_a_deadline_of_an_adapters_own_is_no_answer_too() -> None:
    found = await connected(Scripted([TimeoutError(CANARY)])).read(RegisteredAddress, codes(1), a_context(0.1))
    error = found[codes(1)[0]]
    assert isinstance(error, Unavailable)
    assert_says_nothing(error, frozenset())


async def test_a_caller_who_goes_away_is_not_told_that_the_register_was_late() -> None:
    reading = asyncio.create_task(connected(Scripted([None])).read(RegisteredAddress, codes(1), a_context()))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_calls_at_once_are_limited_and_those_who_wait_too_long_were_not_sent() -> None:
    adapter = Scripted([all_of], seconds=0.2)
    register = connected(adapter, batch_size=1, max_concurrency=2)
    found = await register.read(RegisteredAddress, codes(6), a_context(0.3))
    assert adapter.most_at_once == 2
    waited = [error for error in found.values() if isinstance(error, Unavailable) and not error.sent]
    assert waited


async def test_a_circuit_opens_after_five_failures_and_closes_by_one_probe() -> None:
    hand = HandTurned()
    adapter = Scripted([DOWN] * 5 + [all_of])
    register = connected(adapter, clock=hand.clock())
    context = replace(a_context(), deadline=hand.seconds + 1000)
    for _ in range(5):
        await register.read(RegisteredAddress, codes(1), replace(context, deadline=hand.seconds + 0.01))
    assert register.health().circuit is CircuitState.OPEN
    assert register.health().state is HealthState.DOWN
    refused = (await register.read(RegisteredAddress, codes(1), context))[codes(1)[0]]
    assert isinstance(refused, Unavailable)
    assert (refused.sent, refused.retry_after) == (False, 10.0)
    assert len(adapter.calls) == 5
    hand.seconds += 10
    assert register.health().circuit is CircuitState.HALF_OPEN
    assert await register.read(RegisteredAddress, codes(1), context) == all_of(codes(1))
    health = register.health()
    assert (health.circuit, health.state, health.last_error) == (CircuitState.CLOSED, HealthState.UP, "down")
    assert health.p95_ms is not None
    assert health.since is not None


async def test_a_probe_that_fails_opens_the_circuit_again_and_only_one_probe_goes() -> None:
    hand = HandTurned()
    adapter = Scripted([DOWN])
    register = connected(adapter, batch_size=1, clock=hand.clock())
    for _ in range(5):
        await register.read(RegisteredAddress, codes(1), replace(a_context(), deadline=hand.seconds + 0.01))
    hand.seconds += 10
    await register.read(RegisteredAddress, codes(4), replace(a_context(), deadline=hand.seconds + 100))
    assert len(adapter.calls) == 6
    assert register.health().circuit is CircuitState.OPEN


async def test_a_probe_whose_caller_went_away_does_not_keep_the_circuit_open() -> None:
    hand = HandTurned()
    adapter = Scripted([DOWN] * 5 + [None, all_of])
    register = connected(adapter, clock=hand.clock())
    for _ in range(5):
        await register.read(RegisteredAddress, codes(1), replace(a_context(), deadline=hand.seconds + 0.01))
    hand.seconds += 10
    context = replace(a_context(), deadline=hand.seconds + 100)
    probe = asyncio.create_task(register.read(RegisteredAddress, codes(1), context))
    await asyncio.sleep(0.01)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert await register.read(RegisteredAddress, codes(1), context) == all_of(codes(1))


async def test_connections_that_had_ended_before_open_no_circuit() -> None:
    adapter = Scripted([Unavailable("scripted", "the connection broke", stale=True)] * 20 + [all_of])
    register = connected(adapter)
    for _ in range(10):
        await register.read(RegisteredAddress, codes(1), a_context())
    assert register.health().circuit is CircuitState.CLOSED
    assert await register.read(RegisteredAddress, codes(1), a_context()) == all_of(codes(1))


async def test_a_refusal_does_not_open_a_circuit() -> None:
    register = connected(Scripted([Rejected("scripted", "no")]))
    for _ in range(10):
        await register.read(RegisteredAddress, codes(1), a_context())
    assert register.health().circuit is CircuitState.CLOSED
    assert register.health().state is HealthState.DEGRADED


async def test_what_a_manifest_does_not_say_cannot_be_asked() -> None:
    register = connected(Scripted([all_of]))
    with pytest.raises(LookupError):
        await register.read(TaxBookRecord, codes(1), a_context())
    with pytest.raises(LookupError):
        await register.find("message-1", None, a_context())  # type: ignore[arg-type] # never looked at
