"""Entries, editions and decisions to put into a store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from digest.model import (
    Body,
    Decision,
    Edition,
    Entry,
    MarkedText,
    SafeHtml,
    Section,
    Story,
    SubscriberState,
    Verdict,
)
from digest.store import enlisting, people, tables

NOW = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


def body(words: str = "Some words.", *, verbatim: bool = False) -> Body:
    return Body(html=SafeHtml(f"<p>{words}</p>"), text=MarkedText(words), verbatim=verbatim)


def subscribe(connection: Connection, digest: str, address: str) -> None:
    """Put somebody on a list without asking them, whatever the address."""
    row = people.row_of(digest, address, SubscriberState.ACTIVE, "import", NOW)
    connection.execute(insert(tables.subscribers), row)


def entry(feed_id: int, uid: str, **more: Any) -> Entry:
    """Make an entry of which only what is named is unusual."""
    usual: dict[str, Any] = {
        "title": f"On {uid}",
        "link": f"https://example.org/{uid}?from=feed",
        "canonical_link": f"https://example.org/{uid}",
        "first_seen": NOW,
        "raw_hash": f"hash of {uid}",
    }
    return Entry(feed_id=feed_id, uid=uid, **{**usual, **more})


def edition(digest: str, slot: str, *titles: str, **more: Any) -> Edition:
    stories = tuple(
        Story(key=f"key-{rank}", rank=rank, title=title, updated=NOW)
        for rank, title in enumerate(titles, 1)
    )
    usual: dict[str, Any] = {
        "number": 0,
        "title": digest.title(),
        "timezone": "Europe/Berlin",
        "language": "en",
        "composed_at": NOW,
        "sections": (Section(title="", stories=stories),) if stories else (),
    }
    return Edition(digest=digest, slot=slot, **{**usual, **more})


def told(entry_id: int, rank: int = 1) -> Decision:
    return Decision(entry_id=entry_id, verdict=Verdict.TOLD, rank=rank)


def enlist(connection: Connection, edition_id: int, *to: tuple[str, str]) -> int:
    """Add deliveries, each a channel and a recipient; return the edition's id."""
    for channel, recipient in to:
        enlisting.enlist(connection, edition_id, channel, [recipient], now=NOW)
    return edition_id
