"""Access records: what the citizen can read about who looked.

A request writes its records as they come, all that are alike in one row, and nothing else before data is released.
Later they are filed under the people they are about (``gateway.store.filing``): many at a time, a person's together.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table, Text

from gateway.store.tables.columns import PLACE, Instant, Word, metadata
from schema.terms import AccessOutcome, Capacity, ClaimAction, SubjectRole

access_records = Table(
    "access_records",
    metadata,
    Column("place", PLACE, primary_key=True, autoincrement=False),
    Column("token", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("capacity", Word(Capacity), nullable=False),
    Column("organisation", String(64)),
    Column("by_subject", String(40), nullable=False),
    Column("who", String(300), nullable=False),
    Column("claim_type", String(64)),
    Column("action", Word(ClaimAction), nullable=False),
    Column("outcome", Word(AccessOutcome), nullable=False),
    Column("role", Word(SubjectRole)),
    Column("disclosed_at", Instant, nullable=False),
    Column("coordinates", JSON, nullable=False),
    Column("paths", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("policy_version", String(64), nullable=False),
    Column("legal_basis", Text),
    Column("registers", JSON, nullable=False),
    Column("amends", PLACE),
    Column("positions", JSON),
    Column("records", JSON, nullable=False),
    Column("search", JSON),
)
"""A row holds the records of one request that differ in nothing but claim and subjects.

``place`` orders the log: ``at`` in microseconds since 1970, or one behind the row before where that is later.
``records`` lists ``[claim, [subject, …]]``, or ``[claim, [subject, …], number]`` where it amends the record of that
number, from 0, in the row at ``amends``. A record's id is made of place, token and its own number. ``role`` is that of
all subjects; null where there are none. Claims and subjects are no foreign keys: an attempt may name no claim at all.
``positions`` says how the party stood to the claims (``gateway.audit.positions``), so that it can be decided again
under other policies; null where no claim was decided on. ``search`` is what an auditor looked for in the log
(``gateway.audit.search``); null otherwise.

Every row is a leaf of the log's tree as it stands here (``gateway.audit.leaves``): no column of it is ever changed. A
new column is nullable and comes last, since what is null is no part of the leaf.
"""

Index("ix_access_records_amends", access_records.c.amends, sqlite_where=access_records.c.amends.is_not(None))

access_subjects = Table(
    "access_subjects",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("up_to", PLACE, primary_key=True, autoincrement=False),
    Column("claim", String(64), primary_key=True),
    Column("places", JSON, nullable=False),
    sqlite_with_rowid=False,
)
"""A person's records under one claim (empty: under none) among those filed up to a place: ``[place, number, …]``."""

access_filings = Table(
    "access_filings",
    metadata,
    Column("up_to", PLACE, primary_key=True, autoincrement=False),
)
"""Up to which place records were filed each time; below zero of a filing that goes on, or that nobody ended."""
