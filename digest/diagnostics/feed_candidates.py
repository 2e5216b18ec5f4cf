"""Find the feeds of an address, with their newest entries, for a person to choose one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from digest import fetch
from digest.diagnostics.try_feeds import CANDIDATES, NO_FEED, advice
from digest.errors import DigestError, FetchError, ParseError
from digest.fetch.discover import feeds_of, well_known
from digest.model import Document, FeedRequest
from digest.normalize.entry import title as entry_title
from digest.parse import parse
from digest.text.dates import parse_date
from digest.text.marks import plain

PATIENCE = timedelta(seconds=5)
"""The longest wait for a server; there are at most three after each other."""
NEWEST = 3
"""The entries of each feed that are shown."""
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCandidate:
    """A feed that an address leads to."""

    url: str
    title: str
    entries: int
    newest: tuple[tuple[str, datetime | None], ...]
    """The titles and dates of its first entries."""


def candidates(
    address: str, *, settings: fetch.Settings, root: Path, now: datetime
) -> tuple[FeedCandidate, ...]:
    """Return the feed at a web address, or the feeds that the page there names, best first.

    Raises DigestError with advice where there is none.
    """
    settings = replace(settings, timeout=min(settings.timeout, PATIENCE))
    (page,) = _fetched([address], settings, root, now)
    if isinstance(page, FetchError):
        raise DigestError(f"{page}{advice(page)}") from page
    try:
        return (_candidate(address, page, now),)
    except ParseError as error:
        reason = error
    named = [found.url for found in feeds_of(page.body, page.url, page.media_type)][:CANDIDATES]
    for urls in (named, [url for url in well_known(page.url) if url not in named]):
        found = []
        for url, document in zip(urls, _fetched(urls, settings, root, now), strict=True):
            if isinstance(document, Document):
                try:
                    found.append(_candidate(url, document, now))
                except ParseError:
                    continue
        if found:
            return tuple(found)
    raise DigestError(f"no feed at {address}, and it names none; {NO_FEED}") from reason


def _fetched(
    urls: Sequence[str], settings: fetch.Settings, root: Path, now: datetime
) -> list[Document | FetchError]:
    """Fetch all addresses at once; return the results in their order."""
    outcomes: dict[str, Document | FetchError] = {}
    requests = [FeedRequest(feed=url, url=url) for url in urls]
    if requests:
        for request, outcome in fetch.fetch_all(requests, settings, root=root, now=now):
            if isinstance(outcome, Document | FetchError):
                outcomes[request.feed] = outcome
    missing = FetchError("no answer", url="")
    return [outcomes.get(url, missing) for url in urls]


def _candidate(url: str, document: Document, now: datetime) -> FeedCandidate:
    feed = parse(document)
    newest = []
    for entry in feed.entries[:NEWEST]:
        date = parse_date(entry.published, now) or parse_date(entry.updated, now)
        newest.append(
            (plain(entry_title(entry.title))[:LONGEST_TITLE] or "(without a title)", date)
        )
    return FeedCandidate(
        url=url,
        title=plain(feed.title or "")[:LONGEST_TITLE] or url,
        entries=len(feed.entries),
        newest=tuple(newest),
    )
