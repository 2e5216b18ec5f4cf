"""Which feeds are asked in this run, in which order and in which portions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    from sqlalchemy import Connection

    from digest.store import Store

BATCH_FULLTEXT = 10
"""How many feeds with `fulltext` are asked together: each may bring a page for each entry."""

LEAST_AFTER_PING = timedelta(minutes=5)
"""However often a hub says that a feed has changed, it is not asked again within this time."""

UPCOMING = 2
"""How many slots of each digest are looked at: the first may be too near for another poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeeds:
    """The feeds to ask, by URL and in order, and those that wait."""

    subscribed: tuple[Feed, ...]
    """All feeds that may be asked or read in this run."""
    feeds: Mapping[str, Feed]
    states: Mapping[str, FeedState]
    waiting: tuple[FeedState, ...]
    editions: Mapping[str, tuple[datetime, ...]]
    """The next slots that want each feed, the first one first."""
    pings: tuple[Ping, ...] = ()
    """What hubs have sent of feeds that are read."""
    wakes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The pings that say no more than that a feed has changed, by the feed's URL."""
    now: datetime

    def portions(self) -> Iterator[Sequence[str]]:
        """Yield the URLs that are asked together: first those without `fulltext`, then the others.

        The others come a few at a time: their pages are fetched between two portions, so that
        feeds and pages together never exceed the limit for one host.
        """
        plain = [url for url, feed in self.feeds.items() if not feed.fulltext]
        fulltext = [url for url, feed in self.feeds.items() if feed.fulltext]
        yield plain
        for start in range(0, len(fulltext), BATCH_FULLTEXT):
            yield fulltext[start : start + BATCH_FULLTEXT]

    def request(self, url: str, root: Path) -> FeedRequest:
        """Return what is asked for a feed; raise FetchError where its password is not there."""
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
    config: Config, store: Store, now: datetime, only: Collection[Feed] | None
) -> DueFeeds:
    """Find the feeds that are due, or of `only` those that their servers let us ask.

    A host that has asked to be left alone is left alone with all its feeds.

    The feed whose last success is the longest ago comes first: a host that refuses more requests
    is left alone for the rest of a run, and so each of its feeds has its turn.
    """
    wanted = unmuted(config.feeds if only is None else only, now, config.timezone)
    clock.set_back(config, store, now)
    with store.write() as connection:
        states = feed_rows.ensure(connection, [feed.url for feed in wanted])
        closed = {host.name for host in feed_rows.closed_hosts(connection, now)}
        pings, wakes = _pings(connection, states) if only is None else ((), {})

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
        return not closed or host_of(states[feed.url].fetch_url or feed.url) not in closed

    due = {feed.url: feed for feed in wanted if may_ask(states[feed.url]) and is_open(feed)}
    return DueFeeds(
        subscribed=tuple(wanted),
        feeds={feed.url: feed for feed in sorted(due.values(), key=turn)},
        states=states,
        waiting=tuple(states[feed.url] for feed in wanted if feed.url not in due),
        editions=_next_editions(config, now) if due or pings else {},
        pings=pings,
        wakes=wakes,
        now=now,
    )


def _pings(
    connection: Connection, states: Mapping[str, FeedState]
) -> tuple[tuple[Ping, ...], dict[str, tuple[int, ...]]]:
    """Return what hubs have sent: the documents, and what says only that a feed has changed.

    A document of a feed that was never read is no more than that: nobody knows what of it is new.
    What hubs have sent of other feeds than these is dropped.
    """
    found = hub_rows.waiting(connection)
    by_id = {state.id: state for state in states.values()}
    wakes: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
    documents = []
    for ping in found:
        state = by_id.get(ping.feed_id)
        if state is None:
            continue
        if ping.body is None or state.succeeded_at is None:
            wakes[state.url] += (ping.id,)
        else:
            documents.append(ping)
    hub_rows.drop(connection, [ping.id for ping in found if ping.feed_id not in by_id])
    return tuple(documents), dict(wakes)


def _may_be_woken(state: FeedState, now: datetime) -> bool:
    return state.checked_at is None or now - state.checked_at >= LEAST_AFTER_PING


def _next_editions(config: Config, now: datetime) -> dict[str, tuple[datetime, ...]]:
    """Give the next slots of the digests that each feed is in."""
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
    """Return the name of the host that an address leads to; of a file, nothing."""
    address = web_address(url)
    return address.host if address else ""


def unmuted(feeds: Iterable[Feed], now: datetime, timezone: str) -> tuple[Feed, ...]:
    """Leave out the feeds that are muted; a day begins at midnight in `timezone`."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return tuple(feed for feed in feeds if feed.muted_until is None or feed.muted_until <= today)
