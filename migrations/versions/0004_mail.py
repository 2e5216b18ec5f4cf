"""Mail: subscribers and what became of them, letters, and how far each delivery has come."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("requested_at", sa.Text),
        sa.Column("bounces", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("digest", "key", name="subscribers_digest_key_key"),
    )
    op.create_table(
        "subscriber_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
    )
    op.create_index("subscriber_events_subscriber_id", "subscriber_events", ["subscriber_id"])
    op.create_table(
        "letters",
        sa.Column("edition_id", sa.Integer, sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    for column in (
        sa.Column("attempted_at", sa.Text),
        sa.Column("next_attempt_at", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("message", sa.LargeBinary),
    ):
        op.add_column("deliveries", column)
    op.drop_index("deliveries_pending", "deliveries")
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["edition_id", "channel"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


OPEN = "state IN ('pending', 'sending', 'deferred', 'unknown')"
