"""The last fetches of each feed, for the plot on its page."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "fetches",
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id", name="fetches_feed_id_fkey")),
        sa.Column("place", sa.Integer),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("is_unchanged", sa.Boolean, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("feed_id", "place", name="fetches_pkey"),
        sqlite_with_rowid=False,
    )
