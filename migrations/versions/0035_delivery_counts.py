"""Counts of deliveries that were done long ago; an index on the addresses of deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("edition_id", ROW_ID, sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, primary_key=True),
        sa.Column("deliveries", sa.BigInteger, nullable=False),
    )
    op.create_index("deliveries_recipient", "deliveries", [sa.text("lower(recipient)")])
