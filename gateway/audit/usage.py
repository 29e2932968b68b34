"""What the national portal shows a person of their log: uses of their data, and since when uses are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.view import AccessEntry, Page, entries_of
from gateway.store.subjects import person_subject
from gateway.store.tables.access import access_records
from gateway.store.tables.organisations import centres, service_owners, third_parties
from schema.terms import AccessOutcome, Capacity, ClaimAction, PersonCode, SubjectRole

READING = ("dataTracker.findUsage",)
"""Paths of the records of such readings. They are in the person's log, and not among the uses that the portal pages
through by number: each page's reading would move the next page on."""
AT_ONCE = 500
"""Entries read in one turn of the store's writer."""
_ORGANISATIONS = {
    Capacity.CLERK: centres,
    Capacity.THIRD_PARTY_WORKER: third_parties,
    Capacity.OWNER_OFFICER: service_owners,
}


@dataclass(frozen=True, slots=True)
class Window:
    """Which uses are wanted.

    Attributes:
        since: aware; the first moment, included. None: from the beginning.
        until: aware; the last moment, included. None: up to now.
        offset: uses left out, from the newest.
        limit: uses given at most.
    """

    since: datetime | None
    until: datetime | None
    offset: int
    limit: int

    def holds(self, at: datetime) -> bool:
        """Is this moment within it?"""
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


def record_reading(
    connection: Connection,
    user: PersonCode,
    subject: PersonCode,
    request_id: str,
    who: str,
    policy_version: str,
    now: datetime,
) -> str | None:
    """Record that somebody reads the uses of a person's data, before any is given.

    Args:
        user: who is signed in at the portal.
        subject: whose data it is.
        who: in words.
        now: aware UTC.

    Returns:
        The person's subject id; None where it is another person's log, which is refused.
    """
    reader = person_subject(connection, user, now)
    about = person_subject(connection, subject, now)
    own = reader == about
    record = AccessRecord(
        at=now,
        request_id=request_id,
        capacity=Capacity.CITIZEN,
        organisation=None,
        by_subject=reader,
        who=who,
        claim=None,
        claim_type=None,
        action=ClaimAction.READ,
        outcome=AccessOutcome.PERMITTED if own else AccessOutcome.DENIED,
        coordinates=("Person.accessLog",),
        paths=READING,
        rules=("portal-reads-own-log",) if own else ("no-door",),
        policy_version=policy_version,
        subjects=(AccessSubject(about, SubjectRole.SELF if own else SubjectRole.APPLICANT),),
    )
    append(connection, [record])
    return about if own else None


def some_uses(connection: Connection, subject: str, after: str | None, now: datetime) -> Page:
    """The next :data:`AT_ONCE` disclosed entries of a log. Only inside a write (:func:`entries_of`)."""
    return entries_of(connection, subject, AT_ONCE, after, now)


def is_use(entry: AccessEntry) -> bool:
    """Whether the portal lists an entry: all but its own permitted readings."""
    return entry.paths != READING or entry.outcome is not AccessOutcome.PERMITTED


def kept_since(connection: Connection, now: datetime) -> datetime:
    """When the oldest record that is disclosed was written; ``now`` where there is none."""
    r = access_records.c
    oldest = select(r.at).where(r.disclosed_at <= now).order_by(r.place).limit(1)
    at: datetime | None = connection.execute(oldest).scalar()
    return now if at is None else at


def registration_numbers(connection: Connection) -> Mapping[tuple[Capacity, str], str]:
    """Registration numbers of the organisations that ask, where they have one, by capacity and id."""
    return {
        (capacity, row.id): str(getattr(row.registration_number, "digits", row.registration_number))
        for capacity, table in _ORGANISATIONS.items()
        for row in connection.execute(
            select(table.c.id, table.c.registration_number).where(table.c.registration_number.is_not(None))
        )
    }
