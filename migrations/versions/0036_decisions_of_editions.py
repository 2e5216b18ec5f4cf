"""An index of the decisions of an edition."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_index("decisions_edition", "decisions", ["edition_id", "digest"])
