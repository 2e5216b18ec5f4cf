"""When the newest settled slot of a digest was, whatever the digest's time zone is by now."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("digests", sa.Column("settled_at", sa.Text))
