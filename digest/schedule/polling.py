"""Compute when and at which address to poll a feed next, from its state and last outcome.  PURE.

The wishes of the server (Retry-After, max-age) and of the feed (ttl, skipHours, skipDays,
sy:updatePeriod) have precedence and are never shortened, up to a week.  Within them a feed with
``interval = "auto"`` is polled as often as it publishes, so that no entry leaves its window unseen,
and once shortly before each edition that uses it; other feeds are polled at a fixed interval.  The
time between polls of a failing feed grows with each failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from digest.errors import FetchError, HostClosedError, ParseError, ProxyUnavailableError
from digest.fetch.settings import LEAST_INTERVAL, Settings
from digest.model import Document, FeedState, NotModified, PollHints, Rhythm, Validators
from digest.model.feeds import ON_TRIAL, REFUSED
from digest.net.secret_urls import redact
from digest.schedule.rhythm import latest_poll

LONGEST = timedelta(days=7)
"""The longest wait that a feed may ask for: a typo in a hint must not end the polling."""
DAY = timedelta(days=1)

GRACE, JITTER = 0.05, 0.03
LEAST_GRACE = timedelta(minutes=2)
"""Our own waits end so much earlier: cron starts a few seconds off, and one day has 23 hours."""
BEFORE_EDITION = (timedelta(minutes=2), timedelta(minutes=12))
"""A feed is polled within this span before an edition that uses it."""
LONG_OVERDUE = timedelta(days=2)
"""A feed that has been due for so long is polled even in an hour that it skips."""

FAILING_DAILY = timedelta(days=7)
"""A server that is unreachable or fails (5xx) is asked daily for so long, then more rarely."""
LONGEST_BACK_OFF = timedelta(days=14)

SIGHTINGS, SIGHTED_FOR = 5, timedelta(days=3)
"""A permanent redirect is adopted after so many sightings over so long a time."""
YOUNG_MOVE, ORIGINAL_EVERY = timedelta(days=28), timedelta(days=7)
"""After a move, the original address is still asked for so long, and so often."""
OFFLINE_WAIT = timedelta(minutes=5)
"""How long a feed waits after a failure of this machine's own network."""
MOST_FAILURES_AFTER_MOVE = 3
"""After so many failures in a row the original address replaces an adopted one."""
GAP_REMEMBERED = timedelta(days=28)
"""For so long after a feed lost entries, it is polled often enough to have caught them."""


def after(
    state: FeedState,
    outcome: Document | NotModified | FetchError | ParseError,
    *,
    hints: PollHints | None = None,
    settings: Settings,
    now: datetime,
    editions: Sequence[datetime] = (),
    same: bool = False,
    hint: str | None = None,
) -> FeedState:
    """Return the polling state of a feed after a poll with this `outcome`.

    A `Document` is one that was parsed.  `hints` are the hints that it holds; `same` says that its
    body equals the last one; `hint` is the new address of the feed that it names.  `editions` are
    the next slots that use the feed.  The caller sets `body_hash`, `rhythm` and the properties of
    the feed that the document states, and then calls `plan` again.  After an error the validators
    stay those of the last version that was read, so a broken version is fetched again.
    """
    if isinstance(outcome, ProxyUnavailableError):
        return state  # No request was made: the next run tries again.
    if isinstance(outcome, HostClosedError):
        return replace(state, next_fetch_at=max(outcome.until, state.next_fetch_at or now))
    original = asks_original(state, now)
    if isinstance(outcome, FetchError | ParseError):
        state = replace(state, requests=state.requests + 1, asked_since=state.asked_since or now)
        if state.moved_sightings == ON_TRIAL and not original:
            return _refused(state, settings, now)
        if original:  # no failure of the feed: it is read at its new address
            least = now + _shortened(settings.least_interval, state.url, now)
            return replace(state, checked_at=now, next_fetch_at=least)
        return _failed(state, outcome, settings, now)
    state = _succeeded(state, outcome, hints, same, now)
    if same and state.moved_sightings == ON_TRIAL and not original:
        state = replace(state, moved_sightings=0)  # the same bytes are the same feed
    if original and outcome.permanent_url is None and hint != state.fetch_url:
        state = _forget_move(replace(state, fetch_url=None))
    elif outcome.permanent_url is None and hint is not None:
        state = _hinted(state, hint, now)
    else:
        state = _moved(state, outcome.permanent_url, now)
    return plan(state, settings=settings, now=now, editions=editions)


