"""What one poll of a feed brought, as far as the refresh line has taken it.

`each` runs a stage on the feeds of a batch.  An unforeseen exception, which is an error in this
program, stops only the feed that met it: the feed is recorded as failed, its validators stay those
of the last version that was saved, and the traceback goes to the log.  So is a feed whose document
takes too much computing, which is no error of ours.
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
"""How long a feed rests after an error of ours, doubled with each further one, at most a day."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error in this program that a feed, or one of its entries, brought to light."""

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
    """A polled feed and what is to be stored of it.  Each stage fills in its part."""

    feed: Feed
    before: FeedState
    """What was known of the feed when it was asked."""
    state: FeedState
    """What is to be remembered of it."""
    editions: tuple[datetime, ...] = ()
    """The next slots that want the feed."""
    ping: Ping | None = None
    """What a hub has sent, where this is no poll."""
    wakes: tuple[int, ...] = ()
    """The pings that made the feed due."""
    hub: tuple[str, str] | None = None
    """The hub that the document names, and the topic that the feed is to it."""
    outcome: Document | NotModified | FetchError | ParseError | None = None
    """What the fetch brought; ``None`` once the body has been parsed."""
    url: str = ""
    """The address that answered."""
    permanent: bool = False
    """Permanent redirects alone led there."""
    size: int = 0
    """The length of the body in bytes."""
    parsed: ParsedFeed | None = None
    """The document; ``None`` where it could not be read, or is the same as before."""
    items: tuple[sift.Identified, ...] = ()
    sifted: tuple[sift.Sifted, ...] = ()
    """The entries that are new or changed."""
    met: int = 0
    """How many entries of the document were known."""
    held: int = 0
    """How many entries of the document are stored with a text."""
    renamings: tuple[Renaming, ...] = ()
    teasers: tuple[Teaser, ...] = ()
    """The entries whose pages are to be read."""
    articles: Mapping[EntryKey, Article] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    """What is to be saved of `sifted`, one for one."""
    keys: tuple[tuple[int, ...], ...] = ()
    """The hashes of the keys of each of `entries`."""
    faults: tuple[Fault, ...] = ()
    stopped: bool = False
    """The feed was given up in this run: nothing but its state is saved."""

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
        """Say whether what is absent from the document may be in the feed all the same."""
        return self.ping is not None or (self.parsed is not None and self.parsed.cut)

    @property
    def not_asked(self) -> bool:
        """Say whether the feed was left alone, for its host's sake or for want of a proxy."""
        return isinstance(self.outcome, HostClosedError | ProxyUnavailableError)

    @property
    def closes(self) -> tuple[HostState, ...]:
        """The host that wants to be left alone, if the feed's server said so."""
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
    """Run `stage` on each feed that no error of ours has stopped yet."""
    return [guarded(doing, update, stage, now) for update in updates]


def guarded(
    doing: str, update: FeedUpdate, stage: Callable[[FeedUpdate], FeedUpdate], now: datetime
) -> FeedUpdate:
    """Run `stage` on one feed; `doing` says in a message what it does ("sifting").

    An expected error (`DigestError`) is not the feed's alone here, and travels up.
    """
    if update.stopped:
        return update
    try:
        return stage(update)
    except DigestError:
        raise
    except Exception as bug:
        return stopped(doing, update, bug, now)
    except TimeIsUp as end:
        error = f"given up: {doing} its document takes {end}"
        logger.info("%s: %s", update.feed.name, error, exc_info=end)
        return _given_up(update, error, now)


def stopped(doing: str, update: FeedUpdate, bug: Exception, now: datetime) -> FeedUpdate:
    """Give up a feed that met an error of ours."""
    fault = fault_of(doing, update, bug)
    return replace(_given_up(update, fault.error, now), faults=(*update.faults, fault))


def _given_up(update: FeedUpdate, error: str, now: datetime) -> FeedUpdate:
    """Give up a feed for this run; it is asked again later, with the validators it had before."""
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
    """Describe an error of ours, and log its traceback; `entry` names the entry it concerns."""
    error = f"an error in digest itself while {doing} ({cause_of(bug)})"
    if entry is not None:
        error = f"{error}, at the entry {entry!r}"
    logger.info("%s: %s", update.feed.name, error, exc_info=bug)
    return Fault(feed=update.title, url=without_secrets(update.feed.url), error=redact(error))
