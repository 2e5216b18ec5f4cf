"""Fetch the article pages of entries that are teasers, and fill in the full text.

Pages are fetched by the same guarded and polite fetcher as feeds, but only if the site's robots.txt
allows it, and only a few of each feed.  An entry keeps its teaser if its page cannot be read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from digest import sift
from digest.fetch.robots import MOST_BYTES as MOST_BYTES_OF_ROBOTS
from digest.fetch.robots import Outcome, Robots
from digest.model import Document, Entry, FeedRequest, ParsedEntry
from digest.net.urls import is_site_root
from digest.normalize import fulltext
from digest.pipeline.time_limit import TimeIsUp, time_limit
from digest.store import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.fetch import FetchAll
    from digest.settings import Config

MOST_PAGES = 20
"""The most pages of one feed that are fetched in one run."""
REST = timedelta(days=1)
"""The page of a changed entry is fetched again only if its last change is this long ago."""
PATIENCE = timedelta(seconds=10)
"""The longest time for one page: the end of the run matters more than one text."""

_NOTE = "full text: "
_TAKEN = f"{_NOTE}from the page"
_FAULT = "an error in digest itself kept its page from being read"

logger = logging.getLogger(__name__)

EntryKey: TypeAlias = tuple[int, str]
"""The id of an entry's feed and the hash of the entry in the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaser:
    """An entry that may want its page's text."""

    key: EntryKey
    entry: ParsedEntry
    link: str
    unasked: str | None = None
    """The reason why the page is not fetched; ``None`` if it may be."""
    proxy: str | None = field(default=None, repr=False)
    """The feed's own proxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry with the text of its page, or unchanged; the note says which, and why."""

    entry: ParsedEntry
    note: str


class ArticlePages:
    """Fetches the article pages of one run."""

    def __init__(self, config: Config, now: datetime, fetch_all: FetchAll) -> None:
        self._config = config
        self._now = now
        self._fetch_all = fetch_all
        self._robots = Robots()

    def read(self, teasers: Sequence[Teaser]) -> dict[EntryKey, Article]:
        """Fetch the page of each teaser and return the entries with full text."""
        proxies = {teaser.link: teaser.proxy for teaser in teasers if not teaser.unasked}
        self._read_robots(proxies)
        found: dict[EntryKey, ParsedEntry | str] = {}
        by_link: dict[str, list[Teaser]] = {}
        for teaser in teasers:
            if why := teaser.unasked or self._refusal(teaser.link):
                found[teaser.key] = why
            else:
                by_link.setdefault(teaser.link, []).append(teaser)
        final_urls: dict[str, str] = {}
        wanted = {link: proxies[link] for link in by_link}
        for link, answer in self._fetched(wanted, fulltext.MOST_BYTES):
            if isinstance(answer, Document):
                final_urls[link] = answer.url
            for teaser in by_link[link]:
                found[teaser.key] = _filled(teaser.entry, answer)
        # A redirect may lead to a site whose robots.txt refuses the page.
        self._read_robots({url: proxies[link] for link, url in final_urls.items()})
        for link, url in final_urls.items():
            if why := self._refusal(url):
                found.update((teaser.key, why) for teaser in by_link[link])
        return {teaser.key: _article(teaser.entry, found[teaser.key]) for teaser in teasers}

    def _read_robots(self, pages: Mapping[str, str | None]) -> None:
        """Read the robots.txt of each page's site, through the page's proxy."""
        unknown = {
            file: proxy for page, proxy in pages.items() for file in self._robots.unknown([page])
        }
        self._robots.learn(dict(self._fetched(unknown, MOST_BYTES_OF_ROBOTS)))

    def _refusal(self, page: str) -> str | None:
        """Return why a page may not be read; ``None`` if it may."""
        try:
            return self._robots.refusal(page)
        except Exception:  # the entry keeps the text of its feed
            logger.exception("%s: %s", page, _FAULT)
            return _FAULT

    def _fetched(self, urls: Mapping[str, str | None], most: int) -> Iterator[tuple[str, Outcome]]:
        """Fetch each address through its proxy."""
        settings = self._config.fetch
        settings = replace(
            settings,
            max_bytes=min(settings.max_bytes, most),
            timeout=min(settings.timeout, PATIENCE),
        )
        requests = [FeedRequest(feed=url, url=url, proxy=proxy) for url, proxy in urls.items()]
        outcomes = self._fetch_all(requests, settings, root=self._config.root, now=self._now)
        return ((request.url, outcome) for request, outcome in outcomes)


