"""Several workers, stopped ones, jumping clocks, full disks and silent owners: nothing twice, nothing left lying."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, update

from adapters.kit.breaker import OPEN_SECONDS
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway.claims.doubt import doubtful
from gateway.claims.operations import withdraw
from gateway.claims.outbox import Route
from gateway.claims.seats import Seat
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import ClaimStatus
from tests.claims.delivering import MakeWorker, claim_of, in_doubt, rows, submit_to, unsent, until
from tests.claims.owners import LOOKUP, MANUAL, SAFE, Following, Owner, Time
from tests.claims.world import anna, later, reload


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
    begun: list[str] = []
    released = asyncio.Event()

    class Slow(Owner):
        async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
            begun.append(message_id)
            await released.wait()
            return await super().deliver(claim, message_id, context)

    claim_id, owner = await submit_to(store, LOOKUP), Slow()
    other = await submit_to(store, SAFE, owner="vid")
    delivering = worker(education=owner, social_assistance=Slow(unsent()))
    running = asyncio.create_task(delivering.run_once())
    await until(lambda: len(begun) == 2)
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


async def test_a_clock_that_is_set_back_gives_no_owner_less_time_to_be_done_with_what_it_has(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    """It was sent, silence followed, and then the clock was an hour earlier: the owner may still be at work on it."""
    time.seconds = 3_600
    await submit_to(store, LOOKUP)
    owner = Owner(in_doubt())
    delivering = worker(education=owner)
    await delivering.run_once()
    time.seconds = 0
    await delivering.keep_house()
    time.seconds = 14
    assert await delivering.run_once() == 0
    time.seconds = 15
    await delivering.run_once()
    assert owner.operations == ["deliver", "find", "deliver"]


async def test_a_clock_that_is_set_back_does_not_take_a_withdrawn_claim_for_never_sent(
    store: Store, worker: MakeWorker, time: Time
) -> None:
    time.seconds = 3_600
    claim_id, owner = await submit_to(store, SAFE), Following(in_doubt())
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    await store.write(lambda c: c.execute(update(outbox).values(next_attempt_at=later(0))) and None)
    time.seconds = 0
    await delivering.run_once()
    assert [row.state for row in await rows(store)] == [MessageState.WAITING] * 2
    owner.cases[owner.calls[0][1]] = 1  # It was at work on it.
    time.seconds = 15
    await delivering.run_once()
    assert owner.operations == ["deliver", "find", "find", "WITHDRAWAL"]


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


@pytest.mark.parametrize(
    ("route", "operations", "status"),
    [
        (SAFE, ["deliver", "deliver"], ClaimStatus.DELIVERED),
        (LOOKUP, ["deliver", "find"], ClaimStatus.DELIVERED),
        (MANUAL, ["deliver"], ClaimStatus.OUTCOME_UNKNOWN),
    ],
)
async def test_what_a_worker_began_and_could_not_finish_is_in_doubt_for_itself_once_its_lease_is_over(
    store: Store,
    worker: MakeWorker,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    route: Route,
    operations: list[str],
    status: ClaimStatus,
) -> None:
    """It lives on, and no other may take it from a living one: so it has to take it up itself."""
    claim_id, owner = await submit_to(store, route), Owner()
    delivering = worker(**{route.register: owner})
    write = store.write

    async def slips(fn: Callable[[Connection], Any]) -> Any:
        if delivering.under_way:
            raise ValueError("no outcome is taken")
        return await write(fn)

    monkeypatch.setattr(store, "write", slips)
    assert await delivering.run_once() == 1
    monkeypatch.setattr(store, "write", write)
    time.seconds = 19.9
    assert await delivering.run_once() == 0
    time.seconds = 20
    await delivering.run_once()
    assert owner.operations == operations
    assert (await claim_of(store, claim_id)).status is status


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


async def test_a_message_that_cannot_be_read_holds_no_other_up(store: Store, worker: MakeWorker) -> None:
    broken = await submit_to(store, SAFE)
    await store.write(lambda c: c.execute(update(outbox).values(payload={"claimType": 7})) and None)
    sound, owner = await submit_to(store, SAFE), Owner()
    assert await worker(social_assistance=owner).run_once() == 1
    assert (await claim_of(store, sound)).status is ClaimStatus.DELIVERED
    assert [(each.claim, each.last_error) for each in await store.read(doubtful)] == [
        (broken, "the message as it is kept cannot be read")
    ]
