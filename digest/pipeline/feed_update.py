"""The state of one polled feed between the stages of the refresh.

`each` runs a stage on the feeds of a batch.  An unforeseen exception, which is a bug in this
program, stops only the feed that raised it: the feed is recorded as failed, its validators stay
those of the last saved version, and the traceback goes to the log.  A feed whose document takes
too much computing time is stopped in the same way, though that is no bug.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import (
    DigestError,
    FetchError,
    HostClosedError,
    ParseError,
    ProxyUnavailableError,
    cause_of,
)
from digest.model import (
    Document,
    Entry,
    Feed,
    FeedState,
    HostState,
    NotModified,
    ParsedFeed,
)
from digest.model.hubs import Ping
from digest.net.secret_urls import redact, without_secrets
from digest.pipeline.time_limit import TimeIsUp

if TYPE_CHECKING:
    from digest import sift
    from digest.pipeline.article_pages import Article, EntryKey, Teaser

BACK_OFF = timedelta(hours=1)
"""The wait before a feed is polled again after a bug; doubled each time, at most a day."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error in this program that a feed or one of its entries caused."""

    feed: str
    """The title of the feed."""
    url: str
    error: str
    """One sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """A stored entry whose feed has changed its id."""

    entry_id: int
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedUpdate:
    """A polled feed and the data to store for it.  Each stage fills in its part."""

    feed: Feed
    before: FeedState
    """The stored state of the feed before the poll."""
    state: FeedState
    """The state of the feed to store."""
    editions: tuple[datetime, ...] = ()
    """The next slots of the digests that have the feed."""
    ping: Ping | None = None
    """The ping of a hub, if this update is from a hub and not from a poll."""
    wakes: tuple[int, ...] = ()
    """The pings that made the feed due."""
    hub: tuple[str, str] | None = None
    """The hub that the document names, and the feed's topic there."""
    outcome: Document | NotModified | FetchError | ParseError | None = None
    """The result of the fetch; ``None`` once the body has been parsed."""
    url: str = ""
    """The final address, after redirects."""
    permanent: bool = False
    """Whether all redirects to `url` were permanent."""
    size: int = 0
    """The length of the body in bytes."""
    parsed: ParsedFeed | None = None
    """The parsed document; ``None`` if it could not be read or is unchanged."""
    items: tuple[sift.Identified, ...] = ()
    sifted: tuple[sift.Sifted, ...] = ()
    """The entries that are new or changed."""
    met: int = 0
    """How many entries of the document were known before."""
    held: int = 0
    """How many entries of the document are stored with a text."""
    renamings: tuple[Renaming, ...] = ()
    teasers: tuple[Teaser, ...] = ()
    """The entries whose pages are to be read."""
    articles: Mapping[EntryKey, Article] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    """The rows to save for `sifted`, in the same order."""
    keys: tuple[tuple[int, ...], ...] = ()
    """The hashes of the keys of each of `entries`."""
    faults: tuple[Fault, ...] = ()
    stopped: bool = False
    """Whether the feed was given up in this run: only its state is saved."""

    @property
    def first(self) -> bool:
        """Say whether the feed is read for the first time."""
        return self.before.succeeded_at is None

    @property
    def has_gap(self) -> bool:
        """Say whether entries may have come and gone since the feed was read before."""
        return (
            not self.stopped
            and self.ping is None
            and self.parsed is not None
            and not self.parsed.cut
            and self.before.rhythm is not None
            and bool(self.sifted)
            and self.met == 0
        )

    @property
    def is_partial(self) -> bool:
        """Say whether the feed may have entries that the document does not hold."""
        return self.ping is not None or (self.parsed is not None and self.parsed.cut)

    @property
    def not_asked(self) -> bool:
        """Say whether the feed was not fetched: its host is closed or its proxy is down."""
        return isinstance(self.outcome, HostClosedError | ProxyUnavailableError)

    @property
    def closes(self) -> tuple[HostState, ...]:
        """The host that the feed's server has closed for a time, if any."""
        if not isinstance(self.outcome, FetchError) or self.outcome.closes is None:
            return ()
        name, until = self.outcome.closes
        return (HostState(name=name, closed_until=until, reason=str(self.outcome)),)

    @property
    def title(self) -> str:
        return self.feed.title or self.state.title or self.feed.name


def each(
    doing: str,
    updates: Iterable[FeedUpdate],
    stage: Callable[[FeedUpdate], FeedUpdate],
    now: datetime,
) -> list[FeedUpdate]:
    """Run `stage` on each feed that is not stopped."""
    return [guarded(doing, update, stage, now) for update in updates]


def guarded(
    doing: str, update: FeedUpdate, stage: Callable[[FeedUpdate], FeedUpdate], now: datetime
) -> FeedUpdate:
    """Run `stage` on one feed; `doing` names the stage in messages ("sifting").

    A `DigestError` concerns more than this feed here, so it is raised.
    """
    if update.stopped:
        return update
    try:
        return stage(update)
    except DigestError:
        raise
    except Exception as bug:  # no feed stops another
        return stopped(doing, update, bug, now)
    except TimeIsUp as end:
        error = f"given up: {doing} its document takes {end}"
        logger.info("%s: %s", update.feed.name, error, exc_info=end)
        return _given_up(update, error, now)


def stopped(doing: str, update: FeedUpdate, bug: Exception, now: datetime) -> FeedUpdate:
    """Stop a feed that raised an unforeseen error."""
    fault = fault_of(doing, update, bug)
    return replace(_given_up(update, fault.error, now), faults=(*update.faults, fault))


def _given_up(update: FeedUpdate, error: str, now: datetime) -> FeedUpdate:
    """Stop a feed for this run; it is polled again later with the validators it had before."""
    before = update.before
    rest = min(BACK_OFF * 2 ** min(before.failures, 16), timedelta(days=1))
    state = replace(
        before,
        checked_at=now,
        next_fetch_at=max(now + rest, before.next_fetch_at or now),
        failures=before.failures + 1,
        error=error,
    )
    return FeedUpdate(
        feed=update.feed,
        before=before,
        state=state,
        ping=update.ping,
        wakes=update.wakes,
        faults=update.faults,
        stopped=True,
    )


def fault_of(doing: str, update: FeedUpdate, bug: Exception, *, entry: str | None = None) -> Fault:
    """Describe an unforeseen error and log its traceback; `entry` names the entry, if one."""
    error = f"an error in digest itself while {doing} ({cause_of(bug)})"
    if entry is not None:
        error = f"{error}, at the entry {entry!r}"
    logger.info("%s: %s", update.feed.name, error, exc_info=bug)
    return Fault(feed=update.title, url=without_secrets(update.feed.url), error=redact(error))
