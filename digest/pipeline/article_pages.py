"""Fetch the pages behind teasers, and fill their texts in.

Pages are fetched as feeds are, by the same guarded and polite fetcher, but only where a site's
robots.txt lets us, and only a few a feed.  An entry whose page cannot be had keeps its teaser.
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
"""Pages of one feed that are fetched in one run."""
REST = timedelta(days=1)
"""An entry that changed has its page fetched again if it had not changed for so long before."""
PATIENCE = timedelta(seconds=10)
"""No page may take longer: a text is worth less than a run that ends."""

_NOTE = "full text: "
_TAKEN = f"{_NOTE}from the page"
_FAULT = "an error in digest itself kept its page from being read"

logger = logging.getLogger(__name__)

EntryKey: TypeAlias = tuple[int, str]
"""An entry's feed and the hash of what the feed said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaser:
    """An entry that may want its page's text."""

    key: EntryKey
    entry: ParsedEntry
    link: str
    unasked: str | None = None
    """Why its page is not asked for."""
    proxy: str | None = field(default=None, repr=False)
    """The feed's own proxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry after its page was asked for: with its text, or as it was; the note says which."""

    entry: ParsedEntry
    note: str


class ArticlePages:
    """The pages of one run."""

    def __init__(self, config: Config, now: datetime, fetch_all: FetchAll) -> None:
        self._config = config
        self._now = now
        self._fetch_all = fetch_all
        self._robots = Robots()

    def read(self, teasers: Sequence[Teaser]) -> dict[EntryKey, Article]:
        """Fetch the page of each entry and fill its text in."""
        proxies = {teaser.link: teaser.proxy for teaser in teasers if not teaser.unasked}
        self._learn(proxies)
        found: dict[EntryKey, ParsedEntry | str] = {}
        asked: dict[str, list[Teaser]] = {}
        for teaser in teasers:
            if why := teaser.unasked or self._refusal(teaser.link):
                found[teaser.key] = why
            else:
                asked.setdefault(teaser.link, []).append(teaser)
        led_to: dict[str, str] = {}
        wanted = {link: proxies[link] for link in asked}
        for link, answer in self._fetched(wanted, fulltext.MOST_BYTES):
            if isinstance(answer, Document):
                led_to[link] = answer.url
            for teaser in asked[link]:
                found[teaser.key] = _filled(teaser.entry, answer)
        # A page may have been redirected to where it would not have been asked for.
        self._learn({url: proxies[link] for link, url in led_to.items()})
        for link, url in led_to.items():
            if why := self._refusal(url):
                found.update((teaser.key, why) for teaser in asked[link])
        return {teaser.key: _article(teaser.entry, found[teaser.key]) for teaser in teasers}

    def _learn(self, pages: Mapping[str, str | None]) -> None:
        """Read what the sites of some pages, each with its proxy, say of programs."""
        unknown = {
            file: proxy for page, proxy in pages.items() for file in self._robots.unknown([page])
        }
        self._robots.learn(dict(self._fetched(unknown, MOST_BYTES_OF_ROBOTS)))

    def _refusal(self, page: str) -> str | None:
        """Say why a page may not be read; ``None`` where it may."""
        try:
            return self._robots.refusal(page)
        except Exception:
            logger.info("%s: %s", page, _FAULT, exc_info=True)
            return _FAULT

    def _fetched(self, urls: Mapping[str, str | None], most: int) -> Iterator[tuple[str, Outcome]]:
        """Fetch addresses, each through its proxy."""
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
    except Exception:
        logger.info("%s: %s", answer.url, _FAULT, exc_info=True)
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
    """Choose, of what may enter an edition, what is only a teaser and may have its page read.

    `candidates` are new and changed entries of one feed, each with its skeleton; `links` tells how
    often each canonical link stands in the feed; `proxy` is the feed's own.
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
    """Say whether an entry has the text of its page."""
    return _TAKEN in entry.notes


def with_texts_before(
    connection: Connection, sifted: Sequence[sift.Sifted], rows: Sequence[Entry]
) -> list[Entry]:
    """Give back the text of its page to a changed entry whose page was not read this time.

    `rows` are what is to be saved of `sifted`, one for one.
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
