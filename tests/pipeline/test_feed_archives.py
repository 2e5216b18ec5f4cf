"""Entries that came and went between two polls: walked back to, or counted as missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from digest import pipeline
from digest.pipeline.feed_archives import MOST_IN_ALL
from digest.store import feeds as feed_rows
from support.house import DAY, NOW, House
from support.virtual_web import VirtualFeed, VirtualWeb, evenly

URL = "https://news.example/feed"
ADDRESS = "https://news.example/feed?page={}"
DAILY = (
    "[digests.daily]\nmax_entries = 1000\nmax_per_feed = 1000\n"
    '[digests.daily.deliver.files]\npath = "out"\n'
)


class Station:
    """A feed of twenty entries a day in a window of ten, and a house that reads it."""

    def __init__(self, folder: Path, **feed: object) -> None:
        settings: dict[str, object] = {
            "url": URL,
            "publishes": evenly(20, NOW - 3 * DAY, 20),
            "window": 10,
        }
        self.feed = VirtualFeed(**(settings | feed))
        self.web = VirtualWeb([self.feed])
        self.house = House(folder, [URL], more=DAILY)
        self.refresh(timedelta())

    def refresh(self, after: timedelta, *, seconds: float = 0.0) -> pipeline.Refreshed:
        """Refresh; each document of an archive takes so many seconds."""
        moments = count(0.0, seconds)
        with self.house.store() as store:
            return pipeline.refresh(
                self.house.config,
                store,
                NOW + after,
                fetch_all=self.web.fetch_all,
                timer=lambda: next(moments),
            )

    @property
    def kept(self) -> set[str]:
        return {uid for (uid,) in self.house.query("SELECT uid FROM entries")}

    def missing(self, after: timedelta) -> set[str]:
        """What came since the first poll and is not stored."""
        first = len(self.feed.ids(NOW))
        return set(self.feed.ids(NOW + after)[first:]) - self.kept

    @property
    def gap(self) -> tuple[int | None, int | None] | None:
        with self.house.store() as store, store.read() as connection:
            gap = feed_rows.states(connection)[0].gap
            return gap and (gap.missing, gap.minutes)  # type: ignore[return-value]


@pytest.mark.parametrize("archives", ["rfc5005", "wordpress"])
@pytest.mark.parametrize("days", [1, 3, 7])
def test_archives_are_walked_back_to_what_is_known(
    tmp_path: Path, archives: str, days: int
) -> None:
    station = Station(tmp_path, archives=archives)
    station.refresh(days * DAY)
    assert station.missing(days * DAY) == set()
    assert station.gap is None
    assert len(station.web.log) <= 2 * days + 4


def test_what_was_walked_back_to_is_told(tmp_path: Path) -> None:
    station = Station(tmp_path, archives="rfc5005")
    with station.house.store() as store:
        pipeline.publish(station.house.config, store, NOW)
        station.refresh(DAY)
        pipeline.publish(station.house.config, store, NOW + DAY)
    assert len(station.house.told()[1]) == 20


def test_without_archives_the_gap_is_counted(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.refresh(DAY)
    lost = station.missing(DAY)
    assert len(lost) == 10
    assert station.gap is not None
    missing, minutes = station.gap
    assert missing is not None
    assert 9 <= missing <= 11
    assert minutes is not None
    assert 10 * 60 <= minutes <= 12 * 60


def test_no_gap_is_seen_where_an_entry_is_known(tmp_path: Path) -> None:
    station = Station(tmp_path, archives="rfc5005")
    station.refresh(DAY / 3)
    assert (station.gap, station.missing(DAY / 3)) == (None, set())
    assert [asked.url for asked in station.web.log] == [URL, URL]


def test_a_first_fetch_walks_nowhere(tmp_path: Path) -> None:
    station = Station(tmp_path, archives="rfc5005")
    assert [asked.url for asked in station.web.log] == [URL]


def at_pages(answer: Callable[[VirtualFeed, int], VirtualFeed]) -> Callable[[Station], None]:
    def spoil(station: Station) -> None:
        for page in range(2, 40):
            address = ADDRESS.format(page)
            station.web.feeds[address] = answer(replace(station.feed, url=address), page)

    return spoil


def loop(feed: VirtualFeed, page: int) -> VirtualFeed:
    link = f'<atom:link rel="prev-archive" href="{ADDRESS.format(5 - page)}"/>'
    return replace(feed, archives="", channel=link)


def elsewhere(feed: VirtualFeed, page: int) -> VirtualFeed:
    link = '<atom:link rel="prev-archive" href="https://other.example/feed"/>'
    return replace(feed, archives="", channel=link, publishes=feed.publishes[:90])


def current(feed: VirtualFeed, page: int) -> VirtualFeed:
    return replace(feed, redirect=(302, URL), archives="")


def endless(feed: VirtualFeed, page: int) -> VirtualFeed:
    later = [moment + page * DAY / 2 for moment in feed.publishes]
    return replace(feed, url=URL, name=f"page-{page}", publishes=later)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(at_pages(loop), id="they lead in a circle"),
        pytest.param(at_pages(elsewhere), id="they lead to another host"),
        pytest.param(at_pages(current), id="they lead to the current document"),
        pytest.param(at_pages(lambda feed, _: replace(feed, status=404)), id="they are not there"),
        pytest.param(at_pages(lambda feed, _: replace(feed, window=0)), id="they are empty"),
    ],
)
def test_archives_that_lead_nowhere_are_left(
    tmp_path: Path, spoil: Callable[[Station], None]
) -> None:
    station = Station(tmp_path, archives="rfc5005")
    spoil(station)
    report = station.refresh(3 * DAY)
    assert (report.faults, report.failed) == ((), ())
    assert len(station.web.log) <= 24
    assert "other.example" not in {asked.url.split("/")[2] for asked in station.web.log}
    assert {station.feed.ids(NOW + 3 * DAY)[-1]} <= station.kept
    assert station.gap is not None


def test_archives_that_never_end_are_walked_for_a_while(tmp_path: Path) -> None:
    station = Station(tmp_path, archives="rfc5005")
    at_pages(endless)(station)
    station.refresh(3 * DAY)
    assert len(station.web.log) <= 22
    assert {station.feed.ids(NOW + 3 * DAY)[-1]} <= station.kept


def test_slow_archives_are_walked_for_two_minutes(tmp_path: Path) -> None:
    station = Station(tmp_path, archives="rfc5005")
    before = len(station.web.log)
    station.refresh(7 * DAY, seconds=25.0)
    assert len(station.web.log) - before == 1 + 5
    assert station.gap is not None
    assert {station.feed.ids(NOW + 7 * DAY)[-1]} <= station.kept


def test_a_hundred_thousand_documents_are_not_walked(tmp_path: Path) -> None:
    """The archives of many feeds together are bounded as well, and each feed gets its share."""
    urls = [f"https://site-{number}.example/feed" for number in range(24)]
    feeds = [
        VirtualFeed(
            url=url,
            publishes=evenly(200, NOW - DAY, 4),
            window=4,
            archives="rfc5005",
            name=f"of-{number}",
        )
        for number, url in enumerate(urls)
    ]
    web = VirtualWeb(feeds)
    house = House(tmp_path, urls, more=DAILY)
    for moment in (NOW, NOW + 2 * DAY):
        web.log.clear()
        with house.store() as store:
            report = pipeline.refresh(house.config, store, moment, fetch_all=web.fetch_all)
        assert (report.fetched, report.failed) == (24, ())
    asked = Counter(entry.url.split("/")[2] for entry in web.log)
    assert sum(asked.values()) <= 24 + MOST_IN_ALL
    assert min(asked.values()) >= 10


def test_a_feed_that_answers_an_error_has_no_gap(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.feed.status = 500
    report = station.refresh(DAY)
    assert len(report.failed) == 1
    assert station.gap is None


def test_a_walk_ends_at_the_date_of_what_was_known(tmp_path: Path) -> None:
    """Ids that the archives write otherwise than the feed are not told as news of last year."""
    station = Station(tmp_path, archives="rfc5005")
    at_pages(lambda feed, page: replace(feed, url=URL, name="archived"))(station)
    station.refresh(DAY)
    old = {f"archived-{number}" for number in range(len(station.feed.ids(NOW)) - 1)}
    assert station.kept & old == set()
