"""Claims as they stand at one moment, loaded for decisions and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.tables.claims import assignments, claim_events, claims
from gateway.store.tables.columns import from_microseconds
from gateway.store.tables.people import person_codes, registration_numbers, restrictions
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
    restricted: bool
    """The applicant is a protected person, as the own copy says."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a claim's history."""

    at: datetime
    status: ClaimStatus
    by: str | None
    note: str | None


_ASSIGNED = (
    select(func.group_concat(assignments.c.third_party, "\n"))
    .where(assignments.c.claim == claims.c.id)
    .scalar_subquery()
)
BASE = (
    select(
        claims.c.id,
        claims.c.type,
        claims.c.applicant_kind,
        claims.c.applicant,
        claims.c.owner,
        claims.c.municipality,
        claims.c.channel,
        claims.c.centre,
        claims.c.status,
        claims.c.answers_version,
        claims.c.created_at,
        claims.c.created_by,
        claims.c.submitted_at,
        claims.c.owner_reference,
        claims.c.presence_method,
        claims.c.presence_at,
        claims.c.presence_by,
        claims.c.presence_checked,
        person_codes.c.code,
        registration_numbers.c.number,
        restrictions.c.restricted,
        _ASSIGNED,
    )
    .select_from(claims)
    .outerjoin(person_codes, (person_codes.c.subject == claims.c.applicant) & person_codes.c.current)
    .outerjoin(registration_numbers, registration_numbers.c.subject == claims.c.applicant)
    .outerjoin(restrictions, restrictions.c.subject == claims.c.applicant)
)
"""Everything of a snapshot, in the order of :func:`snapshot_of`."""

_BY_ID = Prepared(BASE.where(claims.c.id.in_(each_of("ids"))))


def load(connection: Connection, ids: Sequence[str]) -> dict[str, ClaimSnapshot]:
    """Claims by id, by one query; an unknown id is not in the answer."""
    return {row[0]: snapshot_of(row) for row in _BY_ID.rows(connection, ids=listed(ids))}


def load_one(connection: Connection, id: str) -> ClaimSnapshot | None:  # noqa: A002 - the word of the graph
    """One claim; None where there is none."""
    return load(connection, (id,)).get(id)


_KINDS = {kind.value: kind for kind in ApplicantKind}
_CHANNELS = {channel.value: channel for channel in Channel}
_STATUSES = {status.value: status for status in ClaimStatus}


@lru_cache(maxsize=4096)
def _type(text: str) -> ClaimTypeCode:
    return ClaimTypeCode(text)


@lru_cache(maxsize=4096)
def _place(text: str) -> AtvkCode:
    return AtvkCode(text)


def snapshot_of(row: tuple[Any, ...]) -> ClaimSnapshot:
    """A row of :data:`BASE`."""
    (
        claim_id,
        type_,
        kind,
        applicant,
        owner,
        municipality,
        channel,
        centre,
        status,
        answers_version,
        created_at,
        created_by,
        submitted_at,
        owner_reference,
        presence_method,
        presence_at,
        presence_by,
        presence_checked,
        code,
        number,
        restricted,
        assigned,
    ) = row
    presence = None
    if presence_at is not None:
        presence = RecordedPresence(
            PresenceMethod(presence_method), from_microseconds(presence_at), presence_by, bool(presence_checked)
        )
    return ClaimSnapshot(
        claim_id,
        _type(type_),
        _KINDS[kind],
        applicant,
        RegistrationNumber(number) if code is None else PersonCode(code),
        owner,
        None if municipality is None else _place(municipality),
        _CHANNELS[channel],
        centre,
        _STATUSES[status],
        answers_version,
        from_microseconds(created_at),
        created_by,
        None if submitted_at is None else from_microseconds(submitted_at),
        owner_reference,
        presence,
        () if assigned is None else tuple(sorted(assigned.split("\n"))),
        bool(restricted),
    )


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


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + _MOST_IDS] for start in range(0, len(unique), _MOST_IDS))
