"""Measure a refresh: cold, with nothing changed, with every twentieth feed changed.

    .venv/bin/python bench/refresh.py [--feeds 1000] [--rounds 3]

Makes the feeds, serves them on loopback from a process of their own, and runs `digest refresh`
and a floor program (the least that a refresh could do in plain Python) in turn.  CPU seconds are
of the whole process, start-up and imports included; quote the ratio, for the seconds depend on
the machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import _feeds

ROOT = Path(__file__).resolve().parent.parent
PHASES = ("cold", "unchanged", "5 % changed")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    figures: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        for number in range(asked.rounds):
            print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
            entries = _round(folder / str(number), asked.feeds, figures)
            shutil.rmtree(folder / str(number))
    print(f"{asked.feeds} feeds, {entries} entries, median of {asked.rounds}\n")
    print(f"{'':14}{'digest':>10}{'memory':>10}{'floor':>10}{'ratio':>8}")
    for phase in PHASES:
        ours = statistics.median(cpu for cpu, _ in figures["digest", phase])
        memory = max(memory for _, memory in figures["digest", phase])
        floor = statistics.median(cpu for cpu, _ in figures["floor", phase])
        print(f"{phase:14}{ours:8.2f} s{memory:7.0f} MB{floor:8.2f} s{ours / floor:8.1f}")


def _round(
    folder: Path, count: int, figures: defaultdict[tuple[str, str], list[tuple[float, float]]]
) -> int:
    feeds = folder / "feeds"
    entries = _feeds.make(feeds, count)
    server = subprocess.Popen(
        [sys.executable, "-m", "support.feedserver", str(feeds)],
        cwd=ROOT / "tests",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    base = server.stdout.readline().strip().rstrip("/")
    try:
        _configure(folder, base, count)
        for day, phase in enumerate(PHASES, 2):
            if phase == "5 % changed":
                _feeds.change(feeds, count, every=20)
            ours = [
                sys.executable,
                "-m",
                "digest",
                "refresh",
                "-q",
                "-c",
                str(folder / "config.toml"),
            ]
            figures["digest", phase].append(
                measure([*ours, "--now", f"2026-11-{day:02}T06:00:00Z"])
            )
            floor = [sys.executable, str(ROOT / "bench" / "_floor.py"), base, str(count)]
            figures["floor", phase].append(measure([*floor, str(folder / "floor.db")]))
    finally:
        server.communicate()
    _check(folder, entries + 3 * len(range(0, count, 20)))
    return entries


def _configure(folder: Path, base: str, count: int) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "{base}/{number}.xml"\n' for number in range(count))
    (folder / "config.toml").write_text(
        '[fetch]\nallow_hosts = ["127.0.0.1"]\n'
        + feeds
        + '[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'
    )


def _check(folder: Path, expected: int) -> None:
    """A measurement of a program that lost entries would be worth nothing."""
    rows = sqlite3.connect(folder / "digest.db")
    (held,) = rows.execute("SELECT count(*) FROM entries").fetchone()
    if held != expected:
        sys.exit(f"digest holds {held} entries, and there are {expected}")


def measure(command: list[str]) -> tuple[float, float]:
    """Run `command`; return its CPU seconds and its peak memory in MB."""
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    kilobytes = 1024 if sys.platform == "darwin" else 1
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024 / kilobytes


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
