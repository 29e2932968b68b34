"""What an owner's system tells of a claim: applied once, in an order that can be, and closing never opens again."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from gateway.claims.settlement import apply_owner_status
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import ClaimStatus
from tests.claims.owners import MANUAL
from tests.claims.world import later, reload, submitted

S = ClaimStatus


def tell(store: Store, claim_id: str, status: ClaimStatus, reason: str | None = None) -> bool:
    return store.write_sync(
        lambda c: apply_owner_status(c, reload(c, claim_id), status, "VZD-7", reason, later(1)),
    )


def claim_that_is(store: Store, status: ClaimStatus) -> str:
    claim_id = store.write_sync(submitted)
    store.write_sync(lambda c: c.execute(update(claims).values(status=status)) and None)
    return claim_id


@pytest.mark.parametrize("status", [S.IN_REVIEW, S.INFORMATION_REQUESTED, S.GRANTED, S.REFUSED])
def test_a_delivered_claim_takes_what_its_owner_tells(store: Store, status: ClaimStatus) -> None:
    claim_id = claim_that_is(store, S.DELIVERED)
    assert tell(store, claim_id, status, "because \ud800")
    claim = store.read_sync(lambda c: reload(c, claim_id))
    assert (claim.status, claim.owner_reference) == (status, "VZD-7")
    last = store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id][-1]
    assert (last.status, last.by, last.note) == (status, "Owner social-0054000", "because ?")


@pytest.mark.parametrize("present", [S.GRANTED, S.REFUSED, S.WITHDRAWN, S.REJECTED_BY_OWNER, S.DRAFT])
def test_a_claim_that_is_closed_or_not_submitted_takes_nothing(store: Store, present: ClaimStatus) -> None:
    claim_id = claim_that_is(store, present)
    assert not tell(store, claim_id, S.GRANTED)
    claim = store.read_sync(lambda c: reload(c, claim_id))
    assert (claim.status, claim.owner_reference) == (present, None)


def test_review_told_twice_is_one_event_and_a_second_question_is_a_second_one(store: Store) -> None:
    claim_id = claim_that_is(store, S.DELIVERED)
    told = [S.IN_REVIEW, S.IN_REVIEW, S.INFORMATION_REQUESTED, S.INFORMATION_REQUESTED]
    assert [tell(store, claim_id, each) for each in told] == [True, False, True, True]


@pytest.mark.parametrize("present", [S.SUBMITTED, S.OUTCOME_UNKNOWN])
def test_an_owner_that_tells_of_a_claim_has_it_and_the_doubt_is_over(store: Store, present: ClaimStatus) -> None:
    claim_id = store.write_sync(lambda c: submitted(c, "vzd", MANUAL))
    store.write_sync(lambda c: c.execute(update(claims).values(status=present)) and None)
    store.write_sync(lambda c: c.execute(update(outbox).values(state=MessageState.DOUBTFUL, in_doubt=True)) and None)
    assert tell(store, claim_id, S.IN_REVIEW)
    [row] = store.read_sync(lambda c: list(c.execute(select(outbox))))
    assert (row.state, row.in_doubt) == (MessageState.DONE, False)
    statuses = [e.status for e in store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id]]
    assert statuses == [S.DRAFT, S.SUBMITTED, S.DELIVERED, S.IN_REVIEW]
