"""The CPU time and the size of each page of the operator, with a large database.

    python bench/admin_pages.py [--feeds 5000] [--entries 200]

Makes a database with so many feeds and so many entries of each, asks for each page five times, and
prints the median of the process's CPU time.  The plans of the statements are printed with --plans.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from digest.model import FeedState, Rhythm
from digest.store import feeds as stored_feeds
from digest.store.tables import entries
from digest.web.admin.feed_rows import feed_key
from support.adminhouse import AdminHouse
from support.webhouse import NOW

CONFIG = """
title = "News"
[store]
url = "sqlite:///digest.db"
[web]
{web}
[digests.daily]
[digests.daily.deliver.files]
path = "out"   # {port}
"""


def make(folder: Path, feeds: int, each: int) -> AdminHouse:
    house = AdminHouse(folder)
    text = CONFIG.replace("{web}", house.web).replace("{port}", "9")
    urls = [f"https://{number}.example/feed.xml" for number in range(feeds)]
    for number, url in enumerate(urls):
        text += f'\n[[feeds]]\nurl = "{url}"\ncategory = "Category {number % 40}"\n'
    (folder / "config.toml").write_text(text)
    house.current()
    with house.store.write() as connection:
        known = stored_feeds.ensure(connection, urls)
        states = [state_of(state, number) for number, state in enumerate(known.values())]
        stored_feeds.save(connection, states)
        for state in states:
            rows = [
                {
                    "feed_id": state.id,
                    "uid": str(number),
                    "raw_hash": "x",
                    "backlog": False,
                    "first_seen": NOW - timedelta(hours=7 * number),
                    "changed_at": NOW,
                    "published": NOW - timedelta(hours=7 * number),
                    "title": f"Entry {number}",
                }
                for number in range(each)
            ]
            connection.execute(entries.insert(), rows)
    house.log_in()
    return house


def state_of(state: FeedState, number: int) -> FeedState:
    """Return a state: each tenth feed fails, and each has a title of its own."""
    fails = number % 10 == 0
    return replace(
        state,
        title=f"Feed {number}",
        error="HTTP status 500" if fails else None,
        failures=2 if fails else 0,
        succeeded_at=NOW,
        next_fetch_at=NOW,
        rhythm=Rhythm(window=10, waits=(60,) * 24, gap=60, newest=NOW),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=5000)
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        house = make(Path(folder), options.feeds, options.entries)
        key = feed_key(house.config.feeds[options.feeds // 2])
        pages = {
            "home": "/admin/",
            "feeds": "/admin/feeds",
            "feeds, last page": "/admin/feeds?page=9999",
            "feeds, searched": "/admin/feeds?q=feed+4",
            "feeds, failing": "/admin/feeds?state=failing",
            "feeds, by title": "/admin/feeds?sort=title",
            "a feed": f"/admin/feeds/{key}",
            "a feed, older": f"/admin/feeds/{key}?before=999999",
            "login": "/admin/login",
        }
        statements: dict[str, list[str]] = {}
        print(f"{options.feeds:,} feeds, {options.feeds * options.entries:,} entries")
        print(f"{'page':20} {'CPU ms':>8} {'bytes':>8}")
        for name, path in pages.items():
            seen = statements.setdefault(name, [])
            engine = house.store._backend.engine

            def note(*given: Any, seen: list[str] = seen) -> None:
                seen.append(given[2])

            event.listen(engine, "before_cursor_execute", note)
            times = []
            for _ in range(5):
                begun = time.process_time()
                answer = house.get(path)
                times.append(time.process_time() - begun)
            event.remove(engine, "before_cursor_execute", note)
            assert answer.status == 200, (path, answer.status)
            print(f"{name:20} {statistics.median(times) * 1000:8.1f} {len(answer.body):8,}")
        if options.plans:
            show_plans(house, statements)
        house.close()


def show_plans(house: AdminHouse, statements: dict[str, list[str]]) -> None:
    with house.store.read() as connection:
        for name, texts in statements.items():
            print(f"\n{name}")
            for text in dict.fromkeys(texts):
                if not text.lstrip().upper().startswith("SELECT"):
                    continue
                values = (None,) * text.count("?")
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
                for row in plan:
                    print(f"  {row[3]}")


if __name__ == "__main__":
    main()
