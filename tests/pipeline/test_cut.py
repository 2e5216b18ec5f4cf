"""A document that was cut changes nothing that is stored, and the next one is read in full."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer
from support.house import NOW, House, item, rss

HOUR = timedelta(hours=1)
SAME_DATE = {"Last-Modified": "Mon, 12 Jan 2026 06:00:00 GMT"}


def test_the_date_of_half_a_document_is_not_that_of_the_whole(tmp_path: Path) -> None:
    """A file that is read while it is written may bear one date before and after."""
    whole = rss([item("one"), item("two"), item("three")])

    with FeedServer({}) as server:
        server.pages["/feed.xml"] = Answer(headers=SAME_DATE, body=whole[:-250])
        house = House(tmp_path, [server.url("/feed.xml")])
        house.run(NOW)
        server.pages["/feed.xml"] = lambda request: (
            Answer(status=304, headers=SAME_DATE)
            if "if-modified-since" in request.headers
            else Answer(headers=SAME_DATE, body=whole)
        )
        refreshed, _ = house.run(NOW + 2 * HOUR)
    assert refreshed.fetched == 1
    assert len(house.query("SELECT id FROM entries")) == 3


def test_a_cut_document_takes_no_name_from_a_feed(tmp_path: Path) -> None:
    json = '{{"items": [{{"id": "1", "title": "One"}}{}], "title": "A feed"}}'
    with FeedServer({"/feed.json": json.format("").encode()}) as server:
        house = House(tmp_path, [server.url("/feed.json")])
        house.run(NOW)
        server.pages["/feed.json"] = json.format(', {"id": "2", "title": "Two"}').encode()[:-25]
        house.run(NOW + 2 * HOUR)
    assert house.query("SELECT title FROM feeds") == [("A feed",)]


def test_a_document_without_one_whole_entry_is_a_failure(tmp_path: Path) -> None:
    with FeedServer({"/feed.xml": rss([item("one")])[:120]}) as server:
        house = House(tmp_path, [server.url("/feed.xml")])
        refreshed, _ = house.run(NOW)
    [failed] = refreshed.failed
    assert "cut short, before its first entry" in failed.error


@pytest.mark.parametrize("cut", [40, 90, 160])
def test_what_is_whole_in_a_cut_document_is_told(cut: int, tmp_path: Path) -> None:
    with FeedServer({"/feed.xml": rss([item("one"), item("two")])[:-cut]}) as server:
        house = House(tmp_path, [server.url("/feed.xml")])
        house.run(NOW)
    [told] = house.told()
    assert "Title of one" in told


LAST = item("one", text="The first text has two sentences. Here is the other, of some length.")
WHOLE = rss([item("three"), item("two"), LAST])
BEGIN = WHOLE.rfind(b"<item>")


def assert_each_story_is_told_once(cut: int, days: list[bool], folder: Path) -> None:
    """Cut the document at a byte on some days; the story of each entry is told once."""
    with FeedServer({}) as server:
        house = House(folder, [server.url("/feed.xml")])
        for day, is_cut in enumerate(days):
            server.pages["/feed.xml"] = WHOLE[:cut] if is_cut else WHOLE
            house.run(NOW + day * timedelta(days=1))
    told = [title for edition in house.told() for title in edition]
    assert sorted(told) == ["Title of one", "Title of three", "Title of two"]


DAYS = [
    pytest.param([True, False, False], id="on the first day"),
    pytest.param([False, True, False, False], id="on the second day"),
]


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("cut", range(BEGIN, len(WHOLE), 90))
def test_a_cut_document_repeats_nothing(cut: int, days: list[bool], tmp_path: Path) -> None:
    assert_each_story_is_told_once(cut, days, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("cut", range(BEGIN, len(WHOLE)))
def test_a_document_cut_at_any_byte_repeats_nothing(
    cut: int, days: list[bool], tmp_path: Path
) -> None:
    assert_each_story_is_told_once(cut, days, tmp_path)
