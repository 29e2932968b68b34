"""Which messages are due, and who is sending them.

Taking a message writes SENDING and commits before anything is sent. Whatever is found in SENDING later, after a crash
or a lease that ran out, is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select, update

from gateway.claims.outbox import Content
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from schema.terms import ClaimStatus, DeliveryStrategy

LEASE = timedelta(seconds=20)
"""How long a message is one worker's; longer than a call may take. See :mod:`gateway.claims.seats` for its limits."""
SETTLED = timedelta(seconds=15)
"""From an attempt of which nothing was heard until an owner that does not have the message will not have it either."""
_MOST = 200
_UNFINISHED = (MessageState.WAITING, MessageState.SENDING, MessageState.DOUBTFUL)
# What every worker asks each second is put together once.
_EARLIER = outbox.alias("earlier")
_WAITS_FOR_ANOTHER = exists().where(
    _EARLIER.c.claim == outbox.c.claim, _EARLIER.c.sequence < outbox.c.sequence, _EARLIER.c.state.in_(_UNFINISHED)
)


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
    settled: bool = True
    """So long ago was the attempt before that its owner is no longer at work on it."""


def recover(connection: Connection, now: datetime, is_alive: Callable[[str], bool], me: str) -> int:
    """Take back at once what died with its worker; every one of them is in doubt. Gives their number.

    Args:
        is_alive: whether a worker may still send what it had begun to send.
        me: who has begun nothing yet, so that what is under its name is of one before.
    """
    o = outbox.c
    owners = select(o.lease_owner).where(o.state == MessageState.SENDING).distinct()
    dead = [name for name in connection.execute(owners).scalars() if name == me or not is_alive(name)]
    theirs = (o.state == MessageState.SENDING, o.lease_owner.in_(dead))
    taken_back = {"state": MessageState.WAITING, "in_doubt": True, "lease_owner": None, "lease_until": None}
    # The sender's death ends nothing: an owner that is to be asked whether it has it may be at work on it.
    asked = (o.strategy == DeliveryStrategy.LOOKUP_BEFORE_RESEND, o.last_attempt_at > now - SETTLED)
    return sum(
        connection.execute(update(outbox).where(*which).values(**taken_back, next_attempt_at=at)).rowcount
        for which, at in (((*theirs, *asked), now + SETTLED), (theirs, now))
    )


def due(
    connection: Connection,
    now: datetime,
    registers: Collection[str],
    full_lanes: Collection[str],
    *,
    is_alive: Callable[[str], bool],
    me: str,
    sending: Collection[str] = (),
) -> list[Due]:
    """Messages that are due in lanes with room, oldest first; of one claim only the first unfinished one.

    What a worker began that is still alive may leave it at any time, lease or no lease. Only where the owner knows the
    message's key can another one send it too.

    Args:
        is_alive: whether a worker may still send what it had begun to send.
        me: who asks. What is under its name and not in ``sending`` it began and could not write to an end: no other
            may take that up while it lives.
        sending: ids of the messages that the asking worker is sending.
    """
    o = outbox.c
    query = (
        select(o.message_id, claims.c.owner)
        .join(claims, claims.c.id == o.claim)
        .where(
            o.register.in_(list(registers)),
            _is_due(now),
            claims.c.owner.not_in(list(full_lanes)),
            o.message_id.not_in(list(sending)),
            or_(
                o.state == MessageState.WAITING,
                o.strategy == DeliveryStrategy.IDEMPOTENCY_KEY,
                o.lease_owner.not_in(_others(connection, now, is_alive, me)),
            ),
            ~_WAITS_FOR_ANOTHER,
        )
        .order_by(o.sequence)
        .limit(_MOST)
    )
    return [Due(message_id, lane) for message_id, lane in connection.execute(query)]


