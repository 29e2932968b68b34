"""Owners are asked what became of claims: nothing is lost, nothing counts twice, and no owner tells of another's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from shutil import copy
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.ports import CallContext, Changes, StatusChange
from gateway.claims import owner_answers
from gateway.claims.owner_answers import Source, apply_changes
from gateway.claims.polling import CHANGES_AT_ONCE, INTERVAL_SECONDS, LONGEST_PAUSE_SECONDS, StatusPoller
from gateway.claims.snapshot import events_of
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageState, outbox
from gateway.store.tables.owner_changes import ChangeOutcome, owner_changes, owner_polls
from schema.terms import AtvkCode, ClaimStatus
from tests.claims.owners import MANUAL, Time
from tests.claims.world import NOW, VALMIERA, later, reload, submitted

S = ClaimStatus


def change(number: int, status: ClaimStatus, reference: str = "CASE-1", **more: Any) -> StatusChange:
    return StatusChange(f"c-{number}", reference, status, NOW + timedelta(seconds=number), **more)


class Reporter:
    """An owner's system with a list of changes; the token is how many of them were told."""

    def __init__(self, *told: StatusChange, receives: Sequence[str] = ("housing-benefit",), batch: int = 100) -> None:
        self.told = list(told)
        self.batch = batch
        self.manifest: Any = SimpleNamespace(receives=dict.fromkeys(receives))
        self.is_partitioned = True
        self.successors: Mapping[str, AtvkCode] = {}
        self.failure: RegisterError | None = None
        self.asked: list[tuple[str | None, str | None]] = []

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        self.asked.append((None if place is None else place.digits, since))
        if self.failure is not None:
            raise self.failure
        begin = int(since or "0")
        end = begin + self.batch
        return Changes(self.told[begin:end], str(min(end, len(self.told))), more=end < len(self.told))


@pytest.fixture
def time() -> Time:
    return Time()


def poller(store: Store, time: Time, **reporters: Reporter) -> StatusPoller:
    return StatusPoller(store, reporters, time.clock(), jitter=lambda: 1.0)


def delivered(store: Store, reference: str = "CASE-1", owner: str = "social-0054000") -> str:
    claim_id = store.write_sync(lambda c: submitted(c, owner))
    values = {"status": S.DELIVERED, "owner_reference": reference}
    store.write_sync(lambda c: c.execute(update(claims).where(claims.c.id == claim_id).values(**values)) and None)
    return claim_id


def status_of(store: Store, claim_id: str) -> ClaimStatus:
    return store.read_sync(lambda c: reload(c, claim_id)).status


def history(store: Store, claim_id: str) -> list[ClaimStatus]:
    return [each.status for each in store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id]]


def kept(store: Store) -> list[tuple[str, ChangeOutcome]]:
    query = select(owner_changes.c.change_id, owner_changes.c.outcome).order_by(owner_changes.c.id)
    return [(name, outcome) for name, outcome in store.read_sync(lambda c: list(c.execute(query)))]


def token(store: Store) -> str | None:
    return store.read_sync(lambda c: c.execute(select(owner_polls.c.since)).scalar())


async def test_what_an_owner_tells_is_applied_in_batches_and_asked_on_from_the_last(store: Store, time: Time) -> None:
    claim_id = delivered(store)
    owner = Reporter(change(1, S.IN_REVIEW), change(2, S.INFORMATION_REQUESTED, note="Which flat?"), batch=1)
    owner.told.append(change(3, S.GRANTED))
    asking = poller(store, time, social=owner)
    assert await asking.run_once() == 1
    assert status_of(store, claim_id) is S.GRANTED
    assert history(store, claim_id)[-3:] == [S.IN_REVIEW, S.INFORMATION_REQUESTED, S.GRANTED]
    assert [since for _, since in owner.asked] == [None, "1", "2"]
    assert token(store) == "3"


