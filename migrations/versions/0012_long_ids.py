"""Ids of entries that every index takes, and row numbers of 64 bits where they may run out."""

from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOST = 500

entries = sa.table("entries", sa.column("id", sa.BigInteger), sa.column("uid", sa.Text))

WIDE = {
    "entries": ("id",),
    "bodies": ("entry_id",),
    "keys": ("entry_id",),
    "editions": ("id",),
    "decisions": ("entry_id", "edition_id", "of_entry", "tied_to"),
    "retellings": ("entry_id", "edition_id"),
    "redirects": ("entry_id", "of_entry", "by_entry"),
    "deliveries": ("id", "edition_id"),
    "letters": ("edition_id",),
    "archive_pages": ("last_edition",),
    "subscribers": ("id",),
    "subscriber_events": ("id", "subscriber_id"),
}


def upgrade() -> None:
    connection = op.get_bind()
    long = sa.select(entries).where(sa.func.length(entries.c.uid) > MOST)
    for row in connection.execute(long).all():
        connection.execute(
            sa.update(entries).where(entries.c.id == row.id).values(uid=shortened(row.uid))
        )
    if connection.dialect.name == "sqlite":  # whose integers have 64 bits
        return
    for table, columns in WIDE.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.BigInteger)
        if "id" in columns:
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS bigint")


def shortened(uid: str) -> str:
    """As `digest.sift.changes` shortens an id."""
    digest = blake2b(uid.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{uid[: MOST - 40]} hash:{digest}"
