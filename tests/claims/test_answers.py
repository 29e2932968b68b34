"""Every version of the answers is kept, what was submitted is pinned, and drafts do not last for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from gateway.claims.notes import EXPIRED
from gateway.claims.operations import DRAFT_LASTS, GATEWAY, answer, expire_drafts
from gateway.claims.problems import WRONG_STATUS, Problem
from gateway.claims.snapshot import answers_of, events_of
from gateway.store.store import Store
from gateway.store.tables.claims import claim_events, claims, former_answers
from gateway.store.tables.delivery import outbox
from schema.terms import ClaimStatus
from tests.claims.world import ANSWERS, FORM, NOW, anna, draft_of_anna, later, reload, submit_draft, submitted

AFTER = NOW + DRAFT_LASTS
BEFORE = AFTER - timedelta(seconds=1)


def test_replaced_answers_are_kept_and_the_submission_names_its_version(store: Store) -> None:
    def job(c: Connection) -> str:
        claim_id = draft_of_anna(c).id
        for tenure in ("OWN", "RENT"):
            answered = {"tenure": tenure, "monthlyCosts": "1.00"}
            assert not answer(c, later(1), anna(c), reload(c, claim_id), answered, FORM).problems
        assert not submit_draft(c, reload(c, claim_id)).problems
        c.execute(update(claims).values(status=ClaimStatus.INFORMATION_REQUESTED))
        assert answer(c, later(2), anna(c), reload(c, claim_id), {"tenure": "OWN"}, FORM).sends
        return claim_id

    claim_id = store.write_sync(job)
    kept = store.read_sync(lambda c: c.execute(select(former_answers).order_by(former_answers.c.version)).all())
    assert [(row.version, row.answers["tenure"]) for row in kept] == [(1, "RENT"), (2, "OWN"), (3, "RENT")]
    assert kept[0].answers == ANSWERS
    assert store.read_sync(lambda c: answers_of(c, [claim_id]))[claim_id]["tenure"] == "OWN"
    events = store.read_sync(lambda c: c.execute(select(claim_events).order_by(claim_events.c.id)).all())
    assert [row.answers_version for row in events] == [None, 3, 4]
    sent = store.read_sync(lambda c: c.execute(select(outbox.c.payload).order_by(outbox.c.sequence)).scalars().all())
    assert [each["answers"] for each in sent] == [{"tenure": "RENT", "monthlyCosts": "1.00"}, {"tenure": "OWN"}]


def test_a_draft_expires_after_ninety_days_with_an_event_and_others_stay(store: Store) -> None:
    draft = store.write_sync(lambda c: draft_of_anna(c).id)
    young = store.write_sync(lambda c: draft_of_anna(c, now=later(2)).id)
    running = store.write_sync(submitted)
    assert store.write_sync(lambda c: expire_drafts(c, BEFORE)) == 0
    assert store.write_sync(lambda c: expire_drafts(c, AFTER)) == 1
    assert store.write_sync(lambda c: expire_drafts(c, AFTER)) == 0
    statuses = store.read_sync(lambda c: [reload(c, each).status for each in (draft, young, running)])
    assert statuses == [ClaimStatus.WITHDRAWN, ClaimStatus.DRAFT, ClaimStatus.SUBMITTED]
    last = store.read_sync(lambda c: events_of(c, [draft]))[draft][-1]
    assert (last.at, last.status, last.by, last.note) == (AFTER, ClaimStatus.WITHDRAWN, str(GATEWAY), str(EXPIRED))


@pytest.mark.parametrize(("now", "problems"), [(BEFORE, ()), (AFTER, (WRONG_STATUS,))])
def test_an_expired_draft_that_nobody_has_swept_yet_takes_nothing(
    store: Store, now: datetime, problems: tuple[Problem, ...]
) -> None:
    draft = store.write_sync(draft_of_anna)
    assert store.write_sync(lambda c: answer(c, now, anna(c), draft, ANSWERS, FORM)).problems == problems
    outcome = store.write_sync(lambda c: submit_draft(c, draft, now=now))
    assert outcome.problems == problems


def test_drafts_by_age_are_found_by_their_index(store: Store) -> None:
    plan = store.read_sync(
        lambda c: c.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM claims WHERE status = 'DRAFT' AND created_at <= ? ORDER BY created_at",
            (1,),
        ).all()
    )
    assert "ix_claims_status_created" in str(plan)
