from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from digest.errors import DigestError
from digest.model import FeedState, Gap, PollHints, Rhythm, Validators
from digest.store import Store, entries, feeds
from digest.store.feeds import FeedHealth
from support.stored import NOW, entry

A, B, C = (f"https://example.org/{name}.xml" for name in "abc")


def full(state: FeedState) -> FeedState:
    """Give `state` with every field filled in."""
    return replace(
        state,
        fetch_url="https://example.org/moved.xml",
        title="A – «feed»",
        self_link="https://example.org/self.xml",
        link="https://example.org/",
        language="de",
        validators=Validators(
            etag='W/"a\\b ü"',
            last_modified="Sun, 11 Jan 2026 00:00:00 GMT",
            url="https://example.net/a.xml",
        ),
        body_hash="ab" * 16,
        checked_at=NOW,
        succeeded_at=NOW - timedelta(days=1),
        next_fetch_at=NOW + timedelta(microseconds=1),
        retry_after=NOW + timedelta(hours=2),
        failures=3,
        error="The server answered 500.",
        gone=True,
        moved_to="https://example.com/",
        moved_since=NOW - timedelta(days=3),
        moved_sightings=2,
        hints=PollHints(ttl=timedelta(minutes=30), skip_hours=frozenset({3, 4})),
        first_read_at=NOW - timedelta(days=9),
        read_at=NOW - timedelta(days=2),
        pushed_until=NOW + timedelta(days=5),
        fresh_until=NOW + timedelta(hours=1),
        max_age=timedelta(hours=3),
        unconditional=True,
        rhythm=Rhythm(window=10, waits=(60,) * 24, gap=90, newest=NOW),
        gap=Gap(at=NOW, missing=3, minutes=60),
        requests=9,
        not_modified=7,
        received=123_456_789_012,
        asked_since=NOW - timedelta(days=10),
    )


def test_a_feed_is_made_once_and_keeps_its_id(store: Store) -> None:
    with store.write() as connection:
        first = feeds.ensure(connection, [B, A, B])
    with store.write() as connection:
        second = feeds.ensure(connection, [A, C, B])
    assert list(first) == [B, A]
    assert list(second) == [A, C, B]
    assert second[A] == first[A] == FeedState(id=first[A].id, url=A)
    assert len({state.id for state in second.values()}) == 3


def test_the_whole_state_comes_back(store: Store) -> None:
    with store.write() as connection:
        known = feeds.ensure(connection, [A, B])
        changed = full(known[A])
        feeds.save(connection, [changed])
    untouched = {field.name for field in fields(FeedState)} - {"id", "url"}
    assert all(getattr(changed, name) != getattr(known[A], name) for name in untouched)
    with store.read() as connection:
        assert feeds.states(connection) == [changed, known[B]]
        assert feeds.states(connection, [B, "https://example.org/unknown"]) == [known[B]]


def test_saving_no_state_does_nothing(store: Store) -> None:
    with store.write() as connection:
        feeds.save(connection, [])
        assert feeds.ensure(connection, []) == {}
        assert feeds.states(connection) == []


def test_more_feeds_than_a_statement_takes(store: Store) -> None:
    urls = [f"https://example.org/{number}" for number in range(2500)]
    with store.write() as connection:
        known = feeds.ensure(connection, urls)
        assert list(known) == urls
        assert feeds.ensure(connection, urls) == known


def test_health_counts_what_a_feed_has_brought(store: Store) -> None:
    with store.write() as connection:
        a, b, c = (state.id for state in feeds.ensure(connection, [A, B, C]).values())
        ages = {"today": 0, "last-week": 7, "long-ago": 300}
        batch = [entry(a, uid, published=NOW - timedelta(days=age)) for uid, age in ages.items()]
        batch.append(entry(a, "tomorrow", published=NOW + timedelta(days=1)))
        batch.append(entry(b, "undated", first_seen=NOW - timedelta(days=1)))
        entries.save(connection, batch, [()] * len(batch), now=NOW)
        health = feeds.health(connection, NOW)
    assert health == {
        a: FeedHealth(entries=4, a_week=0.25, newest=NOW + timedelta(days=1)),
        b: FeedHealth(entries=1, a_week=0.125, newest=NOW - timedelta(days=1)),
    }
    assert c not in health


def test_a_renamed_feed_keeps_its_entries_and_asks_the_new_address_at_once(store: Store) -> None:
    with store.write() as connection:
        before = full(feeds.ensure(connection, [A])[A])
        feeds.save(connection, [before])
        [held] = entries.save(connection, [entry(before.id, "1")], [()], NOW)
        feeds.rename(connection, A, B)
        [moved] = feeds.states(connection)
        assert [found.feed_id for found in entries.by_ids(connection, [held]).values()] == [
            moved.id
        ]
    assert (moved.id, moved.url, moved.title) == (before.id, B, before.title)
    assert moved.succeeded_at == before.succeeded_at  # so that it is not read as a new feed
    assert (moved.next_fetch_at, moved.retry_after, moved.fetch_url) == (None, None, None)
    assert (moved.validators, moved.failures, moved.gone) == (Validators(), 0, False)


def test_a_feed_takes_over_an_address_that_was_only_noted(store: Store) -> None:
    with store.write() as connection:
        known = feeds.ensure(connection, [A, B])
        feeds.rename(connection, A, B)
        assert [(state.id, state.url) for state in feeds.states(connection)] == [(known[A].id, B)]
        feeds.rename(connection, B, B)
        assert len(feeds.states(connection)) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(C, A, "no feed with the address", id="an address that is not known"),
        pytest.param(A, B, "are stored already", id="the other address has entries"),
    ],
)
def test_a_feed_that_cannot_be_renamed_is_left_as_it_is(
    store: Store, old: str, new: str, said: str
) -> None:
    with store.write() as connection:
        known = feeds.ensure(connection, [A, B])
        entries.save(connection, [entry(known[B].id, "1")], [()], NOW)
        before = feeds.states(connection)
        with pytest.raises(DigestError, match=said):
            feeds.rename(connection, old, new)
        assert feeds.states(connection) == before
