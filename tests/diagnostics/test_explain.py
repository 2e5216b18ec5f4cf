"""Why an entry is, or is not, in an edition; and what an edition left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import pipeline
from digest.diagnostics import explain
from digest.diagnostics.explain import EditionOmissions, EntryTrail, sentences
from digest.model import Judgment
from digest.pipeline import story_verdicts
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss

DAILY = '[digests.daily]\nschedule = "0 7 * * *"\ndeliver.files.path = "out"\n'
TEXT = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now."
)
DIGESTS = """
[digests.daily]
schedule = "0 7 * * *"
max_per_feed = 2
drop = ["raffle"]
[digests.daily.deliver.files]
path = "out"
[digests.other]
schedule = "0 7 * * mon"
categories = ["none"]
[digests.other.deliver.files]
path = "other"
[[feeds]]
url = "{other}"
category = "none"
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: FeedServer) -> House:
    """A house after its first edition, which left out something for each reason."""
    many = [item(f"a{n}", title=f"Bees, report {n}", published=NOW - n * DAY) for n in range(9)]
    server.pages["/a.xml"] = rss([item("lead", title="The ferry", text=TEXT), *many], "Press")
    server.pages["/b.xml"] = rss(
        [
            item(
                "copy",
                title="Farewell to a ferry",
                link="https://planet.example.net/copy",
                text=TEXT + " Read on.",
                published=NOW,
            ),
            item("prize", title="A raffle for all"),
        ],
        "Planet",
    ).replace(b"</rss>", b"")
    server.pages["/c.xml"] = b"this is no feed"
    urls = [server.url(f"/{name}.xml") for name in "abc"]
    house = House(tmp_path, urls, more=DIGESTS.replace("{other}", server.url("/d.xml")))
    house.run()
    return house


def follow(house: House, needle: str, days: float = 0) -> list[EntryTrail]:
    with house.store() as store, store.read() as connection:
        return explain.follow(house.config, connection, needle, NOW + days * DAY)


def shown(house: House, needle: str, days: float = 0) -> str:
    (one,) = follow(house, needle, days)
    return "\n".join(sentences.full(one, "Europe/Berlin"))


def left_out(house: House, slot: str, digest: str = "daily") -> EditionOmissions:
    with house.store() as store, store.read() as connection:
        found = explain.left_out(house.config, connection, digest, slot)
    assert found
    return found


@pytest.mark.parametrize(
    ("needle", "lines"),
    [
        pytest.param(
            "lead",
            [
                "  fetched   from Press, {a}",
                "            last asked 2026-11-21 09:00; nothing new in it since 2026-11-20 09:00",
                "  read      as XML; 274 characters of text",
                "  dates     first seen 2026-11-20 09:00 (Europe/Berlin)",
                "            published 2026-11-20 06:00",
                "  cleaned   nothing to remove",
                "  language  en",
                "  entry     1, known to its feed as lead",
                "  daily     told in 2026-11-20T0700, rank 2",
                "            delivered 2026-11-20T0700 by files: 1 sent",
                "  other     does not follow this feed",
            ],
            id="told",
        ),
        pytest.param(
            "copy",
            [
                "  read      as XML; 283 characters of text",
                "            with a flaw: the document is cut short: its root element is never "
                "closed",
                "  daily     duplicate in 2026-11-20T0700, of “The ferry” (Press, entry 1)",
                "            by its text",
                "            both have: The ferry that has linked Lowbridge and Saltmarsh for "
                "eighty years made its last crossing …",
                "            that story is told in 2026-11-20T0700",
                "            delivered 2026-11-20T0700 by files: 1 sent",
            ],
            id="a duplicate, in a document that is cut short",
        ),
        pytest.param(
            "prize",
            ['  daily     left out in 2026-11-20T0700: filtered by "raffle"'],
            id="filtered",
        ),
        pytest.param(
            "a3",
            ["  daily     left out in 2026-11-20T0700: over the limit max_per_feed = 2"],
            id="capped",
        ),
        pytest.param(
            "a8",
            [
                "  read      only to recognize it later: it was old when its feed was first read",
                "  daily     left out: too old, its feed had it before, and only the newest of "
                "that are told (backfill)",
            ],
            id="too old",
        ),
        pytest.param(
            "late",
            [
                "            it has no date",
                "  daily     not decided yet; waits for the edition 2026-11-22T0700",
            ],
            id="waits",
        ),
    ],
)
def test_the_whole_trail_is_told_in_words(
    house: House, server: FeedServer, needle: str, lines: list[str]
) -> None:
    house.run(NOW + DAY)
    server.pages["/c.xml"] = rss([item("late", published=None)])
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW + DAY + DAY / 2, only=[house.config.feeds[2]])
    found = shown(house, needle, 1.5).split("\n")
    expected = [line.format(a=server.url("/a.xml")) for line in lines]
    assert [line for line in found if line in expected] == expected, found


