"""What a changed configuration would do, before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.diagnostics.preview import PreviewedChange, preview_change
from digest.settings import interpret
from digest.settings.edit_digests import Value, set_digest
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

BEES = [item(f"a{n}", title=f"Bees, report {n}", published=NOW - n * DAY / 8) for n in range(4)]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: FeedServer) -> House:
    """A house after one edition, with three entries that wait for the next."""
    server.pages["/a.xml"] = rss([*BEES, item("raffle", title="A raffle")], "Press")
    house = House(tmp_path, [server.url("/a.xml")])
    house.run()
    new = [item(f"b{n}", title=f"Honey, report {n}", published=NOW + DAY / 8) for n in range(2)]
    server.pages["/a.xml"] = rss([*new, item("raffle2", title="Another raffle"), *BEES], "Press")
    with house.store() as store:
        from digest import pipeline

        pipeline.refresh(house.config, store, NOW + DAY / 4)
    return house


def change(house: House, **values: Value | None) -> PreviewedChange:
    text = set_digest(house.file.read_text(), "daily", values)
    changed = interpret(text, house.file)
    with house.store() as store:
        before = house.dump()
        found = preview_change(house.config, changed, store, "daily", NOW + DAY / 2)
        assert house.dump() == before, "a preview writes nothing"
    return found


def titles(change: PreviewedChange) -> tuple[list[str], list[tuple[str, str]]]:
    return (
        sorted(item.story.title for item in change.entered),
        sorted((item.story.title, item.reason) for item in change.left),
    )


def test_without_a_change_it_is_the_next_edition(house: House) -> None:
    found = change(house)
    assert (found.before, found.after, found.past) == (3, 3, None)
    assert titles(found) == ([], [])


def test_a_rule_hides_stories_now_and_would_have_before(house: House) -> None:
    found = change(house, drop=("raffle",))
    assert titles(found) == ([], [("Another raffle", "raffle")])
    assert (found.before, found.after) == (3, 2)
    assert found.past
    ((edition),) = found.past.editions
    assert [(entry.title, reason) for entry, reason in edition.left] == [("A raffle", "raffle")]


def test_a_limit_has_a_reason(house: House) -> None:
    found = change(house, max_entries=1, min_entries=1)
    assert [reason for _, reason in titles(found)[1]] == ["max_entries = 1"] * 2


def test_a_narrower_limit_is_widened_again(house: House) -> None:
    house.file.write_text(set_digest(house.file.read_text(), "daily", {"max_entries": 1}))
    found = change(house, max_entries=40)
    assert len(found.entered) == 2
    assert {item.reason for item in found.entered} == {"max_entries = 1"}


def test_an_excerpt_is_shorter_and_no_story_moves(house: House) -> None:
    found = change(house, **{"excerpt.length": 20})
    assert titles(found) == ([], [])
    assert set(found.entries.values()) <= {id for (id,) in house.query("SELECT id FROM entries")}
