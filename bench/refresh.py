"""Measure a refresh: the first fetch, with nothing changed, with every twentieth feed changed.

    .venv/bin/python bench/refresh.py [--feeds 100,1000] [--rounds 3] [--slow] [--document]

Makes the feeds, serves them on loopback from a process of their own, and runs in turn `digest
refresh`, a floor program (the least that a refresh could do in plain Python), and newsboat and
reader where they are installed (``--reader PYTHON`` names an interpreter that has reader).  CPU
seconds are of the whole process, start-up and imports included; quote the ratio, for the seconds
depend on the machine.  ``--slow`` measures one more run in which every twentieth feed answers
after 5 s and every hundredth never.  ``--document`` writes docs/performance.md and its plot.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import _feeds
import _performance

ROOT = Path(__file__).resolve().parent.parent
PHASES = ("first fetch", "unchanged", "5 % changed")
MOST_FOR_PEERS = 1000
"""More feeds than these are measured once, and without other programs: newsboat takes an hour."""
READER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in sys.argv[2:3] and open(sys.argv[2]).read().split():
    reader.add_feed(url, exist_ok=True)
if not sys.argv[2:3]:
    reader.update_feeds(workers=10, scheduled=False)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of a program took; seconds and megabytes."""

    cpu: float
    wall: float
    memory: float


Figures = defaultdict[tuple[int, str, str], list[Measured]]
"""By the number of feeds, the program and the phase."""


def main() -> None:
    """Print a table for each number of feeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--feeds", default="1000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader", help="a Python that has the package reader")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--document", action="store_true")
    asked = parser.parse_args()
    figures: Figures = defaultdict(list)
    entries: dict[int, int] = {}
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        for count in map(int, asked.feeds.split(",")):
            rounds = asked.rounds if count <= MOST_FOR_PEERS else 1
            for number in range(rounds):
                print(f"{count} feeds, round {number + 1} of {rounds}", file=sys.stderr)
                folder = Path(name) / str(number)
                last = number + 1 == rounds
                entries[count] = _round(folder, count, figures, asked, last and asked.slow)
                shutil.rmtree(folder)
            middle = {key: _median(runs) for key, runs in figures.items()}
            if asked.document:  # after each size: the next takes ten times as long
                _performance.write(ROOT / "docs", middle, entries, asked.rounds)
    print(_performance.tables(middle, entries))


def _median(runs: list[Measured]) -> Measured:
    return Measured(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.memory for run in runs),
    )


def _round(
    folder: Path, count: int, figures: Figures, asked: argparse.Namespace, slow: bool
) -> int:
    feeds = folder / "feeds"
    entries = _feeds.make(feeds, count)
    with _served(feeds) as port:
        programs = _programs(folder, port, count, asked)
        for day, phase in enumerate(PHASES, 2):
            if phase == "5 % changed":
                _feeds.change(feeds, count, every=20)
            for name, command in programs.items():
                run = [part.replace("DAY", f"{day:02}") for part in command]
                if phase == "unchanged" and name == "newsboat":
                    measure(run)  # it asks conditionally from the third time on
                figures[count, name, phase].append(measure(run))
    _check(folder, entries + 3 * len(range(0, count, 20)))
    if slow:
        with _served(feeds, "--slow") as port:
            _configure(folder, port, count)
            rows = sqlite3.connect(folder / "digest.db")
            _readdress(rows, port)
            run = [part.replace("DAY", "09") for part in programs["digest"]]
            figures[count, "digest", "6 % slow or silent"].append(measure(run, may_fail=True))
    return entries


@contextmanager
def _served(feeds: Path, *options: str) -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, ROOT / "bench" / "_server.py", feeds, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.communicate()


def _programs(
    folder: Path, port: int, count: int, asked: argparse.Namespace
) -> dict[str, list[str]]:
    """Return the commands by name; ``DAY`` in them stands for the day of the month."""
    _configure(folder, port, count)
    config = str(folder / "config.toml")
    digest = [sys.executable, "-m", "digest", "refresh", "-q", "-c", config]
    floor = [sys.executable, str(ROOT / "bench" / "_floor.py"), f"http://127.0.0.1:{port}"]
    programs = {
        "floor": [*floor, str(count), str(folder / "floor.db")],
        "digest": [*digest, "--now", "2026-11-DAYT06:00:00Z"],
    }
    urls = folder / "urls"
    urls.write_text("\n".join(address(number, port) for number in range(count)) + "\n")
    if asked.no_peers or count > MOST_FOR_PEERS:
        return programs
    if shutil.which("newsboat"):
        (folder / "newsboat").write_text("reload-threads 8\nmax-items 0\n")
        cache, settings = str(folder / "cache.db"), str(folder / "newsboat")
        programs["newsboat"] = [
            "newsboat", "-q", "-u", str(urls), "-c", cache, "-C", settings, "-x", "reload",
        ]  # fmt: skip
    if asked.reader:
        update = [asked.reader, "-c", READER, str(folder / "reader.db")]
        subprocess.run([*update, str(urls)], check=True)
        programs["reader"] = update
    return programs


def address(number: int, port: int) -> str:
    """Return the address of a feed, each at a host of its own."""
    return f"http://127.1.{number // 250}.{number % 250 + 1}:{port}/{number}.xml"


def _configure(folder: Path, port: int, count: int) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "{address(number, port)}"\n' for number in range(count))
    (folder / "config.toml").write_text(
        '[fetch]\nallow_hosts = ["127.0.0.0/8"]\n'
        + feeds
        + '[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'
    )


def _readdress(rows: sqlite3.Connection, port: int) -> None:
    """Let the feeds that are stored be those of another port."""
    for feed_id, url in rows.execute("SELECT id, url FROM feeds").fetchall():
        head, _, tail = url.rpartition(":")
        moved = f"{head}:{port}/{tail.partition('/')[2]}"
        rows.execute(
            "UPDATE feeds SET url = ?, validators_url = ? WHERE id = ?", (moved, moved, feed_id)
        )
    rows.commit()
    rows.close()


def _check(folder: Path, expected: int) -> None:
    """A measurement of a program that lost entries would be worth nothing."""
    rows = sqlite3.connect(folder / "digest.db")
    (held,) = rows.execute("SELECT count(*) FROM entries").fetchone()
    rows.close()
    if held != expected:
        sys.exit(f"digest holds {held} entries, and there are {expected}")


def measure(command: list[str], *, may_fail: bool = False) -> Measured:
    """Run `command` and all that it starts; say what they took."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status and not may_fail:
        sys.exit(f"{json.dumps(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    kilobytes = 1024 if sys.platform == "darwin" else 1
    return Measured(
        used.ru_utime + used.ru_stime,
        time.perf_counter() - begun,
        used.ru_maxrss / 1024 / kilobytes,
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
