"""Find the feed behind an address, and show a digest without a configuration.

An address may be a feed, a page that names one, or a file.  The document that was fetched to find
the feed is also the one that is read, so that nothing is fetched twice.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest import fetch
from digest.errors import DigestError, FeedError, FetchError, ParseError
from digest.model import (
    Digest,
    Document,
    FailedFeed,
    Feed,
    FeedRequest,
    NotModified,
    Rendition,
)
from digest.net.proxies import ProxyRules
from digest.settings.feed_addresses import feed_address

if TYPE_CHECKING:
    from digest.pipeline import Watch

CANDIDATES = 6
"""Most feeds of a page that are tried, best first, before the well-known addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that was found, with the document that was fetched."""

    url: str
    document: Document
    title: str | None
    entries: int


def address_of(words: str, root: Path) -> str:
    """Return the URL or path for typed or pasted words: an address, a file below `root`, a host."""
    if os.path.exists(root / words):
        return words
    address = feed_address(words)
    return address if "://" in address else f"https://{address}"


def find_feed(url: str, *, settings: fetch.Settings, root: Path, now: datetime) -> FoundFeed:
    """Return the feed at `url`, which is a feed itself or a page that names one.

    Raises FeedError where the address cannot be read, DigestError where there is no feed.
    """
    from digest.fetch.discover import feeds_of, well_known

    try:
        page = _fetched(url, settings, root, now)
    except FetchError as error:
        raise DigestError(f"{error}{advice(error)}") from error
    try:
        return _parsed(url, page)
    except ParseError as error:
        if "://" not in url:
            raise
        reason = error
    named = [candidate.url for candidate in feeds_of(page.body, page.url, page.media_type)]
    for candidate in (*named[:CANDIDATES], *well_known(page.url)):
        try:
            return _parsed(candidate, _fetched(candidate, settings, root, now))
        except FeedError:
            continue
    if named:
        raise DigestError(
            f"{url} is a page that names {len(named)} feeds, of which none can be read; "
            f"the first is {named[0]}: open it in a browser"
        ) from reason
    raise DigestError(f"no feed at {url}, and it names none; {NO_FEED}") from reason


NO_FEED = (
    "look on the site for a link named Feed, RSS or Atom, or for its blog or news page, and add "
    "that address; a site without any feed cannot be followed"
)


def advice(error: FetchError) -> str:
    """Return advice about an address that could not be fetched, as the end of a message."""
    status = error.status
    if status in (401, 407):
        return (
            "; it wants a login: write it into the address, https://USER:PASSWORD@HOST/..., or use "
            "the address with a key that the site gives to its readers"
        )
    if status == 403:
        return (
            "; it turns programs away: the site may have a feed at another address (its help "
            "pages name it), or name yourself to it by fetch.contact"
        )
    if status in (404, 410):
        return "; is it spelled right? The site's home page may name its feeds: add that address"
    if status == 429:
        when = f" after {error.retry_after:%Y-%m-%d %H:%M} UTC" if error.retry_after else " later"
        return f"; it has had too many requests from here: try again{when}"
    if status is not None and 500 <= status < 600:
        return "; the site has trouble: try again in an hour"
    if "cannot be resolved" in str(error):
        return "; is the name spelled right, and is this machine online?"
    return ""


def show(
    urls: Sequence[str],
    *,
    now: datetime,
    format_: str,
    entries: int,
    allow_hosts: tuple[str, ...],
    proxies: ProxyRules,
    watch: Watch,
) -> tuple[Rendition | None, tuple[FailedFeed, ...]]:
    """Render a digest of the newest `entries` of each address; return also those without a feed.

    `proxies` are the proxies of the environment.  The rendition is ``None`` where no entry was
    found.
    """
    from digest import pipeline
    from digest import settings as config
    from digest.store import open_store

    root = Path.cwd()
    settings = fetch.Settings(allow_hosts=allow_hosts, environment=proxies)
    found: dict[str, FoundFeed] = {}
    failed = []
    for url in urls:
        try:
            feed = find_feed(address_of(url, root), settings=settings, root=root, now=now)
            found[feed.url] = feed
        except DigestError as error:
            failed.append(FailedFeed(title=url, url=url, error=str(error)))
    feeds = tuple(Feed(url=url, name=url, backfill=entries) for url in found)
    digest = Digest(
        name="try",
        title=next((feed.title for feed in found.values() if feed.title), "Digest")
        if len(found) == 1
        else "Digest",
        schedule="* * * * *",
        timezone="UTC",
        language="en",
        feeds=feeds,
        max_per_feed=entries,
        max_entries=entries * len(feeds),
    )
    with tempfile.TemporaryDirectory(prefix="digest-") as folder:
        url = f"sqlite:///{quote(folder)}/digest.db"
        trial = config.Config(
            path=Path(folder) / "config.toml",
            root=root,
            title=digest.title,
            timezone=digest.timezone,
            language=digest.language,
            base_url=None,
            store=config.StoreSettings(url=url),
            fetch=settings,
            excerpt=digest.excerpt,
            render=config.RenderSettings(),
            feeds=feeds,
            digests=(digest,),
        )
        store = open_store(url)
        try:
            pipeline.refresh(trial, store, now, watch=watch, fetch_all=FetchedDocuments(found))
            edition = pipeline.preview(trial, store, now, digest)
            if not edition.sections:
                return None, tuple(failed)
            rendition = pipeline.render_edition(trial, store, digest, edition, format_)
        finally:
            store.close()
    return rendition, tuple(failed)


class FetchedDocuments:
    """A replacement of `fetch.fetch_all` that returns documents fetched before."""

    def __init__(self, found: dict[str, FoundFeed]) -> None:
        self.found = found

    def __call__(
        self,
        requests: Iterable[FeedRequest],
        settings: fetch.Settings,
        *,
        root: Path,
        now: datetime,
    ) -> Iterator[tuple[FeedRequest, Document | NotModified | FetchError]]:
        for request in requests:
            yield request, self.found[request.feed].document


def _fetched(url: str, settings: fetch.Settings, root: Path, now: datetime) -> Document:
    request = FeedRequest(feed=url, url=url)
    for _, outcome in fetch.fetch_all([request], settings, root=root, now=now):
        if isinstance(outcome, FeedError):
            raise outcome
        if isinstance(outcome, Document):
            return outcome
    raise DigestError(f"{url} answered 304 to an unconditional request")


def _parsed(url: str, document: Document) -> FoundFeed:
    from digest.parse import parse

    feed = parse(document)
    return FoundFeed(url=url, document=document, title=feed.title, entries=len(feed.entries))
