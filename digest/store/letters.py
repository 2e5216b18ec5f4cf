"""Letters: each edition as mail, stored from the first attempt to send it.

All recipients get the same letter, though templates or this program change meanwhile.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, exists, select

from digest.model import Letter
from digest.store.tables import deliveries, editions, insert_into, is_open, letters

_decode = msgspec.json.Decoder(Letter).decode


def find(connection: Connection, edition_id: int, channel: str) -> Letter | None:
    """Return the letter of an edition over a channel; ``None`` before the first attempt."""
    statement = select(letters.c.document).where(
        letters.c.edition_id == edition_id, letters.c.channel == channel
    )
    document = connection.scalar(statement)
    return None if document is None else _decode(document)


def keep(connection: Connection, edition_id: int, channel: str, letter: Letter) -> None:
    """Store the letter of an edition over a channel; replace the one that is stored."""
    document = msgspec.json.encode(letter).decode()
    connection.execute(
        insert_into(letters, connection.dialect.name).on_conflict_do_update(
            index_elements=["edition_id", "channel"], set_={"document": document}
        ),
        {"edition_id": edition_id, "channel": channel, "document": document},
    )


def drop(connection: Connection, before: datetime) -> int:
    """Drop the letters, delivered to all, of editions from before `before`; return how many.

    Rendered again, such a letter would have the same stories and the current design.
    """
    of_letter = (
        deliveries.c.edition_id == letters.c.edition_id,
        deliveries.c.channel == letters.c.channel,
    )
    old = select(editions.c.id).where(editions.c.composed_at < before)
    return connection.execute(
        delete(letters).where(letters.c.edition_id.in_(old), ~exists().where(*of_letter, is_open))
    ).rowcount
