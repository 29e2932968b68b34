"""What owners told of claims, how far each was asked, and which signed messages were taken."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from gateway.store.tables.columns import Instant, Word, metadata
from schema.terms import ClaimStatus


class ChangeOutcome(StrEnum):
    """What became of a change that an owner told."""

    APPLIED = "APPLIED"
    LATE = "LATE"
    """A later change of the claim was applied before: it changed nothing."""
    ILLEGAL = "ILLEGAL"
    """It cannot follow the claim's status, is of two claims at once, or is a word that the owner's contract does not
    have: it changed nothing, and people should look."""
    LOOKED_INTO = "LOOKED_INTO"
    """People have looked into what was illegal; the claim's history says who and why."""
    UNKNOWN = "UNKNOWN"
    """No claim of this owner has that case number, or several have. Looked at again when one gets it."""


owner_changes = Table(
    "owner_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(100), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("change_id", String(100), nullable=False),
    Column("status", Word(ClaimStatus)),
    Column("word", String(100)),
    Column("changed_at", Instant, nullable=False),
    Column("note", Text),
    Column("claim", ForeignKey("claims.id")),
    Column("outcome", Word(ChangeOutcome), nullable=False),
    Column("told_at", Instant, nullable=False),
    Index("ix_owner_changes_source_reference_change_id", "source", "reference", "change_id", unique=True),
    Index("ix_owner_changes_claim", "claim"),
    Index("ix_owner_changes_outcome_source", "outcome", "source"),
)
"""``source`` is :attr:`gateway.claims.owner_answers.Source.name`. A change is here once, however often it is told.

``word`` is the owner's, where ``status`` is null: its contract does not have it.
"""

owner_polls = Table(
    "owner_polls",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("since", String(500)),
    Column("at", Instant, nullable=False),
)
"""Since-tokens, written with the changes that came before them."""

owner_nonces = Table(
    "owner_nonces",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_owner_nonces_at", "at"),
)
"""Signed messages that were taken: ``digest`` is of the body. Kept for longer than a signature is good."""
