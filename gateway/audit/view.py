"""The citizen's view of the log: newest first, and only what is disclosed."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from gateway.store.tables.access import access_records, access_subjects
from gateway.store.tables.columns import from_microseconds, to_microseconds
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, SubjectRole


class BadCursor(ValueError):
    """A cursor that no page of this log gave out."""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One entry as its subject may read it."""

    id: str
    cursor: str
    at: datetime
    who: str
    capacity: Capacity
    action: ClaimAction
    claim: str | None
    """The caller withholds it from a co-subject."""
    claim_type: ClaimTypeCode | None
    coordinates: tuple[str, ...]
    paths: tuple[str, ...]
    outcome: AccessOutcome
    rules: tuple[str, ...]
    policy_version: str
    legal_basis: str | None
    role: SubjectRole
    disclosed_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, and whether older ones follow."""

    entries: tuple[AccessEntry, ...]
    has_next: bool


def entries_of(connection: Connection, subject: str, first: int, after: str | None, now: datetime) -> Page:
    """One page of a subject's log.

    What registers failed to give is taken out of the entry that announced it: the failure has an entry of its own.
    Entries not disclosed yet are neither listed nor counted, and show in no cursor.

    Args:
        subject: subject id.
        first: entries wanted, at least 0.
        after: cursor of the last entry of the page before.
        now: aware UTC.

    Raises:
        BadCursor: the cursor is none of ours.
    """
    position = None if after is None else _position(after)
    entries: list[AccessEntry] = []
    while len(entries) <= first:
        wanted = first + 1 - len(entries)
        rows = _rows(connection, subject, position, wanted, now)
        failed = _failed(connection, subject, [row.id for row in rows])
        entries += [entry for row in rows if (entry := _entry(row, failed.get(row.id))) is not None]
        if len(rows) < wanted:
            break
        position = (rows[-1].at, rows[-1].id)
    return Page(tuple(entries[:first]), len(entries) > first)


def _rows(
    connection: Connection, subject: str, position: tuple[datetime, str] | None, most: int, now: datetime
) -> Sequence[Row[Any]]:
    s = access_subjects.c
    query = (
        select(access_records, s.role, s.disclosed_at)
        .join(access_subjects, s.record == access_records.c.id)
        .where(s.subject == subject, s.disclosed_at <= now)
        .order_by(s.at.desc(), s.record.desc())
        .limit(most)
    )
    if position is not None:
        at, record = position
        query = query.where(s.at <= at, or_(s.at < at, and_(s.at == at, s.record < record)))
    return connection.execute(query).all()


def _failed(connection: Connection, subject: str, ids: Sequence[str]) -> dict[str, tuple[set[str], set[str]]]:
    """Coordinates and paths that were not released after all, by record amended."""
    r = access_records.c
    rows = connection.execute(
        select(r.amends, r.coordinates, r.paths)
        .join(access_subjects, access_subjects.c.record == r.id)
        .where(r.amends.in_(ids), access_subjects.c.subject == subject)
    )
    found: dict[str, tuple[set[str], set[str]]] = {}
    for amended, coordinates, paths in rows:
        fields, places = found.setdefault(amended, (set(), set()))
        fields.update(coordinates)
        places.update(paths)
    return found


def _entry(row: Row[Any], failed: tuple[set[str], set[str]] | None) -> AccessEntry | None:
    """None where nothing of what was announced was released."""
    coordinates, paths = tuple(row.coordinates), tuple(row.paths)
    if failed is not None and row.outcome is AccessOutcome.PERMITTED:
        fields, places = failed
        paths = tuple(p for p in paths if p not in places)
        # The same coordinate may stand at the end of a path that was released: of the applicant, not of a member.
        released = {p.rpartition(".")[2].partition("(")[0] for p in paths}
        coordinates = tuple(c for c in coordinates if c not in fields or c.partition(".")[2] in released)
        if not coordinates:
            return None
    return AccessEntry(
        id=row.id,
        cursor=_cursor(row.at, row.id),
        at=row.at,
        who=row.who,
        capacity=row.capacity,
        action=row.action,
        claim=row.claim,
        claim_type=None if row.claim_type is None else ClaimTypeCode(row.claim_type),
        coordinates=coordinates,
        paths=paths,
        outcome=row.outcome,
        rules=tuple(row.rules),
        policy_version=row.policy_version,
        legal_basis=row.legal_basis,
        role=row.role,
        disclosed_at=row.disclosed_at,
    )


def _cursor(at: datetime, record: str) -> str:
    return base64.urlsafe_b64encode(f"{to_microseconds(at)}.{record}".encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        at, record = text.split(".", 1)
        return from_microseconds(int(at)), record
    except (binascii.Error, ValueError, OverflowError):
        raise BadCursor("the cursor is not one of this list") from None
