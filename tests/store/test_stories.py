from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.model import Decision, KeyHolder, Redirect, Retelling, Verdict
from digest.store import (
    Store,
    edition_lists,
    editions,
    enlisting,
    entries,
    feeds,
    stories,
)
from digest.store.stories import HOLDERS, OLDEST, StoredTelling, Trail
from support.stored import NOW, body, edition, entry, told

SLOT = "2026-01-12T0700"


@pytest.fixture
def two(store: Store) -> tuple[int, int]:
    """Make two feeds, and two digests to tell them."""
    with store.write() as connection:
        for digest in ("daily", "weekly"):
            editions.name_authority(connection, digest, "example.org", date(2026, 1, 1))
        a, b = feeds.ensure(connection, ["https://example.org/a", "https://example.org/b"]).values()
    return a.id, b.id


def test_an_entry_is_eligible_until_it_is_decided(store: Store, two: tuple[int, int]) -> None:
    a, b = two
    batch = [
        entry(b, "1", body=body()),
        entry(a, "2"),
        entry(a, "old", backlog=True),
        entry(a, "3"),
    ]
    with store.write() as connection:
        one, two_, _, three = entries.save(connection, batch, [()] * 4, NOW)

        def eligible(digest: str, *feed_ids: int) -> list[int | None]:
            return [entry.id for entry in stories.eligible(connection, digest, feed_ids)]

        assert eligible("daily", a, b) == [one, two_, three]
        assert eligible("daily", a) == [two_, three]
        assert eligible("daily", 99) == eligible("daily") == []
        editions.settle(connection, "daily", SLOT, [told(two_)])
        assert eligible("daily", a, b) == [one, three]
        assert eligible("weekly", a, b) == [one, two_, three]
        [found] = stories.eligible(connection, "daily", [b])
        assert found == entry(b, "1", id=one)


def test_a_feed_is_seen_by_a_digest_that_decided_about_an_entry_of_it(
    store: Store, two: tuple[int, int]
) -> None:
    a, b = two
    with store.write() as connection:
        first, _ = entries.save(connection, [entry(a, "1"), entry(b, "2")], [(), ()], NOW)
        assert stories.seen_by(connection, "daily") == set()
        editions.settle(connection, "daily", SLOT, [told(first)])
        assert stories.seen_by(connection, "daily") == {a}
        assert stories.seen_by(connection, "weekly") == set()


def test_the_trail_names_each_digest_and_its_edition(store: Store, two: tuple[int, int]) -> None:
    a, _ = two
    with store.write() as connection:
        first, copy = entries.save(connection, [entry(a, "1"), entry(a, "2")], [(), ()], NOW)
        duplicate = Decision(entry_id=copy, verdict=Verdict.DUPLICATE, of=first, rule="link")
        too_old = Decision(entry_id=copy, verdict=Verdict.TOO_OLD, rule="backfill")
        editions.settle(connection, "weekly", SLOT, [too_old])
        editions.freeze(connection, edition("daily", SLOT, "One"), [told(first), duplicate])
        assert stories.trail(connection, copy) == [
            Trail(digest="daily", slot=SLOT, decision=duplicate),
            Trail(digest="weekly", slot=None, settled=SLOT, decision=too_old),
        ]
        assert stories.trail(connection, 99) == []
        assert stories.decisions_of(connection, "daily", [copy, first, 99]) == {
            first: told(first),
            copy: duplicate,
        }
        assert stories.decisions_of(connection, "weekly", [first]) == {}


def test_what_is_told_again_is_found_with_its_editions_and_its_duplicates(
    store: Store, two: tuple[int, int]
) -> None:
    a, b = two
    second, later = "2026-01-14T0700", NOW + timedelta(days=2)
    with store.write() as connection:
        batch = [entry(a, "1", revised_at=later), entry(b, "2", revised_at=later), entry(a, "3")]
        first, copy, other = entries.save(connection, batch, [()] * 3, NOW)
        duplicate = Decision(entry_id=copy, verdict=Verdict.DUPLICATE, of=first, rule="link")
        known = replace(told(other, 2), story="key")
        editions.freeze(connection, edition("daily", SLOT, "1", "3"), [told(first), known])
        editions.settle(connection, "daily", SLOT, [duplicate])
        again = edition("daily", second, "1", composed_at=later)
        editions.freeze(connection, again, [], [Retelling(entry_id=first, reason="revised")])

        assert stories.tellings(connection, "daily", [first, copy, other, 99]) == {
            first: [
                StoredTelling(slot=SLOT, composed_at=NOW, rank=1),
                StoredTelling(slot=second, composed_at=later),
            ],
            other: [StoredTelling(slot=SLOT, composed_at=NOW, rank=2, story="key")],
        }
        assert stories.tellings(connection, "weekly", [first]) == {}
        assert stories.revised(connection, "daily", later) == [first]
        assert stories.revised(connection, "daily", later + timedelta(seconds=1)) == []
        assert stories.revised(connection, "weekly", NOW) == []
        assert stories.duplicates(connection, "daily", [first, other]) == {first: [copy]}
        assert stories.retold(connection, first) == [("daily", second, "revised")]
        assert stories.retold(connection, other) == []
        assert stories.decisions_of(connection, "daily", [first]) == {first: told(first)}