def plan(
    state: FeedState, *, settings: Settings, now: datetime, editions: Sequence[datetime] = ()
) -> FeedState:
    """Return the state with the time of the next poll of a feed that was read `now`."""
    if settings.interval == "auto":
        next_at = _by_rhythm(state, now, editions)
    else:
        next_at = now + _shortened(settings.interval, state.url, now)
        if is_pushed(state, now):
            next_at = max(next_at, _by_rhythm(state, now, editions))
    floors = [_lengthened(floor, state.url, now) for floor in _floors(state.hints)]
    if state.unconditional:
        floors.append(_shortened(_between_entries(state.rhythm), state.url, now))
    next_at = max(next_at, *(now + floor for floor in floors), state.fresh_until or next_at)
    return replace(state, next_fetch_at=_not_skipped(next_at, state.hints))


def is_pushed(state: FeedState, now: datetime) -> bool:
    """Return whether a hub has proved that it delivers new entries.

    A delivery then counts as a poll and moves the next one, so that no poll is needed while the hub
    delivers entries as often as the feed has them.  If the hub stops, the feed is polled before any
    entry has left its window.
    """
    return state.pushed_until is not None and state.pushed_until > now


def is_due(state: FeedState, now: datetime) -> bool:
    """Return whether a poll is due; never for a feed that is gone."""
    if state.gone or not may_fetch(state, now):
        return False
    due_since = state.next_fetch_at
    if due_since is None:
        return True
    return due_since <= now and (
        _not_skipped(now, state.hints) == now or now - due_since > LONG_OVERDUE
    )


def may_fetch(state: FeedState, now: datetime) -> bool:
    """Return whether the server permits a poll that a person asks for now."""
    return state.retry_after is None or state.retry_after <= now


def asks_original(state: FeedState, now: datetime) -> bool:
    """Return whether the next poll of a moved feed goes to its original address.

    That is so once a week, in the first weeks after the move.
    """
    if state.fetch_url is None or state.moved_since is None or state.checked_at is None:
        return False
    age = now - state.moved_since
    weeks_before = max(state.checked_at - state.moved_since, timedelta()) // ORIGINAL_EVERY
    return age <= YOUNG_MOVE and age // ORIGINAL_EVERY > weeks_before


def _succeeded(
    state: FeedState,
    outcome: Document | NotModified,
    hints: PollHints | None,
    same: bool,
    now: datetime,
) -> FeedState:
    validators = outcome.validators
    not_modified = isinstance(outcome, NotModified)
    if (not_modified or same) and validators.url in (None, state.validators.url):
        validators = Validators(
            etag=validators.etag or state.validators.etag,
            last_modified=validators.last_modified or state.validators.last_modified,
            url=state.validators.url,
        )
    fresh_until, max_age = outcome.fresh_until, outcome.max_age
    if isinstance(outcome, NotModified) and outcome.silent and fresh_until is None:
        max_age = state.max_age
        fresh_until = now + max_age if max_age else None
    had_validators = state.validators.etag or state.validators.last_modified
    has_validators = outcome.validators.etag or outcome.validators.last_modified
    return replace(
        state,
        validators=validators,
        requests=state.requests + 1,
        asked_since=state.asked_since or now,
        checked_at=now,
        succeeded_at=now,
        retry_after=None,
        failures=0,
        error=None,
        gone=False,
        fresh_until=fresh_until,
        max_age=max_age,
        unconditional=not not_modified and bool((same and had_validators) or not has_validators),
        not_modified=state.not_modified + not_modified,
        received=state.received + (len(outcome.body) if isinstance(outcome, Document) else 0),
        hints=hints if isinstance(outcome, Document) and not same else state.hints,
    )


