"""Delivered once, or said to be unknown. Receivers are small fakes; the clock stands still until a test moves it."""

from __future__ import annotations

import pytest

from adapters.kit.breaker import OPEN_SECONDS
from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway.claims.outbox import Route
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageState
from schema.terms import ClaimStatus
from tests.claims.delivering import MakeWorker, claim_of, in_doubt, rows, submit_to, unsent
from tests.claims.owners import LOOKUP, MANUAL, SAFE, Owner, Time
from tests.claims.world import ANNA, ANSWERS, HOUSING


async def test_a_delivered_claim_carries_the_owners_reference(store: Store, worker: MakeWorker) -> None:
    claim_id, owner = await submit_to(store, SAFE), Owner(Receipt("VAL-1"))
    assert await worker(social_assistance=owner).run_once() == 1
    claim = await claim_of(store, claim_id)
    assert (claim.status, claim.owner_reference) == (ClaimStatus.DELIVERED, "VAL-1")
    events = (await store.read(lambda c: events_of(c, [claim_id])))[claim_id]
    assert [e.status for e in events] == [ClaimStatus.DRAFT, ClaimStatus.SUBMITTED, ClaimStatus.DELIVERED]
    assert events[-1].by == "Owner social-0054000"
    (outgoing, context) = owner.seen[0]
    assert (outgoing.claim_id, outgoing.claim_type, outgoing.applicant) == (claim_id, HOUSING, ANNA)
    assert outgoing.answers == ANSWERS
    assert (context.issue, context.purpose, context.user) == (claim_id, "housing-benefit", ANNA.digits)
    assert await worker(social_assistance=owner).run_once() == 0


async def test_sending_is_on_disk_before_the_call(store: Store, worker: MakeWorker) -> None:
    await submit_to(store, SAFE)
    seen: list[MessageState] = []

    class Looking(Owner):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            seen.extend([row.state for row in await rows(store)])
            return await super().deliver(claim, message_id, context)

    await worker(social_assistance=Looking()).run_once()
    assert seen == [MessageState.SENDING]


@pytest.mark.parametrize("route", [SAFE, LOOKUP, MANUAL])
async def test_what_certainly_never_arrived_is_sent_again_with_growing_pauses(
    store: Store, worker: MakeWorker, time: Time, route: Route
) -> None:
    claim_id, owner = await submit_to(store, route), Owner(*[unsent() for _ in range(8)])
    delivering = worker(**{route.register: owner})
    pauses = []
    for _ in range(8):
        assert await delivering.run_once() == 1
        (row,) = await rows(store)
        assert (row.state, row.in_doubt, row.last_error) == (MessageState.WAITING, False, "cannot connect")
        pauses.append((row.next_attempt_at - time.now()).total_seconds())
        assert await delivering.run_once() == 0
        time.seconds += max(pauses[-1], OPEN_SECONDS)
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15, 15]
    await delivering.run_once()
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
    assert owner.operations == ["deliver"] * 9
    assert set(owner.cases.values()) == {1}


@pytest.mark.parametrize("doubt", [in_doubt(), Malformed("r", "no JSON"), ConnectionResetError("39100000011")])
async def test_doubt_is_resolved_by_the_same_message_under_its_key(
    store: Store, worker: MakeWorker, time: Time, doubt: Exception
) -> None:
    claim_id, owner = await submit_to(store, SAFE), Owner(doubt)
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    (row,) = await rows(store)
    assert row.in_doubt
    assert "39100000011" not in row.last_error
    time.seconds += 1
    await delivering.run_once()
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
    assert len({message_id for _, message_id in owner.calls}) == 1
    assert owner.operations == ["deliver", "deliver"]


@pytest.mark.parametrize(
    ("arrived", "operations"), [(True, ["deliver", "find"]), (False, ["deliver", "find", "deliver"])]
)
async def test_doubt_is_resolved_by_asking_first(
    store: Store, worker: MakeWorker, time: Time, arrived: bool, operations: list[str]
) -> None:
    claim_id, owner = await submit_to(store, LOOKUP), Owner(in_doubt(), keeps=arrived)
    delivering = worker(education=owner)
    await delivering.run_once()
    assert (await claim_of(store, claim_id)).status is ClaimStatus.SUBMITTED
    time.seconds += 1
    assert await delivering.run_once() == 0, "the owner may still be at work on it"
    time.seconds += 1
    await delivering.run_once()
    assert owner.operations == operations
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
    assert list(owner.cases.values()) == [1]


