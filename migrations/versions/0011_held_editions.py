"""Editions that are held for the editor, and when an edition was approved."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column("editions", sa.Column("approved_at", sa.Text))
    op.create_table(
        "held_editions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("slot_at", sa.Text, nullable=False),
        sa.Column("held_at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stories", sa.Integer, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("decided_at", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.Column("mailed_at", sa.Text),
        sa.Column("mail_next_at", sa.Text),
        sa.Column("mail_attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("mail_error", sa.Text),
    )
    op.create_index(
        "held_editions_waiting",
        "held_editions",
        ["digest"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
