"""What only PostgreSQL can get wrong: sessions, turns, locks that die, a server that says no."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, select, text

from digest.errors import BusyError, StoreError
from digest.model import Decision, Verdict
from digest.store import Store, editions, entries, feeds, open_store, secrets, tables
from support import databases
from support.stored import NOW, body, edition, entry

pytestmark = pytest.mark.skipif(
    databases.server() is None, reason=f"{databases.VARIABLE} names no server"
)


@pytest.fixture
def other(url: str) -> Iterator[Store]:
    """The same database, opened by another program."""
    store = open_store(url, busy_timeout=0.2)
    yield store
    store.close()


def end_sessions(store: Store, url: str) -> None:
    """Let the server end every connection of this database but the one that asks."""
    asking = open_store(url)
    with asking.read() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    asking.close()


def test_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            difference
            for difference in compare_metadata(context, tables.metadata)
            if "alembic_version" not in str(difference)
        ]
    assert differences == []


def test_the_partial_indexes_are_partial(store: Store) -> None:
    with store.read() as connection:
        partial = connection.scalars(
            text("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%WHERE%'")
        ).all()
    assert {*partial} >= {
        "entries_tellable",
        "entries_revised",
        "decisions_duplicates",
        "deliveries_open",
    }


def test_a_writer_that_waits_too_long_says_so(store: Store, other: Store) -> None:
    locked = pytest.raises(StoreError, match="is locked by another program")
    with store.write(), locked, other.write():
        pass


def test_a_lock_is_held_once_and_can_be_had_again(store: Store, other: Store) -> None:
    busy = pytest.raises(BusyError, match=r"another run \(digest, process \d+ on .*refresh")
    with store.lock("refresh"):
        with busy, other.lock("refresh"):
            pass
        with other.lock("compose-daily"):
            pass
    with other.lock("refresh"):
        pass


def test_who_holds_a_lock_can_write(store: Store, other: Store) -> None:
    with store.lock("refresh"):
        with store.write() as connection:
            feeds.ensure(connection, ["https://example.org/a"])
        with store.write() as connection:
            feeds.ensure(connection, ["https://example.org/b"])
        with other.read() as connection:
            assert len(feeds.states(connection)) == 2


def test_who_has_lost_a_lock_commits_nothing(store: Store, other: Store, url: str) -> None:
    with store.lock("deliver-daily-smtp"):
        end_sessions(store, url)
        with other.lock("deliver-daily-smtp"):
            with pytest.raises(StoreError), store.write() as connection:
                feeds.ensure(connection, ["https://example.org/a"])
            with pytest.raises(StoreError, match="and with it a lock"), store.write() as connection:
                feeds.ensure(connection, ["https://example.org/b"])
    with store.write() as connection:
        assert feeds.states(connection) == []
        feeds.ensure(connection, ["https://example.org/c"])


def test_a_server_that_ended_all_connections_is_connected_to_again(store: Store, url: str) -> None:
    with store.read() as connection:
        assert feeds.states(connection) == []
    end_sessions(store, url)
    with store.read() as connection:
        assert feeds.states(connection) == []


def test_of_two_that_freeze_a_slot_one_does(store: Store, other: Store) -> None:
    with store.write() as connection:
        editions.name_authority(connection, "daily", "example.org", NOW.date())
        feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
        [number] = entries.save(connection, [entry(feed, "1")], [(1,)], NOW)
    told = [Decision(entry_id=number, verdict=Verdict.TOLD)]
    with store.write() as connection:
        editions.freeze(connection, edition("daily", "2026-01-12T0700", "One"), told)
    with pytest.raises(BusyError), other.write() as connection:
        editions.freeze(connection, edition("daily", "2026-01-12T0700", "One"), told)
    with pytest.raises(BusyError), other.write() as connection:
        editions.freeze(connection, edition("daily", "2026-01-12T0800", "One"), told)


def test_the_secret_is_the_same_for_all(store: Store, other: Store) -> None:
    with store.write() as connection:
        held = secrets.secret(connection)
    with other.write() as connection:
        assert secrets.secret(connection) == held


def test_long_ids_and_nul_end_no_run(store: Store) -> None:
    with store.write() as connection:
        feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
        entries.save(connection, [entry(feed, "x", title="A\0B", body=body("C\0D"))], [(1,)], NOW)
    with store.read() as connection:
        assert connection.scalar(select(tables.entries.c.title)) == "AB"


def test_a_damaged_value_is_named(store: Store) -> None:
    with store.write() as connection:
        feeds.ensure(connection, ["https://example.org/a"])
    assert store.flaws() == []
    with store.write() as connection:
        connection.execute(text("UPDATE feeds SET checked_at = 'yesterday'"))
    assert store.flaws() == ["table feeds, row id=1: checked_at cannot be read (yesterday)"]
    damaged = pytest.raises(StoreError, match="table feeds, row id=1: checked_at")
    with damaged, store.read() as connection:
        feeds.states(connection)


def test_a_sound_server_has_nothing_to_complain_of_but_its_test_settings(store: Store) -> None:
    now = datetime.now(UTC)
    usual = {"fsync or synchronous_commit is off"}
    assert {complaint.what for complaint in store.complaints(now)} <= usual
    [clock] = [
        complaint
        for complaint in store.complaints(now - timedelta(hours=2))
        if complaint.what not in usual
    ]
    assert clock.what.startswith("the server's clock is ")


def test_several_programs_may_open_a_new_schema_at_once(url: str) -> None:
    new = f"{url}?schema=another"
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(new))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for store in opened:
        with store.read() as connection:
            assert feeds.states(connection) == []
        store.close()


def test_two_schemas_of_one_database_are_apart(store: Store, url: str) -> None:
    other = open_store(f"{url}?schema=second")
    with store.lock("refresh"), other.lock("refresh"), store.write(), other.write() as connection:
        feeds.ensure(connection, ["https://example.org/a"])
    with store.read() as connection:
        assert feeds.states(connection) == []
    other.close()


def test_another_programs_schema_is_left_alone(store: Store, url: str) -> None:
    with store.write() as connection:
        connection.execute(text("CREATE SCHEMA theirs"))
        connection.execute(text("CREATE TABLE theirs.things (id int)"))
    with pytest.raises(StoreError, match="belongs to another program"):
        open_store(f"{url}?schema=theirs")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"database": "no_such"}, "no_such.* does not exist", id="no database"),
        pytest.param({"port": 9}, "cannot be reached", id="no server"),
        pytest.param({"username": "nobody_here"}, "nobody_here", id="no such user"),
    ],
)
def test_what_cannot_be_opened_is_named(
    url: str, change: dict[str, object], complaint: str
) -> None:
    wrong = make_url(url).set(password="s3cret", **change)
    with pytest.raises(StoreError, match=complaint) as raised:
        open_store(wrong.render_as_string(hide_password=False))
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_user_who_owns_nothing_is_told(store: Store, url: str) -> None:
    with store.write() as connection:
        connection.execute(text("DROP ROLE IF EXISTS test_reader"))
        connection.execute(text("CREATE ROLE test_reader LOGIN"))
    try:
        wrong = make_url(url).set(username="test_reader").render_as_string(hide_password=False)
        with pytest.raises(StoreError, match="does not let this user make the schema"):
            open_store(wrong)
    finally:
        with store.write() as connection:
            connection.execute(text("DROP ROLE test_reader"))
