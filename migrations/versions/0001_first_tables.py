"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("fetch_url", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("link", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("validators_url", sa.Text),
        sa.Column("body_hash", sa.Text),
        sa.Column("checked_at", sa.Text),
        sa.Column("succeeded_at", sa.Text),
        sa.Column("next_fetch_at", sa.Text),
        sa.Column("retry_after", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("moved_to", sa.Text),
        sa.Column("moved_since", sa.Text),
        sa.Column("moved_sightings", sa.Integer, nullable=False, server_default="0"),
        sa.Column("hints", sa.Text),
        sa.UniqueConstraint("url"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id"), nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("raw_hash", sa.Text, nullable=False),
        sa.Column("backlog", sa.Boolean, nullable=False),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("published", sa.Text),
        sa.Column("updated", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("fingerprint", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("canonical_link", sa.Text),
        sa.Column("authors", sa.Text),
        sa.Column("categories", sa.Text),
        sa.Column("image", sa.Text),
        sa.Column("enclosures", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("notes", sa.Text),
        sa.UniqueConstraint("feed_id", "uid"),
    )
    tellable = sa.not_(sa.column("backlog", sa.Boolean))
    op.create_index(
        "entries_tellable",
        "entries",
        ["feed_id"],
        sqlite_where=tellable,
        postgresql_where=tellable,
    )
    op.create_table(
        "bodies",
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("saved_at", sa.Text, nullable=False, index=True),
        sa.Column("verbatim", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("hash", sa.BigInteger, primary_key=True),
        sa.Column(
            "entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True, index=True
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "digests",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("settled", sa.Text),
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("composed_at", sa.Text, nullable=False),
        sa.Column("stories", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("digest", "slot"),
        sa.UniqueConstraint("digest", "number"),
    )
    op.create_table(
        "decisions",
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), primary_key=True),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("edition_id", sa.Integer, sa.ForeignKey("editions.id")),
        sa.Column("of_entry", sa.Integer, sa.ForeignKey("entries.id")),
        sa.Column("rule", sa.Text),
        sa.Column("rank", sa.Integer),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition_id", sa.Integer, sa.ForeignKey("editions.id"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("receipt", sa.Text),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.UniqueConstraint("edition_id", "channel", "recipient"),
    )
    pending = sa.column("state") == sa.literal_column("'pending'")
    op.create_index(
        "deliveries_pending",
        "deliveries",
        ["edition_id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