def _filled(entry: ParsedEntry, answer: Outcome) -> ParsedEntry | str:
    if not isinstance(answer, Document):
        return str(answer)
    try:
        with time_limit():
            return fulltext.fill(entry, answer)
    except TimeIsUp as end:
        return f"reading the page takes {end}"
    except Exception:  # the entry keeps the text of its feed
        logger.exception("%s: %s", answer.url, _FAULT)
        return _FAULT


def _article(entry: ParsedEntry, found: ParsedEntry | str) -> Article:
    if isinstance(found, str):
        return Article(entry=entry, note=f"{_NOTE}{found}")
    return Article(entry=found, note=_TAKEN)


def teasers(
    connection: Connection,
    candidates: Sequence[tuple[sift.Sifted, Entry]],
    links: Mapping[str | None, int],
    now: datetime,
    proxy: str | None = None,
) -> list[Teaser]:
    """Choose the entries that are only teasers and whose pages may be read.

    `candidates` are the new and changed entries of one feed that may enter an edition, each with
    its skeleton.  `links` counts the canonical links of the feed.  `proxy` is the feed's own.
    """
    changed = [entry.known.id for entry, _ in candidates if entry.known]
    rested = entries.rested(connection, changed, now - REST)
    found = [
        (entry, row)
        for entry, row in candidates
        if row.link
        and fulltext.is_teaser(entry.item.entry)
        and (entry.known is None or (entry.known.id in rested and not entry.known.backlog))
    ]
    newest = sift.newest([row for _, row in found], MOST_PAGES, lambda row: row.published)
    chosen = []
    for at, (entry, row) in enumerate(found):
        unasked = None
        link = row.canonical_link
        if link and (links[link] > 1 or is_site_root(link)):
            unasked = "it has no page of its own"
        elif at not in newest:
            unasked = f"its page was not asked for: {MOST_PAGES} of the feed were"
        chosen.append(
            Teaser(
                key=(row.feed_id, row.raw_hash),
                entry=entry.item.entry,
                link=row.link or "",
                unasked=unasked,
                proxy=proxy,
            )
        )
    return chosen


def from_page(entry: Entry) -> bool:
    """Say whether the text of an entry is from its page."""
    return _TAKEN in entry.notes


def with_stored_texts(
    connection: Connection, sifted: Sequence[sift.Sifted], rows: Sequence[Entry]
) -> list[Entry]:
    """Return `rows`; changed entries whose page was not read this time keep the stored page text.

    `rows` are the rows to save for `sifted`, in the same order.
    """
    held = {
        entry.known.id: at
        for at, (entry, row) in enumerate(zip(sifted, rows, strict=True))
        if entry.known
        and row.body
        and _TAKEN not in row.notes
        and fulltext.is_teaser(entry.item.entry)
    }
    kept = list(rows)
    stored = entries.by_ids(connection, held)
    for entry_id, body in entries.bodies(connection, held).items():
        before, row = stored[entry_id], rows[held[entry_id]]
        if _TAKEN in before.notes:
            kept[held[entry_id]] = replace(
                row,
                body=body,
                language=before.language,
                fingerprint=before.fingerprint,
                image=row.image or before.image,
                notes=(
                    *(note for note in row.notes if note.startswith(_NOTE)),
                    *(n for n in before.notes if n == _TAKEN or not n.startswith(_NOTE)),
                ),
            )
    return kept
