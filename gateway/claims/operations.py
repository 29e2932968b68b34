"""What can be done with a claim. Each operation runs inside one write job, where the caller has loaded and decided.

Nothing here asks who may: the caller decides in the same transaction, so that what was decided on is what is changed.
Every operation is ``operation(connection, now, party, …) -> Outcome``; a refused one has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from gateway.audit.record import AccessRecord, append
from gateway.audit.who import GATEWAY, who_of
from gateway.claims import notes
from gateway.claims.form import Form
from gateway.claims.idempotency import earlier, remember
from gateway.claims.outbox import Route, cancel_unsent, put, route_of
from gateway.claims.outcome import Outcome, done, refused
from gateway.claims.presence import PresenceEvidence, record_presence
from gateway.claims.problems import IDEMPOTENCY_KEY_REUSED, TOO_MANY_DRAFTS, WRONG_STATUS
from gateway.claims.snapshot import ClaimSnapshot, answers_of, load
from gateway.claims.states import check, may_become
from gateway.identity.party import Party
from gateway.ids import fresh_id
from gateway.store.tables.claims import assignments, claim_events, claims, former_answers
from gateway.store.tables.delivery import MessageKind
from schema.terms import ApplicantKind, AtvkCode, Channel, ClaimStatus, ClaimTypeCode, DecisionOutcome

MOST_DRAFTS = 10_000
"""Drafts of one applicant."""
DRAFT_LASTS = timedelta(days=90)
"""From when it was opened."""
SUBMIT = "submitClaim"


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A claim to open."""

    type: ClaimTypeCode
    applicant_kind: ApplicantKind
    applicant: str
    """Subject id; it exists."""
    owner: str
    municipality: AtvkCode | None
    channel: Channel
    centre: str | None = None
    answers: Mapping[str, Any] | None = None
    presence: PresenceEvidence | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a claim is submitted with."""

    idempotency_key: str
    body: Mapping[str, Any]
    """The mutation's input without the key, as JSON values: what makes a repeated request the same one."""
    form: Form
    route: Route | None
    """None: the owner has no system of its own, and the claim stays here, for its officers."""
    access: tuple[AccessRecord, ...]
    """Written with the claim, in the same transaction."""
    presence: PresenceEvidence | None = None


def prepare(connection: Connection, now: datetime, party: Party, draft: NewDraft, form: Form) -> Outcome:
    """Open a draft. Its answers may be unfinished, not wrong."""
    answers = dict(draft.answers or {})
    problem = form.problem(answers, complete=False)
    if problem is not None:
        return refused(problem)
    if _drafts_of(connection, draft.applicant) >= MOST_DRAFTS:
        return refused(TOO_MANY_DRAFTS)
    claim_id = fresh_id("claim")
    connection.execute(
        insert(claims),
        {
            "id": claim_id,
            "type": draft.type.text,
            "applicant": draft.applicant,
            "applicant_kind": draft.applicant_kind,
            "owner": draft.owner,
            "municipality": None if draft.municipality is None else draft.municipality.digits,
            "channel": draft.channel,
            "centre": draft.centre,
            "status": ClaimStatus.DRAFT,
            "answers": answers,
            "answers_version": 1,
            "created_at": now,
            "created_by": party.subject,
        },
    )
    if draft.presence is not None:
        not_proven = record_presence(connection, now, claim_id, party.subject, draft.presence)
        if not_proven is not None:
            connection.execute(delete(claims).where(claims.c.id == claim_id))
            return refused(not_proven)
    add_event(connection, now, claim_id, ClaimStatus.DRAFT, by=who_of(connection, party), party=party)
    return done(connection, claim_id)


