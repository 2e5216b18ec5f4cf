"""The address by which a feed names itself: what of a private address readers may see."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("self_link", sa.Text))
