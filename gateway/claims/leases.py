"""Which messages are due, and who is sending them.

Taking a message writes SENDING and commits before anything is sent. Whatever is found in SENDING later, after a crash
or a lease that ran out, is in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, or_, select, update

from gateway.claims.outbox import Content
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from schema.terms import ClaimStatus, DeliveryStrategy

LEASE = timedelta(seconds=20)
"""How long a message is one worker's; longer than a call may take."""
_MOST = 200
_UNFINISHED = (MessageState.WAITING, MessageState.SENDING, MessageState.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that may be taken, and the lane it travels in: one owner's outage never delays another's."""

    message_id: str
    lane: str
    """Id of the owner."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message of which this worker may make one attempt."""

    message_id: str
    claim: str
    claim_status: ClaimStatus
    owner_reference: str | None
    lane: str
    kind: MessageKind
    content: Content
    register: str
    strategy: DeliveryStrategy
    in_doubt: bool
    """An earlier attempt may have arrived."""
    attempt: int
    """Number of this attempt, from 1."""


def recover(connection: Connection, now: datetime, worker: str) -> int:
    """Take back what this worker was sending when it died; every one of them is in doubt. Gives their number."""
    o = outbox.c
    return connection.execute(
        update(outbox)
        .where(o.state == MessageState.SENDING, o.lease_owner == worker)
        .values(state=MessageState.WAITING, in_doubt=True, lease_owner=None, lease_until=None, next_attempt_at=now)
    ).rowcount


def due(connection: Connection, now: datetime, registers: Collection[str], full_lanes: Collection[str]) -> list[Due]:
    """Messages that are due in lanes with room, oldest first; of one claim only the first unfinished one."""
    o, earlier = outbox.c, outbox.alias("earlier")
    waits_for_another = exists().where(
        earlier.c.claim == o.claim, earlier.c.sequence < o.sequence, earlier.c.state.in_(_UNFINISHED)
    )
    query = (
        select(o.message_id, claims.c.owner)
        .join(claims, claims.c.id == o.claim)
        .where(
            o.register.in_(list(registers)),
            or_(
                and_(o.state == MessageState.WAITING, o.next_attempt_at <= now),
                and_(o.state == MessageState.SENDING, o.lease_until <= now),
            ),
            claims.c.owner.not_in(list(full_lanes)),
            ~waits_for_another,
        )
        .order_by(o.sequence)
        .limit(_MOST)
    )
    return [Due(message_id, lane) for message_id, lane in connection.execute(query)]


def take(connection: Connection, now: datetime, worker: str, message_ids: Sequence[str]) -> list[Taken]:
    """Write SENDING on messages that are still due, and give them with what an attempt needs."""
    o = outbox.c
    query = (
        select(outbox, claims.c.status, claims.c.owner, claims.c.owner_reference)
        .join(claims, claims.c.id == o.claim)
        .where(
            o.message_id.in_(list(message_ids)),
            or_(
                and_(o.state == MessageState.WAITING, o.next_attempt_at <= now),
                and_(o.state == MessageState.SENDING, o.lease_until <= now),
            ),
        )
        .order_by(o.sequence)
    )
    taken = []
    for row in connection.execute(query).all():
        in_doubt = row.in_doubt or row.state is MessageState.SENDING
        connection.execute(
            update(outbox)
            .where(o.message_id == row.message_id)
            .values(
                state=MessageState.SENDING,
                in_doubt=in_doubt,
                attempts=row.attempts + 1,
                last_attempt_at=now,
                next_attempt_at=None,
                lease_owner=worker,
                lease_until=now + LEASE,
            )
        )
        taken.append(
            Taken(
                message_id=row.message_id,
                claim=row.claim,
                claim_status=row.status,
                owner_reference=row.owner_reference,
                lane=row.owner,
                kind=row.kind,
                content=Content.from_json(row.payload),
                register=row.register,
                strategy=row.strategy,
                in_doubt=in_doubt,
                attempt=row.attempts + 1,
            )
        )
    return taken


def let_go(
    connection: Connection,
    message: Taken,
    state: MessageState,
    *,
    in_doubt: bool = False,
    next_attempt_at: datetime | None = None,
    error: str | None = None,
) -> bool:
    """End an attempt; False, and nothing written, where the lease had run out and the message is another attempt's."""
    o = outbox.c
    written = connection.execute(
        update(outbox)
        .where(o.message_id == message.message_id, o.state == MessageState.SENDING, o.attempts == message.attempt)
        .values(
            state=state,
            in_doubt=in_doubt,
            next_attempt_at=next_attempt_at,
            lease_owner=None,
            lease_until=None,
            last_error=None if error is None else error[:300],
        )
    )
    return written.rowcount == 1


def settle_submission(connection: Connection, claim_id: str) -> None:
    """The owner has the claim, as is known from elsewhere: its submission is done, whoever is sending it."""
    o = outbox.c
    connection.execute(
        update(outbox)
        .where(o.claim == claim_id, o.kind == MessageKind.SUBMISSION, o.state.in_(_UNFINISHED))
        .values(state=MessageState.DONE, in_doubt=False, next_attempt_at=None, lease_owner=None, lease_until=None)
    )


def cancel_followers(connection: Connection, claim_id: str) -> None:
    """Cancel what waits behind a submission that the owner will never have."""
    o = outbox.c
    connection.execute(
        update(outbox)
        .where(o.claim == claim_id, o.state == MessageState.WAITING)
        .values(state=MessageState.CANCELLED, next_attempt_at=None)
    )
