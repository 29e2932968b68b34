"""Messages of which nobody knows whether they arrived: listed for people, and settled by what people found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from gateway.claims import case_numbers, notes
from gateway.claims.leases import cancel_followers
from gateway.claims.operations import add_event, change_status
from gateway.claims.snapshot import REFERENCE, load_one
from gateway.claims.states import may_become
from gateway.store.succession import UNCHANGED, Succession
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from schema.terms import ClaimStatus, DeliveryStrategy


@dataclass(frozen=True, slots=True)
class Underway:
    """A claim as its delivery stands: its first unfinished message, else its last one. Nothing of it is personal."""

    claim: str
    claim_type: str
    owner: str
    """Who is to be asked about it: of a body that was taken over, who took over."""
    status: ClaimStatus
    owner_reference: str | None
    message_id: str
    kind: MessageKind
    state: MessageState
    strategy: DeliveryStrategy
    attempts: int
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The owner has the message."""

    reference: str
    """Its case number there; of a claim whose number is known, that one stays."""
    same_case: bool = False
    """The owner says that it has another claim in the same case."""


@dataclass(frozen=True, slots=True)
class NeverArrived:
    """The owner says that it does not have the message and will not have it: it is sent, once more; a claim that was
    withdrawn meanwhile is not.
    """


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The owner had the message and refuses it."""

    reason: str
    """For the applicant."""


Finding = Arrived | NeverArrived | NotTaken


class NothingInDoubt(Exception):  # noqa: N818 - the name says what happened
    """There is no such claim or message, or it is not in doubt."""


class CaseNumberTaken(Exception):  # noqa: N818 - the name says what happened
    """The owner has another claim under this case number, and would be understood for neither by it."""

    def __init__(self, claim: str) -> None:
        super().__init__("another claim has this case number")
        self.claim = claim
        """Id of the other one."""


def doubtful(connection: Connection, succession: Succession = UNCHANGED) -> list[Underway]:
    """Messages that wait for people, the longest waiting first."""
    return _listed(connection, succession, outbox.c.state == MessageState.DOUBTFUL)


def underway(
    connection: Connection,
    statuses: Sequence[ClaimStatus],
    owner: str | None,
    most: int,
    succession: Succession = UNCHANGED,
) -> list[Underway]:
    """Submitted claims with their latest message, newest first.

    Args:
        statuses: of the claims; empty: all.
        owner: an owner's id, that stands for whom it took over, too; None: of all owners.
    """
    latest = outbox.alias("latest")
    last = select(latest.c.sequence).where(latest.c.claim == claims.c.id).order_by(latest.c.sequence.desc()).limit(1)
    conditions = [outbox.c.sequence == last.scalar_subquery()]
    if statuses:
        conditions.append(claims.c.status.in_(list(statuses)))
    if owner is not None:
        conditions.append(claims.c.owner.in_(succession.owners_of(owner)))
    return _listed(connection, succession, *conditions, newest_first=True, most=most)


def settle(connection: Connection, now: datetime, named: str, finding: Finding, by: str, reason: str | None) -> str:
    """Write what people found out about a message in doubt. Gives the claim's id.

    Args:
        named: the claim's id, or the message's.
        by: who found it out, as the claim's history shows it.
        reason: how, in words.

    Raises:
        NothingInDoubt, CaseNumberTaken: nothing was changed.
    """
    o = outbox.c
    message = connection.execute(
        select(o.message_id, o.claim, o.kind).where(
            (o.claim == named) | (o.message_id == named), o.state == MessageState.DOUBTFUL
        )
    ).first()
    claim = None if message is None else load_one(connection, message.claim)
    if message is None or claim is None:
        raise NothingInDoubt
    if isinstance(finding, Arrived) and claim.owner_reference is None and not finding.same_case:
        other = case_numbers.other_claim(connection, claim.id, finding.reference)
        if other is not None:
            raise CaseNumberTaken(other)
    state, status, note = _meaning(finding, message.kind, claim.status)
    connection.execute(
        update(outbox)
        .where(o.message_id == message.message_id)
        .values(
            state=state,
            in_doubt=False,
            next_attempt_at=now if state is MessageState.WAITING else None,
            last_error=None,
        )
    )
    if isinstance(finding, Arrived) and claim.owner_reference is None:
        case_numbers.give(connection, claim.id, finding.reference)
    if isinstance(finding, NotTaken) and message.kind is MessageKind.SUBMISSION:
        cancel_followers(connection, claim.id)
    if status is not None and may_become(claim.status, status):
        change_status(connection, claim, status)
    else:
        status = claim.status
    add_event(connection, now, claim.id, status, by=by, note=note if reason is None else f"{note} {reason}")
    return claim.id


def _meaning(finding: Finding, kind: MessageKind, present: ClaimStatus) -> tuple[MessageState, ClaimStatus | None, str]:
    """State of the message, status of the claim where it was the submission that was in doubt, and the note."""
    is_claim = kind is MessageKind.SUBMISSION
    match finding:
        case Arrived():
            status = ClaimStatus.DELIVERED if is_claim else None
            return MessageState.DONE, status, str(notes.ASKED_AND_RECEIVED)
        case NeverArrived():
            status = ClaimStatus.SUBMITTED if is_claim else None
            is_withdrawn = is_claim and present is ClaimStatus.WITHDRAWN
            note = notes.ASKED_AND_NOT_SENT_AGAIN if is_withdrawn else notes.ASKED_AND_SENT_AGAIN
            return MessageState.WAITING, status, str(note)
        case NotTaken(reason=why):
            status = ClaimStatus.REJECTED_BY_OWNER if is_claim else None
            return MessageState.REFUSED, status, str(notes.ASKED_AND_NOT_TAKEN.filled(why=why))


def _listed(
    connection: Connection,
    succession: Succession,
    *conditions: ColumnElement[bool],
    newest_first: bool = False,
    most: int | None = None,
) -> list[Underway]:
    o, c = outbox.c, claims.c
    query = (
        select(
            c.id,
            c.type,
            c.owner,
            c.status,
            REFERENCE,
            o.message_id,
            o.kind,
            o.state,
            o.strategy,
            o.attempts,
            o.created_at,
            o.last_attempt_at,
            o.next_attempt_at,
            o.last_error,
        )
        .join(claims, c.id == o.claim)
        .where(*conditions)
        .order_by(o.sequence.desc() if newest_first else o.sequence)
        .limit(most)
    )
    return [
        Underway(row.id, row.type, succession.owner_of_today(row.owner), *tuple(row)[3:])
        for row in connection.execute(query)
    ]