def test_a_story_told_again_and_one_that_fails_say_so(house: House, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("lead", title="The ferry", text=TEXT.replace("two", "20"))])
    server.pages["/b.xml"] = b"gone"
    house.run(NOW + 3 * DAY)
    told = shown(house, "lead", 3)
    assert "revised 2026-11-23 09:00: its text has changed since" in told
    assert "told again in 2026-11-23T0700 as an update: it was revised" in told
    assert "delivered 2026-11-23T0700 by files: 1 sent" in told
    assert "last asked 2026-11-23 09:00; it has failed once: " in shown(house, "copy", 3)


def test_a_story_that_has_gone_into_another_is_found_from_both(
    tmp_path: Path, server: FeedServer
) -> None:
    link = "https://example.org/ferry"
    feeds = [[item("one", link=link)], [item("two", text=TEXT)], []]
    for number, items in enumerate(feeds):
        server.pages[f"/{number}.xml"] = rss([*items, item(f"old{number}")])
    house = House(tmp_path, [server.url(f"/{number}.xml") for number in range(3)])
    house.run()
    server.pages["/2.xml"] = rss([item("both", title="Title of two", link=link, text=TEXT)])
    house.run(NOW + DAY)
    ids = dict(house.query("SELECT uid, id FROM entries"))
    names = [f"“Title of {name}” (A feed, entry {ids[name]})" for name in ("one", "two")]
    bridge = f"“Title of two” (A feed, entry {ids['both']}) tells both"
    into = f"its story goes on under that of {names[0]} since 2026-11-21T0700: {bridge}"
    took = f"its story has taken in that of {names[1]} since 2026-11-21T0700: {bridge}"
    assert into in shown(house, "two")
    assert took in shown(house, "one")


@pytest.mark.parametrize(
    ("needle", "uids"),
    [
        pytest.param("https://example.org/a3", ["a3"], id="a link"),
        pytest.param("http://example.org/a3?utm_source=x#top", ["a3"], id="a link, otherwise"),
        pytest.param("copy", ["copy"], id="an id"),
        pytest.param("1", ["lead"], id="the number of an entry"),
        pytest.param("The ferry", ["lead"], id="a whole title, though another has its words"),
        pytest.param("the ferry", ["lead"], id="a whole title in another case"),
        pytest.param("ferry a", ["copy"], id="words of a title"),
        pytest.param("REPORT bees 7", ["a7"], id="words in any order and case"),
        pytest.param("nothing like it", [], id="none"),
        pytest.param("%", [], id="what a pattern means otherwise"),
        pytest.param(" ", [], id="a blank"),
    ],
)
def test_an_entry_is_found_by_what_it_is_called(house: House, needle: str, uids: list[str]) -> None:
    assert [one.entry.uid for one in follow(house, needle)] == uids


def test_a_story_is_found_by_the_id_that_generated_feeds_give_it(house: House) -> None:
    ((key, slot),) = [
        (outcome.story, outcome.edition)
        for outcome in follow(house, "lead")[0].outcomes
        if outcome.story
    ]
    assert slot == "2026-11-20T0700"
    for needle in (str(key), f"tag:example.org,2026-11-20:daily/story/{key}"):
        assert [one.entry.uid for one in follow(house, needle)] == ["lead"]


def test_several_are_listed_each_with_its_number(house: House) -> None:
    lines = list(sentences.choices(follow(house, "report 1") + follow(house, "a3"), "report"))
    assert lines[2:4] == [
        "       3  Bees, report 1 (Press)",
        "          daily: capped max_per_feed = 2 in 2026-11-20T0700; "
        "other: does not follow this feed",
    ]
    assert lines[-1] == "Name one by its number: digest explain 3"


