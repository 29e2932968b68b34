"""Delivered once, or said to be unknown. Receivers are small fakes; the clock stands still until a test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from adapters.kit.breaker import OPEN_SECONDS
from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt, Receives
from gateway.claims.delivery import Worker
from gateway.claims.operations import answer, withdraw
from gateway.claims.outbox import Route
from gateway.claims.outcome import Outcome
from gateway.claims.seats import Seat
from gateway.claims.snapshot import ClaimSnapshot, events_of
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import ClaimStatus
from tests.claims.owners import LOOKUP, MANUAL, SAFE, Following, Owner, Time
from tests.claims.world import ANNA, ANSWERS, FORM, HOUSING, anna, later, reload, submitted


@pytest.fixture
def time() -> Time:
    return Time()


MakeWorker = Callable[..., Worker]


@pytest.fixture
def worker(store: Store, time: Time) -> MakeWorker:
    def make(**receivers: Receives) -> Worker:
        return Worker(store, receivers, time.clock(), jitter=lambda: 1.0)

    return make


async def submit_to(store: Store, route: Route, owner: str = "social-0054000") -> str:
    return await store.write(lambda c: submitted(c, owner, route))


async def claim_of(store: Store, claim_id: str) -> ClaimSnapshot:
    return await store.read(lambda c: reload(c, claim_id))


async def rows(store: Store) -> list[Any]:
    return await store.read(lambda c: list(c.execute(select(outbox).order_by(outbox.c.sequence))))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a fake owner has no event to wait for
            await asyncio.sleep(0.005)


def unsent() -> Unavailable:
    return Unavailable("r", "cannot connect", sent=False)


def in_doubt() -> Unavailable:
    return Unavailable("r", "connection lost")


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


async def test_an_arrival_that_another_attempt_could_not_know_counts(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    """One worker stands still in its call; another finds nothing, and the claim is taken for withdrawn in time."""
    released = asyncio.Event()

    class Slow(Following):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            await released.wait()
            return await super().deliver(claim, message_id, context)

    claim_id, owner = await submit_to(store, SAFE), Slow()
    slow, other = worker(social_assistance=owner), worker(social_assistance=owner)
    await slow.recover()
    await other.recover()
    sending = asyncio.create_task(slow.run_once())
    await until(lambda: bool(slow.under_way))
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    time.seconds = 20
    await other.run_once()
    assert [row.state for row in await rows(store)] == [MessageState.CANCELLED] * 2
    released.set()
    await sending
    await other.run_once()
    assert [row.state for row in await rows(store)] == [MessageState.DONE] * 2
    assert owner.operations == ["find", "deliver", "WITHDRAWAL"]


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


@pytest.mark.parametrize(
    ("route", "operations", "status"),
    [
        (SAFE, ["deliver"], ClaimStatus.DELIVERED),
        (LOOKUP, ["find", "deliver"], ClaimStatus.DELIVERED),
        (MANUAL, [], ClaimStatus.OUTCOME_UNKNOWN),
    ],
)
async def test_what_was_being_sent_when_the_worker_died_is_in_doubt(
    store: Store, worker: MakeWorker, route: Route, operations: list[str], status: ClaimStatus
) -> None:
    claim_id, owner = await submit_to(store, route), Owner()

    def dying(c: Connection) -> None:
        c.execute(
            update(outbox).values(state=MessageState.SENDING, attempts=1, lease_owner="worker-1", lease_until=later(20))
        )

    await store.write(dying)
    delivering = worker(**{route.register: owner})
    assert await delivering.run_once() == 0, "another worker may be sending it"
    assert await delivering.recover() == 1
    await delivering.run_once()
    assert owner.operations == operations
    assert (await claim_of(store, claim_id)).status is status


@pytest.mark.parametrize(
    ("route", "meanwhile", "operations"),
    [(SAFE, 1, ["deliver"]), (LOOKUP, 0, ["find", "deliver"]), (MANUAL, 0, [])],
)
async def test_what_a_living_worker_began_is_sent_by_no_other_unless_the_owner_knows_its_key(
    store: Store, worker: MakeWorker, time: Time, route: Route, meanwhile: int, operations: list[str]
) -> None:
    """It may be stopped, or its clock may have jumped: what it began may leave it at any time."""
    await submit_to(store, route)
    owner, other = Owner(), Seat.at(store.path)

    def elsewhere(c: Connection) -> None:
        c.execute(
            update(outbox).values(
                state=MessageState.SENDING,
                attempts=1,
                lease_owner=other.name,
                last_attempt_at=later(0),
                lease_until=later(20),
            )
        )

    await store.write(elsewhere)
    delivering = worker(**{route.register: owner})
    assert await delivering.recover() == 0
    time.seconds = 19.9
    assert await delivering.run_once() == 0
    time.seconds = 20
    assert await delivering.run_once() == meanwhile
    other.leave()
    assert await delivering.run_once() == 1 - meanwhile
    assert owner.operations == operations


async def test_an_owner_that_may_still_be_at_work_on_what_a_dead_worker_sent_is_not_asked_at_once(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    await submit_to(store, LOOKUP)
    owner = Owner()

    def died(c: Connection) -> None:
        c.execute(
            update(outbox).values(
                state=MessageState.SENDING,
                attempts=1,
                lease_owner="worker-1",
                last_attempt_at=later(0),
                lease_until=later(20),
            )
        )

    await store.write(died)
    delivering = worker(education=owner)
    time.seconds = 1
    assert (await delivering.recover(), await delivering.run_once()) == (1, 0)
    time.seconds = 16
    assert await delivering.run_once() == 1
    assert owner.operations == ["find", "deliver"]


async def test_a_clock_that_jumps_sends_nothing_twice_and_lets_nothing_lie(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    released = asyncio.Event()

    class Slow(Owner):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            await released.wait()
            return await super().deliver(claim, message_id, context)

    claim_id, owner = await submit_to(store, LOOKUP), Slow()
    other = await submit_to(store, SAFE, owner="vid")
    delivering = worker(education=owner, social_assistance=Owner(unsent(), unsent()))
    running = asyncio.create_task(delivering.run_once())
    await until(lambda: bool(delivering.under_way))
    time.seconds += 3_600
    delivering.wake()
    await asyncio.sleep(0.05)
    released.set()
    await running
    assert owner.operations == ["deliver"]
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED
    # Back again: what was to be tried within seconds must not wait for the hour to pass a second time.
    assert [row.next_attempt_at for row in await rows(store) if row.claim == other] > [later(3_600)]
    time.seconds = 1
    await delivering.keep_house()
    assert await delivering.run_once() == 1
    assert (await claim_of(store, other)).status is ClaimStatus.DELIVERED


async def test_an_owner_that_does_not_answer_is_left_alone_and_then_tried_by_one(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    for _ in range(30):
        await submit_to(store, SAFE)
    owner = Owner(*[unsent() for _ in range(9)])
    delivering = worker(social_assistance=owner)
    began = await delivering.run_once()
    assert 5 <= began <= 8, "an outage costs an attempt of each slot, not one of each message"
    time.seconds += OPEN_SECONDS
    assert await delivering.run_once() == 1, "one tries whether the owner is back; it is not"
    while len(owner.cases) < 30:
        time.seconds += 15
        assert await delivering.run_once()
    assert set(owner.cases.values()) == {1}


async def test_one_owners_outage_delays_no_other(store: Store, worker: MakeWorker) -> None:
    released = asyncio.Event()

    class Hanging(Owner):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            if claim.claim_id not in others:
                await released.wait()
            return await super().deliver(claim, message_id, context)

    hung = [await submit_to(store, SAFE) for _ in range(12)]
    others = [await submit_to(store, SAFE, owner="vid") for _ in range(6)]
    owner = Hanging()
    delivering = worker(social_assistance=owner)
    running = asyncio.create_task(delivering.run())
    await until(lambda: len(owner.cases) == len(others))
    assert [(await claim_of(store, hung_id)).status for hung_id in hung] == [ClaimStatus.SUBMITTED] * 12
    released.set()
    await until(lambda: len(owner.cases) == 18)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set(owner.cases.values()) == {1}


async def test_the_worker_wakes_at_once(store: Store, worker: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.claims.delivery.POLL_SECONDS", 60.0)
    owner = Owner()
    delivering = worker(social_assistance=owner)
    running = asyncio.create_task(delivering.run())
    await asyncio.sleep(0.05)
    await submit_to(store, SAFE)
    delivering.wake()
    await until(lambda: bool(owner.cases))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


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


async def test_an_outcome_that_cannot_be_written_now_is_written_as_soon_as_it_can_be(
    store: Store, worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.claims.delivery.POLL_SECONDS", 0.001)
    claim_id, owner = await submit_to(store, MANUAL), Owner()
    delivering = worker(vzd=owner)
    write, failing = store.write, [3]

    async def write_or_fail(fn: Callable[[Connection], Any]) -> Any:
        if owner.cases and failing[0]:
            failing[0] -= 1
            raise StoreUnavailable("full")
        return await write(fn)

    monkeypatch.setattr(store, "write", write_or_fail)
    await delivering.run_once()
    assert (owner.operations, failing) == (["deliver"], [0])
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED


async def test_a_worker_that_is_told_to_stop_lets_a_call_end(store: Store, worker: MakeWorker) -> None:
    """A call cut short would be one that nobody knows the end of."""

    class Slow(Owner):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            receipt = await super().deliver(claim, message_id, context)
            await asyncio.sleep(0.1)
            return receipt

    claim_id, owner = await submit_to(store, MANUAL), Slow()
    running = asyncio.create_task(worker(vzd=owner).run())
    await until(lambda: bool(owner.cases))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await claim_of(store, claim_id)).status is ClaimStatus.DELIVERED


async def test_nothing_is_sent_once_the_time_of_its_lease_is_over(store: Store, worker: MakeWorker, time: Time) -> None:
    claim_id, owner = await submit_to(store, MANUAL), Owner()
    delivering = worker(vzd=owner)
    take_due = delivering._take_due

    async def stalled() -> Any:
        taken = await take_due()
        time.seconds += 16 if taken else 0
        return taken

    delivering._take_due = stalled  # type: ignore[method-assign]
    await delivering.run_once()
    assert (owner.operations, (await claim_of(store, claim_id)).status) == ([], ClaimStatus.SUBMITTED)


async def test_messages_for_a_register_that_is_not_connected_wait(store: Store, worker: MakeWorker) -> None:
    await submit_to(store, MANUAL)
    assert await worker(social_assistance=Owner()).run_once() == 0
    assert [row.state for row in await rows(store)] == [MessageState.WAITING]
