"""What proves the access log: leaves, checkpoints, what happened to it, and a key for each person in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("access_records", sa.Column("search", sa.JSON(), nullable=True))
    op.create_table(
        "log_leaves",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_place", _PLACE, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_leaves")),
    )
    op.create_index(op.f("ix_log_leaves_last_place"), "log_leaves", ["last_place"], unique=False)
    op.create_table(
        "log_checkpoints",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("last_place", _PLACE, autoincrement=False, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_checkpoints")),
    )
    op.create_table(
        "log_events",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_events")),
    )
    op.create_table(
        "subject_keys",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject_keys")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO log_events (at, kind, body) SELECT 0, 'MERGED', json_object('gone', gone, 'kept', kept) "
        "FROM merged_subjects ORDER BY gone"
    )
    # Filed again with the next records, and now in the order in which it is verified.
    op.execute("DELETE FROM access_subjects")
    op.execute("DELETE FROM access_filings")


def downgrade() -> None:
    op.drop_table("subject_keys")
    op.drop_table("log_events")
    op.drop_table("log_checkpoints")
    op.drop_table("log_leaves")
    op.drop_column("access_records", "search")
