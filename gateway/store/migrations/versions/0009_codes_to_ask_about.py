"""Of which codes the population register has not said yet whose they are: of every one that a store has until now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person_codes", sa.Column("ask_from", sa.BigInteger(), nullable=True))
    codes = sa.table("person_codes", sa.column("ask_from"), sa.column("recorded_at"))
    op.get_bind().execute(sa.update(codes).values(ask_from=codes.c.recorded_at))


def downgrade() -> None:
    op.drop_column("person_codes", "ask_from")
