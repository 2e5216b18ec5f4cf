"""A run that is killed, or has no room to write, loses nothing and repeats nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import NOW, House, item, rss

FEEDS, ENTRIES = 12, 5
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from digest.cli import main
main()
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    pages = {
        f"/{feed}.xml": rss([item(f"f{feed}e{entry}") for entry in range(ENTRIES)])
        for feed in range(FEEDS)
    }
    with FeedServer(pages) as running:
        yield running


@pytest.fixture
def house(server: FeedServer, tmp_path: Path) -> House:
    more = '[digests.daily]\nmax_entries = 1000\n[digests.daily.deliver.files]\npath = "out"\n'
    return House(tmp_path, [server.url(f"/{feed}.xml") for feed in range(FEEDS)], more=more)


def start(house: House, now: datetime, *, file_size: int | None = None) -> subprocess.Popen[str]:
    program = ["-m", "digest"] if file_size is None else ["-c", LIMITED, str(file_size)]
    return subprocess.Popen(
        [sys.executable, *program, "run", "-c", str(house.file), "--now", now.isoformat()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def kill_and_recover(house: House, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    for number in range(kills):
        process = start(house, NOW + timedelta(minutes=number))
        try:
            process.communicate(timeout=chance.uniform(0.2, 1.6))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    house.run(NOW + timedelta(hours=2))


def assert_whole(house: House) -> None:
    """Every entry is held once, decided once and told once; the edition is on the disk."""
    assert house.is_sound()
    assert house.query("SELECT count(*) FROM entries") == [(FEEDS * ENTRIES,)]
    told = [title for titles in house.told() for title in titles]
    assert sorted(told) == sorted(
        f"Title of f{feed}e{entry}" for feed in range(FEEDS) for entry in range(ENTRIES)
    )
    assert house.query("SELECT DISTINCT state FROM deliveries") == [("sent",)]
    for edition in house.editions():
        assert (house.folder / "out" / edition.slot / "index.html").stat().st_size > 1000


def test_a_killed_run_is_repaired_by_the_next_one(house: House) -> None:
    kill_and_recover(house, seed=1, kills=8)
    assert_whole(house)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(16))
def test_many_killed_runs_are_repaired(house: House, seed: int) -> None:
    kill_and_recover(house, seed=seed, kills=25)
    assert_whole(house)


@pytest.mark.sqlite
@pytest.mark.parametrize("kilobytes", [4, 64, 120, 160])
def test_a_disk_without_room_is_named_and_the_next_run_completes(
    house: House, kilobytes: int
) -> None:
    process = start(house, NOW, file_size=kilobytes * 1024)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in err
    assert str(house.folder) in err
    house.run(NOW + timedelta(hours=2))
    assert_whole(house)
