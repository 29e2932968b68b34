"""A case number that may be somebody's personal code is kept for its owner, and shown to nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schema.personal import may_hold_code

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("reference_hidden", sa.Boolean(), nullable=False, server_default="0"))
    claims = sa.table("claims", sa.column("id"), sa.column("owner_reference"), sa.column("reference_hidden"))
    connection = op.get_bind()
    given = sa.select(claims.c.id, claims.c.owner_reference).where(claims.c.owner_reference.is_not(None))
    for claim_id, reference in connection.execute(given).all():
        if may_hold_code(reference):
            connection.execute(sa.update(claims).where(claims.c.id == claim_id).values(reference_hidden=True))


def downgrade() -> None:
    op.drop_column("claims", "reference_hidden")
