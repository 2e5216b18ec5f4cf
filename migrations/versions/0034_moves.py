"""Marks of a database that was copied to another, and how far each table has been copied."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "moves",
        sa.Column("begun_at", sa.Text, primary_key=True),
        sa.Column("is_source", sa.Boolean, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_table(
        "copied_tables",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_key", sa.Text, nullable=False),
        sa.Column("copied", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
