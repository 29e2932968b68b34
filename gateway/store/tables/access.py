"""Access records: what the citizen can read about who looked."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text

from gateway.store.tables.columns import Instant, Word, metadata
from schema.terms import AccessOutcome, Capacity, ClaimAction, SubjectRole

access_records = Table(
    "access_records",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("request_id", String(64), nullable=False),
    Column("capacity", Word(Capacity), nullable=False),
    Column("organisation", String(64)),
    Column("by_subject", String(40), nullable=False),
    Column("who", String(300), nullable=False),
    Column("claim", String(64), index=True),
    Column("claim_type", String(64)),
    Column("action", Word(ClaimAction), nullable=False),
    Column("outcome", Word(AccessOutcome), nullable=False),
    Column("coordinates", JSON, nullable=False),
    Column("paths", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("policy_version", String(64), nullable=False),
    Column("legal_basis", Text),
    Column("registers", JSON, nullable=False),
    Column("amends", ForeignKey("access_records.id"), index=True),
)
"""``claim`` is no foreign key: an attempt names a claim that need not exist."""

access_subjects = Table(
    "access_subjects",
    metadata,
    Column("record", ForeignKey("access_records.id"), primary_key=True),
    Column("subject", ForeignKey("subjects.id"), primary_key=True),
    Column("role", Word(SubjectRole), nullable=False),
    Column("at", Instant, nullable=False),
    Column("disclosed_at", Instant, nullable=False),
    Index("ix_access_subjects_subject_at_record", "subject", "at", "record"),
)
"""``at`` repeats the record's, so that one index gives a subject's log newest first."""
