"""The closed pages of generated feeds, byte for byte."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "archive_pages",
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("last_edition", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
