"""A feed is asked as often as it publishes and as editions want it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.fetch import Settings
from digest.model import Document, FeedState, Gap, NotModified, Rhythm, Validators
from digest.schedule.polling import after, is_due
from digest.schedule.rhythm import missing, rhythm_of

NOW = datetime(2026, 1, 12, 7, 0, 5, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AUTO = Settings()
SERVED = Validators(etag='"1"')
WEEKLONG = Rhythm(window=10, waits=(7 * 24 * 60,) * 24)
STATE = FeedState(id=1, url="http://example.org/feed", validators=SERVED)

Publishes = Callable[[datetime], list[datetime]]


def daily_slots(now: datetime) -> tuple[datetime, datetime]:
    slot = now.replace(hour=7, minute=0, second=0)
    slot += DAY * (slot <= now)
    return slot, slot + DAY


def lost_by(publishes: Publishes, window: int, days: int) -> list[int]:
    """Look by the hour whether the feed is due; return how many entries each poll had missed."""
    entries = publishes(NOW)
    state, lost, seen = STATE, [], None
    for hour in range(days * 24):
        now = NOW + hour * HOUR
        if not is_due(state, now):
            continue
        there = sum(entry <= now for entry in entries)
        if seen is not None:
            lost.append(max(0, there - window - seen))
        seen = there
        dates = entries[max(0, there - 200) : there]
        state = replace(state, rhythm=rhythm_of(dates, window, now))
        state = after(state, NotModified(), settings=AUTO, now=now, editions=daily_slots(now))
    return lost


def evenly(a_day: float) -> Publishes:
    def publishes(now: datetime) -> list[datetime]:
        return [now - 40 * DAY + number * DAY / a_day for number in range(round(80 * a_day))]

    return publishes


def in_the_morning(now: datetime) -> list[datetime]:
    """Twenty entries in two hours of each morning."""
    begin = (now - 40 * DAY).replace(hour=8, minute=30)
    return [
        begin + day * DAY + number * timedelta(minutes=6)
        for day in range(80)
        for number in range(20)
    ]


@pytest.mark.parametrize(
    ("publishes", "window", "most"),
    [
        pytest.param(evenly(20), 10, 250, id="20 a day in a window of 10"),
        pytest.param(evenly(20), 100, 45, id="20 a day in a window of 100"),
        pytest.param(evenly(0.5), 10, 45, id="one every second day"),
        pytest.param(evenly(2 / 365), 10, 45, id="two a year"),
        pytest.param(evenly(100), 10, 740, id="100 a day in a window of 10: hourly"),
        pytest.param(in_the_morning, 10, 300, id="20 within two hours of each morning"),
    ],
)
def test_nothing_is_lost_by_few_requests(publishes: Publishes, window: int, most: int) -> None:
    lost = lost_by(publishes, window, 30)
    assert sum(lost) == 0
    assert 28 <= len(lost) <= most


@pytest.mark.parametrize(
    ("asked", "editions", "earliest", "latest"),
    [
        pytest.param(7.0, (31, 55), 30.8, 31, id="tomorrow at this hour"),
        pytest.param(7.0, (20, 44), 19.8, 20, id="in the evening"),
        pytest.param(6.97, (7, 31), 30.8, 31, id="in a moment: this poll was for it"),
        pytest.param(6.2, (7, 31), 28, 30.2, id="soon: tomorrow at this hour it is due again"),
        pytest.param(7.0, (7.25, 7.5), 7.9, 8, id="every quarter of an hour: hourly"),
    ],
)
def test_a_slow_feed_is_asked_shortly_before_an_edition(
    asked: float, editions: tuple[float, float], earliest: float, latest: float
) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    now = midnight + asked * HOUR
    slots = tuple(midnight + hour * HOUR for hour in editions)
    state = replace(STATE, rhythm=WEEKLONG)
    found = after(state, NotModified(), settings=AUTO, now=now, editions=slots).next_fetch_at
    assert found is not None
    assert midnight + earliest * HOUR <= found <= midnight + latest * HOUR


@pytest.mark.parametrize("minute", range(0, 60, 7))
@pytest.mark.parametrize("hour", [0, 5, 6, 7, 8, 23])
def test_a_line_that_runs_once_a_day_finds_each_feed_due(hour: int, minute: int) -> None:
    state = replace(STATE, rhythm=WEEKLONG)
    for day in range(10):
        now = NOW.replace(hour=hour, minute=minute, second=day % 4) + day * DAY
        assert is_due(state, now)
        state = after(state, NotModified(), settings=AUTO, now=now, editions=daily_slots(now))


def test_a_feed_that_lost_entries_is_asked_as_often_as_would_have_caught_them() -> None:
    state = replace(STATE, rhythm=WEEKLONG, gap=Gap(at=NOW - DAY, missing=10, minutes=12 * 60))

    def wait(state: FeedState) -> timedelta:
        editions = (NOW + 20 * HOUR, NOW + 44 * HOUR)
        planned = after(state, NotModified(), settings=AUTO, now=NOW, editions=editions)
        assert planned.next_fetch_at is not None
        return planned.next_fetch_at - NOW

    assert wait(state) < 6 * HOUR
    assert wait(replace(state, gap=Gap(at=NOW - 60 * DAY, missing=10, minutes=720))) > 18 * HOUR


def test_a_server_without_validators_is_asked_only_as_often_as_entries_come() -> None:
    state = replace(STATE, rhythm=Rhythm(window=10, waits=(60,) * 24, gap=5 * 60))

    def wait(state: FeedState, validators: Validators, same: bool) -> timedelta:
        document = Document(url=STATE.url, media_type=None, body=b"-", validators=validators)
        planned = after(state, document, settings=AUTO, now=NOW, same=same)
        assert planned.next_fetch_at is not None
        return planned.next_fetch_at - NOW

    assert 4 * HOUR < wait(state, Validators(), False) <= 5 * HOUR
    assert 4 * HOUR < wait(state, SERVED, True) <= 5 * HOUR, "it ignores them"
    assert wait(state, SERVED, False) <= HOUR


@pytest.mark.parametrize(
    ("before", "dates", "expected"),
    [
        pytest.param(0, (12, 14, 16, 18), (5, 6 * HOUR), id="six spacings lie between"),
        pytest.param(11, (12, 14, 16, 18), (0, 6 * HOUR), id="the next one after it"),
        pytest.param(14, (12, 14, 16, 18), (0, 6 * HOUR), id="dates overlap"),
        pytest.param(None, (12, 14), (0, 2 * HOUR), id="nothing known before"),
        pytest.param(0, (12,), None, id="one entry has no spacing"),
        pytest.param(0, (12, 12), None, id="all at once"),
        pytest.param(0, (), None, id="no dates"),
    ],
)
def test_how_many_may_be_missing(
    before: float | None, dates: tuple[float, ...], expected: tuple[int, timedelta] | None
) -> None:
    moments = [NOW + hour * HOUR for hour in dates]
    assert missing(None if before is None else NOW + before * HOUR, moments) == expected


def test_dates_without_a_time_of_day_are_spread_over_their_day() -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    dates = [midnight - day * DAY for day in range(1, 11) for _ in range(10)]
    rhythm = rhythm_of(dates, 10, NOW)
    assert min(rhythm.waits) > 8 * 60


@pytest.mark.parametrize("dates", [[], [NOW + DAY]], ids=["no entry", "one of tomorrow"])
def test_a_feed_that_tells_nothing_of_its_rhythm_is_asked_daily(dates: list[datetime]) -> None:
    state = replace(STATE, rhythm=rhythm_of(dates, 0, NOW))
    planned = after(state, NotModified(), settings=AUTO, now=NOW)
    assert planned.next_fetch_at is not None
    assert 0.9 * DAY < planned.next_fetch_at - NOW <= DAY
