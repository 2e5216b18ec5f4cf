"""The schema: one truth in `migrations/`, reached whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select

from digest.errors import StoreError
from digest.model import ParsedEntry
from digest.resources import data_dir
from digest.sift import changes
from digest.store import editions, entries, feeds, open_store, schema, subscriber_history
from digest.store.tables import subscriber_days
from support.stored import NOW, entry

pytestmark = pytest.mark.sqlite

LONG = "an id, " * 200 + "and its end"
NEXT = f"{int(schema.HEAD) + 1:04}"
REVISION = '''
"""A revision that a test wrote."""

import os

import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("feeds", recreate="always") as feeds:
        feeds.add_column(sa.Column("mood", sa.Text))
    {end}
'''


ADD = """
import sys
from digest.store import feeds, open_store

with open_store(sys.argv[1]).write() as connection:
    feeds.ensure(connection, [sys.argv[2]])
"""


def declarations(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Give the statements that made each table and index.

    Each is cut at its commas and sorted: a column that was added stands behind the constraints.
    """
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        name: sorted(" ".join(sql.replace("(", ",").replace(")", ",").split()).split(","))
        for name, sql in rows
    }


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """Copy the migrations, to be given another revision."""
    return Path(shutil.copytree(data_dir("migrations"), tmp_path / "50% migrations"))


def revise(folder: Path, end: str) -> Path:
    text = REVISION.format(head=schema.HEAD, next=NEXT, end=end)
    (folder / "versions" / f"{NEXT}_test.py").write_text(text)
    return folder


def fill(database: Path) -> None:
    """Put a row into the tables that others refer to."""
    store = open_store(f"sqlite:///{database}")
    with store.write() as connection:
        feed = feeds.ensure(connection, ["https://example.org/a"])["https://example.org/a"].id
        entries.save(connection, [entry(feed, "1")], [(1,)], NOW)
        editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
    store.close()


def test_the_newest_revision_is_the_one_the_program_knows() -> None:
    assert ScriptDirectory(str(data_dir("migrations"))).get_current_head() == schema.HEAD


def test_the_next_revision_begins_from_the_template(tmp_path: Path) -> None:
    config = Config(shutil.copytree(data_dir("migrations"), tmp_path / "copy") / "alembic.ini")
    command.revision(config, "say what", rev_id=NEXT)
    script = ScriptDirectory.from_config(config).get_revision("head")
    assert (script.revision, script.down_revision, script.doc) == (NEXT, schema.HEAD, "say what.")


def test_a_new_database_is_what_the_migrations_lead_to(
    empty_database: Path, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.begin() as connection:
        schema.upgrade(connection, data_dir("migrations"))
    engine.dispose()
    with (
        sqlite3.connect(tmp_path / "migrated.db") as migrated,
        sqlite3.connect(empty_database) as made,
    ):
        assert declarations(migrated) == declarations(made)
        for table in declarations(made):
            columns = f"SELECT name FROM pragma_table_info('{table}')"
            assert migrated.execute(columns).fetchall() == made.execute(columns).fetchall()
        held = "SELECT version_num FROM alembic_version"
        assert migrated.execute(held).fetchall() == made.execute(held).fetchall()
    migrated.close()
    made.close()


def test_a_database_of_the_first_schema_becomes_one_of_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(data_dir("migrations")))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO feeds (id, url) VALUES (1, 'https://example.org/a')"
        )
        connection.exec_driver_sql(
            "INSERT INTO entries"
            " (id, feed_id, uid, raw_hash, backlog, first_seen, changed_at, title)"
            " VALUES (1, 1, 'x', '', 0, '2026-01-12 06:00:00', '2026-01-12 06:00:00', 'Old'),"
            f" (2, 1, '{LONG}', '', 0, '2026-01-12 06:00:00', '2026-01-12 06:00:00', 'Long')"
        )
    engine.dispose()
    store = open_store(f"sqlite:///{path}")
    with store.write() as connection:
        assert entries.by_ids(connection, [1])[1].revised_at is None
        assert feeds.states(connection)[0].first_read_at == NOW, (
            "it was read when its first entry came"
        )
        (item,) = changes.identify([ParsedEntry(id=LONG)])
        assert entries.known(connection, {1: [item.uid]})[1][item.uid].id == 2
        entries.save(connection, [entry(1, "x", revised_at=NOW)], [()], NOW)
        assert entries.by_ids(connection, [1])[1].revised_at == NOW
    store.close()


