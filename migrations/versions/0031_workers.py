"""What several workers share: parts of mailings, leases, who works, and the rates of channels."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_index("feeds_next_fetch_at", "feeds", ["next_fetch_at"])
    op.create_table(
        "parts",
        sa.Column("id", ROW, nullable=False),
        sa.Column("edition_id", ROW, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("first_id", ROW, nullable=False),
        sa.Column("last_id", ROW, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("held_until", sa.Text),
        sa.PrimaryKeyConstraint("id", name="parts_pkey"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="parts_edition_id_fkey"),
        sa.UniqueConstraint(
            "edition_id", "channel", "first_id", name="parts_edition_id_channel_first_id_key"
        ),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("held_until", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="leases_pkey"),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("configuration", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.Column("ticked_at", sa.Text),
        sa.Column("ended_at", sa.Text),
        sa.PrimaryKeyConstraint("name", name="workers_pkey"),
    )
    op.create_table(
        "configurations",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="configurations_pkey"),
    )
    op.create_table(
        "rates",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("next_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", name="rates_pkey"),
    )
