"""When a feed is asked again: tables, and what must hold for every cron line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import FetchError, HostClosedError, ParseError
from digest.fetch import Settings
from digest.model import Document, FeedState, NotModified, PollHints, Validators
from digest.schedule.polling import after as after_fetch
from digest.schedule.polling import asks_original, is_due, may_fetch

NOW = datetime(2026, 1, 12, 7, 0, 5, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "http://example.org/feed"
SETTINGS = Settings(interval=HOUR)
FRESH = FeedState(id=1, url=URL)


def document(**more: Any) -> Document:
    return Document(url=URL, media_type=None, body=b"<rss/>", **more)


def failure(**more: Any) -> FetchError:
    return FetchError("the server answers 500", url=URL, **more)


def after(state: FeedState, outcome: Any, now: datetime = NOW, **more: Any) -> FeedState:
    more.setdefault("settings", SETTINGS)
    return after_fetch(state, outcome, now=now, **more)


def wait(state: FeedState, now: datetime = NOW) -> timedelta:
    assert state.next_fetch_at is not None
    return state.next_fetch_at - now


def assert_about(found: timedelta, expected: timedelta) -> None:
    """A wait of ours: never longer than said, and shorter by its grace and jitter only."""
    assert expected * 0.92 <= found <= expected * 0.95


def assert_at_least(found: timedelta, expected: timedelta) -> None:
    """A wait that the feed asks for: never shorter than said, and longer by its jitter only."""
    assert expected <= found <= expected * 1.03


# --- how long ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hints",
    [
        pytest.param(PollHints(), id="no hint"),
        pytest.param(PollHints(ttl=timedelta(minutes=5)), id="ttl below the interval"),
        pytest.param(PollHints(skip_hours=frozenset(range(24))), id="every hour skipped"),
        pytest.param(PollHints(skip_days=frozenset(range(7))), id="every day skipped"),
    ],
)
def test_hints_that_ask_for_nothing_leave_the_interval(hints: PollHints) -> None:
    assert_about(wait(after(FRESH, document(), hints=hints)), HOUR)


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        pytest.param(PollHints(ttl=3 * HOUR), 3 * HOUR, id="ttl"),
        pytest.param(PollHints(update_interval=5 * HOUR), 5 * HOUR, id="sy:updatePeriod"),
        pytest.param(PollHints(ttl=3 * HOUR, update_interval=5 * HOUR), 5 * HOUR, id="both"),
        pytest.param(PollHints(ttl=timedelta(days=400)), 7 * DAY, id="a ttl of a year is a week"),
    ],
)
def test_what_a_feed_asks_for_is_never_shortened(hints: PollHints, expected: timedelta) -> None:
    assert_at_least(wait(after(FRESH, document(), hints=hints)), expected)


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (PollHints(skip_hours=frozenset({7, 8, 9})), NOW.replace(hour=10, minute=0, second=0)),
        (PollHints(skip_hours=frozenset({9})), None),
        (PollHints(skip_days=frozenset({0})), NOW.replace(day=13, hour=0, minute=0, second=0)),
        (PollHints(skip_days=frozenset({2})), None),
    ],
)
def test_skipped_hours_and_days_are_waited_for(hints: PollHints, expected: datetime | None) -> None:
    plain = after(FRESH, document()).next_fetch_at
    assert after(FRESH, document(), hints=hints).next_fetch_at == (expected or plain)


@pytest.mark.parametrize("outcome", [document, NotModified])
@pytest.mark.parametrize(
    ("fresh_for", "expected"),
    [(timedelta(minutes=10), None), (2 * HOUR, 2 * HOUR), (7 * DAY, 7 * DAY)],
)
def test_freshness_is_never_shortened(
    outcome: Any, fresh_for: timedelta, expected: timedelta | None
) -> None:
    found = wait(after(FRESH, outcome(fresh_until=NOW + fresh_for)))
    if expected is None:
        assert_about(found, HOUR)
    else:
        assert found == expected


def test_hints_hold_through_304s_and_errors() -> None:
    state = after(FRESH, document(), hints=PollHints(ttl=3 * HOUR))
    assert_at_least(wait(after(state, NotModified())), 3 * HOUR)
    assert after(state, failure()).hints == PollHints(ttl=3 * HOUR)
    assert after(state, document(), hints=PollHints()).hints == PollHints()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({}, 5 * HOUR, id="a 304 that is silent about it keeps it"),
        pytest.param({"silent": False}, None, id="a 304 with no-cache ends it"),
        pytest.param(
            {"silent": False, "max_age": 2 * HOUR, "fresh_until": NOW + 2 * HOUR},
            2 * HOUR,
            id="a 304 with another max-age sets it",
        ),
    ],
)
def test_max_age_holds_through_304s(answer: dict[str, Any], expected: timedelta | None) -> None:
    read = document(max_age=5 * HOUR, fresh_until=NOW - HOUR)
    state = after(FRESH, read, NOW - 6 * HOUR)
    found = wait(after(after(state, NotModified(**answer), NOW - HOUR), NotModified(**answer)))
    if expected is None:
        assert_about(found, HOUR)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("hints", "now", "due"),
    [
        pytest.param(PollHints(skip_days=frozenset({0})), NOW, False, id="a day that it skips"),
        pytest.param(PollHints(skip_days=frozenset({1})), NOW, True, id="another day"),
        pytest.param(PollHints(skip_hours=frozenset({7})), NOW, False, id="an hour that it skips"),
        pytest.param(PollHints(skip_hours=frozenset({8})), NOW, True, id="another hour"),
        pytest.param(
            PollHints(skip_hours=frozenset({7})), NOW + 3 * DAY, True, id="it has waited for days"
        ),
    ],
)
def test_skipped_days_and_hours_are_asked_when_a_feed_is_found_due(
    hints: PollHints, now: datetime, due: bool
) -> None:
    assert is_due(replace(FRESH, hints=hints, next_fetch_at=NOW - HOUR), now) is due


def test_a_feed_whose_host_is_closed_has_not_failed() -> None:
    state = replace(FRESH, succeeded_at=NOW - DAY, checked_at=NOW - DAY)
    left_alone = after(state, HostClosedError("closed", url=URL, until=NOW + HOUR))
    assert left_alone == replace(state, next_fetch_at=NOW + HOUR)


def asked_hourly(state: FeedState, days: int, **more: Any) -> list[datetime]:
    """Look each hour whether the feed is due, and let it fail; return when it was asked."""
    asked = []
    for hour in range(days * 24):
        now = NOW + hour * HOUR
        if is_due(state, now):
            asked.append(now)
            state = after(state, failure(**more), now)
    return asked


@pytest.mark.parametrize("status", [404, 403, 401])
def test_an_address_with_nothing_behind_it_is_asked_ever_more_rarely(status: int) -> None:
    assert 7 <= len(asked_hourly(FRESH, 29, status=status)) <= 11


def test_a_server_that_is_away_is_asked_daily_for_a_week_and_then_more_rarely() -> None:
    asked = asked_hourly(replace(FRESH, succeeded_at=NOW), 60)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert max(gaps[:10]) <= DAY
    assert 4 * DAY < max(gaps) <= 14 * DAY
    assert len(asked) < 30


def test_failures_wait_twice_as_long_each_time_up_to_a_day() -> None:
    state = replace(FRESH, succeeded_at=NOW)
    for hours in (1, 2, 4, 8, 16, 24, 24, 24):
        state = after(state, failure())
        assert_about(wait(state), hours * HOUR)


def test_failures_never_ask_more_often_than_the_interval() -> None:
    week = Settings(interval=7 * DAY)
    assert_about(wait(after(FRESH, failure(), settings=week)), 7 * DAY)


@pytest.mark.parametrize(
    ("asked", "expected"), [(10 * DAY, 10 * DAY), (timedelta(minutes=1), None)]
)
def test_retry_after_is_never_shortened(asked: timedelta, expected: timedelta | None) -> None:
    state = after(FRESH, failure(status=503, retry_after=NOW + asked))
    assert state.retry_after == NOW + asked
    if expected is None:
        assert_about(wait(state), HOUR)
    else:
        assert wait(state) == expected


# --- what is remembered --------------------------------------------------------------------------


def test_a_failure_is_told_and_a_success_clears_it() -> None:
    failed = after(after(FRESH, failure()), failure(retry_after=NOW + HOUR))
    assert (failed.failures, failed.error) == (2, "the server answers 500")
    assert (failed.checked_at, failed.succeeded_at) == (NOW, None)
    cleared = after(failed, NotModified())
    assert (cleared.failures, cleared.error, cleared.retry_after) == (0, None, None)
    assert (cleared.checked_at, cleared.succeeded_at) == (NOW, NOW)


@pytest.mark.parametrize("error", [failure(), ParseError("no feed", url=URL)])
def test_an_error_keeps_the_version_that_was_read(error: Any) -> None:
    state = replace(
        FRESH, validators=Validators(etag='"1"'), body_hash="ab", succeeded_at=NOW - DAY
    )
    failed = after(state, error)
    assert (failed.validators, failed.body_hash) == (state.validators, "ab")
    assert failed.succeeded_at == NOW - DAY


OLD = Validators(etag='"1"', last_modified="Monday", url=URL)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        pytest.param(document(), Validators(), id="a document without any"),
        pytest.param(
            document(validators=Validators(etag='"2"', url=URL)),
            Validators(etag='"2"', url=URL),
            id="a document with its own",
        ),
        pytest.param(NotModified(), OLD, id="a 304 without any"),
        pytest.param(
            NotModified(validators=Validators(etag='"2"', url=URL)),
            Validators(etag='"2"', last_modified="Monday", url=URL),
            id="a 304 with a new ETag",
        ),
        pytest.param(
            NotModified(validators=Validators(etag='"2"', url=URL + "2")),
            Validators(etag='"2"', url=URL + "2"),
            id="an unchanged body from another address",
        ),
    ],
)
def test_validators_are_those_of_the_last_version(outcome: Any, expected: Validators) -> None:
    assert after(replace(FRESH, validators=OLD), outcome).validators == expected


def test_a_gone_feed_is_left_alone_until_it_answers_again() -> None:
    gone = after(FRESH, failure(status=410, temporary=False))
    assert gone.gone
    assert gone.error
    assert not is_due(gone, NOW + 400 * DAY)
    assert may_fetch(gone, NOW)
    assert not after(gone, document()).gone


@pytest.mark.parametrize(
    ("state", "due", "may"),
    [
        (FRESH, True, True),
        (replace(FRESH, next_fetch_at=NOW), True, True),
        (replace(FRESH, next_fetch_at=NOW + HOUR), False, True),
        (replace(FRESH, retry_after=NOW), True, True),
        (replace(FRESH, retry_after=NOW + HOUR), False, False),
        (replace(FRESH, next_fetch_at=NOW - HOUR, retry_after=NOW + HOUR), False, False),
        (replace(FRESH, gone=True), False, True),
    ],
)
def test_what_is_due_and_what_may_be_asked_for(state: FeedState, due: bool, may: bool) -> None:
    assert (is_due(state, NOW), may_fetch(state, NOW)) == (due, may)


# --- redirects -----------------------------------------------------------------------------------

NEW = "https://new.example.org/feed"


def sightings(*days: float, target: str = NEW) -> FeedState:
    state = FRESH
    for day in days:
        state = after(state, NotModified(permanent_url=target), NOW + day * DAY)
    return state


@pytest.mark.parametrize(
    ("days", "adopted"),
    [
        ((0, 1, 2, 3, 4), True),
        ((0, 0.1, 0.2, 0.3, 3), True),
        ((0, 1, 2, 3), False),
        ((0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), False),
        ((0,), False),
    ],
)
def test_a_permanent_redirect_is_adopted_after_five_sightings_in_three_days(
    days: tuple[float, ...], adopted: bool
) -> None:
    state = sightings(*days)
    assert state.fetch_url == (NEW if adopted else None)
    assert state.moved_sightings == (0 if adopted else len(days))
    assert state.url == URL


def test_a_redirect_that_changes_its_mind_is_counted_anew() -> None:
    state = after(sightings(0, 1, 2, 3), document(permanent_url=NEW + "2"), NOW + 4 * DAY)
    assert (state.moved_to, state.moved_sightings) == (NEW + "2", 1)
    assert after(state, document(), NOW + 5 * DAY).moved_to is None


def test_what_a_redirect_leads_to_must_be_a_feed() -> None:
    state = sightings(0, 1, 2, 3)
    for day in (4, 5, 6):
        state = after(state, ParseError("a login page", url=URL), NOW + day * DAY)
    assert (state.fetch_url, state.moved_sightings) == (None, 4)


@pytest.mark.parametrize(
    ("target", "at_once"),
    [
        ("https://example.org/feed", True),
        ("https://EXAMPLE.org/feed", True),
        ("https://example.org/feed/", False),
        ("https://example.org/feed?a", False),
        ("https://www.example.org/feed", False),
        ("http://example.org/feed2", False),
    ],
)
def test_https_for_http_is_adopted_at_once(target: str, at_once: bool) -> None:
    assert sightings(0, target=target).fetch_url == (target if at_once else None)


@pytest.mark.parametrize(
    "errors",
    [[failure()] * 3, [failure(status=410)], [ParseError("a parked domain", url=NEW)] * 3],
    ids=["fails three times", "is gone", "is no feed any more"],
)
def test_an_adopted_address_that_is_lost_is_given_up_for_the_original(errors: list[Any]) -> None:
    state = replace(FRESH, fetch_url=NEW, validators=Validators(etag='"1"', url=NEW))
    for error in errors:
        assert state.fetch_url == NEW
        state = after(state, error)
    assert (state.fetch_url, state.validators, state.gone) == (None, Validators(), False)
    assert state.failures == len(errors)


# --- at which address -----------------------------------------------------------------------------


def test_while_a_move_is_young_the_original_address_is_asked_once_a_week() -> None:
    state = replace(FRESH, fetch_url=NEW, moved_since=NOW, checked_at=NOW)
    asked = []
    for day in range(1, 60):
        now = NOW + day * DAY + HOUR
        original = asks_original(state, now)
        asked += [day] if original else []
        state = after(state, NotModified(permanent_url=NEW if original else None), now)
        assert state.fetch_url == NEW
    assert asked == [7, 14, 21]


def test_an_original_address_that_answers_again_is_taken_back() -> None:
    state = replace(FRESH, fetch_url=NEW, moved_since=NOW - 8 * DAY, checked_at=NOW - 2 * DAY)
    assert after(state, document()).fetch_url is None
    failed = after(state, failure(status=404))
    assert (failed.fetch_url, failed.failures, failed.error) == (NEW, 0, None)


# --- cron ----------------------------------------------------------------------------------------

late = st.floats(0, 60).map(lambda seconds: timedelta(seconds=seconds))
urls = st.text(max_size=20)


@given(url=urls, delays=st.lists(late, min_size=2, max_size=60))
def test_an_hourly_cron_line_misses_no_hour(url: str, delays: list[timedelta]) -> None:
    state = FeedState(id=1, url=url)
    for hour, delay in enumerate(delays):
        now = NOW + hour * HOUR + delay
        assert is_due(state, now)
        state = after(state, document(), now)


@settings(max_examples=20)
@given(
    url=urls,
    delays=st.lists(late, min_size=80, max_size=80),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    start=st.sampled_from([datetime(2026, 2, 25, 7), datetime(2026, 9, 20, 7)]),  # noqa: DTZ001
)
def test_a_daily_cron_line_misses_no_day(
    url: str, delays: list[timedelta], zone: str, start: datetime
) -> None:
    state, day = FeedState(id=1, url=url), Settings(interval=DAY)
    for number, delay in enumerate(delays):
        local = (start + number * DAY).replace(tzinfo=ZoneInfo(zone))
        now = local.astimezone(UTC) + delay
        assert is_due(state, now)
        state = after(state, document(), now, settings=day)


@given(
    url=urls,
    interval=st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    failures=st.integers(0, 200),
)
def test_jitter_only_shortens_a_wait_of_ours_and_leaves_at_least_half(
    url: str, interval: timedelta, now: datetime, failures: int
) -> None:
    moment = now.replace(tzinfo=UTC)
    state, keys = FeedState(id=1, url=url, failures=failures), Settings(interval=interval)
    served = document(validators=OLD)
    succeeded = after(state, served, moment, settings=keys)
    assert interval * 0.46 <= wait(succeeded, moment) <= interval
    failed = after(state, failure(), moment, settings=keys)
    assert wait(failed, moment) <= max(interval, DAY)
    assert succeeded == after(state, served, moment, settings=keys)


@given(
    hours=st.frozensets(st.integers(0, 23)),
    days=st.frozensets(st.integers(0, 6)),
    ttl=st.none() | st.timedeltas(timedelta(), timedelta(days=4000)),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
)
def test_no_hint_ends_a_feed(
    hours: frozenset[int], days: frozenset[int], ttl: timedelta | None, now: datetime
) -> None:
    moment = now.replace(tzinfo=UTC)
    hints = PollHints(ttl=ttl, skip_hours=hours, skip_days=days)
    state = after(FRESH, document(), moment, hints=hints)
    assert HOUR * 0.9 <= wait(state, moment) < 15 * DAY
