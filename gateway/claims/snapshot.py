"""Claims as they stand at one moment, loaded for decisions and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from gateway.store.tables.claims import assignments, claim_events, claims
from gateway.store.tables.people import person_codes, registration_numbers
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Channel,
    ClaimStatus,
    ClaimTypeCode,
    PersonCode,
    PresenceMethod,
    RegistrationNumber,
)

_MOST_IDS = 500
"""Ids in one statement: engines bound the number of parameters."""


@dataclass(frozen=True, slots=True)
class RecordedPresence:
    """How it was last known that the applicant was present. The reference itself is kept only as a hash."""

    method: PresenceMethod
    recorded_at: datetime
    by_subject: str
    checked: bool
    """The identity service confirmed it; a paper mandate cannot be checked."""


@dataclass(frozen=True, slots=True)
class ClaimSnapshot:
    """All of a claim but its answers (:func:`answers_of`), which decisions do not need."""

    id: str
    type: ClaimTypeCode
    applicant_kind: ApplicantKind
    applicant: str
    """Subject id."""
    applicant_code: PersonCode | RegistrationNumber
    """The current personal code, or the registration number."""
    owner: str
    municipality: AtvkCode | None
    channel: Channel
    centre: str | None
    status: ClaimStatus
    answers_version: int
    created_at: datetime
    created_by: str
    submitted_at: datetime | None
    owner_reference: str | None
    presence: RecordedPresence | None
    assigned_to: tuple[str, ...]
    """Ids of third parties, sorted."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a claim's history."""

    at: datetime
    status: ClaimStatus
    by: str | None
    note: str | None


BASE = (
    select(
        *(column for column in claims.c if column.name != "answers"),
        person_codes.c.code,
        registration_numbers.c.number,
    )
    .select_from(claims)
    .outerjoin(person_codes, (person_codes.c.subject == claims.c.applicant) & person_codes.c.current)
    .outerjoin(registration_numbers, registration_numbers.c.subject == claims.c.applicant)
)
"""Everything a snapshot needs but the assignments."""

# Built once: SQLAlchemy keeps a statement's cache key with the statement.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_LOAD = BASE.where(claims.c.id.in_(_IDS))
_ASSIGNED = select(assignments.c.claim, assignments.c.third_party).where(assignments.c.claim.in_(_IDS))


def load(connection: Connection, ids: Sequence[str]) -> dict[str, ClaimSnapshot]:
    """Claims by id, one query for them and one for their assignments; an unknown id is not in the answer."""
    rows = [row for some in _chunks(ids) for row in connection.execute(_LOAD, {"ids": some})]
    return {claim.id: claim for claim in snapshots(connection, rows)}


def load_one(connection: Connection, id: str) -> ClaimSnapshot | None:  # noqa: A002 - the word of the graph
    """One claim; None where there is none."""
    return load(connection, (id,)).get(id)


def snapshots(connection: Connection, rows: Sequence[Any]) -> list[ClaimSnapshot]:
    """Rows of :data:`BASE` in the same order, with their assignments."""
    assigned = assignments_of(connection, [row.id for row in rows])
    return [_snapshot(row, assigned.get(row.id, ())) for row in rows]


def assignments_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Third parties that work on the claims, sorted by id."""
    found: dict[str, list[str]] = {}
    for some in _chunks(ids):
        for claim, third_party in connection.execute(_ASSIGNED, {"ids": some}):
            found.setdefault(claim, []).append(third_party)
    return {claim: tuple(sorted(parties)) for claim, parties in found.items()}


def answers_of(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Answers by claim id."""
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(ids):
        found |= {
            row.id: row.answers
            for row in connection.execute(select(claims.c.id, claims.c.answers).where(claims.c.id.in_(some)))
        }
    return found


def events_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Event]]:
    """Histories by claim id, oldest event first; every id asked for is in the answer."""
    found: dict[str, list[Event]] = {id: [] for id in ids}  # noqa: A001 - the word of the graph
    for some in _chunks(ids):
        query = select(claim_events).where(claim_events.c.claim.in_(some)).order_by(claim_events.c.id)
        for row in connection.execute(query):
            found[row.claim].append(Event(row.at, row.status, row.by_text, row.note))
    return found


def _snapshot(row: Row[Any], assigned_to: tuple[str, ...]) -> ClaimSnapshot:
    is_person = row.applicant_kind is ApplicantKind.PERSON
    presence = None
    if row.presence_at is not None:
        presence = RecordedPresence(row.presence_method, row.presence_at, row.presence_by, row.presence_checked)
    return ClaimSnapshot(
        id=row.id,
        type=ClaimTypeCode(row.type),
        applicant_kind=row.applicant_kind,
        applicant=row.applicant,
        applicant_code=PersonCode.parse(row.code) if is_person else RegistrationNumber.of_register(row.number),
        owner=row.owner,
        municipality=None if row.municipality is None else AtvkCode(row.municipality),
        channel=row.channel,
        centre=row.centre,
        status=row.status,
        answers_version=row.answers_version,
        created_at=row.created_at,
        created_by=row.created_by,
        submitted_at=row.submitted_at,
        owner_reference=row.owner_reference,
        presence=presence,
        assigned_to=assigned_to,
    )


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + _MOST_IDS] for start in range(0, len(unique), _MOST_IDS))
