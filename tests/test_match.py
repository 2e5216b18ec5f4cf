"""What tells the same story, and above all what does not."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import Group, Tie, candidates, group, keys
from digest.model import Entry, KeyHolder

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)


def entry(id: int, feed: int, link: str | None = None, fingerprint: str | None = None) -> Entry:
    return Entry(
        id=id,
        feed_id=feed,
        uid=str(id),
        canonical_link=link,
        fingerprint=fingerprint,
        first_seen=NOW,
        raw_hash="",
    )


def index(*entries: Entry) -> dict[int, list[KeyHolder]]:
    """What the store's index of keys holds."""
    held = defaultdict(list)
    for one in entries:
        for key in keys(one):
            held[key.hash].append(KeyHolder(entry_id=one.id or 0, feed_id=one.feed_id))
    return held


def groups(
    asked: Sequence[Entry], others: Sequence[Entry] = (), feeds: set[int] | None = None
) -> tuple[Group, ...]:
    """Group `asked`, with `others` in the index beside them."""
    every = {one.id or 0: one for one in (*asked, *others)}
    feeds = feeds or {one.feed_id for one in every.values()}
    holders = {hash: held for hash, held in index(*every.values()).items() if len(held) > 1}
    pairs = candidates(asked, holders, feeds)
    wanted = {one for pair in pairs for one in pair} - {one.id for one in asked}
    texts = {id: one.body.text for id, one in every.items() if one.body}
    return group(asked, [every[one] for one in wanted], pairs, holders, feeds, lambda ids: texts)


def stories(*entries: Entry, feeds: set[int] | None = None) -> set[frozenset[int]]:
    return {frozenset(one.members) for one in groups(entries, feeds=feeds)}


POST = "https://example.org/post"
OTHER = "https://example.org/other"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST)), {frozenset({1, 2})}, id="one link in two feeds"
        ),
        pytest.param(
            (entry(1, 1, POST, "f"), entry(2, 2, OTHER, "f")),
            {frozenset({1, 2})},
            id="one text under two links",
        ),
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST, "f"), entry(3, 3, OTHER, "f")),
            {frozenset({1, 2, 3})},
            id="a link and a text",
        ),
    ],
)
def test_entries_that_tell_the_same(
    entries: tuple[Entry, ...], expected: set[frozenset[int]]
) -> None:
    assert stories(*entries) == expected


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param((entry(1, 1, POST), entry(2, 2, OTHER)), id="two links"),
        pytest.param((entry(1, 1, POST), entry(2, 1, POST)), id="one link twice in one feed"),
        pytest.param(
            (entry(1, 1, POST), entry(2, 2, POST), entry(3, 2, POST)),
            id="a link that one of the feeds has twice binds nothing at all",
        ),
        pytest.param(
            (entry(1, 1, "https://example.org/"), entry(2, 2, "https://example.org/")),
            id="a site's root",
        ),
        pytest.param(
            (entry(1, 1, None, "f"), entry(2, 2, None, "f"), entry(3, 1, None, "f")),
            id="a text that one feed repeats: Comments, Comments",
        ),
        pytest.param((entry(1, 1), entry(2, 2)), id="neither link nor text"),
    ],
)
def test_entries_that_do_not(entries: tuple[Entry, ...]) -> None:
    assert stories(*entries) == {frozenset({one.id}) for one in entries}


def test_a_digest_sees_only_its_own_feeds() -> None:
    mine, stranger = entry(1, 1, POST), entry(2, 2, POST)
    (found,) = groups([mine], [stranger], {1})
    assert found == Group(members=(1,), ties={}, earlier=())


def test_what_was_told_before_is_found_with_its_rule() -> None:
    before, late = entry(1, 1, POST), entry(2, 2, POST)
    (found,) = groups([late], [before])
    assert found.members == (2,)
    assert found.earlier == ((1, Tie(other=2, rule="link")),)


entries_strategy = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.none() | st.sampled_from([POST, OTHER, "https://example.org/"]),
        st.none() | st.sampled_from(["f", "g"]),
    ),
    max_size=10,
).map(lambda rows: [entry(at, *row) for at, row in enumerate(rows, 1)])


@given(entries_strategy, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(entries: list[Entry], chance: random.Random) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert stories(*shuffled) == stories(*entries)


@given(entries_strategy)
def test_every_entry_is_in_exactly_one_story(entries: list[Entry]) -> None:
    found = groups(entries)
    members = [member for one in found for member in one.members]
    assert sorted(members) == [one.id for one in entries]