async def test_an_owner_that_cannot_be_asked_now_is_asked_later_and_sent_nothing(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    class Deaf(Owner):
        async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
            self.calls.append(("find", message_id))
            raise Unavailable("r", "down", sent=False)

    await submit_to(store, LOOKUP)
    owner = Deaf(in_doubt())
    delivering = worker(education=owner)
    for _ in range(4):
        await delivering.run_once()
        time.seconds += 15
    assert owner.operations == ["deliver", "find", "find", "find"]
    (row,) = await rows(store)
    assert (row.state, row.in_doubt) == (MessageState.WAITING, True)


async def test_where_nobody_can_know_nothing_is_ever_sent_again(store: Store, worker: MakeWorker, time: Time) -> None:
    claim_id, owner = await submit_to(store, MANUAL), Owner(in_doubt())
    delivering = worker(vzd=owner)
    await delivering.run_once()
    time.seconds += 100_000
    assert await delivering.run_once() == 0
    assert await delivering.recover() == 0
    assert owner.operations == ["deliver"]
    assert (await claim_of(store, claim_id)).status is ClaimStatus.OUTCOME_UNKNOWN
    assert [row.state for row in await rows(store)] == [MessageState.DOUBTFUL]


async def test_a_refusal_by_the_owner_is_final_and_says_why(store: Store, worker: MakeWorker, time: Time) -> None:
    claim_id, owner = await submit_to(store, SAFE), Owner(Rejected("r", "not our resident"))
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    time.seconds += 100
    assert await delivering.run_once() == 0
    assert (await claim_of(store, claim_id)).status is ClaimStatus.REJECTED_BY_OWNER
    events = (await store.read(lambda c: events_of(c, [claim_id])))[claim_id]
    assert events[-1].note == "not our resident"


async def test_a_duplicate_that_is_rejected_after_doubt_counts_as_delivered(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    claim_id = await submit_to(store, SAFE)
    owner = Owner(in_doubt(), Rejected("r", "duplicate"), keeps=True)
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    time.seconds += 1
    await delivering.run_once()
    assert owner.operations == ["deliver", "deliver", "find"]
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("route", [SAFE, LOOKUP])
async def test_a_refusal_while_the_owner_may_still_be_at_work_on_the_same_message_is_not_its_last_word(
    store: Store, worker: MakeWorker, time: Time, route: Route, arrives: bool
) -> None:
    """Owners refuse a key that they are at work on (409), and the case is there a moment later."""
    claim_id = await submit_to(store, route)
    owner = Owner(in_doubt(), Rejected("r", "status 409"), Rejected("r", "status 409"))
    delivering = worker(**{route.register: owner})
    await delivering.run_once()
    time.seconds += 2
    await delivering.run_once()
    (row,) = await rows(store)
    assert (row.state, row.in_doubt) == (MessageState.WAITING, True)
    if arrives:
        owner.cases[row.message_id] = 1
    time.seconds += 14.9
    assert await delivering.run_once() == 0
    time.seconds += 0.1
    await delivering.run_once()
    status = ClaimStatus.DELIVERED if arrives else ClaimStatus.REJECTED_BY_OWNER
    assert (await claim_of(store, claim_id)).status is status


async def test_who_is_not_let_in_loses_nobody_their_claim(store: Store, worker: MakeWorker, time: Time) -> None:
    """Certificate, permission, address: it is mended, and the claim goes out."""
    claim_id = await submit_to(store, MANUAL)
    owner = Owner(*[Rejected("r", "status 403", ours=True) for _ in range(3)])
    delivering = worker(vzd=owner)
    for _ in range(3):
        assert await delivering.run_once() == 1
        assert (await claim_of(store, claim_id)).status is ClaimStatus.SUBMITTED
        assert [row.last_error for row in await rows(store)] == ["status 403"]
        time.seconds += 15
    await delivering.run_once()
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED


async def test_messages_for_a_register_that_is_not_connected_wait(store: Store, worker: MakeWorker) -> None:
    await submit_to(store, MANUAL)
    assert await worker(social_assistance=Owner()).run_once() == 0
    assert [row.state for row in await rows(store)] == [MessageState.WAITING]
