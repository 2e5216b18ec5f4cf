"""The names of feeds and entries in explanations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.model import Entry, FeedState
from digest.net.secret_urls import without_secrets
from digest.store import entries, feeds
from digest.text.marks import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config


TITLE = 60
"""Characters of the text that replace a missing title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """The id, title and feed of an entry, by which a person finds it."""

    id: int
    title: str
    feed: str


class EntryNames:
    """Looks up the names of feeds and entries in the database."""

    def __init__(self, config: Config, connection: Connection) -> None:
        self.feeds = {feed.url: feed for feed in config.feeds}
        self._states: dict[int, FeedState] = {}
        self._connection = connection
        self._texts: dict[int, str] = {}

    def state(self, feed_id: int) -> FeedState:
        """Return the state of a feed."""
        if feed_id not in self._states:
            self._states |= feeds.by_id(self._connection, [feed_id])
        return self._states[feed_id]

    def feed(self, feed_id: int) -> str:
        """Return the title of a feed, or else its address."""
        state = self.state(feed_id)
        feed = self.feeds.get(state.url)
        return (feed and feed.title) or state.title or without_secrets(state.url)

    def read(self, entries_to_name: Iterable[Entry]) -> None:
        """Look up the feeds of entries, and the beginnings of texts, which replace titles."""
        named = list(entries_to_name)
        unknown = {entry.feed_id for entry in named} - self._states.keys()
        self._states |= feeds.by_id(self._connection, unknown)
        ids = [entry.id for entry in named if entry.id and not entry.title]
        self._texts |= entries.texts(self._connection, ids, 2 * TITLE)

    def title(self, entry: Entry) -> str:
        """Return the title of an entry, else the beginning of its text, its link or its id."""
        text = " ".join(plain(self._texts.get(entry.id or 0, "")).split())
        if len(text) > TITLE:
            text = text[:TITLE].rstrip() + "…"
        return entry.title or text or entry.link or " ".join(entry.uid.split())

    def entry(self, entry: Entry) -> NamedEntry:
        assert entry.id is not None, "an entry that is named has been stored"
        return NamedEntry(id=entry.id, title=self.title(entry), feed=self.feed(entry.feed_id))

    def entries(self, ids: Iterable[int]) -> dict[int, NamedEntry]:
        """Return the names of the entries with these ids, by id."""
        found = entries.by_ids(self._connection, ids)
        self.read(found.values())
        return {entry_id: self.entry(entry) for entry_id, entry in found.items()}
