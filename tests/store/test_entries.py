from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from digest.model import Enclosure, Entry, Image, Source, StoredEntry
from digest.store import Store, entries, feeds, stories, tables
from support.stored import NOW, body, entry

A = "https://example.org/a.xml"
B = "https://example.org/b.xml"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def feed(store: Store) -> int:
    with store.write() as connection:
        return feeds.ensure(connection, [A])[A].id


def save(store: Store, *batch: Entry, keys: tuple[int, ...] = (), now: datetime = NOW) -> list[int]:
    with store.write() as connection:
        return entries.save(connection, batch, [keys] * len(batch), now)


def stored(store: Store, entry_id: int) -> Entry:
    """Give an entry as it is stored, with its body."""
    with store.read() as connection:
        found = entries.by_ids(connection, [entry_id])[entry_id]
        return replace(found, body=entries.bodies(connection, [entry_id]).get(entry_id))


def full(feed: int) -> Entry:
    """Make an entry with every field filled in."""
    return entry(
        feed,
        "full",
        title="Ein Titel – 題名 \U0001f600",
        authors=("Ada", "Bücher\0"),
        published=NOW - timedelta(hours=1),
        updated=NOW - timedelta(minutes=1, microseconds=1),
        language="zh-Hant",
        image=Image(url="https://example.org/a.png", width=1, height=2, alt="A"),
        enclosures=(Enclosure(url="https://example.org/a.mp3", media_type="audio/mpeg"),),
        categories=("one", "two"),
        source=Source(title="Planet", link="https://example.com/", id="tag:x"),
        fingerprint="00ff",
        notes=("removed a tracking pixel",),
        backlog=True,
        revised_at=NOW - timedelta(minutes=2),
        parser="feedparser",
        flaw="it ends too soon",
        body=body("Words.", verbatim=True),
    )


def test_every_field_of_an_entry_comes_back(store: Store, feed: int) -> None:
    given = full(feed)
    usual = {field.name: field.default for field in fields(Entry)}
    assert all(getattr(given, name) != usual[name] for name in usual if name != "id")
    [entry_id] = save(store, given)
    assert stored(store, entry_id) == replace(given, id=entry_id)


def test_saving_twice_changes_nothing(store: Store, feed: int) -> None:
    batch = [full(feed), entry(feed, "plain"), entry(feed, "told", body=body())]
    first = save(store, *batch, keys=(1, -(2**63), 2**63 - 1, 1))
    before = dump(store)
    assert save(store, *batch, keys=(1, -(2**63), 2**63 - 1, 1)) == first
    assert dump(store) == before


def test_a_changed_entry_keeps_its_id_and_when_it_was_first_seen(store: Store, feed: int) -> None:
    [entry_id] = save(store, entry(feed, "x", body=body("Old."), backlog=True), keys=(1, 2))
    changed = entry(feed, "x", title="New", raw_hash="other", first_seen=LATER, body=body("New."))
    assert save(store, changed, keys=(2, 3), now=LATER) == [entry_id]
    kept = replace(changed, id=entry_id, first_seen=NOW, backlog=True)
    assert stored(store, entry_id) == kept
    with store.read() as connection:
        assert set(stories.sharing(connection, [1, 2, 3])) == {2, 3}
        assert connection.scalar(select(tables.entries.c.changed_at)) == LATER


def test_a_body_that_is_gone_from_the_feed_is_gone_here(store: Store, feed: int) -> None:
    [entry_id] = save(store, entry(feed, "x", body=body()))
    save(store, entry(feed, "x"))
    assert stored(store, entry_id).body is None


def test_ids_come_in_the_order_of_the_batch(store: Store, feed: int) -> None:
    names = [f"entry-{number}" for number in range(2500)]
    ids = save(store, *(entry(feed, name) for name in names))
    mixed = save(store, *(entry(feed, name) for name in ["new", *reversed(names)]))
    assert mixed[1:] == list(reversed(ids))
    assert mixed[0] not in ids


def test_an_empty_batch_is_no_work(store: Store) -> None:
    assert save(store) == []


def test_a_batch_with_an_entry_twice_is_refused_whole(store: Store, feed: int) -> None:
    with pytest.raises(AssertionError, match="twice"):
        save(store, entry(feed, "x"), entry(feed, "x"))
    with store.read() as connection:
        assert entries.find(connection, "x") == []


def test_known_tells_uid_hash_link_and_title(store: Store, feed: int) -> None:
    with store.write() as connection:
        other = feeds.ensure(connection, [B])[B].id
    x, _, foreign = save(
        store, entry(feed, "x", backlog=True), entry(feed, "y"), entry(other, "x", title="")
    )
    with store.read() as connection:
        found = entries.known(connection, {feed: ["x", "z"], other: {"x", "y"}, 77: ["x"], 78: []})
        assert entries.known(connection, {}) == {}
    assert found == {
        feed: {
            "x": StoredEntry(
                id=x,
                uid="x",
                raw_hash="hash of x",
                link="https://example.org/x",
                title="On x",
                backlog=True,
            )
        },
        other: {
            "x": StoredEntry(
                id=foreign, uid="x", raw_hash="hash of x", link="https://example.org/x"
            )
        },
        77: {},
        78: {},
    }


