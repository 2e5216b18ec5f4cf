"""`digest store`: copy a database, close the old one, and show what is in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from digest.store.tables import deliveries, workers
from support.house import NOW, House, item, rss
from support.shell import Run, shell

AT = ["--now", NOW.isoformat()]


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").write_bytes(rss([item("a1")]))
    return House(tmp_path, ["a.xml"])


@pytest.fixture
def first(house: House) -> str:
    """The database of the house, as on the command line."""
    return house.config.store.url


def test_a_run_goes_on_in_the_copy(
    digest: Run, house: House, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digest("run", *AT).status == 0
    copied = digest("store", "copy", first, "sqlite:///second.db", *AT)
    assert copied.status == 0, copied.err
    assert "to second.db" in copied.out
    assert "Copied and compared" in copied.out
    refused = digest("run", *AT)
    assert refused.status == 1
    assert "has moved to second.db" in refused.err
    monkeypatch.setenv("DIGEST_STORE_URL", f"sqlite:///{tmp_path / 'second.db'}")
    again = digest("run", *AT)
    assert again.status == 0, again.err
    assert "Edition" not in again.out, "nothing is told twice"
    reopened = digest("store", "reopen", first, "--yes")
    assert reopened.status == 0, reopened.err
    assert "can be used again" in reopened.out


def test_a_copy_says_what_it_did_as_json(digest: Run, house: House, first: str) -> None:
    digest("run", *AT)
    said = json.loads(digest("store", "copy", first, "sqlite:///x.db", "--json", *AT).out)
    rows = {table["name"]: table["rows"] for table in said["tables"]}
    assert (rows["feeds"], rows["entries"]) == (1, 1)
    assert said["target"] == "x.db"
    assert all(len(table["hash"]) == 32 for table in said["tables"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("sqlite:///none.db", "there is no database none.db", id="a missing file"),
        pytest.param("sqlite://", "a database in memory", id="a database in memory"),
        pytest.param("mysql://x/y", "is not supported", id="another kind of database"),
    ],
)
def test_a_source_that_is_none_is_refused(
    digest: Run, house: House, tmp_path: Path, source: str, words: str
) -> None:
    refused = digest("store", "copy", source, "sqlite:///x.db")
    assert refused.status == 1
    assert words in refused.err
    assert not (tmp_path / "none.db").exists()


def test_no_password_is_shown(digest: Run, house: House, first: str) -> None:
    digest("run", *AT)
    nowhere = "postgresql://u:geheim@127.0.0.1:1/x"
    failed = digest("store", "copy", first, nowhere, *AT)
    assert failed.status == 1
    assert "127.0.0.1" in failed.err
    assert "geheim" not in failed.err + failed.out


def test_the_status_counts_what_is_there(digest: Run, house: House) -> None:
    digest("run", *AT)
    said = digest("store", "status", *AT)
    assert said.status == 0, said.err
    assert "  feeds: 1 rows" in said.out
    assert "No delivery is open." in said.out
    status = json.loads(digest("store", "status", "--json", *AT).out)
    rows = {table["name"]: table["rows"] for table in status["tables"]}
    assert (rows["feeds"], rows["entries"], rows["editions"]) == (1, 1, 1)
    assert status["size"] > 10_000
    assert status["server"].startswith(("SQLite 3", "PostgreSQL 1"))
    assert status["oldest_entry"] is not None
    assert status["workers"] == []


def test_the_status_names_what_is_open_and_who_works(digest: Run, house: House) -> None:
    digest("run", *AT)
    with house.store() as opened, opened.write() as connection:
        connection.execute(update(deliveries).values(state="deferred"))
        row = {"name": "w1", "version": "1", "kinds": "publish", "configuration": "abc"}
        now = datetime.now(UTC)
        connection.execute(insert(workers), {**row, "started_at": now, "seen_at": now})
        ended = {**row, "name": "w2", "started_at": now, "seen_at": now, "ended_at": now}
        connection.execute(insert(workers), ended)
    said = digest("store", "status", *AT).out
    assert "  files: 1 deferred, the oldest of an edition of 2026-" in said
    assert "  w1 (publish): version 1, configuration abc, seen 2" in said
    assert "  w2, gone (publish)" in said
