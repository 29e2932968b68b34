"""Forgetting a person: the log stays whole and provable, and says no more whom it is about.

Records name people by internal subject ids. Whose they are is said by the table of codes, and by messages to owners,
which name applicant and who acted; hashes and codes that records and exports hold are made with a key for each person.
All of that goes; the rows of the log, which the tree is over, do not.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from gateway.audit.pseudonyms import erase_keys
from gateway.claims.days import day_in_riga
from gateway.store.subjects import find_person, gone_into
from gateway.store.tables.claims import claims, mandates
from gateway.store.tables.delivery import MessageState, outbox
from gateway.store.tables.people import person_codes, representations, restrictions
from gateway.store.tables.proof import LogEventKind, log_events
from schema.terms import ClaimStatus, MandateStatus, PersonCode, Phase

_UNDER_WAY = [status for status in ClaimStatus if status.phase is not Phase.CLOSED]
_NAMED = ("person", "user")
"""What a message (``gateway.claims.outbox.Content``) names people by."""
_TO_BE_SENT = (MessageState.WAITING, MessageState.SENDING, MessageState.DOUBTFUL)


class CannotForget(Exception):
    """The person is needed still, or nobody knows them; the message says why, and nothing of the person."""


def forget(connection: Connection, code: PersonCode, case: str, by: str, now: datetime) -> str:
    """Erase whose a person's records are, and tell the log so. Only inside a write.

    Args:
        code: current or former.
        case: on what ground: a reference, no words about the person.
        by: who does it.

    Returns:
        The subject id, which from now on is nobody's.

    Raises:
        CannotForget: a claim, a message or a mandate of the person is under way; or nobody has this code.
    """
    subject = find_person(connection, code)
    if subject is None:
        raise CannotForget("nobody with this code is known here")
    codes = list(connection.execute(select(person_codes.c.code).where(person_codes.c.subject == subject)).scalars())
    messages = _messages(connection, codes)
    _check(connection, subject, messages, day_in_riga(now))
    erase_keys(connection, [subject, *gone_into(connection, subject)])
    connection.execute(update(mandates).where(mandates.c.holder_code.in_(codes)).values(holder_code=None))
    for message_id, (_, payload) in messages.items():
        # Never sent again, so that nobody reads it as a message.
        told = {name: None if name in _NAMED and said in codes else said for name, said in payload.items()}
        connection.execute(update(outbox).where(outbox.c.message_id == message_id).values(payload=told))
    connection.execute(delete(person_codes).where(person_codes.c.subject == subject))
    connection.execute(delete(restrictions).where(restrictions.c.subject == subject))
    connection.execute(delete(representations).where(representations.c.person == subject))
    event = {"at": now, "kind": LogEventKind.FORGOTTEN, "body": {"subject": subject, "case": case, "by": by}}
    connection.execute(insert(log_events), event)
    return subject


def _messages(connection: Connection, codes: Collection[str]) -> dict[str, tuple[MessageState, dict[str, Any]]]:
    """State and content of the messages that name a person as applicant or as who acted, by message id."""
    o = outbox.c
    named = or_(*(o.payload[name].as_string().in_(codes) for name in _NAMED))
    rows = connection.execute(select(o.message_id, o.state, o.payload).where(named))
    return {row.message_id: (row.state, row.payload) for row in rows}


def _check(connection: Connection, subject: str, messages: Mapping[str, tuple[MessageState, Any]], today: date) -> None:
    def count(statement: object) -> int:
        found: int = connection.execute(statement).scalar_one()  # type: ignore[call-overload]  # a select of a count
        return found

    counted = select(func.count())
    own = claims.c.applicant == subject
    if count(counted.select_from(claims).where(own, claims.c.status.in_(_UNDER_WAY))):
        raise CannotForget("a claim of this person is open: it has to be decided or withdrawn first")
    of_own = counted.select_from(outbox.join(claims, claims.c.id == outbox.c.claim))
    if count(of_own.where(own, outbox.c.state.in_(_TO_BE_SENT))):
        raise CannotForget("a message about a claim of this person is on its way: it has to arrive first")
    if any(state in _TO_BE_SENT for state, _ in messages.values()):
        raise CannotForget("a message of this person about another's claim is on its way: it has to arrive first")
    party = or_(mandates.c.grantor == subject, mandates.c.holder_subject == subject)
    in_force = (mandates.c.status == MandateStatus.ACTIVE, mandates.c.valid_to >= today)
    if count(counted.select_from(mandates).where(party, *in_force)):
        raise CannotForget("a mandate that this person gave or holds is in force: it has to be revoked first")
