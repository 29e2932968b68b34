"""A change of an owner may have a status that its contract does not have: then its own word is kept, and no status."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("owner_changes") as table:
        table.alter_column("status", existing_type=sa.String(32), nullable=True)
        table.add_column(sa.Column("word", sa.String(length=100), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM owner_changes WHERE status IS NULL")
    with op.batch_alter_table("owner_changes") as table:
        table.drop_column("word")
        table.alter_column("status", existing_type=sa.String(32), nullable=False)