def test_known_takes_more_uids_than_a_statement(store: Store, feed: int) -> None:
    names = [f"entry-{number}" for number in range(3000)]
    save(store, *(entry(feed, name) for name in names[::2]))
    with store.read() as connection:
        assert set(entries.known(connection, {feed: names})[feed]) == set(names[::2])


def test_a_renamed_entry_keeps_its_id_and_is_saved_under_its_new_uid(
    store: Store, feed: int
) -> None:
    [entry_id] = save(store, entry(feed, "old"))
    with store.write() as connection:
        entries.rename(connection, entry_id, "new")
        assert entries.known(connection, {feed: ["new"]})[feed]["new"].id == entry_id
        assert entries.known(connection, {feed: ["old", "new"]})[feed].keys() == {"new"}
    assert save(store, entry(feed, "new", raw_hash="other")) == [entry_id]


def test_entries_of_one_title_are_found_within_their_feed(store: Store, feed: int) -> None:
    with store.write() as connection:
        other = feeds.ensure(connection, [B])[B].id
    told = {"title": "One", "published": NOW, "fingerprint": "ab"}
    first, _, _, last = save(
        store,
        entry(feed, "a", **told),
        entry(feed, "b", title="Two"),
        entry(other, "c", **told),
        entry(feed, "d", **told),
    )
    with store.read() as connection:
        found = entries.titled_alike(connection, feed, {"One", "Three"})
    assert {title: [known.id for known in those] for title, those in found.items()} == {
        "One": [last, first]
    }
    assert (found["One"][0].published, found["One"][0].fingerprint) == (NOW, "ab")


def test_bodies_are_dropped_by_their_own_age(store: Store, feed: int) -> None:
    old, renewed, bare = save(
        store,
        entry(feed, "old", body=body()),
        entry(feed, "renewed", body=body()),
        entry(feed, "bare"),
    )
    save(store, entry(feed, "renewed", body=body("Newer.")), now=LATER)
    with store.write() as connection:
        assert entries.drop_bodies(connection, NOW) == 0
        assert entries.drop_bodies(connection, LATER) == 1
        assert entries.bodies(connection, [old, renewed, bare]) == {renewed: body("Newer.")}
        assert set(entries.by_ids(connection, [old, renewed, bare])) == {old, renewed, bare}


@pytest.mark.parametrize(
    ("needle", "found"),
    [
        pytest.param("1", ["one"], id="its id"),
        pytest.param("one", ["one"], id="its uid"),
        pytest.param("https://example.org/two?from=feed", ["two"], id="its link"),
        pytest.param("https://example.org/two", ["two"], id="its canonical link"),
        pytest.param("garden", [], id="not its title"),
        pytest.param("9" * 30, [], id="a number beyond every id"),
        pytest.param("\udcff", [], id="a byte of the command line that is no letter"),
        pytest.param("", [], id="an empty needle"),
    ],
)
def test_find(store: Store, feed: int, needle: str, found: list[str]) -> None:
    save(store, entry(feed, "one", title="A garden"), entry(feed, "two", title="100% garden 1"))
    with store.read() as connection:
        assert [entry.uid for entry in entries.find(connection, needle)] == found


@pytest.mark.parametrize(
    ("needle", "found"),
    [
        pytest.param("A  garden ", ["one"], id="the whole title"),
        pytest.param("a garden", ["one"], id="the whole title, in another case"),
        pytest.param("GARDEN", ["two", "one"], id="a word of it, newest first"),
        pytest.param("1 garden", ["two"], id="words of it in another order"),
        pytest.param("100%", ["two"], id="a wildcard is a letter like any other"),
        pytest.param("_", [], id="so is the other one"),
        pytest.param("ПАРОМ", ["three"], id="a word of another script, in another case"),
        pytest.param("garden three", [], id="words of different titles"),
        pytest.param("\udcff", [], id="a byte of the command line that is no letter"),
        pytest.param(" ", [], id="nothing"),
        pytest.param("a " * 5_000, ["two", "one"], id="many words: the first of them count"),
    ],
)
def test_titled(store: Store, feed: int, needle: str, found: list[str]) -> None:
    titles = {"one": "A garden", "two": "100% garden 1", "three": "Последний паром"}
    save(store, *(entry(feed, uid, title=title) for uid, title in titles.items()))
    with store.read() as connection:
        assert [entry.uid for entry in entries.titled(connection, needle)] == found


def dump(store: Store) -> list[list[tuple[object, ...]]]:
    with store.read() as connection:
        return [
            [tuple(row) for row in connection.execute(table.select())]
            for table in tables.metadata.sorted_tables
        ]
