"""Forgetting a person: the log stays whole and provable, and says no more whom it is about.

Records name people by internal subject ids. Whose they are is said by the table of codes alone, and hashes and codes
that records and exports hold are made with a key for each person. Both go; the rows of the log, which the tree is over,
do not.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from datetime import date, datetime

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
    _check(connection, subject, day_in_riga(now))
    codes = list(connection.execute(select(person_codes.c.code).where(person_codes.c.subject == subject)).scalars())
    erase_keys(connection, [subject, *gone_into(connection, subject)])
    connection.execute(update(mandates).where(mandates.c.holder_code.in_(codes)).values(holder_code=None))
    connection.execute(delete(person_codes).where(person_codes.c.subject == subject))
    connection.execute(delete(restrictions).where(restrictions.c.subject == subject))
    connection.execute(delete(representations).where(representations.c.person == subject))
    event = {"at": now, "kind": LogEventKind.FORGOTTEN, "body": {"subject": subject, "case": case, "by": by}}
    connection.execute(insert(log_events), event)
    return subject


def _check(connection: Connection, subject: str, today: date) -> None:
    def count(statement: object) -> int:
        found: int = connection.execute(statement).scalar_one()  # type: ignore[call-overload]  # a select of a count
        return found

    counted = select(func.count())
    own = claims.c.applicant == subject
    if count(counted.select_from(claims).where(own, claims.c.status.in_(_UNDER_WAY))):
        raise CannotForget("a claim of this person is open: it has to be decided or withdrawn first")
    messages = counted.select_from(outbox.join(claims, claims.c.id == outbox.c.claim))
    if count(messages.where(own, outbox.c.state.in_(_TO_BE_SENT))):
        raise CannotForget("a message about a claim of this person is on its way: it has to arrive first")
    party = or_(mandates.c.grantor == subject, mandates.c.holder_subject == subject)
    in_force = (mandates.c.status == MandateStatus.ACTIVE, mandates.c.valid_to >= today)
    if count(counted.select_from(mandates).where(party, *in_force)):
        raise CannotForget("a mandate that this person gave or holds is in force: it has to be revoked first")
