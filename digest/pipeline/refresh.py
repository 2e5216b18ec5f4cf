"""The refresh pipeline: fetch, parse, sift, normalize, match and save the feeds that are due.

A batch of feeds goes through the stages together and is saved in one transaction.  No feed and no
entry stops another: an error is recorded on the feed, and the others go on.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from itertools import chain, count
from typing import TYPE_CHECKING, Protocol, TypeAlias

from digest import fetch as fetching
from digest.errors import FetchError, ProxyUnavailableError, UnforeseenFetchError
from digest.fetch import FetchAll
from digest.model import Document, FailedFeed, Feed, FeedState, NotModified
from digest.model.hubs import Ping
from digest.net.secret_urls import without_secrets
from digest.pipeline import feed_documents
from digest.pipeline.due_feeds import DueFeeds, due_feeds
from digest.pipeline.feed_update import Fault, FeedUpdate, each, guarded, stopped
from digest.pipeline.retention import drop_old
from digest.pipeline.save_feeds import Guard, save_feeds
from digest.settings import Config
from digest.store.errors import translated

if TYPE_CHECKING:
    from digest.pipeline.article_pages import ArticlePages
    from digest.pipeline.feed_archives import FeedArchives
    from digest.store import Store

BATCH_FEEDS = 50
BATCH_BYTES = 4_000_000
"""The most feeds, and bytes of documents, in a batch: enough to make a commit cheap for each feed,
and few enough for the memory."""

YOUNG_OBJECTS = 50_000
"""How many new objects start a garbage collection."""

Outcome: TypeAlias = Document | NotModified | FetchError
Updates: TypeAlias = Generator[FeedUpdate, None, None]
Portions: TypeAlias = Iterator[Updates]


class Watch(Protocol):
    """A function that is called after each feed, for a progress bar or a log line."""

    def __call__(self, done: int, total: int, feed: Feed, error: str | None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """The result of a refresh; `new` and `changed` count entries, the other numbers feeds."""

    due: int = 0
    fetched: int = 0
    unchanged: int = 0
    waiting: int = 0
    failing: int = 0
    """How many of the waiting feeds failed in their last poll."""
    unreachable: int = 0
    """How many feeds could not be fetched because a proxy was down."""
    proxies: tuple[str, ...] = ()
    """A sentence for each proxy that was down."""
    pushed: int = 0
    """How many documents from hubs were read."""
    new: int = 0
    changed: int = 0
    failed: tuple[FailedFeed, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Errors in this program, each with the feed that caused it."""

    @property
    def nothing_read(self) -> bool:
        """Whether feeds were due, and the last poll of every feed failed."""
        failed = len(self.failed) + self.unreachable
        return 0 < self.due == failed and self.waiting == self.failing


def refresh(
    config: Config,
    store: Store,
    now: datetime,
    *,
    only: Collection[Feed] | None = None,
    watch: Watch = lambda done, total, feed, error: None,
    stop: Callable[[], bool] = lambda: False,
    fetch_all: FetchAll = fetching.fetch_all,
    timer: Callable[[], float] = time.monotonic,
    shard: Callable[[str], bool] | None = None,
    guard: Guard = lambda connection: None,
) -> Refreshed:
    """Fetch and save the feeds that are due.

    `only` names feeds to fetch before their interval is over; a server's Retry-After is respected
    all the same.  `stop` is called after each saved batch; the remaining feeds stay due.  `timer`
    is a monotonic clock in seconds, which limits the search for older documents.  `shard` chooses
    hosts, and `guard` is that of `save_feeds`: both are for workers that share the feeds.
    """
    due = due_feeds(config, store, now, only, shard)
    pages = cache(partial(article_pages, config, now, fetch_all))
    archives = cache(partial(feed_archives, config, now, fetch_all, timer))
    report = _initial_report(due)
    fetched = fetch(due, config, now, fetch_all)
    parsed = parse(fetched, config, now, len(due.feeds), watch)
    with rare_garbage_collections(), closing(batches(parsed)) as parsed_batches:
        for batch in parsed_batches:
            sifted = sift(store, batch, config, now)
            walked = walk(store, sifted, archives)
            completed = complete(store, walked, pages, now)
            normalized = normalize(store, completed, config, now)
            matched = match(normalized, now)
            saved = save_feeds(store, matched, now, guard)
            report = _with_batch(report, saved)
            if stop():
                break
    if report.new or report.changed:
        drop_old(config, store, now, stop=stop)
    return report


