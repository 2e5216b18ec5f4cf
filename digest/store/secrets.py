"""The one secret of a database, from which signatures and Message-IDs are made.

The secret is made once and never changes, so the links in mails sent years ago keep working.
Whoever holds a copy of the database can make such links.
"""

from __future__ import annotations

import os

from sqlalchemy import Connection, select

from digest.store.tables import insert_into, secrets

_BYTES = 32


def secret(connection: Connection) -> bytes:
    """Return the secret; create it where there is none, on a connection that may write."""
    stored = connection.scalar(select(secrets.c.value))
    if stored is None:
        connection.execute(
            insert_into(secrets, connection.dialect.name).on_conflict_do_nothing(),
            {"name": "signatures", "value": os.urandom(_BYTES)},
        )
        stored = connection.scalars(select(secrets.c.value)).one()  # another run may be quicker
    return bytes(stored)
