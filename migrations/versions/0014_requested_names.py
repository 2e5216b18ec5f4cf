"""The name that was written into the form for signing up, until the address is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("requested_name", sa.Text))
