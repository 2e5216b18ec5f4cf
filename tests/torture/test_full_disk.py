"""A disk that is full at any moment of a run: a sentence, nothing lost, and the next run completes.

The disk is a small file system in memory, which a process may mount in its own namespace; where
it may not, the reason is given and the test is skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from support.feedserver import FeedServer
from support.house import NOW, House, item, rss

FEEDS, ENTRIES = 8, 5
TEXT = "The disk fills up while this is written down, and nothing of it may be lost. " * 40
ISOLATED = ("unshare", "--user", "--map-root-user", "--mount")
RUN = """
mount -t tmpfs -o size={size}k none "$1" || exit 70
cp -a "$2"/. "$1"/
{python} -m digest run -c "$1/config.toml" --now {now} 2>&1
echo "status $?"
mount -o remount,size=64m "$1" || exit 70
{python} -m digest run -c "$1/config.toml" --now {later} 2>&1
echo "status $?"
cp -a "$1"/. "$3"/
"""


@cache
def why_not() -> str | None:
    """Say why no small disk can be had here, if so."""
    if shutil.which("unshare") is None:
        return "there is no unshare(1)"
    tried = subprocess.run(
        [*ISOLATED, "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr.strip() or "it is not allowed" if tried.returncode else None


@pytest.fixture
def server() -> Iterator[FeedServer]:
    pages = {
        f"/{feed}.xml": rss([item(f"f{feed}e{entry}", text=TEXT) for entry in range(ENTRIES)])
        for feed in range(FEEDS)
    }
    with FeedServer(pages) as running:
        yield running


def run_on(kilobytes: int, folder: Path, server: FeedServer) -> int:
    """Run on a disk of this size, then with room; check all, and return the first run's status."""
    for name in ("disk", "source", "saved"):
        (folder / name).mkdir(parents=True)
    House(
        folder / "source",
        [server.url(f"/{feed}.xml") for feed in range(FEEDS)],
        more=(
            "[digests.daily]\nmax_entries = 1000\nmax_per_feed = 1000\n"
            '[digests.daily.deliver.files]\npath = "out"\nformats = ["html", "json", "atom"]\n'
        ),
    )
    script = RUN.format(
        size=kilobytes,
        python=sys.executable,
        now=NOW.isoformat(),
        later=(NOW + timedelta(hours=2)).isoformat(),
    )
    done = subprocess.run(
        [*ISOLATED, "sh", "-c", script, "-", *(folder / n for n in ("disk", "source", "saved"))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout
    first, then = map(int, re.findall(r"^status (\d+)$", done.stdout, re.MULTILINE))
    assert (first in (0, 1), then) == (True, 0), done.stdout
    if first:
        assert re.search("disk is full|No space left|check the disk", done.stdout), done.stdout
    house = House.__new__(House)
    house.folder, house.file = folder / "saved", folder / "saved" / "config.toml"
    assert house.query("PRAGMA integrity_check") == [("ok",)]
    told = [title for titles in house.told() for title in titles]
    assert sorted(told) == sorted(
        f"Title of f{feed}e{entry}" for feed in range(FEEDS) for entry in range(ENTRIES)
    )
    assert house.query("SELECT DISTINCT state FROM deliveries") == [("sent",)]
    for edition in house.editions():
        assert (house.folder / "out" / edition.slot / "index.html").stat().st_size > 1000
    return first


@pytest.mark.parametrize("kilobytes", [40, 560, 1400])
def test_a_full_disk_loses_nothing(kilobytes: int, tmp_path: Path, server: FeedServer) -> None:
    if reason := why_not():
        pytest.skip(f"no small disk can be mounted: {reason}")
    run_on(kilobytes, tmp_path, server)


@pytest.mark.long
def test_a_disk_that_is_full_at_any_moment_loses_nothing(
    tmp_path: Path, server: FeedServer
) -> None:
    if reason := why_not():
        pytest.skip(f"no small disk can be mounted: {reason}")
    sizes = range(16, 1016, 20)
    statuses = {size: run_on(size, tmp_path / str(size), server) for size in sizes}
    assert sum(statuses.values()) > 37, "so many of the disks were too small"
    assert 0 in statuses.values(), "and one was not"
