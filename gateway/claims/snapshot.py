"""Claims as they stand at one moment, loaded for decisions and answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, literal_column, select

from gateway.claims.case_numbers import HIDDEN
from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.tables.claims import assignments, claim_events, claims
from gateway.store.tables.columns import from_microseconds
from gateway.store.tables.people import person_codes, registration_numbers, restrictions
from schema.records.not_read import NOT_READ
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


class ClaimSnapshot(msgspec.Struct, frozen=True, gc=False):
    """All of a claim but its answers (:func:`answers_of`), which decisions do not need.

    Lists are long and times seldom asked for: until then they are kept as the store has them, microseconds since 1970.
    """

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
    created_microseconds: int
    submitted_microseconds: int | None
    owner_reference: str | None
    """As it may be shown: see :mod:`gateway.claims.case_numbers`."""
    presence: RecordedPresence | None
    assigned_to: tuple[str, ...]
    """Ids of third parties, sorted."""
    restricted: bool
    """The applicant is a protected person, as the own copy says."""

    @property
    def created_at(self) -> datetime:
        """When the draft was opened, UTC."""
        return from_microseconds(self.created_microseconds)

    @property
    def submitted_at(self) -> datetime | None:
        """When it was submitted, UTC; None for a draft."""
        return None if self.submitted_microseconds is None else from_microseconds(self.submitted_microseconds)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a claim's history."""

    at: datetime
    status: ClaimStatus
    by: str | None
    note: str | None


_ASSIGNED = (
    select(func.group_concat(assignments.c.third_party, literal_column("char(10)")))
    .where(assignments.c.claim == claims.c.id)
    .scalar_subquery()
)
_CODE = (
    select(person_codes.c.code)
    .where(person_codes.c.subject == claims.c.applicant, person_codes.c.current == literal_column("1"))
    .scalar_subquery()
)
_NUMBER = (
    select(registration_numbers.c.number).where(registration_numbers.c.subject == claims.c.applicant).scalar_subquery()
)
_RESTRICTED = select(restrictions.c.restricted).where(restrictions.c.subject == claims.c.applicant).scalar_subquery()
REFERENCE = case(
    (claims.c.reference_hidden == literal_column("1"), literal_column(f"'{HIDDEN}'")), else_=claims.c.owner_reference
).label("owner_reference")
"""The owner's case number as anybody may see it."""


def brief(known: Collection[str] = ()) -> Select[Any]:
    """What most lists need of a snapshot, in the order of :func:`brief_of`: of a long one it is the columns that cost.

    Args:
        known: of ``type``, ``status`` and ``municipality`` those of which all claims have one value: null here.
    """
    nothing: ColumnElement[Any] = literal_column("NULL")
    return select(
        claims.c.id,
        nothing if "type" in known else claims.c.type,
        claims.c.applicant_kind,
        claims.c.applicant,
        # One search an applicant: a join would look for a person's number and for an entity's code, too.
        case((claims.c.applicant_kind == literal_column("'PERSON'"), _CODE), else_=_NUMBER),
        claims.c.owner,
        nothing if "municipality" in known else claims.c.municipality,
        claims.c.channel,
        nothing if "status" in known else claims.c.status,
        claims.c.created_at,
        claims.c.submitted_at,
        _RESTRICTED,
    )


BASE = brief().add_columns(
    claims.c.centre,
    claims.c.answers_version,
    REFERENCE,
    claims.c.presence_at,
    claims.c.presence_method,
    claims.c.presence_by,
    claims.c.presence_checked,
    _ASSIGNED,
)
"""Everything of a snapshot, in the order of :func:`snapshot_of`."""

_BY_ID = Prepared(BASE.where(claims.c.id == bindparam("id")))
_BY_IDS = Prepared(BASE.where(claims.c.id.in_(each_of("ids"))))


def load(connection: Connection, ids: Sequence[str]) -> dict[str, ClaimSnapshot]:
    """Claims by id, by one query; an unknown id is not in the answer."""
    found = _BY_ID.rows(connection, id=ids[0]) if len(ids) == 1 else _BY_IDS.rows(connection, ids=listed(ids))
    return {row[0]: snapshot_of(row) for row in found}


def load_one(connection: Connection, id: str) -> ClaimSnapshot | None:  # noqa: A002 - the word of the graph
    """One claim; None where there is none."""
    return load(connection, (id,)).get(id)


_PERSON = ApplicantKind.PERSON.value
_KINDS = {kind.value: kind for kind in ApplicantKind}
_CHANNELS = {channel.value: channel for channel in Channel}
_STATUSES = {status.value: status for status in ClaimStatus}


class _Types(dict[str, ClaimTypeCode]):
    """One object for each code: claims of one type share it. As many as have ever been claim types."""

    def __missing__(self, text: str) -> ClaimTypeCode:
        made = self[text] = ClaimTypeCode.parse(text)
        return made


class _Places(dict[str | None, AtvkCode | None]):
    """As :class:`_Types`; no municipality for none."""

    def __missing__(self, text: str | None) -> AtvkCode | None:
        made = self[text] = None if text is None else AtvkCode(text)
        return made


_TYPES = _Types()
_PLACES = _Places()


def snapshot_of(row: Sequence[Any]) -> ClaimSnapshot:
    """A row of :data:`BASE`."""
    (
        claim_id,
        type_,
        kind,
        applicant,
        code,
        owner,
        municipality,
        channel,
        status,
        created_at,
        submitted_at,
        restricted,
        centre,
        answers_version,
        owner_reference,
        presence_at,
        presence_method,
        presence_by,
        presence_checked,
        assigned,
    ) = row
    # By position: this is built for every claim of a list.
    return ClaimSnapshot(
        claim_id,
        _TYPES[type_],
        _KINDS[kind],
        applicant,
        PersonCode(code) if kind == _PERSON else RegistrationNumber(code),
        owner,
        _PLACES[municipality],
        _CHANNELS[channel],
        centre,
        _STATUSES[status],
        answers_version,
        created_at,
        submitted_at,
        owner_reference,
        None
        if presence_at is None
        else RecordedPresence(
            PresenceMethod(presence_method), from_microseconds(presence_at), presence_by, bool(presence_checked)
        ),
        () if assigned is None else tuple(sorted(assigned.split("\n"))),
        restricted == 1,
    )


def brief_of(
    rows: Sequence[Sequence[Any]], type_: str | None, status: str | None, municipality: str | None
) -> list[ClaimSnapshot]:
    """Rows of :func:`brief`: whoever looks at what is not in them fails.

    Args:
        type_, status, municipality: of all the claims; None: the rows say.
    """
    if not rows:
        return []  # What a caller made up is no type that was ever a claim's, and is not kept.
    one_type = None if type_ is None else _TYPES[type_]
    one_status = None if status is None else _STATUSES[status]
    one_place = _PLACES[municipality]
    return [
        ClaimSnapshot(
            claim_id,
            one_type or _TYPES[its_type],
            _KINDS[kind],
            applicant,
            PersonCode(code) if kind == _PERSON else RegistrationNumber(code),
            owner,
            one_place or _PLACES[its_place],
            _CHANNELS[channel],
            NOT_READ,
            one_status or _STATUSES[its_status],
            NOT_READ,
            created_at,
            submitted_at,
            NOT_READ,
            NOT_READ,
            NOT_READ,
            restricted == 1,
        )
        for (
            claim_id,
            its_type,
            kind,
            applicant,
            code,
            owner,
            its_place,
            channel,
            its_status,
            created_at,
            submitted_at,
            restricted,
        ) in rows
    ]


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
