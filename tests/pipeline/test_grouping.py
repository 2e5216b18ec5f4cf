"""A story's id is for ever: whatever arrives when, and when two stories turn out to be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import pytest

from digest import pipeline
from digest.model import Story
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

FULL = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now; "
    "its toll is lower than the fare was, and it does not stop for fog."
)
SHORT = "All 3 people were saved."
BEEKEEPERS = (
    "Beekeepers in the hills above Fernley report the best harvest in a decade after a wet spring "
    "and a long, mild summer, in which the heather bloomed late and wasps were few."
)
LINK = "https://a.example.org/ferry"
BEES = "https://b.example.org/bees"
LINKED = item("linked", title="An old boat retires", link=LINK, text=SHORT, published=NOW - DAY / 8)
TEXT = item("text", title="The last ferry", text=FULL, published=NOW - DAY / 6)
BRIDGE = item("bridge", title="The last ferry", link=LINK, text=FULL)
OTHER = item("other", title="Bees in the hills", link=BEES)
BOTH = item("both", title="The last ferry", link=BEES, text=FULL)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


def serve(server: FeedServer, *feeds: Sequence[str]) -> None:
    for number, items in enumerate(feeds):
        server.pages[f"/{number}.xml"] = rss([*items, item(f"old{number}")], f"Feed {number}")


def house_of(folder: Path, server: FeedServer) -> House:
    return House(folder, [server.url(path) for path in sorted(server.pages)])


def stories(house: House, at: int = -1) -> dict[str, Story]:
    edition = house.editions()[at]
    return {story.title: story for section in edition.sections for story in section.stories}


def redirects(house: House) -> list[tuple[str, str, str]]:
    """Each as the uids of the story that has gone, of where it has gone, and of what told both."""
    return house.query(
        "SELECT gone.uid, lead.uid, bridge.uid FROM redirects"
        " JOIN entries gone ON gone.id = entry_id JOIN entries lead ON lead.id = of_entry"
        " JOIN entries bridge ON bridge.id = by_entry ORDER BY 1"
    )


def test_a_story_has_the_same_id_whatever_arrives_first(tmp_path: Path, server: FeedServer) -> None:
    serve(server, [LINKED], [TEXT], [BRIDGE])
    keys = set()
    for at, order in enumerate(permutations(range(3))):
        folder = tmp_path / str(at)
        folder.mkdir()
        house = house_of(folder, server)
        with house.store() as store:
            for number in order:
                pipeline.refresh(house.config, store, NOW, only=[house.config.feeds[number]])
            pipeline.publish(house.config, store, NOW)
        keys.add(frozenset(story.key for story in stories(house).values()))
    assert len(keys) == 1


def test_two_stories_that_an_entry_joins_are_one_from_then_on(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [LINKED], [TEXT], [])
    house = house_of(tmp_path, server)
    house.run()
    before = stories(house)
    frozen = house.query("SELECT document FROM editions")
    assert before["An old boat retires"].rank < before["The last ferry"].rank

    serve(server, [LINKED], [TEXT], [BRIDGE])
    house.run(NOW + DAY)
    assert redirects(house) == [("text", "linked", "bridge")]
    assert house.query("SELECT document FROM editions") == frozen

    corrected = TEXT.replace("eighty years", "ninety years").replace("two miles", "40 miles")
    serve(server, [LINKED], [corrected], [BRIDGE])
    house.run(NOW + 3 * DAY)
    (update,) = stories(house).values()
    assert (update.title, update.update) == ("The last ferry", True)
    assert update.key == before["An old boat retires"].key
    assert {one.title for one in update.also_in} == {"An old boat retires", "The last ferry"}

    more = f"{SHORT} {BEEKEEPERS}"
    serve(server, [LINKED.replace(SHORT, more)], [corrected], [BRIDGE])
    house.run(NOW + 6 * DAY)
    (update,) = stories(house).values()
    assert update.title == "An old boat retires"
    assert update.key == before["An old boat retires"].key
    assert len({edition.slot for edition in house.editions()}) == 3


@pytest.mark.parametrize("order", [(BRIDGE, BOTH), (BOTH, BRIDGE)])
def test_of_three_stories_joined_the_one_told_first_stands_for_all(
    tmp_path: Path, server: FeedServer, order: tuple[str, str]
) -> None:
    serve(server, [OTHER], [], [], [], [])
    house = house_of(tmp_path, server)
    house.run()
    serve(server, [OTHER], [TEXT], [LINKED], [], [])
    house.run(NOW + DAY)
    for at, one in enumerate(order):
        serve(server, [OTHER], [TEXT], [LINKED], [order[0]], [one] if at else [])
        house.run(NOW + (at + 2) * DAY)
    assert [(gone, lead) for gone, lead, _ in redirects(house)] == [
        ("linked", "other"),
        ("text", "other"),
    ]


def test_a_story_keeps_its_id_where_the_publisher_changes_his(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [LINKED])
    house = house_of(tmp_path, server)
    house.run()
    key = stories(house)["An old boat retires"].key
    renamed = LINKED.replace("linked", "urn:new").replace("3 people", "30 people")
    serve(server, [renamed])
    house.run(NOW + 2 * DAY)
    assert house.query("SELECT count(*) FROM entries WHERE uid = 'urn:new'") == [(1,)]
    assert stories(house)["An old boat retires"].key == key
