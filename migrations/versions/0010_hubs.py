"""Subscribe at hubs (WebSub), and keep what they send until it is read."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("pushed_until", sa.Text))
    op.create_table(
        "hubs",
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("hub", sa.Text),
        sa.Column("topic", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("subscribed_hub", sa.Text),
        sa.Column("subscribed_topic", sa.Text),
        sa.Column("token", sa.Text, unique=True),
        sa.Column("secret", sa.Text),
        sa.Column("old_secret", sa.Text),
        sa.Column("asked_at", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.Column("renew_at", sa.Text),
        sa.Column("next_try_at", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("pinged_at", sa.Text),
        sa.Column("pings", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("proven", sa.Integer, nullable=False),
    )
    op.create_table(
        "pings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id"), nullable=False, index=True),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
