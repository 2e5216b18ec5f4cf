"""The rows of the table of feeds: search, filter and sort, and the state of a feed in words.

The subscriptions are those of the configuration, in memory.  What the store knows of all of them is
read narrowly, and only to sort, filter or search by it; the rest is read of the shown rows alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from digest.diagnostics.silent_feeds import SILENT
from digest.model import Feed, FeedState
from digest.net.secret_urls import without_secrets
from digest.store import feed_overview
from digest.store import feeds as stored_feeds
from digest.store.feed_overview import FeedOverview
from digest.web.admin.plots import sparkline
from digest.web.admin.request import AdminRequest

ROWS = 35
"""The rows of a page."""
WEEKS = 8
LONGEST_TITLE = 120
"""The most characters of a title in the table."""

STATES = {
    "well": "Well",
    "failing": "Failing",
    "gone": "Gone",
    "moved": "Moved",
    "silent": "Silent for half a year",
    "muted": "Muted",
    "new": "Not fetched yet",
}
"""Each state of a feed, and its name in the filter."""

SORTS = ("title", "category", "success", "next", "newest")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A row of the table."""

    key: str
    title: str
    url: str
    category: str
    state: str
    """One of `STATES`."""
    words: str
    """The state in words."""
    plot: Markup
    succeeded: datetime | None
    next_fetch: datetime | None


def feed_key(feed: Feed) -> str:
    """Return the name of a feed in addresses; its URL may hold a password."""
    return sha256(feed.url.encode(errors="replace")).hexdigest()[:12]


def is_muted(feed: Feed, today: date) -> bool:
    return feed.muted_until is not None and feed.muted_until > today


def state_of(feed: Feed, state: FeedState | None, now: datetime, today: date) -> tuple[str, str]:
    """Return the state of a feed, and the same in words."""
    if is_muted(feed, today):
        return "muted", f"muted until {feed.muted_until}"
    if state is None or (state.succeeded_at is None and not state.error):
        return "new", "not fetched yet"
    if state.gone:
        return "gone", "gone: its server says that it will not come back"
    if state.error:
        times = f" {state.failures} times" if state.failures > 1 else ""
        return "failing", f"failed{times}: {state.error}"
    if moved := state.fetch_url or state.moved_to:
        return "moved", f"moved to {without_secrets(moved)}"
    newest = state.rhythm.newest if state.rhythm else None
    if newest is not None and now - newest > SILENT:
        return "silent", f"nothing new since {newest.date()}"
    return "well", "well, pushed by its hub" if state.pushed_until else "well"


def _quick_state(feed: Feed, known: FeedOverview | None, oldest: str, today: date) -> str:
    if is_muted(feed, today):
        return "muted"
    if known is None or not (known.succeeded or known.is_failing):
        return "new"
    if known.is_gone:
        return "gone"
    if known.is_failing:
        return "failing"
    if known.is_moved:
        return "moved"
    return "silent" if known.newest and known.newest < oldest else "well"


def tally(request: AdminRequest, connection: Connection) -> dict[str, int]:
    """Count the feeds by their state."""
    known = {row.url: row for row in feed_overview.overview(connection)}
    today, oldest = _limits(request)
    return Counter(
        _quick_state(feed, known.get(feed.url), oldest, today) for feed in request.config.feeds
    )


def _limits(request: AdminRequest) -> tuple[date, str]:
    """Return today, and the date before which a newest entry makes a feed silent."""
    oldest = f"{request.now - SILENT:%Y-%m-%d %H:%M:%S}"
    return request.now.astimezone(request.zone).date(), oldest


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSelection:
    """The feeds that a request asks for, in their order."""

    feeds: tuple[Feed, ...]
    page: int
    last: int

    @property
    def shown(self) -> tuple[Feed, ...]:
        return self.feeds[(self.page - 1) * ROWS : self.page * ROWS]


def selection(request: AdminRequest, connection: Connection) -> FeedSelection:
    """Return the feeds by the parameters `q`, `state`, `category`, `sort` and `page`."""
    words = request.asked("q").casefold().split()
    state, category, sort = (request.asked(name) for name in ("state", "category", "sort"))
    feeds = list(request.config.feeds)
    if category:
        wanted = "" if category == "-" else category
        feeds = [feed for feed in feeds if (feed.category or "") == wanted]
    by_store = words or state in STATES or sort.removeprefix("-") in SORTS
    known = {row.url: row for row in feed_overview.overview(connection)} if by_store else {}
    if words:
        feeds = [feed for feed in feeds if _holds(feed, known.get(feed.url), words)]
    if state in STATES:
        today, oldest = _limits(request)
        feeds = [
            feed
            for feed in feeds
            if _quick_state(feed, known.get(feed.url), oldest, today) == state
        ]
    if sort.removeprefix("-") in SORTS:
        order = _order(sort.removeprefix("-"), known)
        feeds.sort(key=order, reverse=sort.startswith("-"))
    last = max(1, -(-len(feeds) // ROWS))
    return FeedSelection(feeds=tuple(feeds), page=min(request.number("page"), last), last=last)


def _holds(feed: Feed, known: FeedOverview | None, words: Sequence[str]) -> bool:
    title = feed.title or (known.title if known else "") or ""
    text = f"{title} {feed.name} {without_secrets(feed.url)} {feed.category or ''}".casefold()
    return all(word in text for word in words)


def _order(sort: str, known: dict[str, FeedOverview]) -> Callable[[Feed], Any]:
    def stored(feed: Feed) -> FeedOverview:
        return known.get(feed.url) or FeedOverview(
            feed.url, None, "", "", 0, False, False, False, ""
        )

    match sort:
        case "category":
            return lambda feed: (feed.category or "\U0010ffff").casefold()
        case "success":
            return lambda feed: stored(feed).succeeded
        case "next":
            return lambda feed: stored(feed).next_fetch
        case "newest":
            return lambda feed: stored(feed).newest
    return lambda feed: (feed.title or stored(feed).title or feed.name).casefold()


def lines(request: AdminRequest, connection: Connection, feeds: Sequence[Feed]) -> list[FeedLine]:
    """Return the rows of a page of feeds."""
    states = {
        state.url: state for state in stored_feeds.states(connection, [feed.url for feed in feeds])
    }
    ids = [state.id for state in states.values()]
    days = feed_overview.entries_by_day(connection, ids, request.now, WEEKS * 7)
    today = request.now.astimezone(request.zone).date()
    made = []
    for feed in feeds:
        state = states.get(feed.url)
        name, words = state_of(feed, state, request.now, today)
        title = feed.title or (state.title if state else None) or feed.name
        made.append(
            FeedLine(
                key=feed_key(feed),
                title=_short(title),
                url=_short(without_secrets(feed.url)),
                category=_short(feed.category or ""),
                state=name,
                words=_short(words),
                plot=sparkline(days[state.id] if state else [0] * WEEKS * 7),
                succeeded=state.succeeded_at if state else None,
                next_fetch=state.next_fetch_at if state else None,
            )
        )
    return made


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"