async def test_only_owners_with_open_claims_are_asked_and_each_for_its_own_place(store: Store, time: Time) -> None:
    owner, idle = Reporter(), Reporter(receives=("kindergarten-queue",))
    asking = poller(store, time, social=owner, education=idle)
    assert await asking.run_once() == 0
    delivered(store)
    time.seconds += 3
    assert await asking.run_once() == 1
    assert owner.asked == [("0054000", None)]
    assert idle.asked == []


async def test_a_crash_before_the_commit_loses_no_change_and_after_it_repeats_none(
    store: Store, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim_id = delivered(store)
    owner = Reporter(change(1, S.IN_REVIEW))
    real = store.write

    async def full(fn: Any) -> Any:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", full)
        await poller(store, time, social=owner).run_once()
    assert (status_of(store, claim_id), token(store)) == (S.DELIVERED, None)

    async def dies_after(fn: Any) -> Any:
        await real(fn)
        raise StoreUnavailable("nobody hears of it")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", dies_after)
        await poller(store, time, social=owner).run_once()
    owner.told.append(change(2, S.GRANTED))
    await poller(store, time, social=owner).run_once()
    assert history(store, claim_id)[-2:] == [S.IN_REVIEW, S.GRANTED]
    assert len(history(store, claim_id)) == 4
    assert [since for _, since in owner.asked] == [None, None, "1"]


async def test_a_long_batch_is_taken_in_pieces_between_which_others_write_and_none_of_it_is_lost(
    store: Store, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's access is recorded while a piece is applied. The token comes with the last one."""
    claim_id = delivered(store)
    told = [change(number, S.INFORMATION_REQUESTED) for number in range(2 * CHANGES_AT_ONCE)]
    owner = Reporter(*told, change(999, S.GRANTED), batch=1_000)
    real, counted = store.write, []

    async def fails_after_two(fn: Any) -> Any:
        if len(counted) == 2:
            raise StoreUnavailable("the disk is full")
        found = await real(fn)
        counted.append(found)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", fails_after_two)
        await poller(store, time, social=owner).run_once()
    assert [sum(each.values()) for each in counted] == [CHANGES_AT_ONCE] * 2
    assert (status_of(store, claim_id), token(store)) == (S.INFORMATION_REQUESTED, None)
    asking = poller(store, time, social=owner)
    await asking.run_once()
    assert (status_of(store, claim_id), token(store)) == (S.GRANTED, str(len(owner.told)))
    assert asking.tally == {owner_answers.REPEATED: 2 * CHANGES_AT_ONCE, ChangeOutcome.APPLIED: 1}


async def test_two_workers_that_ask_at_once_apply_each_change_once(store: Store, time: Time) -> None:
    claim_id = delivered(store)
    told = (change(1, S.INFORMATION_REQUESTED), change(2, S.INFORMATION_REQUESTED), change(3, S.IN_REVIEW))
    owners = [Reporter(*told, batch=1), Reporter(*told, batch=2)]
    await asyncio.gather(*(poller(store, time, social=each).run_once() for each in owners))
    time.seconds += 20
    await asyncio.gather(*(poller(store, time, social=each).run_once() for each in owners))
    assert history(store, claim_id)[-3:] == [S.INFORMATION_REQUESTED, S.INFORMATION_REQUESTED, S.IN_REVIEW]
    assert kept(store) == [(f"c-{number}", ChangeOutcome.APPLIED) for number in (1, 2, 3)]
    assert token(store) == "3"


_OPEN_STATES = st.sampled_from([S.IN_REVIEW, S.INFORMATION_REQUESTED])


@st.composite
def _tellings(draw: st.DrawFn) -> tuple[list[ClaimStatus], list[list[int]]]:
    """A case's history, and its changes as they are told: in any order, some again, in batches; each at least once."""
    happened = draw(st.lists(_OPEN_STATES, max_size=4)) + draw(
        st.lists(st.sampled_from([S.GRANTED, S.REFUSED]), max_size=1)
    )
    told = draw(st.permutations(range(len(happened))))
    again = draw(st.lists(st.sampled_from(range(len(happened))), max_size=4)) if happened else []
    order = [*told, *again]
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=3)))
    return happened, [order[a:b] for a, b in pairwise([0, *cuts, len(order)])]


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Any:
    path = tmp_path_factory.mktemp("told") / "store.sqlite"
    copy(seeded, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_tellings())
