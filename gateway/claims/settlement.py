"""What the end of an attempt means for the message and for its claim: one transaction for both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from gateway.audit.who import GATEWAY
from gateway.claims import case_numbers, notes
from gateway.claims.days import day_in_riga
from gateway.claims.leases import Taken, cancel_followers, has_arrived, let_go, settle_submission
from gateway.claims.operations import add_event, change_status
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.claims.states import may_become
from gateway.store.succession import succession_on
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageKind, MessageState
from gateway.store.tables.organisations import service_owners
from schema.terms import ClaimStatus


def arrived(connection: Connection, now: datetime, message: Taken, reference: str) -> None:
    """The owner has the message, and gave its case number."""
    is_news = has_arrived(connection, now, message)
    claim = _claim(connection, message)
    if message.kind is MessageKind.SUBMISSION and claim.owner_reference is None:
        case_numbers.give(connection, claim.id, reference)
    if not is_news:
        return
    by = _owner_name(connection, claim, now)
    if message.kind is not MessageKind.SUBMISSION:
        note = notes.HAS_ANSWERS if message.kind is MessageKind.ANSWERS else notes.HAS_WITHDRAWAL
        add_event(connection, now, claim.id, claim.status, by=by, note=str(note))
    elif may_become(claim.status, ClaimStatus.DELIVERED):
        change_status(connection, claim, ClaimStatus.DELIVERED)
        add_event(connection, now, claim.id, ClaimStatus.DELIVERED, by=by)
    else:
        add_event(connection, now, claim.id, claim.status, by=by, note=str(notes.HAD_RECEIVED))


def rejected(connection: Connection, now: datetime, message: Taken, what: str) -> None:
    """The owner refuses the message for good."""
    what = case_numbers.sayable(connection, message.claim, what)
    if not let_go(connection, message, MessageState.REFUSED, error=what):
        return
    claim = _claim(connection, message)
    by = _owner_name(connection, claim, now)
    if message.kind is not MessageKind.SUBMISSION:
        note = str(notes.NOT_TAKEN.filled(what=what))
        add_event(connection, now, claim.id, claim.status, by=by, note=note)
        return
    cancel_followers(connection, claim.id)
    if may_become(claim.status, ClaimStatus.REJECTED_BY_OWNER):
        change_status(connection, claim, ClaimStatus.REJECTED_BY_OWNER)
        add_event(connection, now, claim.id, ClaimStatus.REJECTED_BY_OWNER, by=by, note=what)


def again_later(
    connection: Connection, message: Taken, next_attempt_at: datetime, what: str, *, in_doubt: bool
) -> None:
    """The attempt ended without an answer that settles anything."""
    what = case_numbers.sayable(connection, message.claim, what)
    let_go(connection, message, MessageState.WAITING, in_doubt=in_doubt, next_attempt_at=next_attempt_at, error=what)


def nobody_knows(connection: Connection, now: datetime, message: Taken, what: str) -> None:
    """It may have arrived, this owner cannot be asked, and it is never sent again by itself."""
    what = case_numbers.sayable(connection, message.claim, what)
    if not let_go(connection, message, MessageState.DOUBTFUL, in_doubt=True, error=what):
        return
    claim = _claim(connection, message)
    by, note = str(GATEWAY), str(notes.UNKNOWN)
    if message.kind is MessageKind.SUBMISSION and may_become(claim.status, ClaimStatus.OUTCOME_UNKNOWN):
        change_status(connection, claim, ClaimStatus.OUTCOME_UNKNOWN)
        add_event(connection, now, claim.id, ClaimStatus.OUTCOME_UNKNOWN, by=by, note=note)
    else:
        add_event(connection, now, claim.id, claim.status, by=by, note=note)


def not_needed(connection: Connection, message: Taken) -> None:
    """The claim was withdrawn, and the owner certainly never received it."""
    if let_go(connection, message, MessageState.CANCELLED):
        cancel_followers(connection, message.claim)


def apply_owner_status(
    connection: Connection,
    claim: ClaimSnapshot,
    status: ClaimStatus,
    reference: str | None,
    reason: str | None,
    at: datetime,
) -> bool:
    """Give a claim the status that its owner tells of; False, and nothing changed, where that cannot follow or is old.

    An owner that tells of a claim has it: a submission that is on its way or in doubt is settled with this, and is
    never sent again. What an owner tells of a claim that is closed here changes nothing.

    Args:
        claim: as it is in this transaction.
        status: one of ``adapters.kit.ports.OWNER_STATUSES``.
        reference: the owner's case number; None where it names none.
        reason: the owner's words, for the applicant.
        at: when, UTC.
    """
    asks_again = claim.status is status is ClaimStatus.INFORMATION_REQUESTED
    on_its_way = claim.status in (ClaimStatus.SUBMITTED, ClaimStatus.OUTCOME_UNKNOWN)
    if not asks_again and not may_become(ClaimStatus.DELIVERED if on_its_way else claim.status, status):
        return False
    by = _owner_name(connection, claim, at)
    if on_its_way:
        settle_submission(connection, claim.id)
        change_status(connection, claim, ClaimStatus.DELIVERED)
        add_event(connection, at, claim.id, ClaimStatus.DELIVERED, by=by)
    if reference is not None:
        case_numbers.give(connection, claim.id, reference)
    connection.execute(update(claims).where(claims.c.id == claim.id).values(status=status))
    note = None if reason is None else reason.encode(errors="replace").decode()
    add_event(connection, at, claim.id, status, by=by, note=note)
    return True


def _claim(connection: Connection, message: Taken) -> ClaimSnapshot:
    claim = load_one(connection, message.claim)
    if claim is None:
        raise LookupError("a message without its claim")
    return claim


def _owner_name(connection: Connection, claim: ClaimSnapshot, at: datetime) -> str | None:
    """Who has the claim at that time: of a body that was taken over, who took over."""
    owner = claim.owner
    if claim.municipality is not None:
        owner = succession_on(connection, day_in_riga(at)).owner_of_today(owner)
    name: str | None = connection.execute(select(service_owners.c.name).where(service_owners.c.id == owner)).scalar()
    return name