def answer(
    connection: Connection,
    now: datetime,
    party: Party,
    claim: ClaimSnapshot,
    answers: Mapping[str, Any],
    form: Form,
    presence: PresenceEvidence | None = None,
) -> Outcome:
    """Replace a draft's answers; where the owner asked for more, add answers and send them as an own message."""
    before = answers_of(connection, (claim.id,))[claim.id]
    if claim.status is ClaimStatus.DRAFT and not has_expired(claim, now):
        problem = form.problem(dict(answers), complete=False)
        kept = dict(answers)
    elif claim.status is ClaimStatus.INFORMATION_REQUESTED:
        kept = before | dict(answers)
        problem = form.problem(kept, complete=True)
    else:
        return refused(WRONG_STATUS)
    if problem is not None:
        return refused(problem)
    if presence is not None:
        not_proven = record_presence(connection, now, claim.id, party.subject, presence)
        if not_proven is not None:
            return refused(not_proven)
    former = {"claim": claim.id, "version": claim.answers_version, "answers": before, "replaced_at": now}
    connection.execute(insert(former_answers), former)
    version = claim.answers_version + 1
    connection.execute(update(claims).where(claims.c.id == claim.id).values(answers=kept, answers_version=version))
    route = route_of(connection, claim.id) if claim.status is ClaimStatus.INFORMATION_REQUESTED else None
    if claim.status is ClaimStatus.INFORMATION_REQUESTED:
        by = who_of(connection, party)
        note = str(notes.ANSWERED)
        add_event(connection, now, claim.id, claim.status, by=by, party=party, note=note, answers_version=version)
    if route is not None:
        put(connection, now, party, claim, MessageKind.ANSWERS, route, answers)
    return done(connection, claim.id, sends=route is not None)


def submit(
    connection: Connection, now: datetime, party: Party, claim: ClaimSnapshot, submission: Submission
) -> Outcome:
    """Accept the claim for delivery: claim, event, message and access records become durable together.

    The same key with the same input gives the claim as it is now, whatever became of it; the caller has decided READ.
    """
    before = earlier(connection, party, SUBMIT, submission.idempotency_key, submission.body)
    if before is not None:
        return done(connection, before.result) if before.same_body else refused(IDEMPOTENCY_KEY_REUSED)
    if claim.status is not ClaimStatus.DRAFT or has_expired(claim, now):
        return refused(WRONG_STATUS)
    answers = answers_of(connection, (claim.id,))[claim.id]
    problem = submission.form.problem(answers, complete=True)
    if problem is not None:
        return refused(problem)
    if submission.presence is not None:
        not_proven = record_presence(connection, now, claim.id, party.subject, submission.presence)
        if not_proven is not None:
            return refused(not_proven)
    change_status(connection, claim, ClaimStatus.SUBMITTED, submitted_at=now)
    by, version = who_of(connection, party), claim.answers_version
    add_event(connection, now, claim.id, ClaimStatus.SUBMITTED, by=by, party=party, answers_version=version)
    if submission.route is not None:
        put(connection, now, party, claim, MessageKind.SUBMISSION, submission.route, answers)
    else:
        change_status(connection, load(connection, [claim.id])[claim.id], ClaimStatus.DELIVERED)
        add_event(connection, now, claim.id, ClaimStatus.DELIVERED, by=str(GATEWAY), note=str(notes.STAYS_HERE))
    append(connection, submission.access)
    remember(connection, now, party, SUBMIT, submission.idempotency_key, submission.body, claim.id)
    return done(connection, claim.id, sends=submission.route is not None)


def withdraw(connection: Connection, now: datetime, party: Party, claim: ClaimSnapshot, reason: str | None) -> Outcome:
    """Withdraw a draft or a running claim; the owner is told where it has the claim or may have it."""
    if not may_become(claim.status, ClaimStatus.WITHDRAWN):
        return refused(WRONG_STATUS)
    change_status(connection, claim, ClaimStatus.WITHDRAWN)
    by = who_of(connection, party)
    reason = None if reason is None else reason.encode(errors="replace").decode()
    add_event(connection, now, claim.id, ClaimStatus.WITHDRAWN, by=by, party=party, note=reason)
    route = route_of(connection, claim.id)
    sends = route is not None and not cancel_unsent(connection, claim.id)
    if route is not None and sends:
        put(connection, now, party, claim, MessageKind.WITHDRAWAL, route, {}, reason)
    return done(connection, claim.id, sends=sends)