# --- the stages, feed by feed --------------------------------------------------------------------


def fetch(due: DueFeeds, config: Config, now: datetime, fetch_all: FetchAll) -> Portions:
    """Fetch the feeds that are due, each portion when the next stage takes it."""

    def update_of(url: str, outcome: Outcome) -> FeedUpdate:
        state = due.states[url]
        update = FeedUpdate(
            feed=due.feeds[url],
            before=state,
            state=state,
            editions=due.editions.get(url, ()),
            wakes=due.wakes.get(url, ()),
            outcome=outcome,
        )
        if isinstance(outcome, UnforeseenFetchError):
            return stopped("fetching", update, outcome.cause, now)
        return update

    def answers(urls: Sequence[str]) -> Updates:
        requests = []
        for url in urls:
            try:
                requests.append(due.request(url, config.root))
            except FetchError as error:
                yield update_of(url, error)
        for request, outcome in fetch_all(requests, config.fetch, root=config.root, now=now):
            yield update_of(request.feed, outcome)

    return chain(pushed(due), (answers(urls) for urls in due.portions()))


def pushed(due: DueFeeds) -> Portions:
    """Yield the documents from hubs, in portions with at most one document of each feed."""
    by_id = {state.id: state for state in due.states.values()}
    feeds = due.subscribed
    waiting = [(by_id[ping.feed_id], ping) for ping in due.pings]

    def documents(portion: Sequence[tuple[FeedState, Ping]]) -> Updates:
        for state, ping in portion:
            yield FeedUpdate(
                feed=feeds[state.url],
                before=state,
                state=state,
                editions=due.editions.get(state.url, ()),
                ping=ping,
                outcome=Document(
                    url=state.fetch_url or state.url,
                    media_type=ping.media_type,
                    body=ping.body or b"",
                ),
            )

    while waiting:
        first = {ping.feed_id: (state, ping) for state, ping in reversed(waiting)}
        portion = list(first.values())[::-1]
        taken = {ping.id for _, ping in portion}
        waiting = [(state, ping) for state, ping in waiting if ping.id not in taken]
        yield documents(portion)


def parse(portions: Portions, config: Config, now: datetime, total: int, watch: Watch) -> Portions:
    """Parse each document when it arrives."""
    done = count(1)
    stage = partial(feed_documents.parse, settings=config.fetch, now=now)

    def parsed(updates: Updates) -> Updates:
        with closing(updates):
            for fetched in updates:
                update = guarded("parsing", fetched, stage, now)
                if update.ping is not None:
                    yield update
                    continue
                left_alone = str(update.outcome) if update.not_asked else None
                watch(next(done), total, update.feed, left_alone or update.state.error)
                yield update

    return (parsed(updates) for updates in portions)


def batches(portions: Portions) -> Generator[list[FeedUpdate], None, None]:
    """Cut each portion into batches."""
    for updates in portions:
        with closing(updates):
            batch: list[FeedUpdate] = []
            size = 0
            for update in updates:
                batch.append(update)
                size += update.size
                if len(batch) >= BATCH_FEEDS or size >= BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
            if batch:
                yield batch


def sift(
    store: Store, batch: Sequence[FeedUpdate], config: Config, now: datetime
) -> list[FeedUpdate]:
    """Keep the entries that are new or changed."""
    if all(update.parsed is None for update in batch):
        return list(batch)
    from digest.pipeline import feed_entries

    with store.read() as connection:

        def stage(update: FeedUpdate) -> FeedUpdate:
            with translated(store.name):
                return feed_entries.sift_feed(connection, update, config.fetch, now)

        return each("sifting", batch, stage, now)


def walk(
    store: Store, batch: Sequence[FeedUpdate], archives: Callable[[], FeedArchives]
) -> list[FeedUpdate]:
    """Fetch older documents of feeds whose entries may have come and gone since the last poll."""
    if not any(update.has_gap for update in batch):
        return list(batch)
    return archives().walk(store, batch)