def test_an_edition_tells_what_it_left_out_the_most_useful_first(house: House) -> None:
    lines = list(sentences.omissions(left_out(house, "2026-11-20T0700")))
    assert lines[:15] == [
        "daily 2026-11-20T0700  no. 1, 2 stories; left out: 5 entries",
        "",
        "Over the limit max_per_feed = 2 (3 entries)",
        "  Bees, report 1 (Press)",
        "  Bees, report 2 (Press)",
        "  Bees, report 3 (Press)",
        "",
        'Filtered by "raffle" (1 entry)',
        "  A raffle for all (Planet)",
        "",
        "Told by another entry (1 entry)",
        "  “The ferry” (Press, entry 1)",
        "    = Farewell to a ferry (Planet): its text",
        "",
        "Could not be read (2)",
    ]


def test_a_slot_with_nothing_to_tell_still_says_what_it_left_out(
    house: House, server: FeedServer
) -> None:
    server.pages["/b.xml"] = rss([item("more", title="Another raffle"), item("prize")], "Planet")
    copy = item("again", title="The ferry again", link="https://example.net/2", text=TEXT)
    server.pages["/c.xml"] = rss([copy, item("c", title="A third raffle")], "Copies")
    house.run(NOW + DAY)
    found = left_out(house, "2026-11-21T0700")
    assert (found.number, found.stories, found.count) == (None, 0, 3)
    assert [(one.rule, len(one.entries)) for one in found.reasons] == [("raffle", 2)]
    assert [one.slot for one in found.repeated] == ["2026-11-20T0700"]
    lines = list(sentences.omissions(found))
    assert lines[0].endswith("no edition, nothing was told; left out: 3 entries")
    assert "  “The ferry” (Press, entry 1), told in 2026-11-20T0700" in lines
    assert "in 2026-11-21T0700, which had nothing to tell: filtered" in shown(house, "more", 1)


def test_of_many_entries_the_newest_are_named_and_the_others_counted(
    tmp_path: Path, server: FeedServer
) -> None:
    many = [item(f"a{n:02}", published=NOW - n * DAY / 24) for n in range(sentences.SHOWN + 6)]
    server.pages["/a.xml"] = rss(many)
    more = f'backfill = "all"\n{DAILY}max_per_feed = 1\n'
    house = House(tmp_path, [server.url("/a.xml")], more=more)
    house.run()
    found = left_out(house, "2026-11-20T0700")
    lines = list(sentences.omissions(found))
    assert lines[3] == "  Title of a01 (A feed)"
    assert lines[3 + sentences.SHOWN] == "  and 5 more (--json names all)"
    assert len(found.as_dict()["reasons"][0]["entries"]) == sentences.SHOWN + 5


def test_what_is_told_is_harmless_and_without_logins(tmp_path: Path, server: FeedServer) -> None:
    server.pages["/a.xml"] = rss([item("x\x1b[2J", title="")])
    address = server.url("/a.xml").replace("http://", "http://me:secret@")
    house = House(tmp_path, [address])
    house.run()
    (one,) = follow(house, "1")
    assert "secret" not in shown(house, "1")
    assert "secret" not in str(one.as_dict())


def test_what_somebody_said_is_in_the_trail_of_both_and_of_their_copies(
    house: House, server: FeedServer
) -> None:
    names = {one.entry.uid: one.entry.id or 0 for one in follow(house, "ferry")}
    with house.store() as store:
        changed = story_verdicts.judge(store, names["lead"], names["copy"], Judgment.APART, NOW)
        assert changed.eligible == (("daily", names["copy"]),)
    line = (
        "  verdicts  not the same story as “Farewell to a ferry” (Planet, entry {copy}): somebody"
    )
    assert f"{line.format(**names)} said so 2026-11-20 09:00 (no. 1)" in shown(house, "lead")
    assert "not the same story as “The ferry” (Press, entry 1)" in shown(house, "copy")
    assert "not decided yet; waits for the edition" in shown(house, "copy")
    with house.store() as store:
        story_verdicts.judge(store, names["copy"], names["lead"], Judgment.WITHDRAWN, NOW)
    assert "verdicts" not in shown(house, "lead")
