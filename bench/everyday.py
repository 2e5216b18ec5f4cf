"""Measure what an operator plans with: time, memory and disk of 1,000 feeds, mails a minute.

    .venv/bin/python bench/everyday.py [--feeds 1000] [--subscribers 500]

Makes the feeds, serves them and takes the mails on loopback from processes of their own, and runs
`digest refresh` (everything new, then everything unchanged) and `digest publish`.  Wall-clock
times; what the network adds comes on top.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import _feeds
from refresh import ROOT, Measured, address, measure


def main() -> None:
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--subscribers", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        entries = _feeds.make(folder / "feeds", asked.feeds)
        with (
            _running("_server.py", str(folder / "feeds")) as web,
            _running("_sink.py") as mail,
        ):
            _configure(folder, web, mail, asked.feeds)
            first = _digest(folder, "refresh", "2026-11-20T06:00:00Z")
            _tell(f"refresh, {asked.feeds} feeds with {entries} new entries", first)
            again = _digest(folder, "refresh", "2026-11-20T09:00:00Z")
            _tell(f"refresh, {asked.feeds} feeds, nothing new", again)
            size = _bytes(folder)
            print(f"database: {size / 1e6:.0f} MB, {size / entries:.0f} bytes an old entry")
            _feeds.change(folder / "feeds", asked.feeds, every=1)
            more = _digest(folder, "refresh", "2026-11-20T12:00:00Z")
            _tell(f"refresh, {3 * asked.feeds} new entries with their texts", more)
            grown = (_bytes(folder) - size) / (3 * asked.feeds)
            print(f"growth: {grown:.0f} bytes an entry with its text")
            _subscribe(folder, asked.subscribers)
            mailed = _digest(folder, "publish", "2026-11-20T12:01:00Z")
            _tell(f"publish, {asked.subscribers} mails", mailed)
            print(f"mails a minute: {60 * asked.subscribers / mailed.wall:.0f}")


def _tell(what: str, run: Measured) -> None:
    print(f"{what}: {run.wall:.1f} s, CPU {run.cpu:.1f} s, memory {run.memory:.0f} MB")


def _digest(folder: Path, command: str, now: str) -> Measured:
    """Run a command on the installation in `folder`; feeds that fail here are a mistake."""
    config = str(folder / "config.toml")
    return measure([sys.executable, "-m", "digest", command, "-q", "-c", config, "--now", now])


@contextmanager
def _running(script: str, *arguments: str) -> Iterator[int]:
    """Run a server of this folder; give its port."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def _configure(folder: Path, web: int, mail: int, count: int) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "{address(number, web)}"\n' for number in range(count))
    (folder / "config.toml").write_text(
        '[fetch]\nallow_hosts = ["127.0.0.0/8"]\ninterval = "1h"\n'
        f'{feeds}[web]\nurl = "https://news.example.org/"\n[digests.daily]\n'
        f'[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nport = {mail}\n'
        'from = "Daily <daily@example.org>"\n'
    )


def _subscribe(folder: Path, count: int) -> None:
    lines = "".join(f"reader{number}@example.org\n" for number in range(count))
    (folder / "list.txt").write_text(lines)
    command = ["subscribers", "import", "daily", str(folder / "list.txt")]
    measure([sys.executable, "-m", "digest", *command, "-q", "-c", str(folder / "config.toml")])


def _bytes(folder: Path) -> int:
    with sqlite3.connect(folder / "digest.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "digest.db").stat().st_size


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