def feed_archives(
    config: Config, now: datetime, fetch_all: FetchAll, timer: Callable[[], float]
) -> FeedArchives:
    """Make the archive reader of a run; its limits hold for all feeds together."""
    from digest.pipeline.feed_archives import FeedArchives

    return FeedArchives(config, now, fetch_all, timer)


def article_pages(config: Config, now: datetime, fetch_all: FetchAll) -> ArticlePages:
    """Make the page reader of a run; it fetches each site's robots.txt once."""
    from digest.pipeline.article_pages import ArticlePages

    return ArticlePages(config, now, fetch_all)


def complete(
    store: Store, batch: Sequence[FeedUpdate], pages: Callable[[], ArticlePages], now: datetime
) -> list[FeedUpdate]:
    """Fetch the article pages of teasers, for feeds with `fulltext`."""
    if not any(update.feed.fulltext and update.sifted for update in batch):
        return list(batch)
    from digest.pipeline import feed_entries

    with store.read() as connection:

        def stage(update: FeedUpdate) -> FeedUpdate:
            with translated(store.name):
                return feed_entries.find_teasers(connection, update, now)

        found = each("looking for teasers", batch, stage, now)
    # No transaction is open while the pages are fetched.
    articles = pages().read([teaser for update in found for teaser in update.teasers])
    return [replace(update, articles=articles) for update in found]


def normalize(
    store: Store, batch: Sequence[FeedUpdate], config: Config, now: datetime
) -> list[FeedUpdate]:
    """Clean the entries."""
    if not any(update.sifted or update.items for update in batch):
        return list(batch)
    from digest.pipeline import feed_entries

    with store.read() as connection:

        def stage(update: FeedUpdate) -> FeedUpdate:
            with translated(store.name):
                return feed_entries.normalize(connection, update, config.fetch, now)

        return each("normalizing", batch, stage, now)


def match(batch: Sequence[FeedUpdate], now: datetime) -> list[FeedUpdate]:
    """Compute the keys of the entries, by which stories are found."""
    if not any(update.entries for update in batch):
        return list(batch)
    from digest.pipeline import feed_entries

    return each("matching", batch, feed_entries.match_keys, now)


@contextmanager
def rare_garbage_collections() -> Iterator[None]:
    """Make garbage collections rare, and exclude all objects made before.

    A refresh makes many objects and hardly any cycles: with the usual thresholds the collector
    takes a third of the time of a refresh without changes.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


# --- the report ----------------------------------------------------------------------------------


def _initial_report(due: DueFeeds) -> Refreshed:
    return Refreshed(
        due=len(due.feeds),
        waiting=due.waiting,
        failing=due.failing,
    )


def _with_batch(report: Refreshed, batch: Sequence[FeedUpdate]) -> Refreshed:
    """Add a saved batch to the report."""
    polled = [update for update in batch if update.ping is None]
    asked = [update for update in polled if not update.not_asked]
    troubles = [
        update.outcome.trouble
        for update in batch
        if isinstance(update.outcome, ProxyUnavailableError)
    ]
    read = sum(update.parsed is not None for update in asked)
    failed = [
        FailedFeed(
            title=update.title, url=without_secrets(update.feed.url), error=update.state.error
        )
        for update in asked
        if update.state.error
    ]
    sifted = [entry for update in batch for entry in update.sifted]
    new = sum(entry.known is None for entry in sifted)
    return replace(
        report,
        fetched=report.fetched + read,
        unchanged=report.unchanged + len(asked) - read - len(failed),
        waiting=report.waiting + len(polled) - len(asked) - len(troubles),
        pushed=report.pushed + len(batch) - len(polled),
        unreachable=report.unreachable + len(troubles),
        proxies=tuple(dict.fromkeys((*report.proxies, *troubles))),
        new=report.new + new,
        changed=report.changed + len(sifted) - new,
        failed=(*report.failed, *failed),
        faults=(*report.faults, *(fault for update in batch for fault in update.faults)),
    )
