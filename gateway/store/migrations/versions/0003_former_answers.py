"""Answers that were replaced, the version that an event tells of, and drafts by age, so that they can expire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_answers",
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.id"], name=op.f("fk_former_answers_claim")),
        sa.PrimaryKeyConstraint("claim", "version", name=op.f("pk_former_answers")),
    )
    op.add_column("claim_events", sa.Column("answers_version", sa.Integer(), nullable=True))
    op.create_index("ix_claims_status_created", "claims", ["status", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_claims_status_created", "claims")
    op.drop_column("claim_events", "answers_version")
    op.drop_table("former_answers")
