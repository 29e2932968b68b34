"""One municipality's outage is its own: circuits, room at a shared address, and what is said of the whole register."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.breaker import FAILURES_TO_OPEN
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.errors import RegisterError
from schema.records.social_assistance import SocialAssistance
from schema.terms import CircuitState, HealthState
from tests.municipal.halls import Halls, register, resident
from tests.municipal.people import TODAY

ONE_ADDRESS = Connection("http://127.0.0.1:9/bus")
OWN_ADDRESSES = Connection(
    "", municipality_urls={code: f"http://127.0.0.1:{9000 + number}/x" for number, code in enumerate(TODAY)}
)
_SOME = TODAY[:4]


@given(st.lists(st.tuples(st.sampled_from(_SOME), st.booleans()), max_size=40))
def test_a_municipality_is_left_alone_for_its_own_failures_and_for_nobody_elses(
    calls: list[tuple[str, bool]],
) -> None:
    async def run() -> None:
        halls = Halls()
        asked = register(halls, OWN_ADDRESSES)
        failures = dict.fromkeys(_SOME, 0)
        for code, answers in calls:
            halls.down = set() if answers else {code}
            before = halls.calls.copy()
            # Without a second try: the deadline is over before there could be one.
            found = await asked.read(SocialAssistance, [resident(code)], a_context(0.04))
            is_open = failures[code] >= FAILURES_TO_OPEN
            assert (halls.calls - before).total() == (0 if is_open else 1)
            assert isinstance(next(iter(found.values())), RegisterError) is (is_open or not answers)
            if not is_open:
                failures[code] = 0 if answers else failures[code] + 1

    asyncio.run(run())


async def test_with_five_down_the_others_answer_and_their_circuits_stay_closed() -> None:
    halls, five = Halls(), set(TODAY[::9])
    halls.down = five
    asked = register(halls, OWN_ADDRESSES)
    for _ in range(FAILURES_TO_OPEN + 1):
        found = await asked.read(SocialAssistance, [resident(code) for code in TODAY], a_context())
        failed = {key.municipality.digits for key, each in found.items() if isinstance(each, RegisterError)}
        assert failed == five
    told = asked.health()
    assert (told.state, told.circuit) == (HealthState.DEGRADED, CircuitState.CLOSED)
    assert told.last_error is not None
    assert told.last_error.partition(":")[0] in five


async def test_what_is_said_of_the_register_does_not_go_up_and_down_with_each_call() -> None:
    halls = Halls()
    asked = register(halls, OWN_ADDRESSES)
    halls.down = {TODAY[0]}
    said = []
    for code in (TODAY[1], TODAY[0], TODAY[2], TODAY[0], TODAY[3]) * 3:
        await asked.read(SocialAssistance, [resident(code)], a_context(0.04))
        said.append((asked.health().state, asked.health().since))
    assert [state for state, _ in said[:2]] == [HealthState.UP, HealthState.DEGRADED]
    assert len(set(said[1:])) == 1


async def test_a_register_of_which_nobody_answers_is_down() -> None:
    halls = Halls()
    halls.down = set(_SOME)
    asked = register(halls, OWN_ADDRESSES)
    for _ in range(FAILURES_TO_OPEN):
        await asked.read(SocialAssistance, [resident(code) for code in _SOME], a_context())
    assert (asked.health().state, asked.health().circuit) == (HealthState.DOWN, CircuitState.OPEN)


async def _all_at_once(halls: Halls, connection: Connection, codes: tuple[str, ...]) -> dict[str, int]:
    asked = register(halls, connection)
    people = [resident(code, number) for code in codes for number in range(12)]
    # Five hundred calls: on a machine that is busy elsewhere not all of them are done within a second.
    answers = await asyncio.gather(*(asked.read(SocialAssistance, [each], a_context(4.0)) for each in people))
    answered = dict.fromkeys(codes, 0)
    for each in people:
        answered[each.municipality.digits] += any(isinstance(found.get(each), SocialAssistance) for found in answers)
    return answered


async def test_an_address_that_all_municipalities_share_is_not_asked_by_all_at_once() -> None:
    halls = Halls()
    answered = await _all_at_once(halls, ONE_ADDRESS, TODAY)
    assert set(answered.values()) == {12}
    assert halls.most_at_once == 6 * ONE_ADDRESS.max_concurrency < len(TODAY) * ONE_ADDRESS.max_concurrency


async def test_own_addresses_have_room_each() -> None:
    halls = Halls()
    await _all_at_once(halls, OWN_ADDRESSES, TODAY)
    assert halls.most_at_once == len(TODAY) * OWN_ADDRESSES.max_concurrency


async def test_five_that_hang_behind_a_shared_address_leave_room_for_the_others() -> None:
    five = frozenset(TODAY[:5])
    answered = await _all_at_once(Halls(five), ONE_ADDRESS, TODAY)
    assert {code for code, number in answered.items() if number == 0} == five
    assert {number for code, number in answered.items() if code not in five} == {12}
