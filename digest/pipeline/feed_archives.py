"""Find the entries that a feed added and removed again between two polls.

If a document holds no known entry, entries may have come and gone unseen.  Then older documents are
read back to a known entry, if the feed offers them: archives and pages of RFC 5005, or pages of
WordPress.  Entries found there are as eligible as any others.  If no known entry is reached, a gap
is noted for the feed: how many entries may be missing, and which interval of polls would have
caught them.

The walk is bounded: it stays on the feed's host, fetches no document twice, ends if a document has
no new entry, and has limits for documents, entries and time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from digest import sift
from digest.errors import FetchError, ParseError
from digest.fetch import FetchAll
from digest.model import Document, FeedRequest, Gap, ParsedEntry, ParsedFeed
from digest.net.url_parts import WebAddress, web_address
from digest.pipeline.feed_credentials import request_headers
from digest.pipeline.feed_update import FeedUpdate, guarded
from digest.schedule import rhythm
from digest.store import entries as entry_rows
from digest.store.errors import translated
from digest.text.dates import parse_date

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.fetch.robots import Outcome
    from digest.settings import Config
    from digest.store import Store

MOST_DOCUMENTS = 20
"""The most older documents of one feed in one run."""
MOST_ENTRIES = 1_000
"""The most entries of one walk."""
MOST_IN_ALL = 400
"""The most older documents of all feeds together in one run."""
MOST_SECONDS = 120.0
"""The longest time of all walks of one run together: the other feeds wait meanwhile."""


@dataclass(slots=True, kw_only=True)
class ArchiveWalk:
    """The state of the walk through one feed's older documents."""

    update: FeedUpdate
    next_url: str | None
    page: int = 1
    """The last page read of a WordPress feed; 0 for any other feed."""
    visited: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    found: list[sift.Sifted] = field(default_factory=list)
    has_known_entry: bool = False
    """Whether a known entry was found."""


class FeedArchives:
    """Reads the older documents of the feeds of one run."""

    def __init__(
        self, config: Config, now: datetime, fetch_all: FetchAll, timer: Callable[[], float]
    ) -> None:
        """`timer` returns the seconds of a clock that never goes back."""
        self._config = config
        self._now = now
        self._fetch_all = fetch_all
        self._timer = timer
        self._documents_left = MOST_IN_ALL
        self._seconds_left = MOST_SECONDS

    def walk(self, store: Store, batch: Sequence[FeedUpdate]) -> list[FeedUpdate]:
        """Fill the gaps of a batch, one document of each feed at a time; note remaining gaps."""
        walks = [_new_walk(update) for update in batch if update.has_gap]
        for _ in range(MOST_DOCUMENTS):
            asked = {walk.update.feed.url: walk for walk in walks if walk.next_url}
            asked = dict(list(asked.items())[: max(0, self._documents_left)])
            if not asked or self._seconds_left <= 0:
                break
            began = self._timer()
            self._read_next(store, asked)
            self._documents_left -= len(asked)
            self._seconds_left -= self._timer() - began
        done = {walk.update.state.id: self._finished(walk) for walk in walks}
        return [done.get(update.state.id, update) for update in batch]

    def _read_next(self, store: Store, asked: Mapping[str, ArchiveWalk]) -> None:
        """Fetch and read the next document of each walk; `asked` holds the walks by feed URL."""
        settings, root = self._config.fetch, self._config.root
        longest = timedelta(seconds=max(1.0, self._seconds_left))
        settings = replace(settings, timeout=min(settings.timeout, longest))
        requests = [self._request(walk) for walk in asked.values()]
        for request, outcome in self._fetch_all(requests, settings, root=root, now=self._now):
            with store.read() as connection:
                self._take(store, connection, asked[request.feed], outcome)

    def _request(self, walk: ArchiveWalk) -> FeedRequest:
        """Return the request for a walk's next document, with the feed's login on its origin."""
        feed, url = walk.update.feed, walk.next_url or ""
        here, there = web_address(walk.update.url), web_address(url)
        is_same_origin = here and there and _origin(here) == _origin(there)
        headers: tuple[tuple[str, str], ...] = ()
        with suppress(
            FetchError
        ):  # without its password file a feed is fetched without credentials
            headers = request_headers(feed, self._config.root) if is_same_origin else ()
        return FeedRequest(feed=feed.url, url=url, headers=headers, proxy=feed.proxy, follows=True)

    def _take(
        self, store: Store, connection: Connection, walk: ArchiveWalk, outcome: Outcome
    ) -> None:
        def stage(update: FeedUpdate) -> FeedUpdate:
            with translated(store.name):
                _read(connection, walk, outcome, self._now)
            return update

        walk.visited.add(walk.next_url or "")
        walk.next_url = None
        walk.update = guarded("walking its archives", walk.update, stage, self._now)
        if walk.update.stopped:
            walk.next_url = None

    def _finished(self, walk: ArchiveWalk) -> FeedUpdate:
        update = walk.update
        if update.stopped:
            return update
        update = replace(update, sifted=(*update.sifted, *walk.found))
        if walk.has_known_entry:
            return update
        gap = _gap(update, self._now)
        return replace(update, state=replace(update.state, gap=gap)) if gap else update


