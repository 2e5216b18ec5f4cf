"""What is new, what is changed, and what only looks so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Known, Markup, ParsedEntry
from digest.sift import Sifted, identify, is_renamed, newest, sift, uids_to_look_up

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


def stored(*entries: ParsedEntry) -> dict[str, Known]:
    """What the store would know after it has saved these."""
    return {
        item.uid: Known(
            id=number,
            uid=item.uid,
            raw_hash=item.raw_hash,
            link=item.canonical_link,
            title=item.entry.title.value if item.entry.title else "",
        )
        for number, item in enumerate(identify(entries), 1)
    }


def sifted(entries: list[ParsedEntry], known: dict[str, Known]) -> list[tuple[str, str]]:
    return [("changed" if one.known else "new", one.uid) for one in sift(identify(entries), known)]


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


@pytest.mark.parametrize(
    ("present", "title", "renamed"),
    [
        pytest.param(frozenset({"new"}), "A  Title", True, id="gone under the old id, same title"),
        pytest.param(frozenset({"new", "old"}), "A title", False, id="still there: two entries"),
        pytest.param(frozenset({"new"}), "Another title", False, id="another title: another entry"),
    ],
)
def test_a_changed_id_is_recognized(present: frozenset[str], title: str, renamed: bool) -> None:
    before = Known(id=1, uid="old", raw_hash="", link="https://example.org/1", title="A title")
    assert is_renamed(before, present=present, title=title) is renamed


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
    kept = sift(identify(entries), {})
    assert len({one.uid for one in kept}) == len(kept)


@given(st.lists(any_entry, max_size=8))
def test_whatever_was_stored_is_known_again(entries: list[ParsedEntry]) -> None:
    kept: tuple[Sifted, ...] = sift(identify(entries), {})
    known = {
        one.uid: Known(
            id=number, uid=one.uid, raw_hash=one.item.raw_hash, link=one.item.canonical_link
        )
        for number, one in enumerate(kept)
    }
    again = sift(identify(entries), known)
    assert [one.uid for one in again if one.known is None] == []
