"""What people say about two entries: whether they tell one story."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INDEXED = ("entry_id", "fingerprint", "other_entry", "other_fingerprint")


def upgrade() -> None:
    op.create_table(
        "story_verdicts",
        sa.Column("id", LONG, primary_key=True),
        sa.Column("judgment", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("entry_id", LONG, sa.ForeignKey("entries.id"), nullable=False),
        sa.Column("fingerprint", sa.Text),
        sa.Column("link", sa.Text),
        sa.Column("other_entry", LONG, sa.ForeignKey("entries.id"), nullable=False),
        sa.Column("other_fingerprint", sa.Text),
        sa.Column("other_link", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
    )
    for column in INDEXED:
        op.create_index(f"story_verdicts_{column}", "story_verdicts", [column])