def _new_walk(update: FeedUpdate) -> ArchiveWalk:
    assert update.parsed is not None, "only what was parsed has a gap"
    is_wordpress = "wordpress.org" in (update.parsed.generator or "").lower()
    walk = ArchiveWalk(
        update=update,
        next_url=None,
        page=1 if is_wordpress else 0,
        visited={update.url},
        uids={item.uid for item in update.items},
    )
    walk.next_url = _older_url(walk, update.parsed, update.url)
    return walk


def _read(connection: Connection, walk: ArchiveWalk, outcome: Outcome, now: datetime) -> None:
    """Collect the unknown entries of an older document, and set the next address."""
    if not isinstance(outcome, Document):
        return
    from digest.parse import parse

    try:
        parsed = parse(outcome, kind=walk.update.feed.kind)
    except ParseError:
        return
    items = [item for item in sift.identify(sift.complete(parsed)) if item.uid not in walk.uids]
    feed_id = walk.update.state.id
    known = entry_rows.known(connection, {feed_id: sift.uids_to_look_up(items)})[feed_id]
    unknown = [entry for entry in sift.sift(items, known, now) if entry.known is None]
    new = [entry for entry in unknown if not _is_before(walk, entry, now)]
    walk.has_known_entry = bool(known) or len(new) < len(unknown)
    room = MOST_ENTRIES - len(walk.found)
    walk.found += new[:room]
    walk.uids.update(item.uid for item in items)
    if not walk.has_known_entry and new and len(new) < room:
        walk.page += walk.page > 0
        walk.next_url = _older_url(walk, parsed, outcome.url)


def _is_before(walk: ArchiveWalk, entry: sift.Sifted, now: datetime) -> bool:
    """Say whether an entry is older than the newest known one: the walk has gone far enough."""
    rhythm_before = walk.update.before.rhythm
    newest = rhythm_before.newest if rhythm_before else None
    date = _date(entry.item.entry, now)
    return newest is not None and date is not None and date < newest


def _older_url(walk: ArchiveWalk, parsed: ParsedFeed, url: str) -> str | None:
    """Return the address of the next older document; ``None`` if it must not be fetched."""
    older = parsed.older
    if older is None and walk.page:
        older = _wordpress_page(walk.update.url, walk.page + 1)
    here, there = web_address(walk.update.url), web_address(older) if older else None
    if here is None or there is None or there.host != here.host or str(there) == url:
        return None
    return None if str(there) in walk.visited else str(there)


def _origin(address: WebAddress) -> tuple[str, str, int]:
    return address.scheme, address.host, address.port


def _wordpress_page(url: str, page: int) -> str:
    """Return the address of a page of a WordPress feed.

    >>> _wordpress_page("https://example.org/feed/?a=b", 2)
    'https://example.org/feed/?a=b&paged=2'
    """
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(page))])))


def _gap(update: FeedUpdate, now: datetime) -> Gap | None:
    """Estimate what is missing between the newest known entry and the oldest one that was found."""
    assert update.before.rhythm is not None, "a feed without a rhythm has no gap"
    dates = [date for entry in update.sifted if (date := _date(entry.item.entry, now))]
    before, usual = update.before.rhythm.newest, update.before.rhythm.gap
    estimate = rhythm.missing(before, dates)
    if estimate is None:
        return Gap(at=now)
    count, span = estimate
    if count and usual and before:
        # After a burst the usual rate says more than the spacing within it.
        count = min(count, max(1, round((min(dates) - before) / timedelta(minutes=usual))))
    if count == 0:
        return None
    return Gap(at=now, missing=count, minutes=max(1, round(span / timedelta(minutes=1))))


def _date(entry: ParsedEntry, now: datetime) -> datetime | None:
    return parse_date(entry.published, now) or parse_date(entry.updated, now)
