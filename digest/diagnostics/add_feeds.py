"""Add feeds to the configuration by any address: the command, the page and the API do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import pipeline
from digest.diagnostics import try_feeds
from digest.diagnostics.try_feeds import FetchedDocuments, FoundFeed
from digest.errors import BusyError, StoreError
from digest.net.secret_urls import without_secrets
from digest.settings import Config, interpret, read_text, replace_config
from digest.settings.edit import add_feed
from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFeed:
    """A feed that was found and written to the configuration."""

    url: str
    title: str | None
    entries: int
    found: FoundFeed
    """The feed as it was fetched."""

    @property
    def sentence(self) -> str:
        titled = f" ({self.title})" if self.title else ""
        count = "1 entry" if self.entries == 1 else f"{self.entries} entries"
        return f"Added {without_secrets(self.url)}{titled}, {count}."


def add_address(
    path: Path,
    words: str,
    now: datetime,
    *,
    name: str | None = None,
    title: str | None = None,
    category: str | None = None,
) -> AddedFeed:
    """Find the feed for the words of a person, and add it to the configuration at `path`.

    Raises DigestError with advice where there is no feed.
    """
    text = read_text(path)
    address = try_feeds.address_of(words, path.parent)
    settings = interpret(add_feed(text, address), path).fetch
    found = try_feeds.find_feed(address, settings=settings, root=path.parent, now=now)
    replace_config(path, add_feed(text, found.url, name=name, title=title, category=category))
    return AddedFeed(url=found.url, title=found.title, entries=found.entries, found=found)


def keep_fetched(config: Config, store: Store, added: Sequence[AddedFeed], now: datetime) -> bool:
    """Store the documents fetched to find the feeds, so that the next poll is conditional.

    `config` has the added feeds.  Returns False where the database cannot be written now; the next
    run then fetches them.
    """
    urls = {feed.url: feed.found for feed in added}
    only = [feed for feed in config.feeds if feed.url in urls]
    try:
        with store.lock("refresh"):
            pipeline.refresh(config, store, now, only=only, fetch_all=FetchedDocuments(urls))
    except (BusyError, StoreError):
        return False
    return True
