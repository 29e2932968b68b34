"""What owners tell of claims: changes, since-tokens, nonces; and claims by case number and by status."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owner_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("change_id", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_owner_changes_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_changes")),
    )
    op.create_index(
        "ix_owner_changes_source_reference_change_id",
        "owner_changes",
        ["source", "reference", "change_id"],
        unique=True,
    )
    op.create_index("ix_owner_changes_claim", "owner_changes", ["claim"], unique=False)
    op.create_index("ix_owner_changes_outcome_source", "owner_changes", ["outcome", "source"], unique=False)
    op.create_table(
        "owner_polls",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("since", sa.String(length=500), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_owner_polls")),
    )
    op.create_table(
        "owner_nonces",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "nonce", name=op.f("pk_owner_nonces")),
    )
    op.create_index("ix_owner_nonces_at", "owner_nonces", ["at"], unique=False)
    op.create_index("ix_claims_owner_reference", "claims", ["owner_reference"], unique=False)
    op.create_index("ix_claims_status_type_municipality", "claims", ["status", "type", "municipality"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_claims_status_type_municipality", "claims")
    op.drop_index("ix_claims_owner_reference", "claims")
    op.drop_table("owner_nonces")
    op.drop_table("owner_polls")
    op.drop_table("owner_changes")
