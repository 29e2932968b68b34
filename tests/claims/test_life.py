"""A claim's life, written down a second time: whatever is done with it in whatever order, nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Connection, select

from gateway.claims import settlement
from gateway.claims.delivery import Worker
from gateway.claims.doubt import Arrived, Finding, NeverArrived, NothingInDoubt, NotTaken, settle
from gateway.claims.leases import take
from gateway.claims.operations import Submission, answer, decide, expire_drafts, submit, withdraw
from gateway.claims.snapshot import ClaimSnapshot, events_of
from gateway.claims.states import NEXT
from gateway.identity.party import Party
from gateway.store.store import Store
from gateway.store.subjects import person_subject
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import Capacity, ClaimStatus, DecisionOutcome, PersonCode
from tests.claims.owners import Time
from tests.claims.world import ANSWERS, FORM, NOW, ROUTE, anna, draft_of_anna, later, reload, submit_draft

LIFE = {
    "DRAFT": "SUBMITTED WITHDRAWN",
    "SUBMITTED": "DELIVERED OUTCOME_UNKNOWN REJECTED_BY_OWNER WITHDRAWN",
    "OUTCOME_UNKNOWN": "DELIVERED REJECTED_BY_OWNER SUBMITTED WITHDRAWN",
    "DELIVERED": "IN_REVIEW INFORMATION_REQUESTED GRANTED REFUSED WITHDRAWN",
    "IN_REVIEW": "INFORMATION_REQUESTED GRANTED REFUSED WITHDRAWN",
    "INFORMATION_REQUESTED": "IN_REVIEW GRANTED REFUSED WITHDRAWN",
    "GRANTED": "",
    "REFUSED": "",
    "WITHDRAWN": "",
    "REJECTED_BY_OWNER": "",
}
"""As the design has it (``access.md``, ``schema.graphql``), in words of its own."""
NINETY_DAYS = timedelta(days=90)

Step = Callable[[Connection, datetime, ClaimSnapshot], Any]


def test_what_may_follow_is_what_the_design_says() -> None:
    assert {str(status): {str(each) for each in after} for status, after in NEXT.items()} == {
        status: set(after.split()) for status, after in LIFE.items()
    }


def _submit(c: Connection, now: datetime, claim: ClaimSnapshot) -> Any:
    body = {"id": claim.id, "at": now.isoformat()}
    return submit(c, now, anna(c), claim, Submission(f"{claim.id} {now}", body, FORM, ROUTE, ()))


def _decision(outcome: DecisionOutcome) -> Step:
    def step(c: Connection, now: datetime, claim: ClaimSnapshot) -> Any:
        officer = structs.replace(anna(c), capacity=Capacity.OWNER_OFFICER, organisation="social-0054000")
        return decide(c, now, officer, claim, outcome, "Why.")

    return step


def _told(status: ClaimStatus) -> Step:
    return lambda c, now, claim: settlement.apply_owner_status(c, claim, status, None, "Why.", now)


def _attempt(ends: Callable[[Connection, datetime, Any], None]) -> Step:
    def step(c: Connection, now: datetime, claim: ClaimSnapshot) -> None:
        o = outbox.c
        waiting = select(o.message_id).where(o.claim == claim.id, o.state == MessageState.WAITING).order_by(o.sequence)
        for message in take(c, now, "worker", c.execute(waiting.limit(1)).scalars().all()):
            ends(c, now, message)

    return step


def _found_out(finding: Finding) -> Step:
    def step(c: Connection, now: datetime, claim: ClaimSnapshot) -> None:
        with suppress(NothingInDoubt):
            settle(c, now, claim.id, finding, "Service desk", "By telephone.")

    return step


STEPS: dict[str, Step] = {
    "answers": lambda c, now, claim: answer(c, now, anna(c), claim, ANSWERS, FORM),
    "submits": _submit,
    "withdraws": lambda c, now, claim: withdraw(c, now, anna(c), claim, "Why."),
    "expires": lambda c, now, claim: expire_drafts(c, now),
    **{f"officer says {each}": _decision(each) for each in DecisionOutcome},
    **{f"owner tells {each}": _told(ClaimStatus(each)) for each in ("IN_REVIEW", *DecisionOutcome)},
    "arrives": _attempt(lambda c, now, message: settlement.arrived(c, now, message, "CASE-1")),
    "is rejected": _attempt(lambda c, now, message: settlement.rejected(c, now, message, "no such flat")),
    "is lost": _attempt(lambda c, now, message: settlement.nobody_knows(c, now, message, "connection lost")),
    **{f"found out {type(each).__name__}": _found_out(each) for each in (Arrived("CASE-1"), NeverArrived())},
    "found out NotTaken": _found_out(NotTaken("no such flat")),
}


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Any:
    path = tmp_path_factory.mktemp("life") / "store.sqlite"
    copy(seeded, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12), st.booleans())
def test_whatever_is_done_each_change_of_status_is_an_event_with_who_and_when_and_may_follow(
    one_store: Store, steps: list[str], is_submitted: bool
) -> None:
    def live(c: Connection) -> None:
        claim_id = draft_of_anna(c).id
        if is_submitted:
            _submit(c, NOW, reload(c, claim_id))
        for number, name in enumerate(steps, 1):
            before, told = reload(c, claim_id), len(events_of(c, [claim_id])[claim_id])
            came_of_it = STEPS[name](c, later(number), before)
            after, events = reload(c, claim_id), events_of(c, [claim_id])[claim_id]
            new = events[told:]
            assert [each.at for each in new] == [later(number)] * len(new)
            assert all(each.by for each in new)
            assert events[-1].status is after.status
            path = [before.status, *(each.status for each in new)]
            assert all(b is a or str(b) in LIFE[a].split() for a, b in pairwise(path))
            if getattr(came_of_it, "problems", ()) or came_of_it is False:
                assert (after, new) == (before, [])
            decided = (ClaimStatus.GRANTED, ClaimStatus.REFUSED, ClaimStatus.REJECTED_BY_OWNER)
            assert all(each.note for each in new if each.status in decided)

    one_store.write_sync(live)


async def test_the_worker_closes_a_draft_on_its_ninetieth_day_and_not_before(store: Store) -> None:
    claim_id = store.write_sync(draft_of_anna).id
    time = Time()
    worker = Worker(store, {}, time.clock())
    statuses = []
    for passed in (NINETY_DAYS - timedelta(seconds=1), NINETY_DAYS + timedelta(hours=1)):
        time.seconds = passed.total_seconds()
        await worker.keep_house()
        statuses.append(store.read_sync(lambda c: reload(c, claim_id)).status)
    assert statuses == [ClaimStatus.DRAFT, ClaimStatus.WITHDRAWN]


@pytest.mark.parametrize("another", ["person", "capacity"])
def test_the_same_key_of_another_party_is_another_key(store: Store, another: str) -> None:
    def both(c: Connection) -> list[Any]:
        first, second = draft_of_anna(c), draft_of_anna(c)
        party: Party = anna(c)
        if another == "person":
            code = PersonCode("39100000022")
            party = Party(Capacity.CITIZEN, person_subject(c, code, NOW), code)
        else:
            party = structs.replace(party, capacity=Capacity.MANDATE_HOLDER, acting_for=party.subject)
        mine = submit_draft(c, first, key="same")
        return [mine, submit(c, NOW, party, second, Submission("same", {"id": second.id}, FORM, ROUTE, ()))]

    outcomes = store.write_sync(both)
    assert [each.problems for each in outcomes] == [(), ()]
    assert len({each.claim.id for each in outcomes}) == 2
