"""A clock that is wrong for one run loses no day and tells nothing twice; a zone may move."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.store import clock
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

HOUR = timedelta(hours=1)
STEP = timedelta(hours=8)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.mark.parametrize(
    ("offset", "wrong_run"),
    [
        pytest.param(HOUR, 4, id="an hour ahead"),
        pytest.param(DAY, 4, id="a day ahead"),
        pytest.param(26 * DAY, 0, id="26 days ahead when it was set up"),
        pytest.param(26 * DAY, 4, id="26 days ahead"),
        pytest.param(3650 * DAY, 4, id="ten years ahead"),
        pytest.param(-DAY, 4, id="a day behind"),
        pytest.param(-9000 * DAY, 4, id="many years behind"),
    ],
)
def test_a_clock_that_is_wrong_once_loses_no_day_and_tells_nothing_twice(
    tmp_path: Path,
    server: FeedServer,
    caplog: pytest.LogCaptureFixture,
    offset: timedelta,
    wrong_run: int,
) -> None:
    house = House(tmp_path, [server.url("/a.xml")])
    appeared: dict[str, datetime] = {}
    late: list[str] = []
    real = NOW
    for run in range(11):
        real = NOW + run * STEP
        appeared[f"Title of a{run}"] = real
        # A rolling feed: an entry is in it for a day.
        server.pages["/a.xml"] = rss([item(f"a{run - back}") for back in range(3) if run >= back])
        house.run(real + offset if run == wrong_run else real)
        told = Counter(title for titles in house.told() for title in titles)
        late += [title for title, at in appeared.items() if not told[title] and real - at > DAY]
        assert not told or max(told.values()) == 1
    assert late == []
    if offset > STEP:
        assert "clock was ahead" in caplog.text
    with house.store() as store, store.read() as connection:
        assert clock.in_future(connection, real) == []
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        house.run(real + HOUR)
    assert "clock" not in caplog.text


def test_a_slot_whose_name_a_clock_ahead_has_taken_gets_another(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a0")])
    house = House(tmp_path, [server.url("/a.xml")])
    house.run(NOW + 2 * DAY)
    slots = []
    for number in range(3):
        server.pages["/a.xml"] = rss([item(f"a{number + 1}")])
        now = NOW + number * DAY + HOUR
        with house.store() as store:
            pipeline.refresh(house.config, store, now, only=house.config.feeds)
            slots += [made.slot for made in pipeline.publish(house.config, store, now).made]
    assert slots == ["2026-11-20T0700", "2026-11-21T0700", "2026-11-22T0900"]


def test_a_delivery_that_a_clock_ahead_has_put_off_is_tried(
    tmp_path: Path, server: FeedServer
) -> None:
    server.pages["/a.xml"] = rss([item("a0")])
    house = House(tmp_path, [server.url("/a.xml")])
    (tmp_path / "out").write_text("no folder")
    house.run(NOW + 26 * DAY)
    (tmp_path / "out").unlink()
    _, published = house.run(NOW)
    assert [sent.done for sent in published.sent] == [True]


@pytest.mark.parametrize(
    ("before", "after"),
    [("Asia/Tokyo", "America/Los_Angeles"), ("Pacific/Kiritimati", "Pacific/Pago_Pago")],
)
def test_a_digest_whose_zone_moves_west_skips_no_slot(
    tmp_path: Path, server: FeedServer, before: str, after: str
) -> None:
    more = (
        '[digests.daily]\ntimezone = "{}"\nschedule = "0 */6 * * *"\n'
        '[digests.daily.deliver.files]\npath = "out"\nformats = ["text"]\n'
    )
    start = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    house = House(tmp_path, [server.url("/a.xml")])
    for number in range(9):
        house.configure([server.url("/a.xml")], more=more.format(before if number < 2 else after))
        server.pages["/a.xml"] = rss([item(f"a{number}")])
        now = start + number * 6 * HOUR
        with house.store() as store:
            pipeline.refresh(house.config, store, now, only=house.config.feeds)
            published = pipeline.publish(house.config, store, now)
        assert [made.stories for made in published.made] == [1], number
    assert len({edition.slot for edition in house.editions()}) == 9
