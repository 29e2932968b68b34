"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "access_filings",
        sa.Column("up_to", _PLACE, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("up_to", name=op.f("pk_access_filings")),
    )
    op.create_table(
        "access_records",
        sa.Column("place", _PLACE, autoincrement=False, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.String(32), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=True),
        sa.Column("by_subject", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.Column("claim_type", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=True),
        sa.Column("disclosed_at", sa.BigInteger(), nullable=False),
        sa.Column("coordinates", sa.JSON(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("registers", sa.JSON(), nullable=False),
        sa.Column("amends", _PLACE, nullable=True),
        sa.Column("positions", sa.JSON(), nullable=True),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_access_records")),
    )
    op.create_index(
        "ix_access_records_amends",
        "access_records",
        ["amends"],
        unique=False,
        sqlite_where=sa.text("amends IS NOT NULL"),
    )
    op.create_table(
        "access_subjects",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("up_to", _PLACE, autoincrement=False, nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "up_to", "claim", name=op.f("pk_access_subjects")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("party", sa.String(length=300), nullable=False),
        sa.Column("mutation", sa.String(length=64), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", "mutation", "key_hash", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "municipalities",
        sa.Column("atvk", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor", sa.String(length=7), nullable=True),
        sa.ForeignKeyConstraint(["successor"], ["municipalities.atvk"], name=op.f("fk_municipalities_successor")),
        sa.PrimaryKeyConstraint("atvk", name=op.f("pk_municipalities")),
    )
    op.create_table(
        "subjects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
    )
    op.create_table(
        "third_parties",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("registration_number", sa.String(length=11), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_third_parties")),
        sa.UniqueConstraint("registration_number", name=op.f("uq_third_parties_registration_number")),
    )
    op.create_table(
        "centres",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("registration_number", sa.String(length=11), nullable=True),
        sa.Column("municipality", sa.String(length=7), nullable=False),
        sa.Column("significance", sa.String(32), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("clients_per_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["municipality"], ["municipalities.atvk"], name=op.f("fk_centres_municipality")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centres")),
    )
    op.create_index(op.f("ix_centres_municipality"), "centres", ["municipality"], unique=False)
    op.create_table(
        "contracts",
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("requests_per_day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["third_party"], ["third_parties.id"], name=op.f("fk_contracts_third_party")),
        sa.PrimaryKeyConstraint("third_party", name=op.f("pk_contracts")),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("grantor", sa.String(length=40), nullable=False),
        sa.Column("holder_subject", sa.String(length=40), nullable=True),
        sa.Column("holder_code", sa.String(length=11), nullable=True),
        sa.Column("holder_third_party", sa.String(length=64), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["subjects.id"], name=op.f("fk_mandates_created_by")),
        sa.ForeignKeyConstraint(["grantor"], ["subjects.id"], name=op.f("fk_mandates_grantor")),
        sa.ForeignKeyConstraint(["holder_subject"], ["subjects.id"], name=op.f("fk_mandates_holder_subject")),
        sa.ForeignKeyConstraint(
            ["holder_third_party"], ["third_parties.id"], name=op.f("fk_mandates_holder_third_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_grantor"), "mandates", ["grantor"], unique=False)
    op.create_index(op.f("ix_mandates_holder_subject"), "mandates", ["holder_subject"], unique=False)
    op.create_index(op.f("ix_mandates_holder_third_party"), "mandates", ["holder_third_party"], unique=False)
    op.create_table(
        "merged_subjects",
        sa.Column("gone", sa.String(length=40), nullable=False),
        sa.Column("kept", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["kept"], ["subjects.id"], name=op.f("fk_merged_subjects_kept")),
        sa.PrimaryKeyConstraint("gone", name=op.f("pk_merged_subjects")),
    )
    op.create_index(op.f("ix_merged_subjects_kept"), "merged_subjects", ["kept"], unique=False)
    op.create_table(
        "person_codes",
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name=op.f("fk_person_codes_subject")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_person_codes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_codes_subject_current", "person_codes", ["subject", "current"], unique=False)
    op.create_table(
        "quota_usage",
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["third_party"], ["third_parties.id"], name=op.f("fk_quota_usage_third_party")),
        sa.PrimaryKeyConstraint("third_party", "day", name=op.f("pk_quota_usage")),
    )
    op.create_table(
        "registration_numbers",
        sa.Column("number", sa.String(length=11), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name=op.f("fk_registration_numbers_subject")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registration_numbers")),
    )
    op.create_index(op.f("ix_registration_numbers_subject"), "registration_numbers", ["subject"], unique=False)
    op.create_table(
        "representations",
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("copied_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["subjects.id"], name=op.f("fk_representations_entity")),
        sa.ForeignKeyConstraint(["person"], ["subjects.id"], name=op.f("fk_representations_person")),
        sa.PrimaryKeyConstraint("person", "entity", name=op.f("pk_representations")),
    )
    op.create_index(op.f("ix_representations_entity"), "representations", ["entity"], unique=False)
    op.create_table(
        "restrictions",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("copied_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name=op.f("fk_restrictions_subject")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_restrictions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "service_owners",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("registration_number", sa.String(length=11), nullable=True),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("municipality", sa.String(length=7), nullable=True),
        sa.ForeignKeyConstraint(["municipality"], ["municipalities.atvk"], name=op.f("fk_service_owners_municipality")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_owners")),
    )
    op.create_index(op.f("ix_service_owners_municipality"), "service_owners", ["municipality"], unique=False)
    op.create_table(
        "third_party_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("by_party", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["third_party"], ["third_parties.id"], name=op.f("fk_third_party_events_third_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_third_party_events")),
    )
    op.create_index(op.f("ix_third_party_events_third_party"), "third_party_events", ["third_party"], unique=False)
    op.create_table(
        "third_party_claim_types",
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("claim_type", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["third_party"], ["third_parties.id"], name=op.f("fk_third_party_claim_types_third_party")
        ),
        sa.PrimaryKeyConstraint("third_party", "claim_type", name=op.f("pk_third_party_claim_types")),
    )
    op.create_table(
        "third_party_municipalities",
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("municipality", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality"], ["municipalities.atvk"], name=op.f("fk_third_party_municipalities_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["third_party"], ["third_parties.id"], name=op.f("fk_third_party_municipalities_third_party")
        ),
        sa.PrimaryKeyConstraint("third_party", "municipality", name=op.f("pk_third_party_municipalities")),
    )
    op.create_index(
        op.f("ix_third_party_municipalities_municipality"), "third_party_municipalities", ["municipality"], unique=False
    )
    op.create_table(
        "centre_baskets",
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.Column("claim_type", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["centre"], ["centres.id"], name=op.f("fk_centre_baskets_centre")),
        sa.PrimaryKeyConstraint("centre", "claim_type", name=op.f("pk_centre_baskets")),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("applicant", sa.String(length=40), nullable=False),
        sa.Column("applicant_kind", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("municipality", sa.String(length=7), nullable=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("centre", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answers_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("owner_reference", sa.String(length=200), nullable=True),
        sa.Column("presence_method", sa.String(32), nullable=True),
        sa.Column("presence_at", sa.BigInteger(), nullable=True),
        sa.Column("presence_by", sa.String(length=40), nullable=True),
        sa.Column("presence_checked", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["applicant"], ["subjects.id"], name=op.f("fk_claims_applicant")),
        sa.ForeignKeyConstraint(["centre"], ["centres.id"], name=op.f("fk_claims_centre")),
        sa.ForeignKeyConstraint(["created_by"], ["subjects.id"], name=op.f("fk_claims_created_by")),
        sa.ForeignKeyConstraint(["municipality"], ["municipalities.atvk"], name=op.f("fk_claims_municipality")),
        sa.ForeignKeyConstraint(["owner"], ["service_owners.id"], name=op.f("fk_claims_owner")),
        sa.ForeignKeyConstraint(["presence_by"], ["subjects.id"], name=op.f("fk_claims_presence_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(
        "ix_claims_applicant_created", "claims", ["applicant", sa.text("created_at DESC"), "id"], unique=False
    )
    op.create_index("ix_claims_applicant_status", "claims", ["applicant", "status"], unique=False)
    op.create_index("ix_claims_centre_created", "claims", ["centre", sa.text("created_at DESC"), "id"], unique=False)
    op.create_index("ix_claims_owner_created", "claims", ["owner", sa.text("created_at DESC"), "id"], unique=False)
    op.create_table(
        "mandate_actions",
        sa.Column("mandate", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["mandate"], ["mandates.id"], name=op.f("fk_mandate_actions_mandate")),
        sa.PrimaryKeyConstraint("mandate", "action", name=op.f("pk_mandate_actions")),
    )
    op.create_table(
        "mandate_claim_types",
        sa.Column("mandate", sa.String(length=64), nullable=False),
        sa.Column("claim_type", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["mandate"], ["mandates.id"], name=op.f("fk_mandate_claim_types_mandate")),
        sa.PrimaryKeyConstraint("mandate", "claim_type", name=op.f("pk_mandate_claim_types")),
    )
    op.create_table(
        "assignments",
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("third_party", sa.String(length=64), nullable=False),
        sa.Column("by_party", sa.String(length=300), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_assignments_claim")),
        sa.ForeignKeyConstraint(["third_party"], ["third_parties.id"], name=op.f("fk_assignments_third_party")),
        sa.PrimaryKeyConstraint("claim", "third_party", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_third_party_claim", "assignments", ["third_party", "claim"], unique=False)
    op.create_table(
        "claim_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("by_text", sa.String(length=300), nullable=True),
        sa.Column("by_party", sa.String(length=300), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_claim_events_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_events")),
    )
    op.create_index(op.f("ix_claim_events_claim"), "claim_events", ["claim"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("register", sa.String(length=64), nullable=False),
        sa.Column("strategy", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_outbox_claim")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    op.create_index("ix_outbox_claim_sequence", "outbox", ["claim", "sequence"], unique=False)
    op.create_index("ix_outbox_state_register_next", "outbox", ["state", "register", "next_attempt_at"], unique=False)
    op.create_table(
        "presences",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("reference_hash", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by_subject", sa.String(length=40), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_subject"], ["subjects.id"], name=op.f("fk_presences_by_subject")),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_presences_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_claim"), "presences", ["claim"], unique=False)
    op.create_index(op.f("ix_presences_reference_hash"), "presences", ["reference_hash"], unique=False)


def downgrade() -> None:
    op.drop_table("presences")
    op.drop_table("outbox")
    op.drop_table("claim_events")
    op.drop_table("assignments")
    op.drop_table("mandate_claim_types")
    op.drop_table("mandate_actions")
    op.drop_table("claims")
    op.drop_table("centre_baskets")
    op.drop_table("third_party_municipalities")
    op.drop_table("third_party_claim_types")
    op.drop_table("third_party_events")
    op.drop_table("service_owners")
    op.drop_table("restrictions")
    op.drop_table("representations")
    op.drop_table("registration_numbers")
    op.drop_table("quota_usage")
    op.drop_table("person_codes")
    op.drop_table("merged_subjects")
    op.drop_table("mandates")
    op.drop_table("contracts")
    op.drop_table("centres")
    op.drop_table("third_parties")
    op.drop_table("subjects")
    op.drop_table("municipalities")
    op.drop_table("idempotency_keys")
    op.drop_table("access_subjects")
    op.drop_table("access_records")
    op.drop_table("access_filings")
