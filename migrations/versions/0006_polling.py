"""Polling: how feeds publish, what they lost and cost, and which hosts want to be left alone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for column in (
        sa.Column("fresh_until", sa.Text),
        sa.Column("max_age", sa.Integer),
        sa.Column("unconditional", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("rhythm", sa.Text),
        sa.Column("gap", sa.Text),
        sa.Column("requests", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_modified", sa.Integer, nullable=False, server_default="0"),
        sa.Column("received", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("asked_since", sa.Text),
    ):
        op.add_column("feeds", column)
    op.create_table(
        "hosts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("closed_until", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
