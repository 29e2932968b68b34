"""Access records: one for each access or attempt, written before anything is released."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert

from gateway.store.prepared import Prepared, listed
from gateway.store.tables.access import access_records, access_subjects
from gateway.store.tables.columns import to_microseconds
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, SubjectRole


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
    """Of a refused attempt the applicant alone; none where nobody is known."""
    legal_basis: str | None = None
    registers: tuple[str, ...] = ()
    amends: str | None = None
    """FAILED, and DENIED where data was withheld: id of the PERMITTED record of which these paths, and their
    coordinates, were not released after all."""
    id: str = field(default="")
    """Made when it is left empty: in order of time, and not to be guessed."""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", f"{to_microseconds(self.at):014x}{secrets.token_hex(8)}")


_RECORD = Prepared(insert(access_records))
_SUBJECT = Prepared(insert(access_subjects))


def append(connection: Connection, records: Iterable[AccessRecord]) -> None:
    """Write records inside a write job: they are durable when the job's write returns."""
    lines, subjects = [], []
    for record in records:
        at = to_microseconds(record.at)
        lines.append(
            {
                "id": record.id,
                "at": at,
                "request_id": record.request_id,
                "capacity": record.capacity.value,
                "organisation": record.organisation,
                "by_subject": record.by_subject,
                "who": record.who,
                "claim": record.claim,
                "claim_type": None if record.claim_type is None else record.claim_type.text,
                "action": record.action.value,
                "outcome": record.outcome.value,
                "coordinates": listed(record.coordinates),
                "paths": listed(record.paths),
                "rules": listed(record.rules),
                "policy_version": record.policy_version,
                "legal_basis": record.legal_basis,
                "registers": listed(record.registers),
                "amends": record.amends,
            }
        )
        for entry in record.subjects:
            disclosed_at = at if entry.disclosed_at is None else to_microseconds(entry.disclosed_at)
            subjects.append(
                {
                    "record": record.id,
                    "subject": entry.subject,
                    "role": entry.role.value,
                    "at": at,
                    "disclosed_at": disclosed_at,
                }
            )
    if lines:
        _RECORD.write(connection, lines)
    if subjects:
        _SUBJECT.write(connection, subjects)
