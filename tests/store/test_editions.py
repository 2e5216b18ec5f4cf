from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.errors import BusyError
from digest.model import (
    Edition,
    Enclosure,
    FailedFeed,
    Image,
    Mention,
    Section,
    Source,
    Story,
)
from digest.store import Store, deliveries, edition_lists, editions, entries, feeds, stories
from digest.store.edition_lists import ListedEdition
from digest.store.editions import DigestState
from support.stored import NOW, edition, enlist, entry, told

SINCE = date(2026, 1, 10)
MONDAY, TUESDAY = "2026-01-12T0700", "2026-01-13T0700"


@pytest.fixture
def ids(store: Store) -> list[int]:
    """Make a digest and five entries for it."""
    with store.write() as connection:
        editions.name_authority(connection, "daily", "example.org", SINCE)
        feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
        batch = [entry(feed, str(number)) for number in range(5)]
        return entries.save(connection, batch, [()] * 5, NOW)


def full() -> Edition:
    """Make an edition that uses every field of an edition and a story."""
    story = Story(
        key="abc",
        rank=1,
        title="Ein Titel – 題名",
        untitled=True,
        link="https://example.org/1",
        feed="A",
        feed_url="https://example.org/a",
        feed_link="https://example.org/",
        source=Source(title="B", link="https://example.com/", id="x"),
        authors=("Ada",),
        categories=("one",),
        published=NOW,
        updated=NOW.replace(microsecond=1),
        language="zh-Hant",
        excerpt="Words…",
        truncated=True,
        image=Image(url="https://example.org/a.png", width=1),
        enclosures=(Enclosure(url="https://example.org/a.mp3", length=5),),
        also_in=(Mention(feed="C", link=None, title="Too", language="en"),),
        related=("https://example.org/2",),
    )
    return edition(
        "daily",
        MONDAY,
        number=1,
        sections=(Section(title="ML", stories=(story,)),),
        entries=2,
        feeds=2,
        capped=3,
        failed=(FailedFeed(title="D", url="https://example.org/d", error="It answered 500."),),
        images=True,
    )


def test_an_edition_comes_back_as_it_was_frozen(store: Store, ids: list[int]) -> None:
    with store.write() as connection:
        edition_id = editions.freeze(connection, full(), [told(ids[0])])
        enlist(connection, edition_id, ("files", ""), ("smtp", "a@b"))
    with store.read() as connection:
        assert editions.by_id(connection, edition_id) == full()
        assert editions.latest(connection, "daily", 5) == [full()]
        assert stories.decisions_of(connection, "daily", ids) == {ids[0]: told(ids[0])}
        assert [
            (one.edition_id, one.channel, one.recipient, one.state, one.attempts)
            for one in deliveries.of_edition(connection, edition_id)
        ] == [(edition_id, "files", "", "pending", 0), (edition_id, "smtp", "a@b", "pending", 0)]
        assert edition_lists.listing(connection) == [
            ListedEdition(
                id=edition_id,
                digest="daily",
                slot=MONDAY,
                number=1,
                composed_at=NOW,
                stories=1,
                deliveries={"pending": 2},
            )
        ]


def test_editions_are_numbered_as_they_are_frozen(store: Store, ids: list[int]) -> None:
    with store.write() as connection:
        editions.name_authority(connection, "weekly", "example.org", SINCE)
        editions.freeze(connection, edition("daily", MONDAY, "1", number=77), [])
        enlist(
            connection,
            editions.freeze(connection, edition("weekly", MONDAY, "1"), []),
            ("files", ""),
        )
        editions.freeze(connection, edition("daily", TUESDAY, "1", "2"), [])
        assert [
            (one.digest, one.slot, one.number, one.stories, one.deliveries)
            for one in edition_lists.listing(connection)
        ] == [
            ("daily", TUESDAY, 2, 2, {}),
            ("daily", MONDAY, 1, 1, {}),
            ("weekly", MONDAY, 1, 1, {"pending": 1}),
        ]
        assert [one.digest for one in edition_lists.listing(connection, "weekly")] == ["weekly"]
        assert [one.number for one in editions.latest(connection, "daily", 5)] == [2, 1]
        assert [one.slot for one in editions.latest(connection, "daily", 1)] == [TUESDAY]


def test_the_first_authority_holds(store: Store) -> None:
    state = DigestState(name="daily", authority="example.org", since=SINCE, settled=None, number=0)
    with store.write() as connection:
        assert editions.digest_state(connection, "daily") is None
        assert editions.name_authority(connection, "daily", "example.org", SINCE) == state
        assert (
            editions.name_authority(connection, "daily", "example.com", date(2027, 1, 1)) == state
        )
        assert editions.digest_state(connection, "daily") == state


def test_freezing_and_settling_move_what_is_settled_forward_only(
    store: Store, ids: list[int]
) -> None:
    with store.write() as connection:
        editions.settle(connection, "daily", TUESDAY, [told(ids[0])])
        state = editions.digest_state(connection, "daily")
        assert state
        assert (state.settled, state.number) == (TUESDAY, 0)
        editions.freeze(connection, edition("daily", MONDAY, "1"), [])
        assert editions.digest_state(connection, "daily") == replace(
            state, number=1, composed_at=NOW
        )


@pytest.mark.parametrize(
    ("slot", "entry_at"),
    [
        pytest.param(MONDAY, 1, id="the slot has an edition"),
        pytest.param(TUESDAY, 0, id="an entry has a decision"),
    ],
)
def test_the_slower_of_two_publishers_leaves_no_trace(
    store: Store, ids: list[int], slot: str, entry_at: int
) -> None:
    with store.write() as connection:
        editions.freeze(connection, edition("daily", MONDAY, "1"), [told(ids[0])])
    slower = edition("daily", slot, "2")
    with pytest.raises(BusyError, match="another run"), store.write() as connection:
        editions.freeze(connection, slower, [told(ids[4]), told(ids[entry_at])])
    with store.read() as connection:
        assert len(edition_lists.listing(connection)) == 1
        assert set(stories.decisions_of(connection, "daily", ids)) == {ids[0]}
        state = editions.digest_state(connection, "daily")
        assert state
        assert state.settled == MONDAY


def test_an_entry_is_decided_about_once_also_without_an_edition(
    store: Store, ids: list[int]
) -> None:
    with store.write() as connection:
        editions.settle(connection, "daily", MONDAY, [told(ids[0])])
    with pytest.raises(BusyError), store.write() as connection:
        editions.settle(connection, "daily", TUESDAY, [told(ids[0])])


def test_a_digest_without_an_authority_cannot_freeze_or_settle(store: Store) -> None:
    with store.write() as connection:
        with pytest.raises(AssertionError, match="authority"):
            editions.freeze(connection, edition("daily", MONDAY, "1"), [])
        with pytest.raises(AssertionError, match="authority"):
            editions.settle(connection, "daily", MONDAY)
