"""How far the copies of registers go: which notices were read, and until when they tell everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_copies",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("since", sa.String(length=500), nullable=True),
        sa.Column("complete_until", sa.BigInteger(), nullable=True),
        sa.Column("asked_next", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_register_copies")),
    )


def downgrade() -> None:
    op.drop_table("register_copies")
