"""What only SQLite can get wrong: its settings, its locks, its file, and crashes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError, OperationalError

from digest.errors import StoreError
from digest.store import Store, entries, feeds, open_store
from digest.store.check import flaws
from digest.store.errors import translated
from support.stored import NOW, body, entry

pytestmark = pytest.mark.sqlite

BATCH = 50

WRITE_UNTIL_KILLED = f"""
import itertools, sys
from digest.store import entries, feeds, open_store
from support.stored import NOW, body, entry

store = open_store(sys.argv[1])
with store.write() as connection:
    feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
for batch in itertools.count():
    with store.write() as connection:
        rows = [entry(feed, f"{{batch}}-{{n}}", body=body("x" * 2000)) for n in range({BATCH})]
        entries.save(connection, rows, [(n,) for n in range({BATCH})], NOW)
        if batch == 3:
            print("in the middle", flush=True)
            sys.stdin.readline()
    print(batch, flush=True)
"""


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


def count(store: Store) -> int:
    """Count the entries of a sound database."""
    with store.read() as connection:
        assert flaws(Path(store.name)) == []
        return int(connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one())


def test_each_connection_is_set_up(store: Store) -> None:
    with store.read() as one, store.read() as other:
        for connection in (one, other):
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            assert settings == {
                "journal_mode": "wal",
                "synchronous": 2,  # FULL
                "foreign_keys": 1,
                "busy_timeout": 10_000,
            }


def test_a_database_in_memory_does_as_well() -> None:
    store = open_store("sqlite://")
    with store.write() as connection:
        feeds.ensure(connection, ["https://example.org/a"])
    with store.read() as connection:
        assert len(feeds.states(connection)) == 1
    store.close()


def test_a_locked_database_is_waited_for_and_then_named(url: str, database: Path) -> None:
    patient = open_store(url, busy_timeout=0.05)
    with sqlite3.connect(database) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        complaint = rf"{database} is locked .*run again"
        with pytest.raises(StoreError, match=complaint), patient.write():
            pass
        assert 0.04 < time.monotonic() - began < 60
        other.rollback()
    other.close()
    with patient.write() as connection:
        feeds.ensure(connection, ["https://example.org/a"])
    patient.close()


def test_a_full_disk_is_named_and_nothing_is_half_written(store: Store) -> None:
    with store.write() as connection:
        feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
        entries.save(connection, [entry(feed, "kept", body=body())], [(1,)], NOW)
    big = [entry(feed, str(n), body=body("x" * 4000)) for n in range(100)]

    def save_all(room: int) -> None:
        with store.write() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {room}")
            entries.save(connection, big, [(1, 2)] * len(big), NOW)

    with pytest.raises(StoreError, match="cannot grow, the disk is full: make room"):
        save_all(room=60)
    assert count(store) == 1
    save_all(room=1_000_000)
    assert count(store) == 101


def test_a_damaged_database_is_named(url: str, database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[4096:] = b"\xab" * (len(content) - 4096)
    database.write_bytes(content)
    with pytest.raises(StoreError, match=rf"{database} is damaged"):
        open_store(url)


def make_text(path: Path) -> Path:
    path.write_text("This is a text and no database. " * 200)
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def below_file(path: Path) -> Path:
    path.write_text("")
    return path / "digest.db"


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(make_text, "is not a SQLite database: name another", id="a text file"),
        pytest.param(make_folder, "cannot be opened", id="a folder"),
        pytest.param(below_file, "is not there and cannot be made", id="below a file"),
        pytest.param(
            lambda path: path / "a" / "digest.db",
            "is not there and cannot be made .*No such file",
            id="two folders are missing",
        ),
    ],
)
def test_a_path_that_cannot_be_a_database_is_named(
    tmp_path: Path, make: object, complaint: str
) -> None:
    path = make(tmp_path / "thing")  # type: ignore[operator]
    with pytest.raises(StoreError, match=complaint) as raised:
        open_store(f"sqlite:///{path}")
    assert str(path) in str(raised.value)


def test_one_missing_folder_is_made(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'new' / 'digest.db'}").close()
    assert (tmp_path / "new" / "digest.db").exists()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("digest.db", "is not a database: write sqlite:///FILE"),
        ("postgresql://user:secret@127.0.0.1:9/digest", "cannot be reached"),
        ("mysql://user:secret@localhost/digest", "is not supported"),
        ("mongo://x", "is not supported"),
    ],
)
def test_a_url_that_is_no_sqlite_database_is_named(url: str, complaint: str) -> None:
    with pytest.raises(StoreError, match=complaint) as raised:
        open_store(url)
    assert "secret" not in str(raised.value)


def test_a_read_only_database_is_named(database: Path) -> None:
    engine = create_engine(f"sqlite:///file:{database}?mode=ro&uri=true")
    complaint = "X is read-only: let this user write"
    with pytest.raises(StoreError, match=complaint), translated("X"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM feeds")
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT nonsense", OperationalError),
        ("INSERT INTO keys (hash, entry_id) VALUES (1, 99)", IntegrityError),
    ],
)
def test_a_mistake_of_ours_is_not_dressed_up(
    store: Store, statement: str, error: type[Exception]
) -> None:
    with pytest.raises(error), store.write() as connection:
        connection.exec_driver_sql(statement)


def test_a_killed_writer_leaves_what_it_committed(url: str) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout
    assert [line.strip() for line in iter(writer.stdout.readline, b"in the middle\n")] == [
        b"0",
        b"1",
        b"2",
    ]
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    store = open_store(url)
    assert count(store) == 3 * BATCH
    with store.write() as connection:
        feeds.ensure(connection, ["https://example.org/b"])
    store.close()


def test_a_writer_killed_at_any_moment_leaves_whole_batches(url: str) -> None:
    for round_ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_UNTIL_KILLED.replace("batch == 3", "False"), url],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
        )
        assert writer.stdout
        committed = [writer.stdout.readline() for _ in range(5 + 7 * round_)]
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        store = open_store(url)
        assert count(store) % BATCH == 0
        assert count(store) >= BATCH * len(committed)
        store.close()


def test_what_was_erased_is_nowhere_in_the_file_after_compacting(
    store: Store, database: Path
) -> None:
    words = b"a secret to be kept from everybody"

    def left() -> bool:
        return any(words in path.read_bytes() for path in database.parent.glob("digest.db*"))

    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE gone (words TEXT)")
        for _ in range(1000):
            connection.exec_driver_sql("INSERT INTO gone VALUES (?)", (words.decode() * 9,))
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM gone")
    assert left()
    store.compact()
    assert not left()
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM gone").scalar() == 0
