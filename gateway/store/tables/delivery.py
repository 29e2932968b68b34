"""The outbox: messages to owners, committed together with what they tell of."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table

from gateway.store.tables.columns import Instant, Word, metadata
from schema.terms import DeliveryStrategy


class MessageKind(StrEnum):
    """What a message tells the owner."""

    SUBMISSION = "SUBMISSION"
    ANSWERS = "ANSWERS"
    WITHDRAWAL = "WITHDRAWAL"


class MessageState(StrEnum):
    """Where a message is. ``SENDING`` is written before the call: found after a crash, it is in doubt."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    DONE = "DONE"
    DOUBTFUL = "DOUBTFUL"
    """Nobody knows whether it arrived, and it is never sent again by itself."""
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    """Withdrawn before anything was sent."""


outbox = Table(
    "outbox",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(64), nullable=False, unique=True),
    Column("claim", ForeignKey("claims.id"), nullable=False),
    Column("kind", Word(MessageKind), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("register", String(64), nullable=False),
    Column("strategy", Word(DeliveryStrategy), nullable=False),
    Column("state", Word(MessageState), nullable=False),
    Column("in_doubt", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_attempt_at", Instant),
    Column("next_attempt_at", Instant),
    Column("lease_owner", String(64)),
    Column("lease_until", Instant),
    Column("last_error", String(300)),
    Index("ix_outbox_state_register_next", "state", "register", "next_attempt_at"),
    Index("ix_outbox_claim_sequence", "claim", "sequence"),
)
"""``in_doubt``: an attempt may have arrived. The payload is frozen: one message id always means one message."""