def test_in_whatever_order_and_however_often_changes_are_told_the_latest_counts_and_each_once(
    one_store: Store, told: tuple[list[ClaimStatus], list[list[int]]]
) -> None:
    happened, batches = told
    _number[0] += 1
    reference = f"CASE-{_number[0]}"
    claim_id = delivered(one_store, reference)
    before = len(history(one_store, claim_id))
    source = Source(register="social", claim_types=frozenset({"housing-benefit"}), municipality=VALMIERA)
    for batch in batches:
        changes = [change(each, happened[each], reference) for each in batch]
        one_store.write_sync(lambda c, changes=changes: apply_changes(c, later(100), source, changes))  # type: ignore[misc]
    assert status_of(one_store, claim_id) is (happened[-1] if happened else S.DELIVERED)
    assert len(history(one_store, claim_id)) - before <= len(happened)


_number = [1_000]


async def test_a_case_that_is_nobodys_here_changes_nothing_is_counted_and_counts_once_it_has_a_claim(
    store: Store, time: Time
) -> None:
    claim_id = delivered(store, "CASE-7")
    owner = Reporter(change(1, S.IN_REVIEW, "CASE-8"), change(2, S.GRANTED, "CASE-8"))
    asking = poller(store, time, social=owner)
    await asking.run_once()
    assert status_of(store, claim_id) is S.DELIVERED
    assert asking.tally == {ChangeOutcome.UNKNOWN: 2}
    late = delivered(store, "CASE-8")
    time.seconds += 3
    await asking.run_once()
    assert history(store, late)[-2:] == [S.IN_REVIEW, S.GRANTED]
    assert status_of(store, claim_id) is S.DELIVERED


def test_unknown_cases_are_bounded_and_forgotten_after_a_month(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_answers, "MOST_UNKNOWN", 2)
    source = Source(owner="vid")
    told = [change(number, S.GRANTED, f"X-{number}") for number in range(5)]
    tally = store.write_sync(lambda c: apply_changes(c, NOW, source, told))
    assert tally == {ChangeOutcome.UNKNOWN: 2, owner_answers.IGNORED: 3}
    a_month_later = NOW + owner_answers.UNKNOWN_COUNTS + timedelta(seconds=1)
    store.write_sync(lambda c: owner_answers.look_again(c, a_month_later, {}))
    assert kept(store) == []


async def test_unknown_cases_are_forgotten_after_a_month_where_no_other_has_become_known(
    store: Store, time: Time
) -> None:
    asking = poller(store, time)
    told = change(1, S.GRANTED, "X-1", note="About somebody.")
    store.write_sync(lambda c: apply_changes(c, NOW, Source(owner="vid"), [told]))
    for passed, left in ((timedelta(0), 1), (timedelta(seconds=1), 0)):
        time.seconds = (owner_answers.UNKNOWN_COUNTS + passed).total_seconds() + 60 * passed.total_seconds()
        await asking.run_once()
        assert len(kept(store)) == left


@pytest.mark.parametrize(
    "source",
    [
        Source(owner="vid"),
        Source(register="vid", claim_types=frozenset({"annual-income-declaration"})),
        Source(register="social", claim_types=frozenset({"housing-benefit"}), municipality=AtvkCode("0001000")),
    ],
)
@pytest.mark.parametrize("by_id", [False, True])
def test_no_owner_tells_of_anothers_claim(store: Store, source: Source, by_id: bool) -> None:
    claim_id = delivered(store)
    told = change(1, S.GRANTED, claim_id=claim_id if by_id else None)
    tally = store.write_sync(lambda c: apply_changes(c, NOW, source, [told]))
    assert tally == {ChangeOutcome.UNKNOWN: 1}
    assert status_of(store, claim_id) is S.DELIVERED


