"""What past editions would have told by another definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.compose import DigestFeed
from digest.compose.replay import NO_PLACE, EditionDifference, PastEdition, compare, retell
from digest.model import Decision, Digest, Entry, Feed, FeedState, Verdict

START = datetime(2026, 1, 12, 7, tzinfo=UTC)
DAYS = timedelta(days=3)
DIGEST = Digest(
    name="daily", title="Daily", schedule="0 7 * * *", timezone="UTC", language="en", feeds=()
)
FEEDS = {
    id: DigestFeed(
        feed=Feed(url=f"https://example.org/{id}", name=f"feed{id}"),
        state=FeedState(id=id, url=f"https://example.org/{id}", title=f"Feed {id}"),
        position=id,
    )
    for id in (1, 2)
}


def entry(id: int, title: str = "", feed: int = 1) -> Entry:
    return Entry(
        id=id,
        feed_id=feed,
        uid=str(id),
        title=title or f"Title {id}",
        link=f"https://example.org/{id}",
        published=START,
        first_seen=START,
        raw_hash="",
    )


def told(id: int) -> Decision:
    return Decision(entry_id=id, verdict=Verdict.TOLD)


def duplicate(id: int, of: int) -> Decision:
    return Decision(entry_id=id, verdict=Verdict.DUPLICATE, of=of, rule="link")


def pasts(*editions: Sequence[tuple[Entry, Decision]]) -> list[PastEdition]:
    """Editions day after day, the first of them not the digest's first."""
    return [
        PastEdition(
            slot=f"2026-01-{12 + day}T0700",
            before=f"2026-01-{11 + day}T0700",
            composed_at=START + timedelta(days=day),
            entries=tuple(one for one, _ in rows),
            decisions=tuple(decision for _, decision in rows),
        )
        for day, rows in enumerate(editions)
    ]


def no_texts(ids: Sequence[int]) -> Mapping[int, str]:
    return {}


def differences(
    past: list[PastEdition], new: Digest, feeds: Mapping[int, DigestFeed] = FEEDS
) -> list[EditionDifference]:
    old = retell(DIGEST, past, FEEDS, no_texts)
    return list(compare(old, retell(new, past, feeds, no_texts)))


def shown(difference: EditionDifference) -> list[str]:
    return [f"+ {one.title}" for one in difference.entered] + [
        f"- {one.title}: {reason}" for one, reason in difference.left
    ]


def test_a_rule_takes_a_story_out() -> None:
    past = pasts([(entry(1, "A raffle"), told(1)), (entry(2), told(2))])
    (one,) = differences(past, replace(DIGEST, drop=("raffle",)))
    assert shown(one) == ["- A raffle: raffle"]
    assert (one.before, one.after) == (2, 1)


def test_a_larger_limit_lets_a_story_in_and_a_smaller_one_takes_it_out() -> None:
    past = pasts([(entry(n), told(n)) for n in range(1, 8)])
    (one,) = differences(past, replace(DIGEST, max_per_feed=6))
    assert shown(one) == ["+ Title 6"]
    (one,) = differences(past, replace(DIGEST, max_entries=4))
    assert shown(one) == ["- Title 5: max_entries = 4"]


def test_where_the_lead_is_dropped_another_feed_tells_the_story() -> None:
    past = pasts([(entry(1, "A raffle"), told(1)), (entry(2, "It is won", 2), duplicate(2, 1))])
    (one,) = differences(past, replace(DIGEST, drop=("raffle",)))
    assert shown(one) == ["+ It is won", "- A raffle: raffle"]


def test_a_story_that_was_not_told_is_told_by_a_later_entry_of_it() -> None:
    past = pasts([(entry(1, "A raffle"), told(1))], [(entry(2, "It is won", 2), duplicate(2, 1))])
    first, second = differences(past, replace(DIGEST, drop=("raffle",)))
    assert shown(first) == ["- A raffle: raffle"]
    assert shown(second) == ["+ It is won"]


def test_a_story_told_before_the_period_stays_told() -> None:
    past = pasts([(entry(2), duplicate(2, 1))])
    (one,) = differences(past, replace(DIGEST, max_per_feed=9))
    assert (one.before, one.after) == (0, 0)


def test_what_came_too_late_stays_out() -> None:
    late = Decision(entry_id=1, verdict=Verdict.TOO_OLD, rule="backfill")
    (one,) = differences(pasts([(entry(1), late)]), replace(DIGEST, max_per_feed=9))
    assert (one.before, one.after) == (0, 0)


def test_the_stories_of_a_feed_that_is_given_up_leave() -> None:
    past = pasts([(entry(1), told(1)), (entry(2, feed=2), told(2))])
    (one,) = differences(past, DIGEST, {1: FEEDS[1]})
    assert shown(one) == ["- Title 2: not a feed of this digest"]


