"""Measure mailing an edition of 50 stories to 1,000 subscribers, and to many more.

    .venv/bin/python bench/mail.py [--subscribers 1000] [--many 20000] [--connections 1]

Fills a database through the store, and runs `digest publish` on it with a mail server that takes
everything, on loopback in a process of its own.  CPU seconds are those of the process that sends,
without what it needs to start and to find nothing due; they are not the server's.  Memory is that
of the process at its most.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from edition import DAY, FEEDS, fill
from refresh import ROOT, measure


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--many", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=1)
    asked = parser.parse_args()
    print(f"{'recipients':>10}{'CPU':>10}{'a CPU-second':>14}{'time':>10}{'memory':>10}")
    for count in (asked.subscribers, asked.many):
        with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
            _measure(Path(name), count, asked.connections)


def _measure(folder: Path, count: int, connections: int) -> None:
    sink = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / "_sink.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sink.stdout is not None
    try:
        _configure(folder, int(sink.stdout.readline()), connections)
        fill(folder, 2000, DAY)
        _subscribe(folder, count)
        publish = [sys.executable, "-m", "digest", "publish", "-q"]
        publish += ["-c", str(folder / "config.toml"), "--now"]
        now = DAY + timedelta(hours=2)
        begun = time.monotonic()
        sending = measure([*publish, now.isoformat()])
        took = time.monotonic() - begun
        idle = measure([*publish, (now + timedelta(minutes=1)).isoformat()])
    finally:
        said, _ = sink.communicate()
    if int(said) != count:
        sys.exit(f"{count} were to get the edition, and the server took {said.strip()} messages")
    cpu = sending.cpu - idle.cpu
    print(f"{count:10}{cpu:8.2f} s{count / cpu:14.0f}{took:8.1f} s{sending.memory:7.0f} MB")


def _configure(folder: Path, port: int, connections: int) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "https://feed{n}.example.org/"\n' for n in range(FEEDS))
    (folder / "config.toml").write_text(
        f'{feeds}[web]\nurl = "https://news.example.org/"\n[digests.daily]\nmax_entries = 50\n'
        f'[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nport = {port}\n'
        f'from = "Daily <daily@example.org>"\nbounces = "bounces@example.org"\n'
        f"connections = {connections}\n"
    )


def _subscribe(folder: Path, count: int) -> None:
    database = sqlite3.connect(folder / "digest.db")
    with database:
        database.executemany(
            "INSERT INTO subscribers (digest, address, key, state, origin, created_at, changed_at)"
            " VALUES ('daily', ?, ?, 'active', 'import', '2026-01-01', '2026-01-01')",
            ((f"reader{number}@example.com",) * 2 for number in range(count)),
        )
    database.close()


if __name__ == "__main__":
    main()
