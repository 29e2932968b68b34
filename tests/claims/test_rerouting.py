"""A municipality has another system by now: what waits for it goes there, and what may have arrived goes to people."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.claims.delivery import HOUSEKEEPING_SECONDS, Worker
from gateway.claims.doubt import NeverArrived, doubtful, settle
from gateway.claims.operations import withdraw
from gateway.claims.outbox import Route
from gateway.claims.rerouting import Routes
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageState
from schema.terms import AtvkCode, ClaimStatus, ClaimTypeCode
from tests.claims.delivering import MakeWorker, claim_of, in_doubt, rows, submit_to, unsent
from tests.claims.owners import LOOKUP, SAFE, Following, Owner, Time
from tests.claims.world import HOUSING, VALMIERA, anna, reload


def now_at(route: Route) -> Routes:
    """Routes by which that municipality's claims go there."""

    def routes(register: str, claim_type: ClaimTypeCode, municipality: AtvkCode) -> Route | None:
        assert register in (SAFE.register, LOOKUP.register)
        return route if (claim_type, municipality) == (HOUSING, VALMIERA) else None

    return routes


def started_again(store: Store, time: Time, receivers: Mapping[str, Owner]) -> Worker:
    return Worker(store, receivers, time.clock(), jitter=lambda: 1.0, routes=now_at(LOOKUP))


async def test_what_waits_goes_where_the_municipalitys_claims_go_now(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    claim_id, former, new = await submit_to(store, SAFE), Owner(unsent()), Following()
    await worker(social_assistance=former).run_once()
    time.seconds = 20
    delivering = started_again(store, time, {SAFE.register: former, LOOKUP.register: new})
    await delivering.keep_house()
    await delivering.run_once()
    assert (former.operations, new.operations) == (["deliver"], ["deliver"])
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
    (row,) = await rows(store)
    assert Route(row.register, row.strategy) == LOOKUP


@pytest.mark.parametrize("gone", [True, False])
async def test_what_follows_a_claim_that_was_delivered_before_goes_there_too(
    store: Store, worker: MakeWorker, time: Time, gone: bool
) -> None:
    """Whether or not the former system still receives anybody's."""
    claim_id, former, new = await submit_to(store, SAFE), Following(), Following()
    await worker(social_assistance=former).run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    receivers = {LOOKUP.register: new} if gone else {SAFE.register: former, LOOKUP.register: new}
    delivering = started_again(store, time, receivers)
    await delivering.keep_house()
    await delivering.run_once()
    assert (former.operations, new.operations) == (["deliver"], ["WITHDRAWAL"])


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_may_have_arrived_at_the_former_system_is_sent_to_no_other_until_people_have_asked(
    store: Store, worker: MakeWorker, time: Time, arrived: bool
) -> None:
    claim_id, former, new = await submit_to(store, SAFE), Owner(in_doubt(), keeps=arrived), Owner()
    await worker(social_assistance=former).run_once()
    time.seconds = 20
    delivering = started_again(store, time, {SAFE.register: former, LOOKUP.register: new})
    await delivering.keep_house()
    await delivering.run_once()
    assert (former.operations, new.operations) == (["deliver", "find"], [])
    if arrived:
        assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
        return
    assert (await claim_of(store, claim_id)).status is ClaimStatus.OUTCOME_UNKNOWN
    assert [each.claim for each in store.read_sync(doubtful)] == [claim_id]
    store.write_sync(lambda c: settle(c, time.now(), claim_id, NeverArrived(), "Service desk", None))
    await delivering.run_once()
    assert (former.operations, new.operations) == (["deliver", "find"], []), "never to the former one"
    time.seconds += HOUSEKEEPING_SECONDS
    await delivering.keep_house()
    await delivering.run_once()
    assert (new.operations, [row.state for row in await rows(store)]) == (["deliver"], [MessageState.DONE])
