"""Measure composing and rendering an edition of 50 stories from a database of 100,000 entries.

    .venv/bin/python bench/edition.py [--entries 100000]

Fills a database through the store, then runs `digest publish` on it; what the program needs to
start and find nothing due is measured as well and taken off.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _feeds import sentence
from digest import match
from digest.model import Body, Entry, MarkedText, SafeHtml
from digest.store import entries as entry_rows
from digest.store import feeds as feed_rows
from digest.store import open_store
from refresh import measure

FEEDS = 500
FRESH = 2000
"""Entries that no edition has decided about."""
DAY = datetime(2026, 11, 2, 6, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        _configure(folder)
        fill(folder, asked.entries - FRESH, DAY)
        publish = [
            sys.executable,
            "-m",
            "digest",
            "publish",
            "-q",
            "-c",
            str(folder / "config.toml"),
        ]
        measure([*publish, "--now", (DAY + timedelta(hours=2)).isoformat()])
        fill(folder, FRESH, DAY + timedelta(days=1), first=asked.entries)
        tomorrow = DAY + timedelta(days=1, hours=2)
        edition = measure([*publish, "--now", tomorrow.isoformat()])
        idle = measure([*publish, "--now", tomorrow.isoformat()])
        if not (folder / "out" / f"{tomorrow:%Y-%m-%d}T0700" / "index.html").exists():
            sys.exit("no edition was made")
    print(f"{asked.entries} entries, {FRESH} of them new, 50 stories in 7 formats")
    print(
        f"edition {edition.cpu:.2f} s, {edition.memory:.0f} MB; "
        f"start {idle.cpu:.2f} s; beyond it {edition.cpu - idle.cpu:.2f} s"
    )


def _configure(folder: Path) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "https://feed{n}.example.org/"\n' for n in range(FEEDS))
    formats = '["html", "text", "markdown", "json", "transmission", "atom", "jsonfeed"]'
    (folder / "config.toml").write_text(
        feeds
        + "[digests.daily]\nmax_entries = 50\n"
        + f'[digests.daily.deliver.files]\npath = "out"\nformats = {formats}\n'
    )


def fill(folder: Path, count: int, day: datetime, first: int = 0) -> None:
    """Store `count` entries, numbered from `first`, as a refresh on `day` would have."""
    chance = random.Random(first)
    store = open_store(f"sqlite:///{folder}/digest.db")
    with store.write() as connection:
        urls = [f"https://feed{number}.example.org/" for number in range(FEEDS)]
        states = feed_rows.ensure(connection, urls)
    for start in range(first, first + count, 1000):
        batch = [
            _entry(chance, number, states[urls[number % FEEDS]].id, day)
            for number in range(start, min(start + 1000, first + count))
        ]
        keys = [[key.hash for key in match.keys(entry)] for entry in batch]
        with store.write() as connection:
            entry_rows.save(connection, batch, keys, day)
    store.close()


def _entry(chance: random.Random, number: int, feed_id: int, day: datetime) -> Entry:
    text = " ".join(sentence(chance) for _ in range(8))
    link = f"https://feed{feed_id}.example.org/post/{number}"
    return Entry(
        feed_id=feed_id,
        uid=str(number),
        link=link,
        canonical_link=link,
        title=sentence(chance),
        published=day - timedelta(minutes=number % 1000),
        first_seen=day,
        language="en",
        raw_hash=str(number),
        fingerprint=f"{number:016x}",
        body=Body(html=SafeHtml(f"<p>{text}</p>"), text=MarkedText(text)),
    )


if __name__ == "__main__":
    main()