def _failed(
    state: FeedState, error: FetchError | ParseError, settings: Settings, now: datetime
) -> FeedState:
    """Wait twice as long after each failure; leave an adopted address that fails for good."""
    status = error.status if isinstance(error, FetchError) else None
    retry_after = error.retry_after if isinstance(error, FetchError) else None
    if isinstance(error, FetchError) and error.local:
        # No request was made: the next run may try as soon as the cause is mended.
        next_at = None if not error.temporary else now + OFFLINE_WAIT
        return replace(state, checked_at=now, next_fetch_at=next_at, error=redact(str(error)))
    failures = state.failures + 1
    longest = max(settings.least_interval, _longest_back_off(state, status, now))
    wait = min(settings.least_interval * 2 ** min(failures - 1, 16), longest)
    next_at = now + _shortened(wait, state.url, now)
    state = replace(
        state,
        checked_at=now,
        next_fetch_at=max(next_at, retry_after or next_at),
        retry_after=retry_after,
        failures=failures,
        error=redact(str(error)),
        gone=status == 410 and state.fetch_url is None,
    )
    if state.fetch_url is not None and (status == 410 or failures >= MOST_FAILURES_AFTER_MOVE):
        return _forget_move(replace(state, fetch_url=None, validators=Validators()))
    return state


def _longest_back_off(state: FeedState, status: int | None, now: datetime) -> timedelta:
    """Return the longest wait after an error: two weeks if there is no such document (4xx)."""
    if status is not None and 400 <= status < 500 and status != 429:
        return LONGEST_BACK_OFF
    failing = now - (state.succeeded_at or state.asked_since or now)
    return DAY if failing <= FAILING_DAILY else min(failing / 4, LONGEST_BACK_OFF)


# --- time of the next poll -----------------------------------------------------------------------


def _by_rhythm(state: FeedState, now: datetime, editions: Sequence[datetime]) -> datetime:
    """Return the time of the next poll by the feed's rhythm and the next editions."""
    least = now + _shortened(LEAST_INTERVAL, state.url, now)
    if state.rhythm is None or not state.rhythm.waits:
        latest = now + DAY
    else:
        latest = latest_poll(state.rhythm, now)
    if state.gap and state.gap.minutes and now - state.gap.at <= GAP_REMEMBERED:
        latest = min(latest, now + timedelta(minutes=state.gap.minutes) / 2)
    next_at = max(least, now + _shortened(max(latest - now, timedelta()), state.url, now))
    upcoming = [edition for edition in editions if edition - _time_before_edition(state.url) > now]
    reachable = [edition for edition in upcoming if edition >= least]
    if len(reachable) < len(upcoming):
        # The edition is too near for another poll.  A daily run at this hour finds the feed due.
        next_at = min(next_at, now + _shortened(DAY, state.url, now))
    if not reachable:
        return least if upcoming else max(least, min(next_at, now + DAY))
    before_edition = max(reachable[0] - _time_before_edition(state.url), least)
    if before_edition - LEAST_INTERVAL < next_at and next_at - now >= 2 * LEAST_INTERVAL:
        return before_edition  # a little later than planned: one poll instead of two
    return min(next_at, before_edition)


def _time_before_edition(url: str) -> timedelta:
    """Return how long before an edition a feed is polled; feeds are spread over some minutes."""
    shortest, longest = BEFORE_EDITION
    return shortest + (longest - shortest) * _hash_fraction(url)


def _between_entries(rhythm: Rhythm | None) -> timedelta:
    """Return the wait for a feed that is always sent whole: the mean time between its entries."""
    if rhythm is None or rhythm.gap is None:
        return LEAST_INTERVAL
    return min(max(timedelta(minutes=rhythm.gap), LEAST_INTERVAL), DAY)


