"""What is new, what is changed, and what only looks so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Markup, ParsedEntry, ParsedFeed, StoredEntry
from digest.sift import Fresh, Sifted, complete, identify, is_renamed, newest, sift, uids_to_look_up
from digest.sift.changes import LONGEST_UID
from digest.text.dates import parse_date

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)
BASE = "https://example.org/feed.xml"


def entry(
    id: str | None = None,
    link: str | None = None,
    title: str | None = "A title",
    text: str = "Some words.",
    published: str | None = None,
) -> ParsedEntry:
    return ParsedEntry(
        id=id,
        link=link,
        base=BASE,
        title=Markup(value=title) if title is not None else None,
        summary=Markup(value=text),
        published=published,
    )


def stored(*entries: ParsedEntry) -> dict[str, StoredEntry]:
    """What the store would know after it has saved these."""
    return {
        item.uid: StoredEntry(
            id=number,
            uid=item.uid,
            raw_hash=item.raw_hash,
            link=item.canonical_link,
            title=item.entry.title.value if item.entry.title else "",
            published=parse_date(item.entry.published, NOW),
        )
        for number, item in enumerate(identify(entries), 1)
    }


def sifted(entries: list[ParsedEntry], known: dict[str, StoredEntry]) -> list[tuple[str, str]]:
    return [
        ("changed" if one.known else "new", one.uid) for one in sift(identify(entries), known, NOW)
    ]


@pytest.mark.parametrize(
    ("one", "uid"),
    [
        pytest.param(entry(id=" tag:a "), "tag:a", id="the publisher's id, without its margins"),
        pytest.param(
            entry(link="/post?utm_source=rss"),
            "http://example.org/post",
            id="without an id, the link as it compares: a tracking parameter makes no new entry",
        ),
        pytest.param(
            entry(id="  ", link="/post"), "http://example.org/post", id="an empty id is none"
        ),
    ],
)
def test_an_entry_is_named(one: ParsedEntry, uid: str) -> None:
    found = identify([one])[0].uid
    assert found == uid or found == uid.replace("http:", "https:")


def test_without_id_and_link_the_words_name_an_entry() -> None:
    first, second = identify([entry(title="One"), entry(title="Two")])
    assert first.uid.startswith("hash:")
    assert first.uid != second.uid
    assert identify([entry(title="One", text="edited since")])[0].uid == first.uid


def test_entries_of_the_same_name_without_id_and_link_are_all_kept() -> None:
    both = identify([entry(title="Note", text="one"), entry(title="Note", text="two")])
    assert len({item.uid for item in both}) == 2


def test_a_second_fetch_of_the_same_brings_nothing() -> None:
    entries = [entry(id="a"), entry(link="/b"), entry(title="c"), entry(id="a", link="/d")]
    assert sifted(entries, stored(*entries)) == []


def test_a_changed_text_is_a_change_and_not_a_new_entry() -> None:
    assert sifted([entry(id="a", text="Other words.")], stored(entry(id="a"))) == [("changed", "a")]


def test_an_entry_given_twice_is_one() -> None:
    assert len(identify([entry(id="a"), entry(id="a")])) == 1


def test_an_id_borne_by_all_entries_does_not_fold_them_into_one() -> None:
    entries = [entry(id="x", link=f"/{n}", title=f"Title {n}") for n in range(3)]
    uids = [item.uid for item in identify(entries)]
    assert len(set(uids)) == 3
    assert all(uid.startswith("x ") for uid in uids)


def test_an_id_and_a_link_borne_by_all_entries_leave_the_titles_to_tell_them_apart() -> None:
    entries = [entry(id="x", link="/", title=f"Title {n}") for n in range(3)]
    known = stored(*entries)
    assert len(known) == 3
    edited = [replace(entries[0], summary=Markup(value="edited")), *entries[1:]]
    assert [kind for kind, _ in sifted(edited, known)] == ["changed"]


def test_long_ids_are_cut_and_told_apart_by_their_ends() -> None:
    long = "x" * 3000
    one, other = (sifted([entry(id=f"{long}{end}")], {})[0][1] for end in "ab")
    assert one != other
    assert len(one) <= LONGEST_UID
    assert one.startswith("xxx")
    known = stored(entry(id=f"{long}a"))
    assert sifted([entry(id=f"{long}a")], known) == []


def test_an_entry_keeps_its_uid_when_the_feed_begins_to_repeat_the_id() -> None:
    old, other = entry(id="x", link="/1"), entry(id="x", link="/2", title="Another")
    assert sifted([other, old], stored(old)) == [("new", identify([other, old])[0].uid)]


def test_an_entry_keeps_its_uid_when_the_feed_ceases_to_repeat_the_id() -> None:
    old, other = entry(id="x", link="/1"), entry(id="x", link="/2", title="Another")
    assert sifted([other], stored(old, other)) == []


def test_the_store_is_asked_for_every_uid_that_sift_looks_at() -> None:
    items = identify([entry(id="x", link="/1"), entry(id="x", link="/2"), entry(id="y")])
    asked = uids_to_look_up(items)
    assert {"x", "y", *(item.uid for item in items)} <= set(asked)
    assert len(asked) == len(set(asked))


OLD, NEW_LINK = "https://example.org/2026/a", "https://new.example.net/p/1"
LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("fresh", "renamed"),
    [
        pytest.param({"fingerprint": "f", "link": NEW_LINK}, True, id="the same text elsewhere"),
        pytest.param(
            {"fingerprint": "f", "link": NEW_LINK, "published": LATER}, True, id="posted once more"
        ),
        pytest.param(
            {"fingerprint": "g", "link": NEW_LINK, "published": NOW}, True, id="the same moment"
        ),
        pytest.param({"link": f"{OLD}?session=2"}, True, id="a parameter that changes each time"),
        pytest.param({"link": OLD}, True, id="the same link and no date"),
        pytest.param(
            {"link": OLD, "published": LATER}, True, id="the same link, no text, another date"
        ),
        pytest.param(
            {"link": OLD, "fingerprint": "g", "published": LATER},
            False,
            id="news on a page that is kept up to date",
        ),
        pytest.param({"link": NEW_LINK, "fingerprint": "g"}, False, id="a column of that name"),
        pytest.param(
            {"link": NEW_LINK, "published": LATER}, False, id="another day under that name"
        ),
        pytest.param({"link": OLD, "title": "Another title"}, False, id="another title"),
    ],
)
def test_an_entry_under_a_changed_id_or_link_is_recognized(
    fresh: dict[str, Any], renamed: bool
) -> None:
    before = StoredEntry(
        id=1, uid="old", raw_hash="", link=OLD, title="A title", published=NOW, fingerprint="f"
    )
    found = Fresh(**{"title": "A  Title", **fresh})
    assert is_renamed(before, found, present=frozenset({"new"})) is renamed
    assert not is_renamed(before, found, present=frozenset({"new", "old"})), "there are two"


@pytest.mark.parametrize(
    ("published", "updated"), [(None, NOW), (NOW, None)], ids=["only updated", "only published"]
)
def test_one_date_of_either_kind_suffices(
    published: datetime | None, updated: datetime | None
) -> None:
    before = StoredEntry(id=1, uid="old", raw_hash="", link=OLD, title="A", updated=NOW)
    found = Fresh(title="A", link=NEW_LINK, published=published, updated=updated)
    assert is_renamed(before, found, present=frozenset())


def test_of_items_that_share_a_link_each_is_an_entry_of_its_own() -> None:
    status = "https://status.example.org/"
    first = entry(link=status, title="All is well", published="2026-01-10T07:00:00Z")
    second = entry(link=status, title="The line is down", published="2026-01-11T07:00:00Z")
    known = stored(first)
    assert [kind for kind, _ in sifted([second], known)] == ["new"]
    assert [kind for kind, _ in sifted([second, first], known)] == ["new"]
    later = {
        **known,
        **{
            one.uid: StoredEntry(id=9, uid=one.uid, raw_hash=one.item.raw_hash)
            for one in sift(identify([second]), known, NOW)
        },
    }
    assert sifted([second], later) == []
    edited = replace(first, summary=Markup(value="Really."))
    assert [kind for kind, _ in sifted([edited], known)] == ["changed"]


def test_an_alias_belongs_to_the_entry_with_its_title_and_date() -> None:
    first = entry(id="x", link="/1", title="Monday", published="2026-01-10T07:00:00Z")
    others = [
        entry(id="x", link="/1", title="Tuesday", published="2026-01-11T07:00:00Z"),
        replace(first, summary=Markup(value="edited")),
    ]
    assert sorted(kind for kind, _ in sifted(others, stored(first))) == ["changed", "new"]


def test_what_was_open_where_a_document_was_cut_is_not_taken() -> None:
    entries = (entry(id="a"), entry(id="b"), entry(id="c", text="So"))
    cut = ParsedFeed(parser="xml", entries=entries, cut=True, open_entry=2)
    assert complete(cut) == entries[:2]
    assert complete(replace(cut, open_entry=None)) == entries
    assert complete(replace(cut, entries=entries[:1], open_entry=0)) == entries[:1]


def test_a_document_that_is_cut_changes_nothing_that_is_known() -> None:
    known = stored(entry(id="a"))
    items = identify([entry(id="a", text="Shorter"), entry(id="b")])
    assert [one.uid for one in sift(items, known, NOW, cut=True)] == ["b"]


@pytest.mark.parametrize(
    ("dates", "count", "chosen"),
    [
        pytest.param([1, 3, 2], 2, {1, 2}, id="by date, whatever the order"),
        pytest.param([None, None, None], 2, {0, 1}, id="without dates, the first of the document"),
        pytest.param([None, 5, None], 2, {0, 1}, id="undated after dated"),
        pytest.param([1, 2], 5, {0, 1}, id="fewer than asked for"),
        pytest.param([1, 2, 3], None, {0, 1, 2}, id="all"),
        pytest.param([1, 2, 3], 0, set(), id="none"),
    ],
)
def test_the_newest_are_chosen(
    dates: list[int | None], count: int | None, chosen: set[int]
) -> None:
    assert newest(dates, count, lambda date: date) == chosen


words = st.text(max_size=12)
any_entry = st.builds(
    entry,
    id=st.none() | st.sampled_from(["a", "b", ""]) | words,
    link=st.none() | st.sampled_from(["/1", "/2", "//", "http://["]) | words,
    title=st.none() | words,
    text=words,
    published=st.none() | words,
)


@given(st.lists(any_entry, max_size=8))
def test_no_two_entries_of_a_document_are_stored_under_one_uid(entries: list[ParsedEntry]) -> None:
    kept = sift(identify(entries), {}, NOW)
    assert len({one.uid for one in kept}) == len(kept)


@given(st.lists(any_entry, max_size=8))
def test_whatever_was_stored_is_known_again(entries: list[ParsedEntry]) -> None:
    kept: tuple[Sifted, ...] = sift(identify(entries), {}, NOW)
    known = {
        one.uid: StoredEntry(
            id=number, uid=one.uid, raw_hash=one.item.raw_hash, link=one.item.canonical_link
        )
        for number, one in enumerate(kept)
    }
    again = sift(identify(entries), known, NOW)
    assert [one.uid for one in again if one.known is None] == []


HOME = "https://example.org/status"


def read_one_by_one(*documents: list[ParsedEntry]) -> list[list[str]]:
    """Read documents one after another; say of each entry kept whether it is new or changed."""
    known: dict[str, StoredEntry] = {}
    told = []
    for document in documents:
        items = identify(document, HOME)
        kept = sift(items, {uid: known[uid] for uid in uids_to_look_up(items) if uid in known}, NOW)
        told.append(["changed" if one.known else "new" for one in kept])
        for one in kept:
            known[one.uid] = StoredEntry(
                id=one.known.id if one.known else len(known) + 1,
                uid=one.uid,
                raw_hash=one.item.raw_hash,
                link=one.item.canonical_link,
                title=one.item.entry.title.value if one.item.entry.title else "",
                published=parse_date(one.item.entry.published, NOW),
            )
    return told


STORM = entry("status", None, "Storm warning", "Stay inside.", "2026-01-10T06:00:00Z")
FLOOD = entry("status", None, "Flood warning", "Go uphill.", "2026-01-11T06:00:00Z")
FROST = entry("status", None, "Frost warning", "Cover the roses.", "2026-01-12T06:00:00Z")


@pytest.mark.parametrize("link", [None, HOME, "https://example.org/", "own"])
@pytest.mark.parametrize("id", ["status", HOME])
def test_items_that_share_one_id_are_each_new_also_where_there_is_one_at_a_time(
    id: str, link: str | None
) -> None:
    storm, flood, frost = (
        replace(one, id=id, link=f"https://example.org/{number}" if link == "own" else link)
        for number, one in enumerate((STORM, FLOOD, FROST), 1)
    )
    assert read_one_by_one([storm], [flood], [flood], [frost, flood], [frost], [storm]) == [
        ["new"], ["new"], [], ["new"], [], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"summary": Markup(value="Stay inside until noon.")}, id="another text"),
        pytest.param({"title": Markup(value="Storm warning ends")}, id="another title"),
        pytest.param({"published": "2026-01-10T09:00:00Z"}, id="another date"),
        pytest.param(
            {"title": Markup(value="Storm is over"), "published": "2026-01-10T09:00:00Z"},
            id="another title and date, on a page of its own",
        ),
    ],
)
def test_no_op_an_item_that_is_alone_may_change(changes: dict[str, Any]) -> None:
    storm = replace(STORM, link="https://example.org/storm")
    assert read_one_by_one([storm], [replace(storm, **changes)]) == [["new"], ["changed"]]
