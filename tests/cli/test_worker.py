"""`digest worker` and `digest jobs`: what they refuse, and what they say."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from digest.cli import main
from digest.store import open_store, workers
from support import databases
from support.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").touch()
    return House(tmp_path, ["a.xml"])


class Shell:
    """Runs commands in this process."""

    def __init__(
        self,
        house: House,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.house, self.capsys, self.monkeypatch = house, capsys, monkeypatch

    def run(self, *arguments: str) -> tuple[int, str, str]:
        command = ["digest", "--config", str(self.house.file), *arguments]
        self.monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self.capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture
def shell(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    return Shell(house, capsys, monkeypatch)


@pytest.mark.sqlite
def test_workers_need_postgresql(shell: Shell) -> None:
    code, _, said = shell.run("worker")
    assert code == 2
    assert "PostgreSQL" in said
    assert "digest serve" in said
    assert said.count("\n") == 1


@pytest.mark.sqlite
def test_there_are_no_jobs_on_sqlite(shell: Shell) -> None:
    code, _, said = shell.run("jobs")
    assert code == 1
    assert "SQLite" in said


def test_a_missing_engine_is_named_with_what_to_install(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shell.house
    text = house.file.read_text()
    house.file.write_text('[store]\nurl = "postgresql://nobody@127.0.0.1:9/none"\n' + text)
    monkeypatch.delenv("DIGEST_STORE_URL", raising=False)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    monkeypatch.delitem(sys.modules, "digest.pipeline.cluster.engine", raising=False)
    monkeypatch.delitem(sys.modules, "digest.pipeline.cluster.worker", raising=False)
    code, _, said = shell.run("worker")
    assert code == 2
    assert "procrastinate" in said
    assert "install" in said


def test_no_work_without_web_is_nothing(shell: Shell) -> None:
    code, _, said = shell.run("serve", "--no-work")
    assert code == 2
    assert "--web" in said


@pytest.mark.skipif(
    databases.server() is None, reason=f"{databases.VARIABLE} is not set: workers need PostgreSQL"
)
def test_jobs_lists_the_workers(shell: Shell) -> None:
    store = open_store(os.environ["DIGEST_STORE_URL"])
    name = f"{socket.gethostname()} 1"
    with store.write() as connection:
        workers.register(connection, name, version="1", kinds="refresh", configuration="ab12")
    store.close()
    code, out, _ = shell.run("jobs")
    assert code == 0
    assert name in out
    assert "ab12" in out
    assert "No job waits." in out
    _, out, _ = shell.run("jobs", "--json")
    (worker,) = json.loads(out)["workers"]
    assert (worker["name"], worker["is_alive"]) == (name, True)