def test_the_days_of_subscribers_are_counted_from_an_older_log(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(data_dir("migrations")))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        people = {
            1: ("active", ["requested 01", "confirmed 02", "bounced 09"]),
            2: ("unsubscribed", ["imported 01", "left 03", "added again 04", "complained 05"]),
            3: ("unsubscribed", ["forgotten 06"]),
            4: ("removed", []),
            5: ("suspended", ["named 01", "delayed 02", "bounced 02", "suspended 02"]),
            6: ("removed", ["added 01"]),
        }
        for number, (state, log) in people.items():
            connection.exec_driver_sql(
                "INSERT INTO subscribers (id, digest, address, key, state, origin, created_at,"
                " changed_at) VALUES (?, 'daily', ?, ?, ?, 'web', '2026-01-01 06:00:00',"
                " '2026-01-07 06:00:00')",
                (number, f"{number}@example.org", f"{number}@example.org", state),
            )
            for event in log:
                name, _, day = event.rpartition(" ")
                connection.exec_driver_sql(
                    "INSERT INTO subscriber_events (subscriber_id, event, at) VALUES (?, ?, ?)",
                    (number, name, f"2026-01-{day} 06:00:00"),
                )
        connection.exec_driver_sql(
            "INSERT INTO subscribers (digest, address, key, state, origin, created_at, changed_at)"
            " VALUES ('', '', 'forgotten 1', 'unsubscribed', 'operator', '2026-01-01 06:00:00',"
            " '2026-01-01 06:00:00')"
        )
    engine.dispose()
    with closing(open_store(f"sqlite:///{path}")) as store, store.read() as connection:
        rows = connection.execute(select(subscriber_days)).all()
        (*_, first, last) = subscriber_history.weeks(
            connection, "daily", today=date(2026, 1, 7), most=3
        )
    counted = {
        f"{row.day:%d} {row.event}: {row.before}>{row.after}": row.subscribers for row in rows
    }
    assert counted == {
        "01 requested: >requested": 1,
        "02 confirmed: requested>active": 1,
        "09 bounced: active>active": 1,
        "01 imported: >active": 1,
        "03 left: active>unsubscribed": 1,
        "04 added again: unsubscribed>active": 1,
        "05 complained: active>unsubscribed": 1,
        "06 forgotten: >unsubscribed": 1,
        "01 added: >removed": 1,
        "01 named: >active": 1,
        "02 delayed: active>active": 1,
        "02 bounced: active>active": 1,
        "02 suspended: active>suspended": 1,
        "01 added: >active": 1,
        "07 removed: active>removed": 1,
    }
    assert (first.joined, first.left, first.suspended, first.bounced) == (5, 1, 1, 1)
    assert (last.joined, last.left, last.suspended, last.bounced) == (0, 2, 0, 1)
    assert {state.value: count for state, count in last.states.items() if count} == {
        "active": 1,
        "suspended": 1,
        "unsubscribed": 2,
        "removed": 2,
    }


def test_a_later_revision_keeps_rows_and_references(database: Path, later: Path) -> None:
    fill(database)
    store = open_store(f"sqlite:///{database}")
    store.upgrade(revise(later, "pass"))
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT url, mood FROM feeds").all() == [
            ("https://example.org/a", None)
        ]
        assert len(entries.find(connection, "1")) == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_a_failing_revision_leaves_the_old_schema(database: Path, later: Path) -> None:
    fill(database)
    with sqlite3.connect(database) as direct:
        before = list(direct.iterdump())
    store = open_store(f"sqlite:///{database}")
    with pytest.raises(ZeroDivisionError):
        store.upgrade(revise(later, "1 / 0"))
    store.close()
    assert list(direct.iterdump()) == before
    direct.close()


def test_a_crash_in_a_revision_leaves_the_old_schema(database: Path, later: Path) -> None:
    fill(database)
    with sqlite3.connect(database) as direct:
        before = list(direct.iterdump())
    crash = (
        "import sys; from pathlib import Path; from digest.store import open_store;"
        "open_store(sys.argv[1]).upgrade(Path(sys.argv[2]))"
    )
    folder = revise(later, "os._exit(9)")
    crashed = subprocess.run([sys.executable, "-c", crash, f"sqlite:///{database}", folder])
    assert crashed.returncode == 9
    assert list(direct.iterdump()) == before
    direct.close()
    open_store(f"sqlite:///{database}").close()


def test_several_programs_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'digest.db'}"
    programs = [subprocess.Popen([sys.executable, "-c", ADD, url, f"f:{n}"]) for n in range(3)]
    assert [program.wait() for program in programs] == [0, 0, 0]
    store = open_store(url)
    with store.read() as connection:
        assert {state.url for state in feeds.states(connection)} == {"f:0", "f:1", "f:2"}
    store.close()


def test_a_current_database_is_opened_without_alembic(database: Path) -> None:
    look = (
        "import sys; from digest.store import open_store; open_store(sys.argv[1]);"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", look, f"sqlite:///{database}"], check=True)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        pytest.param(
            "UPDATE alembic_version SET version_num = '9999'",
            "was written by a newer version of this program",
            id="a newer schema",
        ),
        pytest.param("DROP TABLE alembic_version", "belongs to another program", id="not ours"),
    ],
)
def test_a_database_that_is_not_for_us_is_left_alone(
    database: Path, statement: str, complaint: str
) -> None:
    with sqlite3.connect(database) as direct:
        direct.execute(statement)
    direct.close()
    before = database.read_bytes()
    with pytest.raises(StoreError, match=f"{database} {complaint}"):
        open_store(f"sqlite:///{database}")
    assert database.read_bytes() == before
