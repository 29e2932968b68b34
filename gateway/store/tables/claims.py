"""Claims, their history, who works on them, and the mandates behind them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from gateway.store.tables.columns import Instant, Word, metadata
from schema.terms import ApplicantKind, Channel, ClaimAction, ClaimStatus, MandateStatus, PresenceMethod

claims = Table(
    "claims",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("type", String(64), nullable=False),
    Column("applicant", ForeignKey("subjects.id"), nullable=False),
    Column("applicant_kind", Word(ApplicantKind), nullable=False),
    Column("owner", ForeignKey("service_owners.id"), nullable=False),
    Column("municipality", ForeignKey("municipalities.atvk")),
    Column("channel", Word(Channel), nullable=False),
    Column("centre", ForeignKey("centres.id")),
    Column("status", Word(ClaimStatus), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("answers_version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", ForeignKey("subjects.id"), nullable=False),
    Column("submitted_at", Instant),
    Column("owner_reference", String(200)),
    Column("reference_hidden", Boolean, nullable=False, server_default="0"),
    Column("presence_method", Word(PresenceMethod)),
    Column("presence_at", Instant),
    Column("presence_by", ForeignKey("subjects.id")),
    Column("presence_checked", Boolean),
    Index("ix_claims_applicant_status", "applicant", "status"),
    Index("ix_claims_applicant_created", "applicant", "created_at", "id"),
    Index("ix_claims_owner_created", "owner", "created_at", "id"),
    Index("ix_claims_owner_status_created", "owner", "status", "created_at", "id"),
    Index("ix_claims_centre_created", "centre", "created_at", "id"),
    Index("ix_claims_owner_reference", "owner_reference"),
    Index("ix_claims_status_type_municipality", "status", "type", "municipality"),
    Index("ix_claims_status_created", "status", "created_at"),
)
"""``reference_hidden``: the owner's case number may be somebody's code, and is shown to nobody.

The presence columns are the last presence recorded; every one is in ``presences``.

The indexes by creation have the newest first, and go by id within one moment, as lists do: so no list is sorted. It is
the migration that says so; what is compared with it here has no order.
"""

claim_events = Table(
    "claim_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("claim", ForeignKey("claims.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("status", Word(ClaimStatus), nullable=False),
    Column("by_text", String(300)),
    Column("by_party", String(300)),
    Column("note", Text),
    Column("answers_version", Integer),
)
"""``by_text`` is for people; ``by_party`` is :attr:`gateway.identity.party.Party.key`. ``answers_version`` pins what
was submitted or added with this event."""

former_answers = Table(
    "former_answers",
    metadata,
    Column("claim", ForeignKey("claims.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("answers", JSON, nullable=False),
    Column("replaced_at", Instant, nullable=False),
)
"""Every version of a claim's answers but the present one, which is the claim's own."""

assignments = Table(
    "assignments",
    metadata,
    Column("claim", ForeignKey("claims.id"), primary_key=True),
    Column("third_party", ForeignKey("third_parties.id"), primary_key=True),
    Column("by_party", String(300), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_assignments_third_party_claim", "third_party", "claim"),
)

presences = Table(
    "presences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("claim", ForeignKey("claims.id"), nullable=False, index=True),
    Column("method", Word(PresenceMethod), nullable=False),
    Column("reference_hash", String(64), nullable=False, index=True),
    Column("recorded_at", Instant, nullable=False),
    Column("by_subject", ForeignKey("subjects.id"), nullable=False),
    Column("checked", Boolean, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("party", String(300), primary_key=True),
    Column("mutation", String(64), primary_key=True),
    Column("key_hash", String(64), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("result", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)

mandates = Table(
    "mandates",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("grantor", ForeignKey("subjects.id"), nullable=False, index=True),
    Column("holder_subject", ForeignKey("subjects.id"), index=True),
    Column("holder_code", String(11)),
    Column("holder_third_party", ForeignKey("third_parties.id"), index=True),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("status", Word(MandateStatus), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", ForeignKey("subjects.id"), nullable=False),
    Column("revoked_at", Instant),
)
"""``holder_code`` is the personal code as the grantor typed it: all of a person that the grantor is shown."""

mandate_claim_types = Table(
    "mandate_claim_types",
    metadata,
    Column("mandate", ForeignKey("mandates.id"), primary_key=True),
    Column("claim_type", String(64), primary_key=True),
)

mandate_actions = Table(
    "mandate_actions",
    metadata,
    Column("mandate", ForeignKey("mandates.id"), primary_key=True),
    Column("action", Word(ClaimAction), primary_key=True),
)
