"""The one secret of a database, from which signatures and Message-IDs are made.

It is made with the database and never changes: the links in mails that were sent years ago keep
working, and whoever holds a copy of the database can make them.
"""

from __future__ import annotations

import os

from sqlalchemy import Connection, select

from digest.store.tables import insert_into, secrets

_BYTES = 32


def secret(connection: Connection) -> bytes:
    """Give the secret; make it where there is none, on a connection that may write."""
    held = connection.scalar(select(secrets.c.value))
    if held is None:
        connection.execute(
            insert_into(secrets, connection.dialect.name).on_conflict_do_nothing(),
            {"name": "signatures", "value": os.urandom(_BYTES)},
        )
        held = connection.scalars(select(secrets.c.value)).one()  # or that of who was quicker
    return bytes(held)
