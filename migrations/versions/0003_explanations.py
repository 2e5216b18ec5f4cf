"""What a person asks afterwards: how it was read, why it was decided so, what became one story."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Not in a batch: a new column at the end costs nothing, however many rows there are.
    op.add_column("feeds", sa.Column("first_read_at", sa.Text))
    op.add_column("feeds", sa.Column("read_at", sa.Text))
    op.add_column("entries", sa.Column("parser", sa.Text))
    op.add_column("entries", sa.Column("flaw", sa.Text))
    op.add_column("decisions", sa.Column("score", sa.Float))
    op.add_column("decisions", sa.Column("tied_to", sa.Integer))
    op.add_column("decisions", sa.Column("story", sa.Text))
    op.add_column("decisions", sa.Column("slot", sa.Text))
    op.create_table(
        "redirects",
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), primary_key=True),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("of_entry", sa.Integer, sa.ForeignKey("entries.id"), nullable=False),
        sa.Column("by_entry", sa.Integer, sa.ForeignKey("entries.id"), nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    # What a feed held when it was read first was all seen in that moment.
    op.execute(
        "UPDATE feeds SET first_read_at ="
        " (SELECT min(first_seen) FROM entries WHERE entries.feed_id = feeds.id)"
    )
