"""What a person says about two entries stands above all evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import Group, candidates, group, keys
from digest.model import Entry, JudgedEntry, Judgment, KeyHolder, StoryVerdict

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)
SAME, APART, WITHDRAWN = Judgment.SAME, Judgment.APART, Judgment.WITHDRAWN
LINK = "https://example.org/a"


def entry(
    id: int, text: str | None = None, link: str | None = None, feed: int | None = None
) -> Entry:
    return Entry(
        id=id,
        feed_id=feed or id,
        uid=str(id),
        fingerprint=text,
        canonical_link=link,
        first_seen=NOW,
        raw_hash="",
    )


def verdict(id: int, judgment: Judgment, one: Entry, other: Entry) -> StoryVerdict:
    return StoryVerdict(id=id, judgment=judgment, at=NOW, one=judged(one), other=judged(other))


def judged(one: Entry) -> JudgedEntry:
    return JudgedEntry(
        entry_id=one.id or 0,
        fingerprint=one.fingerprint,
        current=one.fingerprint,
        link=one.canonical_link,
    )


def grouped(
    asked: Sequence[Entry],
    verdicts: Sequence[StoryVerdict],
    others: Sequence[Entry] = (),
    told: Sequence[Collection[int]] = (),
) -> tuple[Group, ...]:
    holders: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for one in (*asked, *others):
        for key in keys(one):
            holders[key.hash].append(KeyHolder(entry_id=one.id or 0, feed_id=one.feed_id))
    feeds = {one.feed_id for one in (*asked, *others)}
    pairs = candidates(asked, holders, feeds)
    return group(asked, others, pairs, holders, feeds, lambda ids: {}, told, verdicts)


def stories(asked: Sequence[Entry], *verdicts: StoryVerdict) -> set[tuple[int, ...]]:
    return {found.members for found in grouped(asked, verdicts)}


A, B, C = entry(1, "a"), entry(2, "b"), entry(3, "c")
TEXT, COPY = entry(1, "t"), entry(2, "t")
LINKED, LINKING = entry(1, link=LINK), entry(2, link=LINK)


@pytest.mark.parametrize(
    ("entries", "verdicts", "expected"),
    [
        pytest.param([A, B], [verdict(1, SAME, A, B)], {(1, 2)}, id="the same, without evidence"),
        pytest.param([A, B], [verdict(1, SAME, B, A)], {(1, 2)}, id="in either order"),
        pytest.param(
            [TEXT, COPY], [verdict(1, APART, TEXT, COPY)], {(1,), (2,)}, id="apart, with one text"
        ),
        pytest.param(
            [LINKED, LINKING],
            [verdict(1, APART, LINKED, LINKING)],
            {(1,), (2,)},
            id="apart, with one link",
        ),
        pytest.param(
            [A, B],
            [verdict(1, SAME, A, B), verdict(2, APART, A, B)],
            {(1,), (2,)},
            id="of contradictory verdicts the newest: apart",
        ),
        pytest.param(
            [A, B],
            [verdict(1, APART, A, B), verdict(2, SAME, B, A)],
            {(1, 2)},
            id="of contradictory verdicts the newest: the same",
        ),
        pytest.param(
            [A, B],
            [verdict(1, SAME, A, B), verdict(2, WITHDRAWN, A, B)],
            {(1,), (2,)},
            id="withdrawn: nothing joins them",
        ),
        pytest.param(
            [TEXT, COPY],
            [verdict(1, APART, TEXT, COPY), verdict(2, WITHDRAWN, TEXT, COPY)],
            {(1, 2)},
            id="withdrawn: their text joins them again",
        ),
        pytest.param(
            [A, B, C],
            [verdict(1, SAME, A, B), verdict(2, SAME, B, C), verdict(3, APART, A, C)],
            {(1,), (2, 3)},
            id="apart wins over two verdicts, of which the newer holds",
        ),
        pytest.param(
            [A, B, C],
            [verdict(1, APART, A, C), verdict(2, SAME, B, C), verdict(3, SAME, A, B)],
            {(1, 2), (3,)},
            id="apart wins though it is the oldest",
        ),
        pytest.param(
            [entry(1, "t"), entry(2, "u", LINK), entry(3, "t", LINK, 4)],
            [verdict(1, APART, entry(1, "t"), entry(2, "u", LINK))],
            {(1, 3), (2,)},
            id="no chain through a third joins what is apart",
        ),
        pytest.param(
            [entry(7, "a"), entry(8, "b")],
            [verdict(1, SAME, A, B)],
            {(7, 8)},
            id="a verdict holds for copies of both texts",
        ),
        pytest.param(
            [entry(7, None, LINK), entry(8, "b")],
            [verdict(1, SAME, entry(1, None, LINK), B)],
            {(7, 8)},
            id="a copy of an entry without a text is known by its link",
        ),
        pytest.param(
            [entry(7, "x", LINK), entry(8, "b")],
            [verdict(1, SAME, entry(1, None, LINK), B)],
            {(7,), (8,)},
            id="but an entry with a text is not",
        ),
        pytest.param(
            [entry(1, "revised"), entry(2, "revised too")],
            [verdict(1, SAME, A, B)],
            {(1, 2)},
            id="a verdict holds for later revisions",
        ),
        pytest.param(
            [entry(7, "a", feed=5), entry(8, "a", feed=5), entry(9, "b")],
            [verdict(1, SAME, A, B)],
            {(7,), (8,), (9,)},
            id="a text that a feed repeats names no story",
        ),
        pytest.param(
            [entry(7, "t"), entry(8, "t")],
            [verdict(1, APART, TEXT, COPY)],
            {(7, 8)},
            id="two entries of one text are apart alone, not all that have it",
        ),
        pytest.param([A, B], [verdict(1, SAME, A, C)], {(1,), (2,)}, id="others are not concerned"),
    ],
)
def test_verdicts(
    entries: list[Entry], verdicts: list[StoryVerdict], expected: set[tuple[int, ...]]
) -> None:
    for order in permutations(entries):
        assert stories(order, *verdicts) == expected


def test_the_current_text_of_a_judged_entry_names_its_copies_too() -> None:
    said = verdict(1, SAME, A, B)
    said = replace(said, one=replace(said.one, current="a2"))
    assert stories([entry(7, "a2"), entry(8, "b")], said) == {(7, 8)}


def test_what_was_told_as_one_story_is_joined_as_a_whole() -> None:
    (found,) = grouped([C], [verdict(1, SAME, C, B)], [A, B], told=[(1, 2)])
    assert found.members == (3,)
    assert [(other, tie.rule) for other, tie in found.earlier] == [(2, "verdict")]


def test_an_entry_that_is_apart_from_a_member_does_not_join_a_told_story() -> None:
    copy = entry(3, "b")
    (found,) = grouped([copy], [verdict(1, APART, A, copy)], [A, B], told=[(1, 2)])
    assert found.earlier == ()


@given(
    st.lists(st.sampled_from([(None, "x"), ("t", "x"), ("t", "y"), ("u", "x")]), min_size=2),
    st.data(),
)
def test_no_group_holds_two_entries_that_are_apart(
    made: list[tuple[str | None, str]], data: st.DataObject
) -> None:
    """Whatever the evidence, the other verdicts and their order."""
    entries = [
        entry(at, text, f"https://example.org/{link}") for at, (text, link) in enumerate(made, 1)
    ]
    said = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([SAME, APART]),
                st.sampled_from(list(combinations(entries, 2))),
            ),
            max_size=6,
        )
    )
    verdicts = [verdict(at, judgment, *pair) for at, (judgment, pair) in enumerate(said, 1)]
    last = {frozenset((one.id, other.id)): judgment for judgment, (one, other) in said}
    found = grouped(data.draw(st.permutations(entries)), verdicts)
    assert sorted(id for of in found for id in of.members) == [one.id for one in entries]
    for of in found:
        for pair in combinations(of.members, 2):
            newer = [
                judgment
                for judgment, (one, other) in said
                if _names({one, other}, [entries[id - 1] for id in pair])
            ]
            assert last.get(frozenset(pair)) is not APART or newer[-1] is SAME


def _names(judged_entries: set[Entry], pair: list[Entry]) -> bool:
    """Say whether a verdict about these may be about this pair, by ids or by texts and links."""
    texts = [{one.id, one.fingerprint, one.canonical_link} - {None} for one in judged_entries]
    own = [{one.id, one.fingerprint, one.canonical_link} - {None} for one in pair]
    return bool(
        (texts[0] & own[0] and texts[1] & own[1]) or (texts[0] & own[1] and texts[1] & own[0])
    )
