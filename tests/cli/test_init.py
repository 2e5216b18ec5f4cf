"""`digest init`: the file to begin with, the machine's time zone, cron and systemd."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from digest.cli import init, schedulers
from digest.settings import load
from support.shell import Run, shell

OPML = (
    '<opml version="2.0"><body><outline text="News">'
    '<outline text="A" xmlUrl="https://a.example/feed"/></outline></body></opml>'
)


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of programs, the first on the PATH: crontab and systemctl that only write down."""
    folder = tmp_path / "programs"
    folder.mkdir()
    table = tmp_path / "crontab"
    (folder / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table} 2>/dev/null || exit 1; '
        f"else cat > {table}; fi\n"
    )
    (folder / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/systemctl\n')
    for program in folder.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return folder


def test_the_zone_of_the_machine_is_taken(digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    digest("init", "--yes", stdin=b"")
    assert 'timezone = "Asia/Tokyo"' in Path("config.toml").read_text()


@pytest.mark.parametrize(
    ("variable", "link", "text", "zone"),
    [
        pytest.param(":Europe/Paris", None, None, "Europe/Paris", id="the environment"),
        pytest.param("", "/usr/share/zoneinfo/Asia/Tokyo", "Asia/Seoul", "Asia/Tokyo", id="link"),
        pytest.param("", None, "Asia/Seoul\n", "Asia/Seoul", id="Debian's file"),
        pytest.param("CET-1CEST", None, "Asia/Seoul", "Asia/Seoul", id="a POSIX rule is no name"),
        pytest.param("", None, "nonsense", "UTC", id="none is known"),
        pytest.param("", None, None, "UTC", id="nothing is there"),
    ],
)
def test_where_the_zone_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    link: str | None,
    text: str | None,
    zone: str,
) -> None:
    monkeypatch.setenv("TZ", variable)
    (tmp_path / "etc").mkdir()
    if link:
        (tmp_path / "etc/localtime").symlink_to(link)
    if text:
        (tmp_path / "etc/timezone").write_text(text)
    assert init.machine_timezone(tmp_path) == zone


def test_only_the_owner_reads_the_new_file_whatever_the_umask(digest: Run) -> None:
    before = os.umask(0)
    try:
        digest("init")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("config.toml").st_mode) == 0o600


def test_a_list_comes_from_standard_input(digest: Run) -> None:
    outcome = digest("init", "--opml", "-", stdin=OPML.encode())
    assert "with 1 feeds" in outcome.out
    (feed,) = load(Path("config.toml"), {}).feeds
    assert (feed.url, feed.category) == ("https://a.example/feed", "News")


def test_cron_gets_whole_paths_and_runs_the_line(
    digest: Run, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crontab").write_text("0 1 * * *  backup")  # its line has no end
    outcome = digest("init", "my 100% news", "--yes", "--install", "cron", stdin=b"")
    assert outcome.status == 0, outcome.err
    old, new, *none = (tmp_path / "crontab").read_text().splitlines()
    assert (old, none) == ("0 1 * * *  backup", [])
    assert new.startswith(tuple("0123456789"))
    command = new.split(None, 5)[5].replace("\\%", "%")  # as cron reads it
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{command} --help"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert shlex.split(command)[0].startswith("/")
    again = digest("init", "my 100% news", "--yes", "--install", "cron", stdin=b"")
    assert "has the line already" in again.out
    assert len((tmp_path / "crontab").read_text().splitlines()) == 2


def test_systemd_gets_a_service_once(digest: Run, programs: Path, tmp_path: Path) -> None:
    outcome = digest("init", "news", "--yes", "--install", "systemd", stdin=b"")
    assert outcome.status == 0, outcome.err
    unit = (tmp_path / "xdg/systemd/user/digest.service").read_text()
    assert f"--config {tmp_path}/news/config.toml serve" in unit
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit
    assert "--user enable --now digest.service" in (tmp_path / "systemctl").read_text()
    other = digest("init", "other", "--yes", "--install", "systemd", stdin=b"")
    assert (other.status, "for another configuration" in other.err) == (1, True)


def test_nothing_is_installed_where_nobody_can_say_yes(
    digest: Run, programs: Path, tmp_path: Path
) -> None:
    assert digest("init", "--install", "cron", stdin=b"").status == 2
    assert not (tmp_path / "crontab").exists()


def test_a_program_that_is_missing_is_one_sentence(
    digest: Run, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs.parent))
    outcome = digest("init", "--yes", "--install", "cron", stdin=b"")
    assert (outcome.status, outcome.err) == (1, "digest: there is no program crontab here\n")


def test_the_command_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "digest"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "init"])
    assert schedulers.own_command() == str(program)


def test_a_folder_that_is_made_is_its_owners_alone(digest: Run, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert digest("init", "deep/news", "--yes").status == 0
    finally:
        os.umask(before)
    assert (tmp_path / "deep/news").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep/news/config.toml").stat().st_mode & 0o777 == 0o600
