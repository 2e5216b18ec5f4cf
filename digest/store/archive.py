"""The closed pages of a digest's feeds (RFC 5005, 4): stored as they were written, byte for byte.

A page keeps its address for ever, so it is never rendered again: not after an upgrade, with another
template or under another address.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from sqlalchemy import Connection, select

from digest.store.tables import archive_pages, insert_into


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A closed page, without its bytes."""

    number: int
    """The page's number, from 1, the oldest, for each digest and format."""
    name: str
    """The name of the page's file, below the digest's address."""
    last_edition: int
    """The number of the newest edition in the page; its oldest follows the page before."""


def pages(connection: Connection, digest: str, format_: str) -> list[Page]:
    """List the pages of a digest's feed, the oldest first."""
    columns = [column for column in archive_pages.c if column.name in Page.__slots__]
    statement = (
        select(*columns)
        .where(archive_pages.c.digest == digest, archive_pages.c.format == format_)
        .order_by(archive_pages.c.number)
    )
    return [Page(**row._asdict()) for row in connection.execute(statement)]


def body(connection: Connection, digest: str, format_: str, number: int) -> bytes:
    """Return the bytes of a page, which must exist."""
    statement = select(archive_pages.c.body).where(
        archive_pages.c.digest == digest,
        archive_pages.c.format == format_,
        archive_pages.c.number == number,
    )
    return zlib.decompress(connection.scalars(statement).one())


def close(connection: Connection, digest: str, format_: str, page: Page, body: bytes) -> Page:
    """Store a page for ever, unless another run has just stored one of its number.

    Returns the page that is stored.
    """
    connection.execute(
        insert_into(archive_pages, connection.dialect.name).on_conflict_do_nothing(),
        {
            "digest": digest,
            "format": format_,
            "number": page.number,
            "name": page.name,
            "last_edition": page.last_edition,
            "body": zlib.compress(body, 9),
        },
    )
    return pages(connection, digest, format_)[page.number - 1]
