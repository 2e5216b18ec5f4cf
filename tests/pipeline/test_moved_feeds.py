"""A redirect is followed to the same feed only; a stranger's entries are told to nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.store import feeds as feed_rows
from support.house import DAY, NOW, House
from support.virtual_web import VirtualFeed, VirtualWeb, evenly

OLD = "http://old.example/feed"
NEW = "https://new.example/feed"
PUBLISHES = evenly(4, NOW - 3 * DAY, 60)


class Move:
    """A feed that was read for a day at its old address, and then moves."""

    def __init__(self, folder: Path, target: VirtualFeed, status: int = 301) -> None:
        old = VirtualFeed(url=OLD, publishes=PUBLISHES)
        self.web = VirtualWeb([old, target])
        self.house = House(folder, [OLD])
        self.run(timedelta())
        old.redirect = (status, target.url)

    def run(self, after: timedelta) -> pipeline.Refreshed:
        with self.house.store() as store:
            report = pipeline.refresh(
                self.house.config, store, NOW + after, fetch_all=self.web.fetch_all
            )
            pipeline.publish(self.house.config, store, NOW + after)
        return report

    def days(self, number: int) -> None:
        for day in range(1, number + 1):
            self.run(day * DAY)

    @property
    def fetch_url(self) -> str | None:
        with self.house.store() as store, store.read() as connection:
            return feed_rows.states(connection)[0].fetch_url

    @property
    def told(self) -> set[str]:
        return {title.partition(" ")[0] for titles in self.house.told() for title in titles}


@pytest.mark.parametrize("status", [301, 302, 308], ids=str)
@pytest.mark.parametrize("window", [10, 0], ids=["with entries", "for sale"])
def test_a_strangers_feed_is_not_taken(tmp_path: Path, status: int, window: int) -> None:
    stranger = VirtualFeed(url=NEW, publishes=PUBLISHES, window=window, channel="<ttl>5</ttl>")
    move = Move(tmp_path, stranger, status)
    report = move.run(DAY)
    assert [failed.title for failed in report.failed] == ["old.example"]
    assert NEW in report.failed[0].error
    move.days(12)
    assert move.fetch_url is None
    assert move.told == {"old.example"}
    assert move.house.query("SELECT count(*) FROM entries WHERE uid LIKE 'new%'") == [(0,)]
    assert move.house.query("SELECT title FROM feeds") == [("old.example",)]


def test_the_same_feed_is_adopted_after_some_days(tmp_path: Path) -> None:
    move = Move(tmp_path, VirtualFeed(url=NEW, publishes=PUBLISHES, name="old.example"))
    move.days(3)
    assert move.fetch_url is None
    move.days(6)
    assert move.fetch_url == NEW
    titles = [title for titles in move.house.told() for title in titles]
    assert len(titles) == len(set(titles))


def test_entries_wait_until_the_new_address_proves_itself(tmp_path: Path) -> None:
    target = VirtualFeed(url=NEW, publishes=PUBLISHES)
    move = Move(tmp_path, target)
    move.run(DAY)
    target.name = "old.example"
    report = move.run(2 * DAY)
    assert report.failed == ()
    assert report.new > 0
    assert move.told == {"old.example"}


def test_a_feed_that_is_new_to_us_may_redirect(tmp_path: Path) -> None:
    old = VirtualFeed(url=OLD, publishes=PUBLISHES, redirect=(301, NEW))
    web = VirtualWeb([old, VirtualFeed(url=NEW, publishes=PUBLISHES)])
    house = House(tmp_path, [OLD])
    with house.store() as store:
        for day in range(7):
            report = pipeline.refresh(house.config, store, NOW + day * DAY, fetch_all=web.fetch_all)
            assert report.failed == ()
        with store.read() as connection:
            assert feed_rows.states(connection)[0].fetch_url == NEW


def test_a_young_move_is_taken_back_when_the_old_address_answers(tmp_path: Path) -> None:
    move = Move(tmp_path, VirtualFeed(url=NEW, publishes=PUBLISHES, name="old.example"))
    move.days(6)
    assert move.fetch_url == NEW
    move.web.feeds[OLD].redirect = None
    for day in range(7, 16):
        move.run(day * DAY)
    assert move.fetch_url is None
