"""A digest gets another name and keeps all it has."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, text

from digest.errors import DigestError
from digest.model import Decision, Redirect, Retelling, Verdict
from digest.store import Store, archive, digests, editions, entries, feeds, stories, subscribers
from digest.store.archive import Page
from digest.store.tables import metadata
from support.stored import NOW, edition, enlist, entry, told

FIRST, SECOND = "2026-01-12T0700", "2026-01-13T0700"


def lived_in(connection: Connection) -> list[int]:
    """Give the digest `daily` a row in each table that names a digest; return its subscribers."""
    editions.name_authority(connection, "daily", "example.org", date(2026, 1, 10))
    feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
    batch = [entry(feed, str(number)) for number in range(4)]
    one, two, three, four = entries.save(connection, batch, [()] * 4, NOW)
    duplicate = Decision(entry_id=two, verdict=Verdict.DUPLICATE, of=one, rule="link")
    first = editions.freeze(
        connection, edition("daily", FIRST, "One", "Two"), [told(one), duplicate, told(three, 2)]
    )
    editions.freeze(
        connection,
        edition("daily", SECOND, "Four"),
        [told(four)],
        [Retelling(entry_id=one, reason="revised")],
        [Redirect(entry_id=three, of=one, by=four)],
    )
    enlist(connection, first, ("smtp", "jane@example.org"))
    page = Page(number=1, name="2026.xml", last_edition=1)
    archive.close(connection, "daily", "atom", page, b"<feed/>")
    people = [
        subscribers.add(connection, "daily", address, now=NOW).subscriber.id
        for address in ("jane@example.org", "joe@example.org")
    ]
    subscribers.unsubscribe(connection, people[1], by="web", now=NOW)
    return people


def rows_naming(connection: Connection, digest: str) -> dict[str, int]:
    found = {
        table.name: connection.execute(
            text(f"SELECT count(*) FROM {table.name} WHERE digest = :digest"), {"digest": digest}
        ).scalar_one()
        for table in metadata.sorted_tables
        if "digest" in table.c
    }
    return {name: count for name, count in found.items() if count}


def test_everything_goes_with_the_name(store: Store) -> None:
    with store.write() as connection:
        people = lived_in(connection)
        before = rows_naming(connection, "daily")
        state = editions.digest_state(connection, "daily")
        told_before = stories.tellings(connection, "daily", [1])
        digests.rename(connection, "daily", "morning")
    assert before.keys() >= {"archive_pages", "decisions", "editions", "redirects", "retellings"}
    assert before.keys() >= {"subscriber_days", "subscribers"}
    with store.read() as connection:
        assert rows_naming(connection, "morning") == before
        assert rows_naming(connection, "daily") == {}
        renamed = editions.digest_state(connection, "morning")
        assert state is not None
        assert renamed is not None
        assert (renamed.authority, renamed.since) == (state.authority, state.since)
        assert (renamed.number, renamed.settled) == (2, SECOND)
        assert editions.digest_state(connection, "daily") is None
        named = [one.digest for one in editions.latest(connection, "morning", 9)]
        assert named == ["morning", "morning"]
        assert editions.by_slot(connection, "morning", FIRST) is not None
        assert stories.tellings(connection, "morning", [1]) == told_before
        assert archive.body(connection, "morning", "atom", 1) == b"<feed/>"
        for number, state_of in zip(people, ("active", "unsubscribed"), strict=True):
            subscriber = subscribers.by_id(connection, number)
            assert subscriber is not None
            assert (subscriber.digest, subscriber.state) == ("morning", state_of)
        assert digests.names(connection) == {"morning"}


def test_the_same_name_changes_nothing(store: Store) -> None:
    with store.write() as connection:
        lived_in(connection)
        before = rows_naming(connection, "daily")
        digests.rename(connection, "daily", "daily")
        assert rows_naming(connection, "daily") == before


def test_whom_the_configuration_has_named_meanwhile_is_dropped(store: Store) -> None:
    with store.write() as connection:
        people = lived_in(connection)
        editions.name_authority(connection, "morning", "example.net", date(2026, 2, 1))
        subscribers.sync_named(
            connection, "morning", ["jane@example.org", "ada@example.org"], now=NOW
        )
        digests.rename(connection, "daily", "morning")
        found = subscribers.by_address(connection, "morning", "jane@example.org")
        assert found is not None
        assert found.id == people[0]
        assert subscribers.by_address(connection, "morning", "ada@example.org") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("weekly", "morning", "nothing is stored", id="a digest that is not known"),
        pytest.param("daily", "other", "has editions of its own", id="another has editions"),
        pytest.param("daily", "list", "has subscribers of its own", id="another has subscribers"),
    ],
)
def test_what_cannot_be_renamed_is_left_as_it_is(
    store: Store, old: str, new: str, said: str
) -> None:
    with store.write() as connection:
        lived_in(connection)
        editions.name_authority(connection, "other", "example.org", date(2026, 1, 10))
        editions.freeze(connection, edition("other", FIRST, "One"), [told(1)])
        subscribers.add(connection, "list", "kim@example.org", now=NOW)
        before = rows_naming(connection, "daily")
        with pytest.raises(DigestError, match=said):
            digests.rename(connection, old, new)
        assert rows_naming(connection, "daily") == before
