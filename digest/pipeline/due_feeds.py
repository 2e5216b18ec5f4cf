"""Choose the feeds to fetch in this run, their order and their portions.

An index of the database tells which feeds may be due; only those are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.model import Feed, FeedRequest, FeedState
from digest.model.hubs import Ping
from digest.net.url_parts import web_address
from digest.pipeline import clock
from digest.pipeline.feed_credentials import request_headers
from digest.schedule import polling, slots
from digest.settings import Config
from digest.store import feeds as feed_rows
from digest.store import hubs as hub_rows

if TYPE_CHECKING:
    from digest.store import Store

BATCH_FULLTEXT = 10
"""How many feeds with `fulltext` are fetched together: each entry may need its page, too."""

LEAST_AFTER_PING = timedelta(minutes=5)
"""The least time between two fetches of a feed whose hub reports changes."""

UPCOMING = 2
"""How many next slots of each digest count: the first may be too near for another poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeeds:
    """The feeds to fetch, by URL and in order, and how many are not due."""

    subscribed: Mapping[str, Feed]
    """The feeds that were looked at, by URL: those that are due, and those that hubs speak of."""
    feeds: Mapping[str, Feed]
    states: Mapping[str, FeedState]
    waiting: int
    """How many feeds are not due."""
    failing: int
    """How many of those failed in their last poll."""
    editions: Mapping[str, tuple[datetime, ...]]
    """The next slots of the digests of each feed, in order, by the feed's URL."""
    pings: tuple[Ping, ...] = ()
    """Documents that hubs have sent, of feeds that were read before."""
    wakes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The ids of pings without a usable document, by the feed's URL."""
    now: datetime

    def portions(self) -> Iterator[Sequence[str]]:
        """Yield the URLs that are fetched together, those without `fulltext` first.

        Feeds with `fulltext` come a few at a time: their article pages are fetched between two
        portions, so that feeds and pages together never exceed the limit for one host.
        """
        plain = [url for url, feed in self.feeds.items() if not feed.fulltext]
        fulltext = [url for url, feed in self.feeds.items() if feed.fulltext]
        yield plain
        for start in range(0, len(fulltext), BATCH_FULLTEXT):
            yield fulltext[start : start + BATCH_FULLTEXT]

    def request(self, url: str, root: Path) -> FeedRequest:
        """Return the request for a feed; raise FetchError if its password cannot be read."""
        feed, state = self.feeds[url], self.states[url]
        adopted = None if polling.asks_original(state, self.now) else state.fetch_url
        return FeedRequest(
            feed=url,
            url=adopted or url,
            kind=feed.kind,
            validators=state.validators,
            headers=request_headers(feed, root),
            proxy=feed.proxy,
            has_waited=state.retry_after is not None and state.retry_after <= self.now,
        )


def due_feeds(
    config: Config,
    store: Store,
    now: datetime,
    only: Collection[Feed] | None,
    shard: Callable[[str], bool] | None = None,
) -> DueFeeds:
    """Return the feeds that are due, or those of `only` that their servers allow to fetch.

    With `shard`, only known feeds whose host it accepts are returned.  No
    feed of a closed host is fetched.  The feed with the oldest success comes first: a host that
    refuses further requests is closed for the rest of the run, so this order gives each of its
    feeds a turn.
    """
    clock.set_back(config, store, now)
    candidates = _candidates(config, store, now, only, shard)
    wanted = candidates.feeds
    states: dict[str, FeedState] = {}
    pings: tuple[Ping, ...] = ()
    wakes: dict[str, tuple[int, ...]] = {}
    if wanted or candidates.strays:
        with store.write() as connection:
            states = feed_rows.ensure(connection, tuple(wanted))
            hub_rows.drop(connection, candidates.strays)
    if shard is not None:
        states = {
            url: state for url, state in states.items() if shard(host_of(state.fetch_url or url))
        }
        wanted = {url: wanted[url] for url in states}
    if only is None:
        pings, wakes = _pings(candidates.pings, states)

    def may_ask(state: FeedState) -> bool:
        if only is not None:
            return polling.may_fetch(state, now)
        if state.url in wakes and _may_be_woken(state, now):
            return polling.may_fetch(state, now) and not state.gone
        return polling.is_due(state, now)

    def turn(feed: Feed) -> tuple[str, int]:
        success = states[feed.url].succeeded_at
        return (success.isoformat() if success else "", states[feed.url].id)

    def is_open(feed: Feed) -> bool:
        closed = candidates.closed
        return not closed or host_of(states[feed.url].fetch_url or feed.url) not in closed

    due = {url: feed for url, feed in wanted.items() if may_ask(states[url]) and is_open(feed)}
    return DueFeeds(
        subscribed=wanted,
        feeds={feed.url: feed for feed in sorted(due.values(), key=turn)},
        states=states,
        waiting=max(0, candidates.total - len(due)),
        failing=len(candidates.failing - due.keys()),
        editions=_next_editions(config, now) if due or pings else {},
        pings=pings,
        wakes=wakes,
        now=now,
    )