def _shortened(wait: timedelta, url: str, now: datetime) -> timedelta:
    """Shorten one of our own waits by its grace and some jitter, which is fixed for a run."""
    grace = min(max(wait * GRACE, LEAST_GRACE), wait / 2)
    return wait - grace - wait * JITTER * _hash_fraction(f"{url} {now.isoformat()}")


def _lengthened(wait: timedelta, url: str, now: datetime) -> timedelta:
    """Lengthen a wait that a feed asks for, by some jitter."""
    return wait * (1 + JITTER * _hash_fraction(f"{url} {now.isoformat()}"))


def _hash_fraction(text: str) -> float:
    """Return a number from 0 to 1 that is the same for the same text."""
    hashed = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(hashed, "big") / 2**32


def _floors(hints: PollHints | None) -> Iterator[timedelta]:
    yield timedelta()
    for floor in (hints.ttl, hints.update_interval) if hints else ():
        if floor is not None:
            yield min(floor, LONGEST)


def _not_skipped(moment: datetime, hints: PollHints | None) -> datetime:
    """Move `moment` out of the hours and days (GMT) in which the feed says it does not change."""
    if hints is None or len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7:
        return moment
    moment = moment.astimezone(UTC)
    while moment.hour in hints.skip_hours or moment.weekday() in hints.skip_days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


# --- address of the next poll --------------------------------------------------------------------


def _moved(state: FeedState, target: str | None, now: datetime) -> FeedState:
    """Count the sightings of a permanent redirect to the same feed, and adopt it after enough."""
    if target is None:
        keeps = state.fetch_url is not None or state.moved_sightings == REFUSED
        return state if keeps else _forget_move(state)
    if target == state.fetch_url:
        return state
    if target == state.moved_to:
        state = replace(state, moved_sightings=max(state.moved_sightings, 0) + 1)
    else:
        state = replace(state, moved_to=target, moved_since=now, moved_sightings=1)
    since = state.moved_since or now
    settled = state.moved_sightings >= SIGHTINGS and now - since >= SIGHTED_FOR
    if settled or is_only_https(state.fetch_url or state.url, target):
        return replace(state, fetch_url=target, moved_to=None, moved_since=now, moved_sightings=0)
    return state


def _hinted(state: FeedState, hint: str, now: datetime) -> FeedState:
    """Try the address that a feed names as its own at the next poll.

    The document there must prove to be the same feed.  A hint that failed is not tried again for
    `YOUNG_MOVE`.
    """
    if hint in (state.fetch_url, state.url):
        return state
    if state.moved_sightings == REFUSED and state.moved_to == hint:
        since = state.moved_since or now
        if now - since < YOUNG_MOVE:
            return state
    return replace(state, fetch_url=hint, moved_to=None, moved_since=now, moved_sightings=ON_TRIAL)


def _refused(state: FeedState, settings: Settings, now: datetime) -> FeedState:
    """Return to the address before a hint that failed; this is no failure of the feed."""
    return replace(
        state,
        fetch_url=None,
        moved_to=state.fetch_url,
        moved_since=now,
        moved_sightings=REFUSED,
        checked_at=now,
        next_fetch_at=now + _shortened(settings.least_interval, state.url, now),
    )


def _forget_move(state: FeedState) -> FeedState:
    if state.moved_to is None and state.moved_since is None and not state.moved_sightings:
        return state
    return replace(state, moved_to=None, moved_since=None, moved_sightings=0)


def is_only_https(url: str, target: str) -> bool:
    """Return whether `target` is the same address over https instead of http."""
    old, new = urlsplit(url), urlsplit(target)
    return (old.scheme, new.scheme) == ("http", "https") and (
        (old.netloc.lower(), old.path or "/", old.query)
        == (new.netloc.lower(), new.path or "/", new.query)
    )