async def test_what_cannot_follow_is_recorded_and_not_applied(store: Store, time: Time) -> None:
    claim_id = delivered(store)
    owner = Reporter(change(1, S.REFUSED), change(2, S.IN_REVIEW), change(3, S.GRANTED))
    await poller(store, time, social=owner).run_once()
    assert status_of(store, claim_id) is S.REFUSED
    assert kept(store) == [
        ("c-1", ChangeOutcome.APPLIED),
        ("c-2", ChangeOutcome.ILLEGAL),
        ("c-3", ChangeOutcome.ILLEGAL),
    ]
    assert token(store) == "3"


def test_a_clock_that_is_ahead_there_makes_nothing_late_here(store: Store) -> None:
    claim_id = delivered(store)
    source = Source(owner="social-0054000")
    told = [change(1_000_000, S.IN_REVIEW), change(2, S.GRANTED)]
    store.write_sync(lambda c: apply_changes(c, later(1), source, told[:1]))
    store.write_sync(lambda c: apply_changes(c, later(2), source, told[1:]))
    assert status_of(store, claim_id) is S.GRANTED


def test_a_clock_that_was_set_back_here_makes_nothing_late_that_comes_later_there(store: Store) -> None:
    claim_id = delivered(store)
    source = Source(owner="social-0054000")
    told = [change(100, S.INFORMATION_REQUESTED), change(110, S.GRANTED), change(90, S.IN_REVIEW)]
    for seconds, each in zip((101, 51, 52), told, strict=True):
        store.write_sync(lambda c, s=seconds, e=each: apply_changes(c, later(s), source, [e]))  # type: ignore[misc]
    assert status_of(store, claim_id) is S.GRANTED
    assert [outcome for _, outcome in kept(store)] == [
        ChangeOutcome.APPLIED,
        ChangeOutcome.APPLIED,
        ChangeOutcome.LATE,
    ]


def test_a_change_that_names_the_claim_ends_the_doubt_about_its_delivery(store: Store) -> None:
    claim_id = store.write_sync(lambda c: submitted(c, "vzd", MANUAL))
    store.write_sync(lambda c: c.execute(update(claims).values(status=S.OUTCOME_UNKNOWN)) and None)
    store.write_sync(lambda c: c.execute(update(outbox).values(state=MessageState.DOUBTFUL, in_doubt=True)) and None)
    told = change(1, S.IN_REVIEW, "VZD-9", claim_id=claim_id)
    store.write_sync(lambda c: apply_changes(c, NOW, Source(owner="vzd"), [told]))
    claim = store.read_sync(lambda c: reload(c, claim_id))
    assert (claim.status, claim.owner_reference) == (S.IN_REVIEW, "VZD-9")
    assert store.read_sync(lambda c: c.execute(select(outbox.c.state)).scalar()) is MessageState.DONE


@pytest.mark.parametrize("failure", [Unavailable("social", "no answer"), Malformed("social", "unknown code")])
async def test_an_owner_that_fails_is_asked_less_and_less_often_and_holds_nobody_up(
    store: Store, time: Time, failure: RegisterError
) -> None:
    claim_id = delivered(store)
    broken, well = Reporter(), Reporter(change(1, S.IN_REVIEW))
    broken.failure = failure
    asking = poller(store, time, a_broken=broken, well=well)
    assert await asking.run_once() == 2
    assert status_of(store, claim_id) is S.IN_REVIEW
    moments = []
    for second in range(1, 61):
        time.seconds = float(second)
        before = len(broken.asked)
        await asking.run_once()
        moments += [second] * (len(broken.asked) - before)
    pauses = [later_ - earlier for earlier, later_ in pairwise([0, *moments])]
    assert pauses[0] == INTERVAL_SECONDS
    assert pauses[1:] == [10] + [LONGEST_PAUSE_SECONDS] * (len(pauses) - 2)
    assert len(well.asked) == 60 / INTERVAL_SECONDS + 1
    broken.failure = None
    broken.told = [change(2, S.GRANTED)]
    time.seconds += LONGEST_PAUSE_SECONDS
    await asking.run_once()
    assert status_of(store, claim_id) is S.GRANTED