def due_hosts(config: Config, store: Store, now: datetime) -> set[str]:
    """Return the hosts of the feeds that may be due; store the feeds that are new first."""
    clock.set_back(config, store, now)
    candidates = _candidates(config, store, now, None, None)
    states: dict[str, FeedState] = {}
    if candidates.feeds:
        with store.write() as connection:
            states = feed_rows.ensure(connection, tuple(candidates.feeds))
    hosts = {host_of(state.fetch_url or url) for url, state in states.items()}
    return hosts - candidates.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """The feeds that may be due, as the indexes of the database tell, and what else waits."""

    feeds: Mapping[str, Feed]
    total: int
    """How many feeds are wanted."""
    failing: Set[str]
    """The wanted feeds whose last poll failed."""
    closed: Set[str]
    """The hosts that are left alone."""
    pings: Sequence[tuple[str, Ping]]
    """The pings of wanted feeds, each with the feed's URL."""
    strays: Sequence[int]
    """The ids of pings of other feeds."""


def _candidates(
    config: Config,
    store: Store,
    now: datetime,
    only: Collection[Feed] | None,
    shard: Callable[[str], bool] | None,
) -> _Candidates:
    with store.read() as connection:
        closed = {host.name for host in feed_rows.closed_hosts(connection, now)}
        if only is not None:
            feeds = {feed.url: feed for feed in unmuted(only, now, config.timezone)}
            return _Candidates(
                feeds=feeds,
                total=len(feeds),
                failing=feed_rows.failing_addresses(connection) & feeds.keys(),
                closed=closed,
                pings=(),
                strays=(),
            )
        maybe = feed_rows.due_addresses(connection, now)
        waiting = hub_rows.waiting(connection)
        pinged = feed_rows.by_id(connection, {ping.feed_id for ping in waiting})
        pings = [(pinged[ping.feed_id].url, ping) for ping in waiting if ping.feed_id in pinged]
        maybe |= {url for url, _ in pings}
        stored = failing = None
        if shard is None:
            stored = feed_rows.addresses(connection)
            failing = feed_rows.failing_addresses(connection)
    wanted = {feed.url: feed for feed in unmuted(config.feeds, now, config.timezone)}
    found = {
        url: feed
        for url, feed in wanted.items()
        if url in maybe or (stored is not None and url not in stored)
    }
    known = [(url, ping) for url, ping in pings if url in wanted]
    kept = {ping.id for _, ping in known}
    return _Candidates(
        feeds=found,
        total=len(wanted) if shard is None else 0,
        failing=(failing or set()) & wanted.keys(),
        closed=closed,
        pings=known,
        strays=[ping.id for ping in waiting if ping.id not in kept] if shard is None else (),
    )


def _pings(
    found: Sequence[tuple[str, Ping]], states: Mapping[str, FeedState]
) -> tuple[tuple[Ping, ...], dict[str, tuple[int, ...]]]:
    """Return the pings of hubs: those with documents, and the ids of the others by feed URL.

    The document of a feed that was never read only makes the feed due: its new entries cannot be
    told from old ones.
    """
    wakes: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
    documents = []
    for url, ping in found:
        state = states.get(url)
        if state is None:
            continue
        if ping.body is None or state.succeeded_at is None:
            wakes[url] += (ping.id,)
        else:
            documents.append(ping)
    return tuple(documents), dict(wakes)


def _may_be_woken(state: FeedState, now: datetime) -> bool:
    return state.checked_at is None or now - state.checked_at >= LEAST_AFTER_PING


def _next_editions(config: Config, now: datetime) -> dict[str, tuple[datetime, ...]]:
    """Return the next slots of the digests of each feed, by the feed's URL."""
    found: defaultdict[str, set[datetime]] = defaultdict(set)
    for digest in config.digests:
        schedule = slots.parse_schedule(digest.schedule)
        slot = now
        upcoming = []
        for _ in range(UPCOMING):
            slot = slots.next_slot(schedule, digest.timezone, slot)
            upcoming.append(slot.astimezone(UTC))
        for feed in digest.feeds:
            found[feed.url].update(upcoming)
    in_order: dict[frozenset[datetime], tuple[datetime, ...]] = {}
    for wanted in map(frozenset, found.values()):
        if wanted not in in_order:
            in_order[wanted] = tuple(sorted(wanted))
    return {url: in_order[frozenset(wanted)] for url, wanted in found.items()}


def host_of(url: str) -> str:
    """Return the host name of an address; an empty text for a file."""
    address = web_address(url)
    return address.host if address else ""


def unmuted(feeds: Iterable[Feed], now: datetime, timezone: str) -> tuple[Feed, ...]:
    """Return the feeds that are not muted; a day begins at midnight in `timezone`."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return tuple(feed for feed in feeds if feed.muted_until is None or feed.muted_until <= today)
