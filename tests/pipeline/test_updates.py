"""A story that was told comes back when it says something else, or spreads; else it is folded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.compose.updates import MOST, REMEMBERED, REVISED, SPREAD, Told, update
from digest.diagnostics import explain
from digest.model import Entry, Story
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

# --- the rule ------------------------------------------------------------------------------------

TOLD_AT = datetime(2026, 1, 12, 6, tzinfo=UTC)
LATER = TOLD_AT + timedelta(hours=30)


def entry(id: int, feed: int, seen: datetime = TOLD_AT, **more: datetime) -> Entry:
    return Entry(id=id, feed_id=feed, uid=str(id), first_seen=seen, raw_hash="", **more)


def feeds(*numbers: int, seen: datetime) -> tuple[Entry, ...]:
    return tuple(entry(100 + number, number, seen) for number in numbers)


TOLD = Told(
    lead=entry(1, 1),
    first="2026-01-12T0700",
    last="2026-01-12T0700",
    at=TOLD_AT,
    again=0,
)
CORRECTED = replace(TOLD, lead=entry(1, 1, revised_at=LATER))
SPREADING = replace(TOLD, joining=feeds(2, 3, 4, 5, 6, seen=LATER))


@pytest.mark.parametrize(
    ("told", "slot", "reason"),
    [
        pytest.param(TOLD, "2026-01-14T0700", None, id="nothing happened"),
        pytest.param(CORRECTED, "2026-01-14T0700", REVISED, id="revised"),
        pytest.param(CORRECTED, "2026-01-13T2300", None, id="revised, and told yesterday"),
        pytest.param(
            replace(TOLD, lead=entry(1, 1, revised_at=TOLD_AT)),
            "2026-01-14T0700",
            None,
            id="revised before it was told",
        ),
        pytest.param(
            replace(CORRECTED, again=MOST - 1), "2026-01-14T0700", REVISED, id="a last time"
        ),
        pytest.param(replace(CORRECTED, again=MOST), "2026-01-14T0700", None, id="often enough"),
        pytest.param(SPREADING, "2026-01-14T0700", SPREAD, id="five more feeds"),
        pytest.param(SPREADING, "2026-01-13T0700", None, id="five more feeds within a day"),
        pytest.param(SPREADING, "2026-02-13T0700", None, id="five more feeds after a month"),
        pytest.param(
            replace(SPREADING, joining=SPREADING.joining[1:]),
            "2026-01-14T0700",
            None,
            id="four more feeds",
        ),
        pytest.param(
            replace(SPREADING, joining=feeds(2, 2, 2, 3, 4, seen=LATER)),
            "2026-01-14T0700",
            None,
            id="five more entries of fewer feeds",
        ),
        pytest.param(
            replace(SPREADING, others=feeds(7, 8, seen=TOLD_AT)),
            "2026-01-14T0700",
            None,
            id="five more feeds where three had told it",
        ),
        pytest.param(
            replace(SPREADING, others=feeds(7, 8, seen=TOLD_AT) + feeds(9, seen=LATER)),
            "2026-01-14T0700",
            SPREAD,
            id="six more feeds, one of them folded already, where three had told it",
        ),
        pytest.param(
            replace(TOLD, others=feeds(2, 3, 4, 5, 6, seen=LATER)),
            "2026-01-14T0700",
            None,
            id="no further feed now",
        ),
    ],
)
def test_when_a_story_comes_back(told: Told, slot: str, reason: str | None) -> None:
    found = update(told, slot)
    assert (found and found.reason) == reason
    if found:
        assert (found.first_told, found.since) == ("2026-01-12T0700", LATER)
        assert found.others == (*told.others, *told.joining)


# --- the two lines -------------------------------------------------------------------------------

TEXT = "The ferry sank at noon, and 3 people were taken to the hospital in the next town."
RIGHT = TEXT.replace("3 people", "31 people")
POLISHED = TEXT.replace("noon, and", "noon -- and").replace("hospital", "hopsital")
PATHS = [f"/{number}.xml" for number in range(8)]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: FeedServer) -> House:
    """A house with eight feeds, of which the first has told of a ferry."""
    for number, path in enumerate(PATHS):
        server.pages[path] = rss([item(f"old{number}")])
    server.pages[PATHS[0]] = ferry(TEXT)
    house = House(tmp_path, [server.url(path) for path in PATHS])
    house.run()
    assert "Title of ferry" in house.told()[0]
    return house


def ferry(text: str, *more: str) -> bytes:
    return rss([*more, item("ferry", text=text)], "Harbor Press")


def carrying(number: int) -> bytes:
    """A feed that has picked the story up."""
    picked = item(f"copy{number}", title="A ferry sank", link="https://example.org/ferry")
    return rss([picked, item(f"old{number}")], f"Feed {number}")


def stories(house: House, at: int = -1) -> list[Story]:
    return [story for section in house.editions()[at].sections for story in section.stories]


def test_a_correction_comes_back_once_as_an_update(house: House, server: FeedServer) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    before = house.query("SELECT * FROM decisions")
    house.run(NOW + 2 * DAY)
    (story,) = stories(house)
    assert (story.title, story.update, story.first_told) == (
        "Title of ferry",
        True,
        "2026-11-20T0700",
    )
    assert "31 people" in story.excerpt
    assert story.updated == NOW + 2 * DAY
    assert story.key in {one.key for one in stories(house, 0)}
    assert not any(one.update for one in stories(house, 0))
    assert house.query("SELECT * FROM decisions") == before
    assert [row[3] for row in house.query("SELECT * FROM retellings")] == [REVISED]

    held = house.dump(without=("feeds", "fetches", "digests"))
    for days in range(3, 9):
        house.run(NOW + days * DAY)
    assert house.dump(without=("feeds", "fetches", "digests")) == held


def test_a_polish_is_folded(house: House, server: FeedServer) -> None:
    server.pages[PATHS[0]] = ferry(POLISHED)
    refreshed, published = house.run(NOW + 2 * DAY)
    assert (refreshed.changed, published.made) == (1, ())
    assert house.query("SELECT revised_at FROM entries WHERE uid = 'ferry'") == [(None,)]


def test_a_correction_within_the_cool_down_comes_when_it_is_over(
    house: House, server: FeedServer
) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    _, published = house.run(NOW + DAY)
    assert published.made == ()
    house.run(NOW + 2 * DAY)
    assert [story.title for story in stories(house)] == ["Title of ferry"]


def test_a_cosmetic_edit_does_not_take_a_revision_back(house: House, server: FeedServer) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    house.run(NOW + DAY)
    server.pages[PATHS[0]] = ferry(RIGHT.replace("noon,", "noon:"))
    house.run(NOW + 2 * DAY)
    assert [story.update for story in stories(house)] == [True]


def test_a_story_comes_back_three_times_at_most(house: House, server: FeedServer) -> None:
    for time in range(1, 7):
        server.pages[PATHS[0]] = ferry(TEXT.replace("3 people", f"{time}0 people"))
        house.run(NOW + time * 3 * DAY)
    assert house.told()[1:] == [["Title of ferry"]] * MOST
    assert house.query("SELECT count(*) FROM retellings") == [(MOST,)]


def test_a_story_that_many_feeds_pick_up_comes_back(house: House, server: FeedServer) -> None:
    for number in (1, 2, 3, 4):
        server.pages[PATHS[number]] = carrying(number)
    house.run(NOW + 2 * DAY)
    assert len(house.editions()) == 1
    server.pages[PATHS[5]] = carrying(5)
    house.run(NOW + 3 * DAY)
    (story,) = stories(house)
    assert (story.title, story.update) == ("Title of ferry", True)
    assert [mention.feed for mention in story.also_in] == [f"Feed {n}" for n in range(1, 6)]
    assert house.query("SELECT reason FROM retellings") == [(SPREAD,)]
    for number in (6, 7):
        server.pages[PATHS[number]] = carrying(number)
    house.run(NOW + 6 * DAY)
    assert len(house.editions()) == 2


def test_an_update_says_so_in_every_format_and_explain_tells_when(
    house: House, server: FeedServer, tmp_path: Path
) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    house.run(NOW + 2 * DAY)
    latest = tmp_path / "out" / "latest"
    assert ">Update</bdi>" in (latest / "index.html").read_text()
    assert "Update · Harbor Press" in (latest / "edition.txt").read_text()
    (one,) = json.loads((latest / "edition.json").read_text())["items"]
    assert (one["_digest"]["update"], one["_digest"]["first_told"]) == (True, "2026-11-20T0700")
    with house.store() as store, store.read() as connection:
        (found,) = explain.follow(house.config, connection, "ferry", NOW)
    (outcome,) = found.outcomes
    assert (outcome.verdict, outcome.edition) == ("told", "2026-11-20T0700")
    assert outcome.again == (explain.RepeatedTelling(slot="2026-11-22T0700", reason=REVISED),)


def test_a_preview_shows_updates_and_consumes_none(house: House, server: FeedServer) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + 2 * DAY)
        before = house.dump()
        edition = pipeline.preview(house.config, store, NOW + 2 * DAY, house.config.digests[0])
    assert [story.update for section in edition.sections for story in section.stories] == [True]
    assert house.dump() == before


def test_a_digest_may_want_no_updates(house: House, server: FeedServer) -> None:
    house.file.write_text(
        house.file.read_text().replace("[digests.daily]", "[digests.daily]\nupdates = false")
    )
    server.pages[PATHS[0]] = ferry(RIGHT)
    _, published = house.run(NOW + 2 * DAY)
    assert published.made == ()


def test_an_update_that_a_rule_leaves_out_stays_away(house: House, server: FeedServer) -> None:
    house.file.write_text(
        house.file.read_text().replace("[digests.daily]", '[digests.daily]\ndrop = ["ferry"]')
    )
    server.pages[PATHS[0]] = ferry(RIGHT)
    _, published = house.run(NOW + 2 * DAY)
    assert published.made == ()


@pytest.mark.parametrize("backlog", [0, 30])
def test_where_a_feed_changes_the_form_of_all_its_entries_none_is_revised(
    tmp_path: Path, server: FeedServer, backlog: int
) -> None:
    def feed(tail: str) -> bytes:
        return rss([item(f"a{n}", text=f"{TEXT} Report {n}. {tail}") for n in range(5 + backlog)])

    server.pages["/a.xml"] = feed("")
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    server.pages["/a.xml"] = feed(
        "You may read all our reports, free of charge, on any device, wherever you are, if you "
        "leave us your address, and we will send you a letter every morning before breakfast."
    )
    refreshed, published = house.run(NOW + 2 * DAY)
    assert (refreshed.changed, published.made) == (5 + backlog, ())


@pytest.mark.sqlite
def test_an_update_lost_with_its_run_is_told_by_the_next_and_by_it_alone(
    house: House, server: FeedServer
) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    database = house.folder / "digest.db"
    with closing(sqlite3.connect(database)) as direct:
        direct.execute(
            "CREATE TRIGGER last_write BEFORE INSERT ON deliveries"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    _, published = house.run(NOW + 2 * DAY)
    assert "no room" in published.failed[0].error
    assert house.query("SELECT count(*) FROM retellings") == [(0,)]
    assert len(house.editions()) == 1
    with closing(sqlite3.connect(database)) as direct:
        direct.execute("DROP TRIGGER last_write")
    for days in (2, 3, 4, 5):
        house.run(NOW + days * DAY)
    assert house.told()[1:] == [["Title of ferry"]]


def test_what_was_revised_long_ago_is_no_update(house: House, server: FeedServer) -> None:
    server.pages[PATHS[0]] = ferry(RIGHT)
    house.run(NOW + DAY)
    house.run(NOW + 2 * DAY + REMEMBERED)
    assert len(house.editions()) == 1