def test_entries_that_share_a_key_are_found(store: Store, two: tuple[int, int]) -> None:
    a, b = two
    low, high = -(2**63), 2**63 - 1
    with store.write() as connection:
        one, other = entries.save(
            connection, [entry(b, "1"), entry(a, "2")], [(low, 5), (high, 5, 5)], NOW
        )
        assert stories.sharing(connection, [low, high, 5, 6, 5]) == {
            low: [KeyHolder(entry_id=one, feed_id=b)],
            high: [KeyHolder(entry_id=other, feed_id=a)],
            5: [KeyHolder(entry_id=one, feed_id=b), KeyHolder(entry_id=other, feed_id=a)],
        }
        assert stories.sharing(connection, []) == {}


def test_of_a_crowded_key_the_newest_holders_are_given(store: Store, two: tuple[int, int]) -> None:
    a, _ = two
    batch = [entry(a, str(number)) for number in range(HOLDERS + 50)]
    with store.write() as connection:
        ids = entries.save(
            connection, batch, [(7, number + 1000) for number in range(len(batch))], NOW
        )
        found = stories.sharing(connection, [7, 1000])
    assert [holder.entry_id for holder in found[7]] == ids[-HOLDERS:]
    assert [holder.entry_id for holder in found[1000]] == ids[:1]


def test_what_is_asked_about_and_what_came_first_is_found_in_any_crowd(
    store: Store, two: tuple[int, int]
) -> None:
    a, _ = two
    batch = [entry(a, str(number)) for number in range(HOLDERS + 3 * OLDEST)]
    with store.write() as connection:
        ids = entries.save(connection, batch, [(7,)] * len(batch), NOW)
        asked = ids[OLDEST + 5]
        found = stories.shared_by(connection, [asked])
    given = [holder.entry_id for holder in found[7]]
    assert given == [*ids[:OLDEST], asked, *ids[-HOLDERS:]]


def test_stories_that_became_one_lead_to_it_from_wherever_they_were(
    store: Store, two: tuple[int, int]
) -> None:
    a, _ = two
    with store.write() as connection:
        batch = [entry(a, str(number)) for number in range(4)]
        one, other, third, bridge = entries.save(connection, batch, [()] * 4, NOW)
        told_all = [told(id, rank) for rank, id in enumerate((one, other, third), 1)]
        known = replace(told_all[0], story="key")
        first = edition("daily", SLOT, "0", "1", "2")
        frozen = editions.freeze(connection, first, [known, *told_all[1:]])
        enlisting.enlist(connection, frozen, "files", [""], now=NOW)
        enlisting.enlist(connection, frozen, "mail", ["a", "b"], now=NOW)
        editions.settle(
            connection, "daily", "2026-01-13", [], [Redirect(entry_id=third, of=other, by=bridge)]
        )
        assert stories.redirected(connection, "daily") == {third: other}
        editions.freeze(
            connection,
            edition("daily", "2026-01-14"),
            [],
            joined=[Redirect(entry_id=other, of=one, by=bridge)],
        )
        assert stories.redirected(connection, "daily") == {third: one, other: one}
        assert stories.redirected(connection, "weekly") == {}
        assert [
            (row.entry_id, row.of, row.by, row.slot)
            for row in stories.redirects_of(connection, "daily", one)
        ] == [(third, one, bridge, "2026-01-13"), (other, one, bridge, "2026-01-14")]
        assert stories.redirects_of(connection, "daily", bridge) == []
        assert stories.told_as(connection, "key") == [one]
        assert stories.told_as(connection, "another") == []
        assert edition_lists.tallies(connection, "daily", [SLOT, "2026-01-14"]) == {
            SLOT: {"files": {"pending": 1}, "mail": {"pending": 2}}
        }


def test_what_was_decided_without_an_edition_is_found_by_its_slot(
    store: Store, two: tuple[int, int]
) -> None:
    a, _ = two
    with store.write() as connection:
        (one,) = entries.save(connection, [entry(a, "1")], [()], NOW)
        filtered = Decision(entry_id=one, verdict=Verdict.FILTERED, rule="x")
        editions.settle(connection, "daily", SLOT, [filtered])
        assert stories.settled_for(connection, "daily", SLOT) == [filtered]
        assert stories.settled_for(connection, "daily", "2026-01-13T0700") == []
        assert stories.settled_for(connection, "weekly", SLOT) == []
