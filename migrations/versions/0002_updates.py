"""Stories that come back: when an entry was revised, and which editions tell it again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Not in a batch: a new column at the end costs nothing, however many entries there are.
    op.add_column("entries", sa.Column("revised_at", sa.Text))
    revised = sa.column("revised_at", sa.Text).is_not(None)
    op.create_index(
        "entries_revised",
        "entries",
        ["revised_at"],
        sqlite_where=revised,
        postgresql_where=revised,
    )
    duplicate = sa.column("of_entry", sa.Integer).is_not(None)
    op.create_index(
        "decisions_duplicates",
        "decisions",
        ["digest", "of_entry"],
        sqlite_where=duplicate,
        postgresql_where=duplicate,
    )
    op.create_table(
        "retellings",
        sa.Column("digest", sa.Text, sa.ForeignKey("digests.name"), primary_key=True),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("edition_id", sa.Integer, sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
