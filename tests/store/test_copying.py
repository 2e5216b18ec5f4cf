"""A database is copied whole, goes on after a crash, and nobody writes to the old one."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
    text,
)

from digest.errors import BusyError, StoreError
from digest.store import Store, copying, feeds, open_store
from digest.store.column_types import Packed, Seconds, Utc
from digest.store.tables import metadata
from support import databases

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
ROWS = 23
MARKS = ("moves", "copied_tables", "leases", "workers")

CRASHING = """
import os, sys
from datetime import datetime
from digest.store import copying, open_store

left = int(sys.argv[3])

def step(rows):
    global left
    left -= 1
    if left == 0:
        os._exit(9)

source, target = (open_store(url, moving=True) for url in sys.argv[1:3])
now = datetime.fromisoformat(sys.argv[4])
copying.copy(source, target, now=now, portion=7, step=step)
"""


def value(table: Table, name: str, number: int) -> object:
    """A value for a column, different for each row, that suits the column and its references."""
    column = table.c[name]
    if column.foreign_keys:
        (reference,) = column.foreign_keys
        return value(reference.column.table, reference.column.name, number)
    kinds = {
        BigInteger: (-1) ** number * (2**40 + number),
        Boolean: number % 2 == 0,
        Date: date(2026, 1, 1) + timedelta(number),
        Float: number / 7,
        LargeBinary: bytes((number, 0, 255)) * number,
        Integer: number + 1,
        Seconds: timedelta(seconds=number),
    }
    if name == "id":
        return number + 1
    found = next((made for kind, made in kinds.items() if isinstance(column.type, kind)), None)
    if found is not None:
        return found
    if isinstance(column.type, Utc):
        return NOW + timedelta(days=number, microseconds=number)
    if isinstance(column.type, Packed):
        return column.type.empty
    return None if column.nullable and number % 3 == 0 else f"{name} Ü\\ \n\t{number:04} 😀"


def fill(store: Store) -> None:
    """Put rows into every table."""
    with store.write() as connection:
        for name in (table.name for table in copying._tables()):
            table = metadata.tables[name]
            rows = [
                {column.name: value(table, column.name, number) for column in table.columns}
                for number in range(ROWS)
            ]
            connection.execute(insert(table), rows)


def dump(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in copying._tables()
        }


@contextmanager
def both(source: str, target: str) -> Iterator[tuple[Store, Store]]:
    with (
        closing(open_store(source, moving=True)) as before,
        closing(open_store(target, moving=True)) as after,
    ):
        yield before, after


@pytest.fixture
def source(url: str) -> str:
    """A database with rows: a file, or one of the tests' server."""
    with closing(open_store(url)) as store:
        fill(store)
    return url


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'target.db'}"


def test_a_copy_has_the_rows_of_every_table(source: str, target: str) -> None:
    with both(source, target) as (before, after):
        copied = copying.copy(before, after, now=NOW, portion=10)
        assert {table.name for table in copied} == set(metadata.tables) - set(MARKS)
        assert {table.rows for table in copied} == {ROWS}
        assert dump(after) == dump(before)


def test_there_and_back_gives_the_same_rows(source: str, target: str, tmp_path: Path) -> None:
    """On the tests' server: SQLite, PostgreSQL, SQLite; otherwise three files."""
    with both(source, target) as (before, between):
        copying.copy(before, between, now=NOW)
        wanted = dump(before)
    with databases.fresh() if databases.server() else _file(tmp_path / "third.db") as third:
        with both(target, third) as (between, after):
            copying.copy(between, after, now=NOW)
            assert dump(after) == wanted
        with closing(open_store(third)) as opened, opened.write() as connection:
            added = feeds.ensure(connection, ["https://example.org/new"])
            assert added["https://example.org/new"].id == ROWS + 1, "ids go on after those copied"


@contextmanager
def _file(path: Path) -> Iterator[str]:
    yield f"sqlite:///{path}"


def test_a_copy_that_is_killed_goes_on_where_it_was(source: str, target: str) -> None:
    chance = random.Random(5)
    crashes = 0
    for _ in range(3):
        arguments = (source, target, str(chance.randint(1, 20)), NOW.isoformat())
        crashed = subprocess.run([sys.executable, "-c", CRASHING, *arguments])
        crashes += crashed.returncode == 9
        for url in (source, target):
            with pytest.raises(StoreError, match=r"is being copied to|is an unfinished copy of"):
                open_store(url)
    assert crashes == 3
    steps: list[int] = []
    with both(source, target) as (before, after):
        done = copying.rows_copied(after)
        assert done > 0
        copying.copy(before, after, now=NOW + timedelta(hours=1), step=steps.append)
        assert sum(steps) == copying.row_count(before) - done, "no row is copied twice"
        assert dump(after) == dump(before)
    open_store(target).close()


class Stopped(Exception):
    """Raised after a portion was committed."""


