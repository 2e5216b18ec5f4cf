"""What subscribers choose: the name they go by, and a mail a week in place of each edition."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("name", sa.Text))
    op.add_column("subscribers", sa.Column("weekly_after", sa.Integer))
    op.add_column("digests", sa.Column("weekly_at", sa.Text))
