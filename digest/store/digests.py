"""The names of the digests in the database, and the renaming of a digest."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from sqlalchemy import Connection, Table, delete, insert, literal, select, update

from digest.errors import DigestError
from digest.store import editions, held_editions, tables
from digest.store.tables import digests, subscriber_days, subscriber_events, subscribers

_WITH_DIGEST = [table for table in tables.metadata.sorted_tables if "digest" in table.c]


def names(connection: Connection) -> set[str]:
    """Return the names of the digests of which editions, decisions or subscribers are stored."""
    found = set(connection.scalars(select(digests.c.name)))
    found |= set(connection.scalars(select(subscribers.c.digest).distinct()))
    return found - {""}  # rows of forgotten addresses belong to no digest


def rename(connection: Connection, old: str, new: str) -> None:
    """Rename the digest `old` to `new`, with its editions, decisions, subscribers and pages.

    Its `tag:` URIs, edition numbers and told stories stay the same.  Subscribers whom the
    configuration has put on the list of `new` meanwhile are dropped there, because the next run
    adds them again.  Raises DigestError where nothing is stored of `old`, or where `new` has
    editions, decisions or other subscribers.
    """
    if old == new:
        return
    filled = [table for table in _WITH_DIGEST if _holds(connection, table, old)]
    columns = [column for column in digests.c if column.name != "name"]
    known = connection.execute(select(*columns).where(digests.c.name == old)).one_or_none()
    if not filled and known is None:
        raise DigestError(f"nothing is stored of a digest {old}")
    for table in (tables.editions, tables.held_editions, tables.decisions):
        if _holds(connection, table, new):
            raise DigestError(f"the digest {new} has editions of its own: it cannot take over")
    _drop_named(connection, new)
    connection.execute(delete(digests).where(digests.c.name == new))
    if known is not None:
        connection.execute(insert(digests), {"name": new, **known._asdict()})
    for table in filled:
        connection.execute(update(table).where(table.c.digest == old).values(digest=new))
    connection.execute(delete(digests).where(digests.c.name == old))
    _rename_held(connection, new)
    edition_ids = select(tables.editions.c.id).where(tables.editions.c.digest == new)
    for edition_id in connection.scalars(edition_ids).all():
        edition = replace(editions.by_id(connection, edition_id), digest=new)
        connection.execute(
            update(tables.editions)
            .where(tables.editions.c.id == edition_id)
            .values(document=msgspec.json.encode(edition).decode())
        )


def _rename_held(connection: Connection, name: str) -> None:
    """Write the name of the digest into its edition that waits for approval."""
    held = held_editions.waiting(connection, name)
    if held is not None:
        content = held_editions.content(connection, held.id)
        edition = replace(content.edition, digest=name)
        held_editions.change(connection, held, replace(content, edition=edition))


def _holds(connection: Connection, table: Table, digest: str) -> bool:
    statement = select(literal(1)).select_from(table).where(table.c.digest == digest).limit(1)
    return connection.scalar(statement) is not None


def _drop_named(connection: Connection, digest: str) -> None:
    """Drop the subscribers whom the configuration names; raise DigestError where there are others.

    None of those dropped has got an edition, so none can have left.
    """
    on_list = subscribers.c.digest == digest
    others = select(subscribers.c.id).where(on_list, subscribers.c.origin != "config").limit(1)
    if connection.scalar(others) is not None:
        raise DigestError(f"the digest {digest} has subscribers of its own: it cannot take over")
    named = select(subscribers.c.id).where(on_list)
    connection.execute(
        delete(subscriber_events).where(subscriber_events.c.subscriber_id.in_(named))
    )
    connection.execute(delete(subscribers).where(on_list))
    connection.execute(delete(subscriber_days).where(subscriber_days.c.digest == digest))
