"""What proves the access log: its tree, signed checkpoints, what happened to it, and a key for each person in it."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table, Text

from gateway.store.tables.columns import PLACE, Instant, Word, metadata


class LogEventKind(StrEnum):
    """What is told about the log itself, and not about an access through the graph."""

    MERGED = "MERGED"
    """Two subjects turned out to be one person: ``{"gone", "kept"}``."""
    EXPORTED = "EXPORTED"
    """Records were handed to an auditor: ``{"since", "until", "rows", "case", "by"}``."""
    FORGOTTEN = "FORGOTTEN"
    """A person's key and codes were erased: ``{"subject", "case", "by"}``."""


log_leaves = Table(
    "log_leaves",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("last_place", PLACE, nullable=False, index=True),
    Column("root", LargeBinary(32), nullable=False),
    Column("leaves", LargeBinary, nullable=False),
)
"""256 rows of the log each, the last one fewer: for every row its place (8 bytes, the highest first) and its leaf hash.

``root`` is the tree over these leaves. Nothing is believed because it is here: leaves count as far as they come to the
root of a signed checkpoint. They make proofs short work, and say which row it is that was changed.
"""

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("last_place", PLACE, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
)
"""Signed heads of the tree: ``size`` rows up to ``last_place``. ``frontier`` is what the tree goes on from: the roots
of its complete subtrees, the largest first, 32 bytes each. ``note`` is the signed text (``gateway.audit.notes``)."""

log_events = Table(
    "log_events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Word(LogEventKind), nullable=False),
    Column("body", JSON, nullable=False),
)
"""What happened to the log itself, in order; covered by checkpoints as the rows are."""

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("key", LargeBinary(32)),
    sqlite_with_rowid=False,
)
"""What makes a person's hash, and opens a code that a record holds; null once the person is forgotten. No foreign key:
subjects that turn out to be another's go, and what is known of their key stays."""
