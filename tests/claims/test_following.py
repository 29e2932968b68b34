"""What follows a claim, answers and withdrawals, arrives in its order and with the same guarantees."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection, update

from adapters.kit.errors import Rejected
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway.claims.delivery import Worker
from gateway.claims.operations import answer, withdraw
from gateway.claims.outbox import Route
from gateway.claims.outcome import Outcome
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageState
from schema.terms import ClaimStatus
from tests.claims.delivering import MakeWorker, claim_of, in_doubt, rows, submit_to
from tests.claims.owners import LOOKUP, MANUAL, SAFE, Following, Owner, Time
from tests.claims.world import FORM, anna, later, reload


async def test_messages_of_one_claim_keep_their_order(store: Store, worker: MakeWorker, time: Time) -> None:
    claim_id = await submit_to(store, SAFE)
    owner = Following(in_doubt())
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    assert await delivering.run_once() == 0, "the withdrawal waits for the submission"
    time.seconds += 1
    await delivering.run_once()
    assert owner.operations == ["deliver", "find"]
    assert (await claim_of(store, claim_id)).status is ClaimStatus.WITHDRAWN


async def test_a_withdrawn_claim_that_never_arrived_is_not_sent_after_all(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    claim_id, owner = await submit_to(store, SAFE), Following(in_doubt())
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    time.seconds += 1
    await delivering.run_once()
    assert [row.state for row in await rows(store)] == [MessageState.WAITING] * 2, "it may arrive yet"
    time.seconds += 15
    await delivering.run_once()
    assert owner.operations == ["deliver", "find", "find"]
    assert [row.state for row in await rows(store)] == [MessageState.CANCELLED] * 2


@pytest.mark.parametrize("jitter", [0.0, 1.0])
async def test_a_withdrawn_claim_does_not_stay_in_doubt_for_ever(store: Store, time: Time, jitter: float) -> None:
    """However short the pauses are: an owner that has been left in peace for long enough has the last word."""
    claim_id, owner = await submit_to(store, SAFE), Following(*[in_doubt() for _ in range(5)])
    delivering = Worker(store, {"social_assistance": owner}, time.clock(), jitter=lambda: jitter)
    for _ in range(3):
        await delivering.run_once()
        time.seconds += 4
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    for _ in range(40):
        await delivering.run_once()
        time.seconds += 1
    assert [row.state for row in await rows(store)] == [MessageState.CANCELLED] * 2
    assert set(owner.operations[3:]) == {"find"}


async def test_a_withdrawn_claim_that_had_arrived_is_withdrawn_there_too(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    claim_id, owner = await submit_to(store, SAFE), Following(in_doubt(), keeps=True)
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    time.seconds += 1
    await delivering.run_once()
    assert owner.operations == ["deliver", "find", "WITHDRAWAL"]
    claim = await claim_of(store, claim_id)
    assert claim.status is ClaimStatus.WITHDRAWN
    assert claim.owner_reference is not None


async def test_added_answers_travel_as_their_own_message(store: Store, worker: MakeWorker, time: Time) -> None:
    claim_id, owner = await submit_to(store, SAFE), Following()
    delivering = worker(social_assistance=owner)
    await delivering.run_once()

    def asked(c: Connection) -> Outcome:
        c.execute(update(claims).values(status=ClaimStatus.INFORMATION_REQUESTED))
        return answer(c, time.now(), anna(c), reload(c, claim_id), {"tenure": "OWN"}, FORM)

    assert (await store.write(asked)).sends
    await delivering.run_once()
    assert owner.operations == ["deliver", "ANSWERS"]
    assert len({message_id for _, message_id in owner.calls}) == 2


async def test_an_owner_is_told_when_answers_were_added_and_when_a_claim_was_withdrawn(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    """Not when the claim itself was submitted: terms are counted from these days."""
    told: list[tuple[str, datetime]] = []

    class Dating(Following):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            told.append(("SUBMISSION", claim.submitted_at))
            return await super().deliver(claim, message_id, context)

        async def follow(
            self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
        ) -> Receipt:
            told.append((str(kind), claim.submitted_at))
            return await super().follow(kind, reference, claim, message_id, context)

    claim_id = await submit_to(store, SAFE)
    delivering = worker(social_assistance=Dating())
    time.seconds = 60
    await delivering.run_once()

    def asked(c: Connection) -> Outcome:
        c.execute(update(claims).values(status=ClaimStatus.INFORMATION_REQUESTED))
        return answer(c, time.now(), anna(c), reload(c, claim_id), {"tenure": "OWN"}, FORM)

    time.seconds = 5_000
    await store.write(asked)
    time.seconds = 9_000
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    time.seconds = 10_000
    await delivering.run_once()
    assert told == [("SUBMISSION", later(0)), ("ANSWERS", later(5_000)), ("WITHDRAWAL", later(9_000))]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("route", [SAFE, LOOKUP, MANUAL])
async def test_a_withdrawal_reaches_the_owner_with_the_same_guarantees(
    store: Store, worker: MakeWorker, time: Time, route: Route, arrived: bool
) -> None:
    """The reply to it is lost: it is sent under its key again, asked for, or left to people, as the claim itself."""
    claim_id, owner = await submit_to(store, route), Following(keeps=arrived)
    delivering = worker(**{route.register: owner})
    await delivering.run_once()
    owner.follow_script = [in_doubt()]
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), "I moved away."))
    for _ in range(4):
        await delivering.run_once()
        time.seconds += 15
    withdrawal = (await rows(store))[-1]
    sends = {SAFE: 2, LOOKUP: 1 if arrived else 2, MANUAL: 1}[route]
    assert owner.operations.count("WITHDRAWAL") == sends
    assert withdrawal.state is (MessageState.DOUBTFUL if route is MANUAL else MessageState.DONE)
    assert owner.cases.get(withdrawal.message_id) == (None if route is MANUAL and not arrived else 1)
    assert (await claim_of(store, claim_id)).status is ClaimStatus.WITHDRAWN


async def test_an_owner_that_takes_no_withdrawals_is_never_sent_a_second_claim(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    claim_id, owner = await submit_to(store, SAFE), Owner()
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    await delivering.run_once()
    assert owner.operations == ["deliver"]
    events = (await store.read(lambda c: events_of(c, [claim_id])))[claim_id]
    assert "tell the owner directly" in (events[-1].note or "")
    assert (await claim_of(store, claim_id)).status is ClaimStatus.WITHDRAWN


@pytest.mark.parametrize("status", [ClaimStatus.INFORMATION_REQUESTED, ClaimStatus.DELIVERED])
async def test_who_is_not_let_in_loses_nobody_their_answers_or_withdrawal(
    store: Store, worker: MakeWorker, time: Time, status: ClaimStatus
) -> None:
    """Certificate, permission, address: it is mended, and they go out; other claims are not held up meanwhile."""
    claim_id, owner = await submit_to(store, SAFE), Following()
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    owner.follow_script = [Rejected("r", "status 403", ours=True) for _ in range(6)]

    def acts(c: Connection) -> Outcome:
        c.execute(update(claims).values(status=status))
        claim = reload(c, claim_id)
        if status is ClaimStatus.DELIVERED:
            return withdraw(c, time.now(), anna(c), claim, None)
        return answer(c, time.now(), anna(c), claim, {"tenure": "OWN"}, FORM)

    await store.write(acts)
    for _ in range(6):
        await delivering.run_once()
        row = (await rows(store))[-1]
        assert (row.state, row.in_doubt, row.last_error) == (MessageState.WAITING, False, "status 403")
        time.seconds += 15
    later_one = await submit_to(store, SAFE)
    await delivering.run_once()
    assert (await claim_of(store, later_one)).status is ClaimStatus.DELIVERED
    time.seconds += 15
    await delivering.run_once()
    assert {row.state for row in await rows(store)} == {MessageState.DONE}
