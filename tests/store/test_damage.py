"""A damaged database is one sentence that names table and row, or goes on without the row."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine, make_url

from digest import pipeline
from digest.errors import BusyError, DigestError, StoreError
from digest.resources import data_dir
from digest.store import editions, open_store
from digest.store.backup import backup, restore
from digest.store.check import flaws
from digest.store.sqlite import make_file
from support.house import DAY, NOW, House, item, rss

pytestmark = pytest.mark.sqlite

WEB = (
    '[digests.daily]\nschedule = "0 7 * * *"\n'
    '[digests.daily.deliver.files]\npath = "out"\nformats = ["html", "atom", "json"]\n'
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and a database that has seen three days."""
    folder = tmp_path_factory.mktemp("filled")
    house = House(folder, ["a.xml", "b.xml"], more=WEB)
    for day in range(3):
        for feed in "ab":
            items = (item(f"{feed}{number}") for number in range(day * 4 + 4))
            (folder / f"{feed}.xml").write_bytes(rss(items, feed))
        house.run(NOW + day * DAY)
    with closing(sqlite3.connect(folder / "digest.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def house(filled: Path, tmp_path: Path) -> House:
    folder = tmp_path / "house"
    shutil.copytree(filled, folder)
    return House(folder, ["a.xml", "b.xml"], more=WEB)


def change(house: House, statement: str) -> None:
    with closing(sqlite3.connect(house.folder / "digest.db")) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.executescript(statement)


def run(house: House, days: int) -> str:
    """Run the two lines as a command does; return the sentence that ends it, or that of a digest.

    Raises what is neither a sentence nor explained by damage.
    """
    try:
        store = open_store(house.config.store.url)
    except DigestError as error:
        return str(error)
    try:
        pipeline.refresh(house.config, store, NOW + days * DAY, only=house.config.feeds)
        published = pipeline.publish(house.config, store, NOW + days * DAY)
        return " ".join(failed.error for failed in published.failed)
    except DigestError as error:
        return str(error)
    except Exception as error:
        blamed = store.blamed(error)
        if blamed is error:
            raise
        return str(blamed)
    finally:
        store.close()


# --- what is found -------------------------------------------------------------------------------

DAMAGES = [
    (
        "UPDATE feeds SET checked_at = '2026-13-41' WHERE id = 2",
        "table feeds, row id=2: checked_at",
    ),
    ("UPDATE feeds SET failures = 'some' WHERE id = 2", "table feeds, row id=2: failures"),
    ("UPDATE feeds SET requests = 1.5 WHERE id = 1", "table feeds, row id=1: requests"),
    ("UPDATE entries SET backlog = 2 WHERE id = 3", "table entries, row id=3: backlog"),
    ("UPDATE entries SET authors = '{}' WHERE id = 3", "table entries, row id=3: authors"),
    ("UPDATE entries SET title = x'ff' WHERE id = 4", "table entries, row id=4: title"),
    ("UPDATE editions SET document = '[]' WHERE id = 1", "table editions, row id=1: document"),
    ("UPDATE editions SET composed_at = 7 WHERE id = 1", "table editions, row id=1: composed_at"),
    ("UPDATE deliveries SET state = 'sant' WHERE id = 1", "table deliveries, row id=1: state"),
    (
        "UPDATE decisions SET verdict = 'todl' WHERE entry_id = 1",
        "table decisions, row digest=daily, entry_id=1: verdict",
    ),
    ("DELETE FROM entries WHERE id = 1", "what it refers to is not in entries"),
    ("DROP TABLE letters", "table letters is missing"),
    ("ALTER TABLE digests DROP COLUMN settled_at", "table digests has no column settled_at"),
]


@pytest.mark.parametrize(("statement", "named"), DAMAGES, ids=[row[1] for row in DAMAGES])
def test_a_damage_is_named_and_no_run_ends_in_a_traceback(
    house: House, statement: str, named: str
) -> None:
    assert flaws(house.folder / "digest.db") == []
    change(house, statement)
    found = flaws(house.folder / "digest.db")
    assert any(named in flaw for flaw in found), found
    run(house, 3)
    run(house, 4)


def test_a_schema_that_is_older_than_it_says_is_one_sentence(house: House) -> None:
    change(house, "ALTER TABLE feeds DROP COLUMN rhythm")
    assert "its schema is older than it says" in run(house, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET authors = '{' WHERE id = 3; DELETE FROM decisions WHERE entry_id = 3",
        "UPDATE entries SET updated = '' WHERE id = 1; DELETE FROM decisions WHERE entry_id = 1",
        "UPDATE feeds SET checked_at = '2026-13-41', hints = '[' WHERE id = 2",
        "UPDATE editions SET document = '[]' WHERE id = 1",
    ],
)
def test_rows_that_cannot_be_read_are_left_out(
    house: House, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(house, statement)
    for feed in "ab":
        (house.folder / f"{feed}.xml").write_bytes(rss([item(f"{feed}-new")], feed))
    with caplog.at_level(logging.WARNING):
        assert run(house, 3) == ""
    with house.store() as store, store.read() as connection:
        [newest] = editions.latest(connection, "daily", 1)
    assert newest.slot == "2026-11-23T0700"
    told = [story.title for section in newest.sections for story in section.stories]
    assert {"Title of a-new", "Title of b-new"} <= set(told)
    assert "damaged" in caplog.text


def flip(content: bytes, seed: int) -> bytes:
    """Change one to three bytes, most of them in the rows."""
    chosen = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(chosen.randint(1, 3)):
        place = chosen.randrange(len(damaged) if chosen.random() < 0.8 else 4096)
        damaged[place] ^= 1 << chosen.randrange(8)
    return bytes(damaged)


def flips(house: House, seeds: range) -> None:
    path = house.folder / "digest.db"
    content = path.read_bytes()
    for seed in seeds:
        for file in house.folder.glob("digest.db-*"):
            file.unlink()
        path.write_bytes(flip(content, seed))
        run(house, 3)
        flaws(path)


def test_flipped_bits_end_in_no_traceback(house: House) -> None:
    flips(house, range(15))


@pytest.mark.long
def test_many_flipped_bits_end_in_no_traceback(house: House) -> None:
    flips(house, range(15, 500))


# --- copies --------------------------------------------------------------------------------------


def test_a_backup_is_made_while_others_write_and_is_whole(house: House, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    database = house.folder / "digest.db"
    with house.store() as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE feeds SET title = 'half'")
        backup(database, target)
    assert flaws(target) == []
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT title FROM feeds ORDER BY id").fetchall() == [("a",), ("b",)]
    before = house.dump()
    backup(database, target)
    house.run(NOW + 9 * DAY)
    kept = restore(database, target)
    assert house.dump() == before
    assert kept is not None
    assert flaws(kept) == []


def test_a_backup_of_a_damaged_database_is_refused(house: House, tmp_path: Path) -> None:
    change(house, "UPDATE editions SET document = '[]' WHERE id = 1")
    (tmp_path / "copy.db").write_text("the copy of yesterday")
    with pytest.raises(StoreError, match="no copy was made"):
        backup(house.folder / "digest.db", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "the copy of yesterday"


@pytest.mark.parametrize("content", [b"", b"a text" * 1000, None])
def test_what_is_no_sound_copy_is_not_restored(
    house: House, tmp_path: Path, content: bytes | None
) -> None:
    source = tmp_path / "copy.db"
    if content is None:
        shutil.copy(house.folder / "digest.db", source)
        with closing(sqlite3.connect(source)) as copy:
            copy.execute("UPDATE feeds SET checked_at = 'never'")
            copy.commit()
    else:
        source.write_bytes(content)
    before = house.dump()
    with pytest.raises(StoreError):
        restore(house.folder / "digest.db", source)
    assert house.dump() == before


def test_a_copy_without_a_schema_is_not_restored(house: House, tmp_path: Path) -> None:
    source = tmp_path / "copy.db"
    shutil.copy(house.folder / "digest.db", source)
    with closing(sqlite3.connect(source)) as copy:
        copy.execute("DELETE FROM alembic_version")
        copy.commit()
    before = house.dump()
    with pytest.raises(StoreError, match="has no schema"):
        restore(house.folder / "digest.db", source)
    assert house.dump() == before


def test_nothing_is_restored_under_a_running_program(house: House, tmp_path: Path) -> None:
    database = house.folder / "digest.db"
    backup(database, tmp_path / "copy.db")
    with house.store() as store:
        with store.read() as connection:
            connection.exec_driver_sql("SELECT 1 FROM feeds")
        with pytest.raises(BusyError, match="open"):
            restore(database, tmp_path / "copy.db")
        with store.lock("refresh"), pytest.raises(BusyError):
            restore(database, tmp_path / "copy.db")


def test_where_there_is_no_database_the_copy_becomes_it(house: House, tmp_path: Path) -> None:
    backup(house.folder / "digest.db", tmp_path / "copy.db")
    (tmp_path / "new").mkdir()
    assert restore(tmp_path / "new" / "digest.db", tmp_path / "copy.db") is None
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["digest.db"]


def test_the_files_that_count_a_rate_are_left_as_they_are(house: House, tmp_path: Path) -> None:
    database = house.folder / "digest.db"
    backup(database, tmp_path / "copy.db")
    counter = house.folder / "digest.db.locks" / "rate-relay.example.org"
    counter.parent.mkdir(exist_ok=True)
    counter.write_text("what was sent in the last hour")
    restore(database, tmp_path / "copy.db")
    assert counter.read_text() == "what was sent in the last hour"


def test_a_damaged_database_is_replaced(house: House, tmp_path: Path) -> None:
    database = house.folder / "digest.db"
    backup(database, tmp_path / "copy.db")
    database.write_bytes(b"\xab" * 50_000)
    kept = restore(database, tmp_path / "copy.db")
    assert kept is not None
    assert kept.read_bytes() == b"\xab" * 50_000
    assert flaws(database) == []


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_files_of_a_database_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "digest.db"
    store = open_store(f"sqlite:///{path}")
    with store.write() as connection, store.lock("refresh"):
        connection.exec_driver_sql("DELETE FROM feeds")
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {file.name for file in path.parent.iterdir()} >= {"digest.db", "digest.db-wal"}
        assert store.complaints(NOW) == []
        path.chmod(0o644)
        [complaint] = store.complaints(NOW)
        assert complaint.what == f"{path} can be read by others"
    store.close()


def test_an_empty_file_is_no_new_database(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    path.touch()
    with pytest.raises(StoreError, match="is empty"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b""


def test_a_new_database_whose_log_could_not_be_taken_over_is_not_put_in_place(
    tmp_path: Path,
) -> None:
    """SQLite closes a database without a word where the disk has no room for the last step."""
    path = tmp_path / "digest.db"

    def make(draft: URL) -> None:
        assert draft.database
        Path(draft.database).write_bytes(b"half")
        Path(f"{draft.database}-wal").write_bytes(b"the other half")

    with pytest.raises(StoreError, match="the disk is full: make room"):
        make_file(make_url(f"sqlite:///{path}"), make)
    assert list(tmp_path.iterdir()) == []


# --- older schemas -------------------------------------------------------------------------------


REVISIONS = sorted(path.name[:4] for path in data_dir("migrations").glob("versions/[0-9]*.py"))


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_database_of_every_schema_is_brought_up_to_date_with_what_is_in_it(
    filled: Path, tmp_path: Path, revision: str
) -> None:
    path = tmp_path / "digest.db"
    _make_old(path, revision, filled / "digest.db")
    with closing(sqlite3.connect(path)) as old:
        counts = _counts(old)
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*"))
    house = House(tmp_path, ["a.xml", "b.xml"], more=WEB)
    with house.store():
        pass
    assert flaws(path) == []
    with closing(sqlite3.connect(path)) as new:
        now = _counts(new)
    assert {table: now[table] for table in counts} == counts
    told = len(house.told())
    (tmp_path / "a.xml").write_bytes(rss([item("later")], "a"))
    house.run(NOW + 5 * DAY + timedelta(hours=1))
    assert house.told()[told:] == [["Title of later"]]


def _make_old(path: Path, revision: str, source: Path) -> None:
    """Make a database of an older schema, and fill it with what a newer one has of the same."""
    config = Config()
    config.set_main_option("script_location", str(data_dir("migrations")))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(path)) as old:
        old.execute("ATTACH ? AS newer", (str(source),))
        for table in _counts(old):
            there = {row[1] for row in old.execute(f"PRAGMA newer.table_info({table})")}
            both = [
                row[1] for row in old.execute(f"PRAGMA main.table_info({table})") if row[1] in there
            ]
            names = ", ".join(f'"{name}"' for name in both)
            old.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM newer.{table}")
        old.commit()


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    names = database.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'alembic%'"
    ).fetchall()
    return {
        name: database.execute(f"SELECT count(*) FROM main.{name}").fetchone()[0]
        for (name,) in names
    }
