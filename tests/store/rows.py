"""Rows that several tests of the store need."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from gateway.store.tables.people import subjects
from schema.terms import ApplicantKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def add_subject(connection: Connection, name: str) -> None:
    connection.execute(insert(subjects), {"id": name, "kind": ApplicantKind.PERSON, "created_at": NOW})


def subjects_in(connection: Connection) -> list[str]:
    return list(connection.execute(select(subjects.c.id).order_by(subjects.c.id)).scalars())
