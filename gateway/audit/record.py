"""Access records: one for each access or attempt, written before anything is released."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import msgspec
from sqlalchemy import Connection

from gateway.audit.positions import PartyPosition, Position, written, written_of_parties
from gateway.store.filing import append_rows
from gateway.store.log_rows import LogRows
from gateway.store.prepared import listed
from gateway.store.tables.columns import to_microseconds
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, SubjectRole

RecordPlace = tuple[int, int]
"""Where a record stands: the place of its row, and its number in that row."""


@dataclass(frozen=True, slots=True)
class AccessSubject:
    """Whose log a record is in, and as what."""

    subject: str
    role: SubjectRole
    disclosed_at: datetime | None = None
    """When it becomes visible to the subject, where the law delays it; None: at once."""


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One line of the log."""

    at: datetime
    request_id: str
    capacity: Capacity
    organisation: str | None
    by_subject: str
    """Subject id of the person who asked."""
    who: str
    """In words a citizen understands (:mod:`gateway.audit.who`)."""
    claim: str | None
    claim_type: ClaimTypeCode | None
    action: ClaimAction
    outcome: AccessOutcome
    coordinates: tuple[str, ...]
    """Schema coordinates asked for (``Person.income``)."""
    paths: tuple[str, ...]
    """The same as paths from the applicant, in the notation of the evidence lists."""
    rules: tuple[str, ...]
    policy_version: str
    subjects: tuple[AccessSubject, ...]
    """All in one role, disclosed at one time. Of a refused attempt the applicant alone; none where nobody is known."""
    legal_basis: str | None = None
    registers: tuple[str, ...] = ()
    amends: RecordPlace | None = None
    """FAILED, and DENIED where data was withheld: the PERMITTED record of which these paths, and their coordinates,
    were not released after all; it is about the same subjects."""
    position: Position | None = None
    """How the party stood to the claim, as it was decided; None where no claim was decided on."""
    asked_of_parties: tuple[PartyPosition, ...] = ()
    """What the rules about mandates and third parties were asked, where it was about those."""
    search: str | None = None
    """What an auditor looked for (:mod:`gateway.audit.search`), as JSON."""


class Said(msgspec.Struct, frozen=True):
    """What was asked and why it was answered so, as a row says it: lists as JSON."""

    coordinates: str
    paths: str
    rules: str

    @classmethod
    def of(cls, by_path: Mapping[str, str], rules: Iterable[str]) -> Self:
        """From path -> coordinate."""
        paths = sorted(by_path)
        coordinates = list(dict.fromkeys([by_path[path] for path in paths]))
        return cls(listed(coordinates), listed(paths), listed(list(rules)))


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """What all records of a row have in common; see :class:`AccessRecord`."""

    at: datetime
    request_id: str
    capacity: Capacity
    organisation: str | None
    by_subject: str
    who: str
    claim_type: ClaimTypeCode | None
    action: ClaimAction
    outcome: AccessOutcome
    role: SubjectRole | None
    said: Said
    policy_version: str
    legal_basis: str | None
    registers: tuple[str, ...] = ()
    disclosed_at: datetime | None = None
    amends: int | None = None
    """Place of the row that is amended."""


Entry = tuple[str | None, Sequence[str]] | tuple[str | None, Sequence[str], int]
"""Claim and subjects of one record; with the number of the record that it amends, in the row that its own amends."""


def row_of(
    alike: Alike, entries: list[Entry], positions: str | None = None, search: str | None = None
) -> tuple[Any, ...]:
    """The row of records that are alike (``gateway.store.log_rows.COLUMNS``).

    Args:
        positions: as :func:`gateway.audit.positions.written` writes them.
        search: what an auditor looked for, as JSON.
    """
    at = to_microseconds(alike.at)
    # `value` of a word is a property written in Python, at six times the cost of what it reads.
    return (
        os.urandom(8).hex(),
        at,
        alike.request_id,
        alike.capacity._value_,
        alike.organisation,
        alike.by_subject,
        alike.who,
        None if alike.claim_type is None else alike.claim_type.text,
        alike.action._value_,
        alike.outcome._value_,
        None if alike.role is None else alike.role._value_,
        at if alike.disclosed_at is None else to_microseconds(alike.disclosed_at),
        alike.said.coordinates,
        alike.said.paths,
        alike.said.rules,
        alike.policy_version,
        alike.legal_basis,
        listed(alike.registers),
        alike.amends,
        positions,
        listed(entries),
        search,
    )


def subjects_of(entries: list[Entry]) -> int:
    """How many subjects the records of a row have."""
    return sum([len(entry[1]) for entry in entries])


def append(connection: Connection, records: Iterable[AccessRecord]) -> list[RecordPlace]:
    """Write records that need have nothing in common, each in a row of its own.

    Raises:
        ValueError: subjects of one record differ in role or time.
    """
    return [(_append(connection, record), 0) for record in records]


def _append(connection: Connection, record: AccessRecord) -> int:
    first = record.subjects[0] if record.subjects else None
    if any((each.role, each.disclosed_at) != (first.role, first.disclosed_at) for each in record.subjects if first):
        raise ValueError("subjects in several roles have a record each")
    subjects = [each.subject for each in record.subjects]
    alike = Alike(
        at=record.at,
        request_id=record.request_id,
        capacity=record.capacity,
        organisation=record.organisation,
        by_subject=record.by_subject,
        who=record.who,
        claim_type=record.claim_type,
        action=record.action,
        outcome=record.outcome,
        role=None if first is None else first.role,
        said=Said(listed(record.coordinates), listed(record.paths), listed(record.rules)),
        policy_version=record.policy_version,
        legal_basis=record.legal_basis,
        registers=record.registers,
        disclosed_at=None if first is None else first.disclosed_at,
        amends=None if record.amends is None else record.amends[0],
    )
    entry: Entry = (record.claim, subjects) if record.amends is None else (record.claim, subjects, record.amends[1])
    of_parties = written_of_parties(record.asked_of_parties)
    positions = of_parties if record.position is None else written([(record.position, 1)])
    return append_rows(connection, LogRows([row_of(alike, [entry], positions, record.search)], 1, len(subjects)))


def id_of(place: int, token: str, number: int) -> str:
    """A record's id: in order of time, and not to be guessed."""
    return f"{place:014x}{token}{number:04x}"


_ID = re.compile(r"([0-9a-f]{14})([0-9a-f]{16})([0-9a-f]{4,})")


def read_id(text: str) -> tuple[int, str, int]:
    """Place, token and number of an id. Raises: ValueError: no record has such an id."""
    found = _ID.fullmatch(text)
    if found is None:
        raise ValueError("this is no id of an access record")
    return int(found[1], 16), found[2], int(found[3], 16)
