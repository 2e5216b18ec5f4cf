"""The text of an entry as it is stored, from the text that a feed gives it."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.model import Markup, ParsedEntry
from digest.normalize.entry import normalize
from digest.text.marks import plain


def told(value: str, *, html: bool = True) -> str:
    entry = normalize(
        ParsedEntry(title=Markup(value="Notes"), content=Markup(value=value, html=html)),
        feed_id=1,
        uid="1",
        feed_url="https://example.org/feed",
        feed_link=None,
        feed_language=None,
        canonical_link=None,
        raw_hash="0",
        first_seen=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert entry.body is not None
    return plain(entry.body.text)
