"""When to ask a feed again: what is remembered of it and what just happened in, what to remember
now out.  PURE.

A feed is asked no more often than ``fetch.interval`` and never before its server's own word
(Retry-After, max-age).  What the feed document hints (ttl, skipHours, skipDays, sy:updatePeriod)
and our own back-off after errors may keep us away for a day, no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from digest.errors import FetchError, ParseError
from digest.fetch.settings import Settings
from digest.model import Document, FeedState, NotModified, PollHints, Validators

LONGEST = timedelta(days=1)
"""The most that hints and back-off may add up to."""

GRACE, JITTER = 0.05, 0.03
LEAST_GRACE = timedelta(minutes=2)
"""A wait of ours ends this much early: cron starts a few seconds off, and one day has 23 hours."""

SIGHTINGS, SIGHTED_FOR = 5, timedelta(days=3)
"""A permanent redirect is believed when it was seen so often, over so long."""
LOST = 3
"""After so many failures in a row an adopted address is given up for the original one."""


def after(
    state: FeedState,
    outcome: Document | NotModified | FetchError | ParseError,
    *,
    hints: PollHints | None = None,
    settings: Settings,
    now: datetime,
) -> FeedState:
    """Give the feed's next polling state.

    A `Document` here is one that was parsed, and `hints` are its own; one whose body is unchanged
    comes as a `NotModified`.  `body_hash`, and what the document says of the feed, are the
    caller's to set.  After an error the validators stay those of the last version that was read,
    so a broken version is fetched again.
    """
    if isinstance(outcome, FetchError | ParseError):
        return _failed(state, outcome, settings, now)
    state = _moved(_succeeded(state, outcome, hints, now), outcome.permanent_url, now)
    wait = max(settings.interval, *_floors(state.hints))
    next_at = now + _shaved(wait, state.url, now)
    latest = now + _shaved(max(settings.interval, LONGEST), state.url, now)
    next_at = min(_not_skipped(next_at, state.hints), latest)
    return replace(state, next_fetch_at=max(next_at, outcome.fresh_until or next_at))


def is_due(state: FeedState, now: datetime) -> bool:
    """Tell whether it is time to ask the feed again; never, once it is gone."""
    on_time = state.next_fetch_at is None or state.next_fetch_at <= now
    return on_time and not state.gone and may_fetch(state, now)


def may_fetch(state: FeedState, now: datetime) -> bool:
    """Tell whether the server lets us ask, where a person wants the feed now."""
    return state.retry_after is None or state.retry_after <= now


def _succeeded(
    state: FeedState, outcome: Document | NotModified, hints: PollHints | None, now: datetime
) -> FeedState:
    given = outcome.validators
    if isinstance(outcome, NotModified) and given.url in (None, state.validators.url):
        given = Validators(
            etag=given.etag or state.validators.etag,
            last_modified=given.last_modified or state.validators.last_modified,
            url=state.validators.url,
        )
    return replace(
        state,
        validators=given,
        checked_at=now,
        succeeded_at=now,
        retry_after=None,
        failures=0,
        error=None,
        gone=False,
        hints=hints if isinstance(outcome, Document) else state.hints,
    )


def _failed(
    state: FeedState, error: FetchError | ParseError, settings: Settings, now: datetime
) -> FeedState:
    """Wait twice as long after each failure; leave an adopted address that fails for good."""
    status = error.status if isinstance(error, FetchError) else None
    retry_after = error.retry_after if isinstance(error, FetchError) else None
    failures = state.failures + 1
    longest = max(settings.interval, LONGEST)
    wait = min(settings.interval * 2 ** min(failures - 1, 16), longest)
    next_at = now + _shaved(wait, state.url, now)
    state = replace(
        state,
        checked_at=now,
        next_fetch_at=max(next_at, retry_after or next_at),
        retry_after=retry_after,
        failures=failures,
        error=str(error),
        gone=status == 410 and state.fetch_url is None,
    )
    if state.fetch_url is not None and (status == 410 or failures >= LOST):
        return _forget_move(replace(state, fetch_url=None, validators=Validators()))
    return state


# --- how long ------------------------------------------------------------------------------------


def _shaved(wait: timedelta, url: str, now: datetime) -> timedelta:
    """Shorten a wait of ours by its grace and some jitter, which is the same for the same run."""
    grace = min(max(wait * GRACE, LEAST_GRACE), wait / 2)
    drawn = blake2b(f"{url} {now.isoformat()}".encode(), digest_size=4).digest()
    return wait - grace - wait * JITTER * (int.from_bytes(drawn, "big") / 2**32)


def _floors(hints: PollHints | None) -> Iterator[timedelta]:
    yield timedelta()
    for floor in (hints.ttl, hints.update_interval) if hints else ():
        if floor is not None:
            yield min(floor, LONGEST)


def _not_skipped(moment: datetime, hints: PollHints | None) -> datetime:
    """Move `moment` out of the hours and days (GMT) in which the feed says it does not change."""
    if hints is None or len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7:
        return moment
    while moment.hour in hints.skip_hours or moment.weekday() in hints.skip_days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


# --- where ---------------------------------------------------------------------------------------


def _moved(state: FeedState, target: str | None, now: datetime) -> FeedState:
    """Count the sightings of a permanent redirect to what was read as a feed, and adopt it."""
    if target is None:
        return _forget_move(state)
    if target == state.moved_to:
        state = replace(state, moved_sightings=state.moved_sightings + 1)
    else:
        state = replace(state, moved_to=target, moved_since=now, moved_sightings=1)
    since = state.moved_since or now
    settled = state.moved_sightings >= SIGHTINGS and now - since >= SIGHTED_FOR
    if settled or _only_https(state.fetch_url or state.url, target):
        return _forget_move(replace(state, fetch_url=target))
    return state


def _forget_move(state: FeedState) -> FeedState:
    return replace(state, moved_to=None, moved_since=None, moved_sightings=0)


def _only_https(url: str, target: str) -> bool:
    """Tell whether `target` is the same address over https instead of http."""
    old, new = urlsplit(url), urlsplit(target)
    return (old.scheme, new.scheme) == ("http", "https") and (
        (old.netloc.lower(), old.path or "/", old.query)
        == (new.netloc.lower(), new.path or "/", new.query)
    )