def test_an_edition_with_too_few_stories_waits_for_the_next() -> None:
    past = pasts([(entry(1), told(1))], [(entry(2), told(2)), (entry(3), told(3))])
    first, second = differences(past, replace(DIGEST, min_entries=3))
    assert shown(first) == ["- Title 1: waits for min_entries = 3"]
    assert shown(second) == ["+ Title 1"]


def test_a_digests_first_edition_does_not_wait() -> None:
    (past,) = pasts([(entry(1), told(1))])
    (one,) = differences([replace(past, before=None)], replace(DIGEST, min_entries=3))
    assert (one.before, one.after) == (1, 1)


@given(
    st.lists(st.lists(st.integers(1, 2), max_size=6), max_size=4),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_no_story_is_told_twice_and_the_same_definition_makes_no_difference(
    feeds: list[list[int]], least: int, most: int
) -> None:
    numbers = iter(range(1, 100))
    past = pasts(
        *([(entry(n := next(numbers), feed=feed), told(n)) for feed in one] for one in feeds)
    )
    assert all(not shown(one) for one in differences(past, DIGEST))
    new = replace(DIGEST, min_entries=least, max_per_feed=most)
    leads = [id for one in retell(new, past, FEEDS, no_texts) for id in one.leads]
    assert len(leads) == len(set(leads))


# --- what comes back -----------------------------------------------------------------------------


def returned(difference: EditionDifference) -> list[str]:
    return [f"^ {one.title}: {reason}" for one, reason in difference.returned] + [
        f"v {one.title}: {reason}" for one, reason in difference.stayed
    ]


REVISED = replace(entry(1), revised_at=START + timedelta(hours=30))
WANTED = replace(DIGEST, updates=True)
UNWANTED = replace(DIGEST, updates=False)


def changes(past: list[PastEdition], old: Digest, new: Digest) -> list[EditionDifference]:
    return list(compare(*(retell(one, past, FEEDS, no_texts) for one in (old, new))))


def test_a_story_that_was_revised_comes_back_where_updates_are_wanted() -> None:
    past = pasts([(REVISED, told(1))], [], [(entry(2), told(2))], [(entry(3), told(3))])
    found = changes(past, UNWANTED, WANTED)
    assert [returned(one) for one in found] == [[], [], ["^ Title 1: revised"], []]
    assert (found[2].before, found[2].after) == (1, 2)
    assert [returned(one) for one in changes(past, WANTED, UNWANTED)][2] == [
        "v Title 1: updates = false"
    ]


def test_an_update_that_a_rule_drops_stays_away() -> None:
    past = pasts([(REVISED, told(1))], [], [(entry(2), told(2))])
    never = replace(WANTED, drop=("title 1",))
    assert returned(changes(past, WANTED, never)[2]) == ["v Title 1: not told before"]
    later = replace(WANTED, drop=("older than 36h",))
    assert returned(changes(past, WANTED, later)[2]) == ["v Title 1: older than 36h"]


def test_what_came_back_then_does_so_again_though_it_was_revised_since() -> None:
    since = replace(REVISED, revised_at=START + timedelta(days=20))
    past = pasts([(since, told(1))], [], [(entry(2), told(2))])
    past[2] = replace(past[2], returned=((since, "revised"),))
    found = retell(WANTED, past, FEEDS, no_texts)
    assert [list(one.returning) for one in found] == [[], [], [1]]


def test_what_was_told_before_the_period_comes_back_as_it_did() -> None:
    past = pasts([(entry(2), told(2))])
    past[0] = replace(past[0], returned=((REVISED, "revised"),))
    (one,) = changes(past, WANTED, UNWANTED)
    assert returned(one) == ["v Title 1: updates = false"]


def test_many_more_feeds_bring_a_story_back() -> None:
    feeds = {
        id: replace(FEEDS[1], state=replace(FEEDS[1].state, id=id), position=id)
        for id in range(1, 9)
    }
    later = START + timedelta(days=2)
    copies = [
        (replace(entry(id, feed=id), first_seen=later), duplicate(id, 1)) for id in range(2, 7)
    ]
    past = pasts([(entry(1), told(1))], [], copies)
    found = [retell(one, past, feeds, no_texts) for one in (UNWANTED, WANTED)]
    assert [returned(one) for one in compare(*found)] == [[], [], ["^ Title 1: more feeds"]]


def test_an_update_with_no_place_stays_away() -> None:
    past = pasts([(REVISED, told(1))], [], [(replace(entry(9), published=START + DAYS), told(9))])
    narrow = replace(WANTED, max_entries=1)
    assert returned(changes(past, WANTED, narrow)[2]) == [f"v Title 1: {NO_PLACE}"]
