"""Rows that several tests of the store need."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace
from sqlalchemy import Connection, insert, select

from gateway.audit.record import Alike, Said, row_of
from gateway.store.log_rows import LogRows
from gateway.store.tables.people import subjects
from schema.terms import AccessOutcome, ApplicantKind, Capacity, ClaimAction

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def add_subject(connection: Connection, name: str) -> None:
    connection.execute(insert(subjects), {"id": name, "kind": ApplicantKind.PERSON, "created_at": NOW})


def subjects_in(connection: Connection) -> list[str]:
    return list(connection.execute(select(subjects.c.id).order_by(subjects.c.id)).scalars())


ALIKE = Alike(
    at=NOW,
    request_id="r",
    capacity=Capacity.OWNER_OFFICER,
    organisation=None,
    by_subject="s-officer",
    who="An officer",
    claim_type=None,
    action=ClaimAction.READ,
    outcome=AccessOutcome.DENIED,
    role=None,
    said=Said.of({}, ()),
    policy_version="v",
    legal_basis=None,
)
"""An officer's attempt, about nobody."""


def log_rows(count: int) -> LogRows:
    """Rows of one request about nobody, called ``r-`` and how many they are."""
    alike = replace(ALIKE, request_id=f"r-{count}")
    return LogRows([row_of(alike, [(None, ())]) for _ in range(count)], count, 0)
