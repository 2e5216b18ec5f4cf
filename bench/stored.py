"""Show that an unchanged refresh does not depend on how many entries are stored.

    .venv/bin/python bench/stored.py [--entries 1000000] [--feeds 200]

Fetches some feeds, refreshes them a day later with nothing changed, puts a million more entries
with their keys into the database, and refreshes again: CPU seconds and peak memory of both.  Then
it prints how SQLite answers each query of a refresh in which a feed has changed.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import _feeds
from refresh import ROOT, _configure, _served, measure

ENTRY = (
    "INSERT INTO entries (id, feed_id, uid, raw_hash, backlog, first_seen, changed_at, published,"
    " title, link, canonical_link) SELECT :first + value, :first + value % 10000, 'made:' || value,"
    " 'x', value % 2, '2026-10-01 06:00:00', '2026-10-01 06:00:00', '2026-10-01 05:00:00',"
    " 'Title ' || value, 'https://made.example/' || value, 'https://made.example/' || value"
    " FROM numbers"
)
KEY = "INSERT INTO keys (hash, entry_id) SELECT value * 7919, :first + value FROM numbers"
NUMBERS = (
    "WITH RECURSIVE numbers(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM numbers"
    " WHERE value < :last) "
)


def main() -> None:
    """Print what both refreshes took, and the query plans."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        _feeds.make(folder / "feeds", asked.feeds)
        with _served(folder / "feeds") as port:
            _configure(folder, port, asked.feeds)
            run = [sys.executable, "-m", "digest", "refresh", "-q", "-c", f"{folder}/config.toml"]
            measure([*run, "--now", "2026-11-02T06:00:00Z"])
            shutil.copy(folder / "digest.db", folder / "small.db")
            for label, more in (("as fetched", 0), ("with more stored", asked.entries)):
                shutil.copy(folder / "small.db", folder / "digest.db")
                held = fill(folder / "digest.db", more)
                took = measure([*run, "--now", "2026-11-03T06:00:00Z"])
                print(f"{label}: {held:,} entries, {took.cpu:.2f} s of CPU, {took.memory:.0f} MB")
            _feeds.change(folder / "feeds", asked.feeds, every=10)
            took = measure([*run, "--now", "2026-11-04T06:00:00Z"])
            print(f"with more stored, a tenth changed: {took.cpu:.2f} s, {took.memory:.0f} MB")
            _feeds.change(folder / "feeds", asked.feeds, every=7)
            plans(folder / "digest.db")


def fill(path: Path, more: int) -> int:
    """Put so many entries of feeds of their own into a database; return how many it holds."""
    database = sqlite3.connect(path)
    if more:
        (first,) = database.execute("SELECT max(id) + 100000 FROM entries").fetchone()
        values = {"first": first, "last": more - 1}
        feeds = {"first": first, "last": min(more, 10_000) - 1}
        database.execute(
            "INSERT INTO feeds (id, url)"
            f" {NUMBERS} SELECT :first + value, 'https://made.example/' || value FROM numbers",
            feeds,
        )
        for statement in (ENTRY, KEY):
            head, _, select = statement.partition(" SELECT ")
            database.execute(f"{head} {NUMBERS} SELECT {select}", values)
        database.commit()
    (held,) = database.execute("SELECT count(*) FROM entries").fetchone()
    database.close()
    return int(held)


def plans(path: Path) -> None:
    """Print the plan of each statement that a refresh runs; exit where one reads a table whole."""
    sys.path.insert(0, str(ROOT))
    from sqlalchemy import Engine, event

    from digest.pipeline import refresh
    from digest.settings import load
    from digest.store import open_store

    seen: dict[str, object] = {}

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_c: object, _k: object, sql: str, values: object, _x: object, _m: bool) -> None:
        seen.setdefault(sql, values)

    from datetime import UTC, datetime

    config = load(path.parent / "config.toml")
    store = open_store(f"sqlite:///{path}")
    refresh(config, store, datetime(2026, 11, 5, 6, tzinfo=UTC))
    store.close()
    database = sqlite3.connect(path)
    whole = []
    for sql, values in seen.items():
        if not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            continue
        first = values[0] if isinstance(values, list) else values
        steps = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", first or ())]
        if any(step.startswith(("SCAN entries", "SCAN keys", "SCAN bodies")) for step in steps):
            whole.append(sql)
        print(f"\n{' '.join(sql.split())[:160]}\n    " + "\n    ".join(steps))
    if whole:
        sys.exit(f"{len(whole)} statements read a table of entries whole")
    print("\nno statement reads a table of entries whole")


if __name__ == "__main__":
    main()
