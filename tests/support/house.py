"""A whole installation in a folder, for tests that run the two lines on feeds of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import inspect, text

from digest import pipeline
from digest.model import Edition
from digest.settings import Config, load
from digest.store import Store, editions, open_store

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def item(
    id: str,
    *,
    title: str | None = None,
    link: str | None = None,
    text: str | None = None,
    published: datetime | None = NOW - timedelta(hours=3),
) -> str:
    """An item of an RSS feed; `id` makes up what is not given."""
    date = f"<pubDate>{published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>" if published else ""
    return (
        f"<item><guid isPermaLink='false'>{escape(id)}</guid>"
        f"<title>{escape(title or f'Title of {id}')}</title>"
        f"<link>{escape(link or f'https://example.org/{id}')}</link>{date}"
        f"<description>{escape(text or f'The text of {id} is short.')}</description></item>"
    )


def rss(items: Iterable[str], title: str = "A feed") -> bytes:
    """An RSS feed of these items."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://example.org/</link>"
        f"<description>-</description>{''.join(items)}</channel></rss>"
    ).encode()


class House:
    """A folder with a configuration and a database, and what was seen to come out of it."""

    def __init__(self, folder: Path, feeds: Iterable[str], *, more: str = "") -> None:
        self.folder = folder
        self.file = folder / "config.toml"
        self.configure(feeds, more=more)

    def configure(self, feeds: Iterable[str], *, more: str = "") -> None:
        """Write the configuration: these feeds, one daily digest as files, and `more` TOML."""
        self.file.write_text(
            '[fetch]\ninterval = "1h"\nallow_hosts = ["127.0.0.1", "localhost"]\n'
            + "".join(f'[[feeds]]\nurl = "{url}"\n' for url in feeds)
            + (
                more
                or '[digests.daily]\nschedule = "0 7 * * *"\n[digests.daily.deliver.files]\n'
                'path = "out"\nformats = ["html", "text", "json"]\n'
            )
        )

    @property
    def config(self) -> Config:
        return load(self.file)

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.config.store.url)
        try:
            yield store
        finally:
            store.close()

    def run(self, now: datetime = NOW) -> tuple[pipeline.Refreshed, pipeline.Published]:
        with self.store() as store:
            refreshed = pipeline.refresh(self.config, store, now)
            return refreshed, pipeline.publish(self.config, store, now)

    def editions(self, digest: str = "daily") -> list[Edition]:
        """The editions so far, oldest first."""
        with self.store() as store, store.read() as connection:
            return editions.latest(connection, digest, 1000)[::-1]

    def told(self, digest: str = "daily") -> list[list[str]]:
        """The titles of each edition so far, oldest first."""
        return [titles(edition) for edition in self.editions(digest)]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.store() as store, store.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def is_sound(self) -> bool:
        """Tell whether nothing is wrong with what is stored."""
        with self.store() as store:
            return store.flaws() == []

    def dump(self, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database, by table."""
        with self.store() as store, store.read() as connection:
            names = sorted(inspect(connection).get_table_names())
        return {name: self.query(f"SELECT * FROM {name}") for name in names if name not in without}


def titles(edition: Edition) -> list[str]:
    return [story.title for section in edition.sections for story in section.stories]
