"""What a person says about two entries holds for what was told before and for what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import pipeline
from digest.errors import DigestError
from digest.model import Judgment
from digest.pipeline import approval, next_edition, story_verdicts
from digest.pipeline.publish import freeze
from digest.pipeline.story_verdicts import JudgedStories
from digest.store import story_verdicts as rows
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

FERRY = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times before those on the shore."
)
BEES = (
    "Beekeepers in the hills above Fernley report the best harvest in a decade after a wet spring "
    "and a long, mild summer, in which the heather bloomed late and wasps were few."
)
SAME, APART, WITHDRAWN = Judgment.SAME, Judgment.APART, Judgment.WITHDRAWN
DIGEST = (
    '[digests.{name}]\nschedule = "0 7 * * *"\n[digests.{name}.deliver.files]\npath = "{name}"\n'
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


def serve(server: FeedServer, *feeds: list[str]) -> None:
    for number, items in enumerate(feeds):
        server.pages[f"/{number}.xml"] = rss([*items, item(f"old{number}")], f"Feed {number}")


def house_of(folder: Path, server: FeedServer, more: str = "") -> House:
    return House(folder, [server.url(path) for path in sorted(server.pages)], more=more)


def judge(house: House, one: str, other: str, judgment: Judgment) -> JudgedStories:
    ids = dict(house.query("SELECT uid, id FROM entries"))
    with house.store() as store:
        return story_verdicts.judge(store, ids[one], ids[other], judgment, NOW)


def uids(house: House, pairs: tuple[tuple[str, int], ...]) -> list[tuple[str, str]]:
    names = dict(house.query("SELECT id, uid FROM entries"))
    return [(digest, names[entry_id]) for digest, entry_id in pairs]


def told(house: House, at: int = -1, digest: str = "daily") -> list[str]:
    """The titles of an edition, without those of the old entries of each feed."""
    return sorted(title for title in house.told(digest)[at] if "Title of old" not in title)


A = item("a", title="The last ferry", text=FERRY)
COPY = item("copy", title="The last ferry", text=FERRY, published=NOW - DAY / 6)
OTHER = item("other", title="Bees in the hills", text=BEES, published=NOW - DAY / 5)
LATE = item("late", title="The hives are full", text="A short word about honey.", published=NOW)


def test_a_copy_that_is_none_is_told_by_the_next_edition(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [A], [COPY])
    house = house_of(tmp_path, server)
    house.run()
    (copy,) = house.query(
        "SELECT uid, of_entry FROM decisions JOIN entries ON id = entry_id"
        " WHERE verdict = 'duplicate'"
    )
    lead = "a" if copy[0] == "copy" else "copy"
    changed = judge(house, lead, copy[0], APART)
    assert uids(house, changed.eligible) == [("daily", copy[0])]
    house.run(NOW + DAY)
    assert told(house, 0) == told(house, 1) == ["The last ferry"]
    house.run(NOW + 2 * DAY)
    assert len(house.editions()) == 2, "it is told once"
    assert house.is_sound()


def test_what_was_told_before_is_not_told_again_under_another_name(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [OTHER], [])
    house = house_of(tmp_path, server)
    house.run()
    serve(server, [OTHER], [LATE, A])
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + DAY / 2)
    judge(house, "late", "other", SAME)
    house.run(NOW + DAY)
    assert told(house) == ["The last ferry"]
    (row,) = house.query(
        "SELECT verdict, rule FROM decisions JOIN entries ON id = entry_id WHERE uid = 'late'"
    )
    assert row == ("duplicate", "verdict")


def test_of_two_stories_told_apart_the_later_goes_on_under_the_earlier_until_they_are_apart(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [OTHER], [])
    house = house_of(tmp_path, server)
    house.run()
    serve(server, [OTHER], [LATE])
    house.run(NOW + DAY)
    assert told(house) == ["The hives are full"]
    assert uids(house, judge(house, "late", "other", SAME).joined) == [("daily", "late")]
    assert judge(house, "other", "late", SAME).joined == (), "it is joined once"
    assert uids(house, judge(house, "late", "other", APART).separated) == [("daily", "late")]
    assert house.query("SELECT * FROM redirects") == []


def test_stories_with_members_that_are_apart_are_not_joined(
    tmp_path: Path, server: FeedServer
) -> None:
    page = "https://example.org/a"
    linked = item("linked", title="The last ferry", link=page, text=f"Read this. {FERRY}")
    serve(server, [A], [linked], [])
    house = house_of(tmp_path, server)
    house.run()
    serve(server, [A], [linked], [OTHER])
    house.run(NOW + DAY)
    judge(house, "linked", "other", APART)
    assert judge(house, "a", "other", SAME).joined == ()


def test_a_verdict_holds_for_copies_in_a_digest_that_has_neither_entry(
    tmp_path: Path, server: FeedServer
) -> None:
    """Digest `two` follows the feeds of the copies alone."""
    serve(server, [OTHER], [A], [], [])
    urls = [server.url(path) for path in sorted(server.pages)]
    selected = "".join(
        f'[[feeds]]\nurl = "{url}"\ncategory = "{category}"\n'
        for url, category in zip(urls, ["one", "one", "two", "two"], strict=True)
    )
    digests = "".join(
        DIGEST.format(name=name).replace('* *"\n', f'* *"\ncategories = ["{name}"]\n', 1)
        for name in ("one", "two")
    )
    house = House(tmp_path, [], more=selected + digests)
    house.run()
    judge(house, "other", "a", SAME)
    bees = item("bees2", title="Bees", text=BEES, link="https://example.net/b")
    ferry = item("ferry2", title="A ferry", text=FERRY, link="https://example.net/f")
    serve(server, [OTHER], [A], [bees], [ferry])
    house.run(NOW + DAY)
    assert len(told(house, digest="two")) == 1
    assert house.query("SELECT count(*) FROM decisions WHERE rule = 'verdict'") == [(1,)]


@pytest.mark.parametrize("lead", ["first", "second"])
def test_of_two_copies_of_a_third_one_leaves_its_story(
    tmp_path: Path, server: FeedServer, lead: str
) -> None:
    third = item("third", title="The last ferry", text=FERRY, link="https://example.net/3")
    serve(server, [A], [COPY], [third])
    house = house_of(tmp_path, server)
    house.run()
    copies = [
        uid
        for (uid,) in house.query(
            "SELECT uid FROM decisions JOIN entries ON id = entry_id WHERE verdict = 'duplicate'"
        )
    ]
    assert len(copies) == 2
    one, other = copies if lead == "first" else copies[::-1]
    changed = judge(house, one, other, APART)
    assert len(changed.eligible) == 1
    house.run(NOW + DAY)
    assert told(house) == ["The last ferry"]


def test_an_edition_that_waits_for_approval_does_not_take_the_copy_with_it(
    tmp_path: Path, server: FeedServer
) -> None:
    more = DIGEST.format(name="daily").replace('* *"\n', '* *"\napprove = true\n', 1)
    serve(server, [A], [COPY])
    house = house_of(tmp_path, server, more)
    house.run()
    assert uids(house, judge(house, "a", "copy", APART).eligible) == []
    with house.store() as store:
        held = approval.waiting(store, "daily")
        assert held
        (digest,) = house.config.digests
        assert approval.approve(house.config, store, digest, held, "command", NOW)
    assert house.query("SELECT count(*) FROM decisions WHERE verdict = 'duplicate'") == [(0,)]
    house.run(NOW + DAY)
    with house.store() as store:
        held = approval.waiting(store, "daily")
    assert held
    assert held.stories == 1


def test_a_draft_from_before_a_verdict_is_not_frozen(tmp_path: Path, server: FeedServer) -> None:
    serve(server, [A], [COPY])
    house = house_of(tmp_path, server)
    (digest,) = house.config.digests
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW)
        slot = next_edition.due(store, digest, NOW)
        assert slot
        with store.read() as connection:
            candidates = next_edition.eligible(connection, digest, slot, NOW)
            found = next_edition.group(connection, candidates, {})
            material = next_edition.select(connection, candidates, {}, found)
        draft = next_edition.compose(house.config.match, candidates, material)
        judge(house, "a", "copy", APART)
        assert freeze(house.config, store, draft, NOW, force=False) is None
        pipeline.publish(house.config, store, NOW)
    assert told(house) == ["The last ferry", "The last ferry"]


def test_the_labelled_pairs_are_the_last_words_with_their_texts(
    tmp_path: Path, server: FeedServer
) -> None:
    serve(server, [A], [COPY], [OTHER])
    house = house_of(tmp_path, server)
    house.run()
    judge(house, "a", "copy", APART)
    judge(house, "copy", "a", SAME)
    judge(house, "other", "a", SAME)
    judge(house, "a", "other", WITHDRAWN)
    with house.store() as store, store.read() as connection:
        (pair,) = rows.labelled(connection)
        every = rows.page(connection, most=10)
    assert pair.verdict.judgment is SAME
    assert {text.text for text in pair.texts} == {FERRY}
    assert [each.verdict.id for each in every] == [4, 3, 2, 1]
    assert house.is_sound()


def test_a_verdict_is_about_two_entries_that_exist(tmp_path: Path, server: FeedServer) -> None:
    serve(server, [A])
    house = house_of(tmp_path, server)
    house.run()
    with house.store() as store:
        with pytest.raises(DigestError, match="the same entry"):
            story_verdicts.judge(store, 1, 1, APART, NOW)
        with pytest.raises(DigestError, match="no entry 999"):
            story_verdicts.judge(store, 1, 999, APART, NOW)
