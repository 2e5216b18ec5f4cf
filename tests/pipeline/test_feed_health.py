"""What ails a feed, and when an edition says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.compose import health
from digest.model import Ailment, FeedState, Gap, Rhythm
from support.feedserver import Answer, FeedServer
from support.house import House, item, rss

NOW = datetime(2026, 1, 12, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def state(**known: object) -> FeedState:
    return FeedState(id=1, url="https://example.org/a", **known)


def every(gap: timedelta, *, last: timedelta, count: int = 10) -> list[datetime]:
    return [NOW - last - gap * at for at in range(count)]


@pytest.mark.parametrize(
    ("feed", "ailment"),
    [
        pytest.param(state(succeeded_at=NOW), None, id="well"),
        pytest.param(state(), None, id="never asked yet"),
        pytest.param(
            state(gone=True, error="410", succeeded_at=NOW - DAY),
            (Ailment.GONE, NOW - DAY),
            id="gone",
        ),
        pytest.param(
            state(error="503", failures=40, succeeded_at=NOW - 14 * DAY),
            (Ailment.FAILING, NOW - 14 * DAY),
            id="failing for two weeks",
        ),
        pytest.param(
            state(error="503", failures=40, succeeded_at=NOW - 13 * DAY), None, id="for less"
        ),
        pytest.param(
            state(error="503", failures=14), (Ailment.FAILING, None), id="never read in 14 tries"
        ),
        pytest.param(state(error="503", failures=13), None, id="never read in 13 tries"),
        pytest.param(
            state(fetch_url="https://example.org/b", succeeded_at=NOW),
            (Ailment.MOVED, None),
            id="moved",
        ),
        pytest.param(
            state(error="404", failures=5, asked_since=NOW - 14 * DAY),
            (Ailment.FAILING, None),
            id="never read in two weeks",
        ),
        pytest.param(
            state(succeeded_at=NOW, gap=Gap(at=NOW - DAY, missing=10, minutes=90)),
            (Ailment.LOSING, NOW - DAY),
            id="losing entries",
        ),
        pytest.param(
            state(succeeded_at=NOW, gap=Gap(at=NOW - DAY)), None, id="nobody knows whether it does"
        ),
        pytest.param(
            state(fetch_url="https://example.org/b", error="503", succeeded_at=NOW - 20 * DAY),
            (Ailment.FAILING, NOW - 20 * DAY),
            id="moved, and fails there",
        ),
    ],
)
def test_the_gravest_ailment_is_named(
    feed: FeedState, ailment: tuple[Ailment, datetime | None] | None
) -> None:
    assert health.examine(feed, [], NOW) == ailment


@pytest.mark.parametrize(
    ("dates", "silent"),
    [
        pytest.param(every(DAY, last=31 * DAY), True, id="a daily feed, for a month"),
        pytest.param(every(DAY, last=29 * DAY), False, id="a daily feed, for less"),
        pytest.param(every(30 * DAY, last=59 * DAY), False, id="a monthly feed, for two months"),
        pytest.param(every(30 * DAY, last=61 * DAY), True, id="a monthly feed, for longer"),
        pytest.param(every(DAY, last=400 * DAY, count=4), False, id="too few entries to tell"),
        pytest.param([], False, id="none"),
        pytest.param(
            [NOW + DAY, *every(DAY, last=31 * DAY)], True, id="an entry of the future is none"
        ),
        pytest.param([NOW - 40 * DAY] * 10, True, id="all of one moment"),
    ],
)
def test_silence_is_measured_by_the_feeds_own_rhythm(dates: list[datetime], silent: bool) -> None:
    found = health.examine(state(succeeded_at=NOW), dates, NOW)
    newest = next((date for date in dates if date <= NOW), None)
    assert found == ((Ailment.SILENT, newest) if silent else None)


@pytest.mark.parametrize(
    ("how_often", "today", "before", "told"),
    [
        ("weekly", "2026-01-12", None, True),
        ("weekly", "2026-01-12", "2026-01-11", True),
        ("weekly", "2026-01-18", "2026-01-12", False),
        ("weekly", "2027-01-01", "2026-12-31", False),
        ("weekly", "2026-12-31", "2025-12-31", True),
        ("always", "2026-01-13", "2026-01-12", True),
        ("never", "2026-01-12", None, False),
    ],
)
def test_they_are_named_once_a_week(
    how_often: str, today: str, before: str | None, told: bool
) -> None:
    last = before and date.fromisoformat(before)
    assert health.is_time(how_often, date.fromisoformat(today), last or None) is told


def test_an_edition_names_the_feeds_that_ail_once_a_week(tmp_path: Path) -> None:
    monday = datetime(2026, 1, 12, 8, tzinfo=UTC)
    old = [item(f"old-{at}", published=monday - timedelta(days=60 + at)) for at in range(6)]
    with FeedServer({"/quiet": rss(old), "/loud": rss([]), "/gone": Answer(status=410)}) as server:
        urls = [server.url(path) for path in ("/quiet", "/loud", "/gone")]
        house = House(tmp_path, urls)
        named = []
        for day in range(8):
            now = monday + timedelta(days=day)
            server.pages["/loud"] = rss([item(f"new-{day}", published=now)])
            house.run(now)
            named.append([(feed.url, feed.ailment) for feed in house.editions()[-1].ailing])
    both = [(urls[2], Ailment.GONE), (urls[0], Ailment.SILENT)]
    assert named == [both, *[[]] * 6, both[1:]], "that it is gone is said once"
    page = (tmp_path / "out" / "latest" / "index.html").read_text()
    assert "has been silent since November 13, 2025" in page


@pytest.mark.parametrize(
    ("window", "dates", "ailment"),
    [
        pytest.param(0, [NOW - 2 * DAY], Ailment.EMPTY, id="entries once, and none now"),
        pytest.param(0, [NOW - DAY / 2], None, id="no-op: warnings that ended today"),
        pytest.param(0, [], None, id="no-op: never any"),
        pytest.param(3, [NOW - 2 * DAY], None, id="no-op: some"),
    ],
)
def test_a_feed_that_had_entries_and_has_none_is_empty(
    window: int, dates: list[datetime], ailment: Ailment | None
) -> None:
    found = health.examine(state(succeeded_at=NOW, rhythm=Rhythm(window=window)), dates, NOW)
    assert (found and found[0]) == ailment
