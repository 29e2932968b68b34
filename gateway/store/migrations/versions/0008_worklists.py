"""An owner's worklist of one status is found by an index: to look for few claims among all of its claims takes long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_claims_owner_status_created",
        "claims",
        ["owner", "status", sa.text("created_at DESC"), "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_claims_owner_status_created", table_name="claims")