def assign(
    connection: Connection, now: datetime, party: Party, claim: ClaimSnapshot, third_party: str, assigned: bool
) -> Outcome:
    """Let an organisation work on the claim, or take it off; doing either twice is doing it once."""
    key = (assignments.c.claim == claim.id, assignments.c.third_party == third_party)
    present = connection.execute(select(assignments.c.at).where(*key)).first() is not None
    if assigned and not present:
        row = {"claim": claim.id, "third_party": third_party, "by_party": party.key, "at": now}
        connection.execute(insert(assignments), row)
    elif present and not assigned:
        connection.execute(delete(assignments).where(*key))
    if present is not assigned:
        note = str((notes.ASSIGNED if assigned else notes.NOT_ASSIGNED).filled(third_party=third_party))
        add_event(connection, now, claim.id, claim.status, by=who_of(connection, party), party=party, note=note)
    return done(connection, claim.id)


def decide(
    connection: Connection, now: datetime, party: Party, claim: ClaimSnapshot, outcome: DecisionOutcome, reason: str
) -> Outcome:
    """Record the owner's decision, or that it asks for more information, which it may do again and again."""
    wanted = ClaimStatus(outcome.value)
    asks_again = claim.status is wanted is ClaimStatus.INFORMATION_REQUESTED
    if not asks_again and not may_become(claim.status, wanted):
        return refused(WRONG_STATUS)
    if not asks_again:
        change_status(connection, claim, wanted)
    note = reason.encode(errors="replace").decode()
    add_event(connection, now, claim.id, wanted, by=who_of(connection, party), party=party, note=note)
    return done(connection, claim.id)


def has_expired(claim: ClaimSnapshot, now: datetime) -> bool:
    """Whether a draft is so old that nothing more comes of it."""
    return claim.status is ClaimStatus.DRAFT and claim.created_at + DRAFT_LASTS <= now


def expire_drafts(connection: Connection, now: datetime) -> int:
    """Close the oldest drafts whose time is over, a bounded number; gives how many there were.

    With the draft its purpose ends: nothing of its applicant is read on its ground from then on.
    """
    over = (claims.c.status == ClaimStatus.DRAFT, claims.c.created_at <= now - DRAFT_LASTS)
    ids = connection.execute(select(claims.c.id).where(*over).order_by(claims.c.created_at).limit(500)).scalars().all()
    for claim in load(connection, ids).values():
        change_status(connection, claim, ClaimStatus.WITHDRAWN)
        add_event(connection, now, claim.id, ClaimStatus.WITHDRAWN, by=str(GATEWAY), note=str(notes.EXPIRED))
    return len(ids)


def change_status(connection: Connection, claim: ClaimSnapshot, wanted: ClaimStatus, **values: object) -> None:
    """Give a claim its next status. Raises: IllegalTransition."""
    check(claim.status, wanted)
    connection.execute(update(claims).where(claims.c.id == claim.id).values(status=wanted, **values))


def add_event(
    connection: Connection,
    now: datetime,
    claim_id: str,
    status: ClaimStatus,
    *,
    by: str | None,
    party: Party | None = None,
    note: str | None = None,
    answers_version: int | None = None,
) -> None:
    """Add a line to the claim's history."""
    row = {
        "claim": claim_id,
        "at": now,
        "status": status,
        "by_text": by,
        "by_party": None if party is None else party.key,
        "note": note,
        "answers_version": answers_version,
    }
    connection.execute(insert(claim_events), row)


def _drafts_of(connection: Connection, applicant: str) -> int:
    drafts = select(func.count()).where(claims.c.applicant == applicant, claims.c.status == ClaimStatus.DRAFT)
    count: int = connection.execute(drafts).scalar_one()
    return count
