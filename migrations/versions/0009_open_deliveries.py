"""Open deliveries of a channel in the order of their numbers, in every database."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

OPEN = sa.text("state IN ('pending', 'sending', 'deferred', 'unknown')")


def upgrade() -> None:
    op.drop_index("deliveries_open", "deliveries")
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["edition_id", "channel", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