def _others(connection: Connection, now: datetime, is_alive: Callable[[str], bool], me: str) -> list[str]:
    """Other workers whose leases ran out and who are there all the same."""
    o = outbox.c
    overdue = select(o.lease_owner).where(o.state == MessageState.SENDING, o.lease_until <= now).distinct()
    return [name for name in connection.execute(overdue).scalars() if name != me and is_alive(name)]


def _is_due(now: datetime) -> ColumnElement[bool]:
    o = outbox.c
    return or_(
        and_(o.state == MessageState.WAITING, o.next_attempt_at <= now),
        and_(o.state == MessageState.SENDING, o.lease_until <= now),
    )


def take(connection: Connection, now: datetime, worker: str, message_ids: Sequence[str]) -> list[Taken]:
    """Write SENDING on messages that are still due, and give them with what an attempt needs."""
    o = outbox.c
    query = (
        select(outbox, claims.c.status, claims.c.owner, claims.c.owner_reference)
        .join(claims, claims.c.id == o.claim)
        .where(o.message_id.in_(list(message_ids)), _is_due(now))
        .order_by(o.sequence)
    )
    taken = []
    for row in connection.execute(query).all():
        content = _readable(connection, row)
        if content is None:
            continue
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
                content=content,
                register=row.register,
                strategy=row.strategy,
                in_doubt=in_doubt,
                attempt=row.attempts + 1,
                # One from a time to come, by a clock that was set back since, may have been a moment ago.
                settled=row.last_attempt_at is None or row.last_attempt_at <= now - SETTLED,
            )
        )
    return taken


def has_arrived(connection: Connection, now: datetime, message: Taken) -> bool:
    """Write that the owner has the message, whichever attempt it was that arrived; False where that is known.

    That is a fact, also where the lease had run out meanwhile and another attempt, or nobody, knows nothing of it.
    Where the message was thought never to have arrived, and its withdrawal not to be needed, that is needed now.
    """
    o = outbox.c
    present = connection.execute(select(o.state).where(o.message_id == message.message_id)).scalar_one()
    if present in (MessageState.DONE, MessageState.REFUSED):
        return False
    connection.execute(
        update(outbox)
        .where(o.message_id == message.message_id)
        .values(
            state=MessageState.DONE,
            in_doubt=False,
            next_attempt_at=None,
            lease_owner=None,
            lease_until=None,
            last_error=None,
        )
    )
    if present is MessageState.CANCELLED:
        connection.execute(
            update(outbox)
            .where(o.claim == message.claim, o.kind == MessageKind.WITHDRAWAL, o.state == MessageState.CANCELLED)
            .values(state=MessageState.WAITING, next_attempt_at=now)
        )
    return True


def pull_forward(connection: Connection, now: datetime, longest_pause: timedelta) -> int:
    """Bring back what the clock, set back, has left in a far future. Gives the number of messages."""
    o = outbox.c
    far = (o.state == MessageState.WAITING, o.next_attempt_at > now + longest_pause)
    # Nobody knows how long ago its attempt was: its owner may still be at work on it.
    in_doubt = update(outbox).where(*far, o.in_doubt).values(next_attempt_at=now + SETTLED)
    waiting = update(outbox).where(*far, ~o.in_doubt).values(next_attempt_at=now)
    sending = (
        update(outbox)
        .where(o.state == MessageState.SENDING, o.lease_until > now + LEASE)
        .values(lease_until=now + LEASE)
    )
    return sum(connection.execute(each).rowcount for each in (in_doubt, waiting, sending))


def _readable(connection: Connection, row: Row[Any]) -> Content | None:
    """What a message says. One that cannot be read any more is set aside for people, so that it holds no other up."""
    try:
        return Content.from_json(row.payload)
    except (LookupError, ValueError, TypeError, AttributeError):
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id == row.message_id)
            .values(
                state=MessageState.DOUBTFUL,
                next_attempt_at=None,
                lease_owner=None,
                lease_until=None,
                last_error="the message as it is kept cannot be read",
            )
        )
        return None


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