def test_a_copy_may_be_interrupted_after_any_portion(source: str, target: str) -> None:
    def stop(rows: int) -> None:
        raise Stopped

    interrupted = 0
    with both(source, target) as (before, after):
        while copying.rows_copied(after) < copying.row_count(before):
            with pytest.raises(Stopped):
                copying.copy(before, after, now=NOW, portion=9, step=stop)
            interrupted += 1
        copying.copy(before, after, now=NOW, portion=9)
        assert dump(after) == dump(before)
    assert interrupted == 3 * (len(metadata.tables) - len(MARKS)), "each table has three portions"


def test_a_copy_that_ends_between_its_last_two_transactions_is_finished_by_another(
    source: str, target: str
) -> None:
    """The source is marked as moved; the target, a file, refuses to be opened."""
    with both(source, target) as (before, after):
        with after.write() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER stop BEFORE DELETE ON copied_tables"
                    " BEGIN SELECT RAISE(ABORT, 'stopped'); END"
                )
            )
        with pytest.raises(Exception, match="stopped"):
            copying.copy(before, after, now=NOW)
        with pytest.raises(StoreError, match="has moved to"):
            open_store(source)
        with after.write() as connection:
            connection.execute(text("DROP TRIGGER stop"))
        copying.copy(before, after, now=NOW)
        assert dump(after) == dump(before)
    open_store(target).close()


def test_the_old_database_is_closed_to_programs_that_have_it_open(source: str, target: str) -> None:
    with closing(open_store(source)) as web, both(source, target) as (before, after):
        copying.copy(before, after, now=NOW)
        with pytest.raises(StoreError, match=f"has moved to {after.name}"), web.write():
            raise AssertionError("nobody writes to the old database")
    with pytest.raises(StoreError, match=r"has moved to .*target.db: name that one in store.url"):
        open_store(source)


def test_the_old_database_can_be_opened_again(source: str, target: str) -> None:
    with both(source, target) as (before, after):
        copying.copy(before, after, now=NOW)
        assert copying.reopen(before).other == after.name
        assert copying.reopen(before) is None
    open_store(source).close()


def test_a_copy_may_leave_the_source_in_use(source: str, target: str) -> None:
    with both(source, target) as (before, after):
        copying.copy(before, after, now=NOW, keep=True)
        assert dump(after) == dump(before)
    open_store(source).close()
    open_store(target).close()


def test_a_copy_goes_into_an_empty_database_only(source: str, target: str) -> None:
    with both(source, target) as (before, after):
        with after.write() as connection:
            feeds.ensure(connection, ["https://example.org/a"])
        with pytest.raises(StoreError, match=r"is not empty .its table feeds has rows"):
            copying.copy(before, after, now=NOW)
    open_store(source).close()


def test_a_database_is_not_copied_to_itself(url: str) -> None:
    with both(url, url) as (before, after), pytest.raises((StoreError, BusyError)):
        copying.copy(before, after, now=NOW)
    open_store(url).close()


def test_an_unfinished_copy_of_another_database_is_left_alone(
    source: str, target: str, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", CRASHING, source, target, "3", NOW.isoformat()])
    with both(f"sqlite:///{tmp_path / 'other.db'}", target) as (before, after):
        with pytest.raises(StoreError, match=r"is an unfinished copy of .*, and not of .*other.db"):
            copying.copy(before, after, now=NOW)
        with pytest.raises(StoreError, match="is an unfinished copy of"):
            copying.reopen(after)
        with pytest.raises(StoreError, match="is an unfinished copy of"):
            copying.copy(after, before, now=NOW)


def test_a_copy_that_differs_is_no_copy(source: str, target: str) -> None:
    """Another program changes a row of the target while the copy is interrupted."""
    subprocess.run([sys.executable, "-c", CRASHING, source, target, "9", NOW.isoformat()])
    with both(source, target) as (before, after):
        with after.write() as connection:
            connection.execute(text("UPDATE feeds SET title = 'x' WHERE id = 2"))
        with pytest.raises(StoreError, match=r"the table feeds of .*target.db .* differs from"):
            copying.copy(before, after, now=NOW)


def test_a_refreshing_run_is_waited_for_by_nobody(source: str, target: str) -> None:
    with (
        closing(open_store(source)) as running,
        running.lock("refresh"),
        both(source, target) as (before, after),
        pytest.raises(BusyError),
    ):
        copying.copy(before, after, now=NOW)
    open_store(source).close()


@pytest.mark.sqlite
def test_texts_lose_what_postgresql_refuses(source: str, target: str) -> None:
    with both(source, target) as (before, after):
        with before.write() as connection:
            connection.execute(text("UPDATE feeds SET title = 'a' || char(0) || 'b'"))
        copying.copy(before, after, now=NOW)
        with after.read() as connection:
            assert set(connection.scalars(text("SELECT title FROM feeds"))) == {"ab"}
