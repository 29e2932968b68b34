"""People and legal entities by internal subject id; codes are a look-up table, since codes change."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from gateway.store.tables.columns import Instant, Word, metadata
from schema.notices import NoticeKind
from schema.terms import ApplicantKind

subjects = Table(
    "subjects",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", Word(ApplicantKind), nullable=False),
    Column("created_at", Instant, nullable=False),
)

merged_subjects = Table(
    "merged_subjects",
    metadata,
    Column("gone", String(40), primary_key=True),
    Column("kept", ForeignKey("subjects.id"), nullable=False, index=True),
)
"""Who turned out to be one person: what was on its way under one id is the other's. ``kept`` is never gone itself."""

person_codes = Table(
    "person_codes",
    metadata,
    Column("code", String(11), primary_key=True),
    Column("subject", ForeignKey("subjects.id"), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("ask_from", Instant),
    Index("ix_person_codes_subject_current", "subject", "current"),
    sqlite_with_rowid=False,
)
"""Kept by code, so that a code leads to its subject, and a subject to its code, by one search each. ``ask_from``: the
population register has not said whose the code is, and is to be asked when it is used from then on; null: it has."""

registration_numbers = Table(
    "registration_numbers",
    metadata,
    Column("number", String(11), primary_key=True),
    Column("subject", ForeignKey("subjects.id"), nullable=False, index=True),
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("subject", ForeignKey("subjects.id"), primary_key=True),
    Column("restricted", Boolean, nullable=False),
    Column("copied_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
"""Dated copy of the population register's flag: decisions ask no register."""

representations = Table(
    "representations",
    metadata,
    Column("person", ForeignKey("subjects.id"), primary_key=True),
    Column("entity", ForeignKey("subjects.id"), primary_key=True, index=True),
    Column("alone", Boolean, nullable=False),
    Column("copied_at", Instant, nullable=False),
)
"""Dated copy of the enterprise register: who may represent which legal entity."""

register_copies = Table(
    "register_copies",
    metadata,
    Column("kind", Word(NoticeKind), primary_key=True),
    Column("since", String(500)),
    Column("complete_until", Instant),
    Column("asked_next", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
)
"""How far copies go: ``complete_until`` is when the register last said that it had told everything; what it did
not tell had not changed until then. ``asked_next`` is one process's turn: gateways on one store ask once."""
