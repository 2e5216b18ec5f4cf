"""An index of many entries in a SQLite file, and what it costs to match new ones against it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from _feeds import sentence
from _matching import NOW
from digest import match
from digest.model import Body, Entry, MarkedText, SafeHtml
from digest.normalize.entry import fingerprint
from digest.store import Store, entries, feeds, open_store, stories

FEEDS = 1000
KEYS = 22
"""Keys of an entry that the index is filled with; the measured mean of the new ones is below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What matching one new entry costs, in CPU seconds, and its rows in the index."""

    keys: float
    save: float
    look_up: float
    group: float
    rows: float


def fill(path: Path, count: int) -> Store:
    """Make a database of `count` entries with keys that no text has."""
    store = open_store(f"sqlite:///{path}")
    with store.write() as connection:
        feeds.ensure(connection, [f"https://feed{at}.example.org/" for at in range(FEEDS)])
        connection.exec_driver_sql("PRAGMA cache_size = -65536")
        count_up = "WITH RECURSIVE n(i) AS (SELECT {0} UNION ALL SELECT i + 1 FROM n WHERE i < {1})"
        connection.exec_driver_sql(
            count_up.format(1, count)
            + " INSERT INTO entries (id, feed_id, uid, raw_hash, backlog, first_seen, changed_at,"
            f" title) SELECT i, i % {FEEDS} + 1, i, '', 0, '2026-01-01', '2026-01-01', '' FROM n"
        )
        connection.exec_driver_sql("DROP INDEX keys_entry_id")
        connection.exec_driver_sql(
            count_up.format(0, count * KEYS - 1) + " INSERT OR IGNORE INTO keys (hash, entry_id)"
            f" SELECT random() & {(1 << 48) - 1}, i / {KEYS} + 1 FROM n ORDER BY 1"
        )
        connection.exec_driver_sql("CREATE INDEX keys_entry_id ON keys (entry_id)")
    return store


def texts(count: int, seed: int = 1) -> list[Entry]:
    """Make entries of 2 to 5 kB; every tenth repeats another of another feed, cut in half."""
    chance = random.Random(seed)
    made: list[Entry] = []
    for at in range(count):
        text, title = "", sentence(chance)
        length = chance.randint(2000, 5000)
        while len(text) < length:
            text += sentence(chance) + " "
        if at % 10 == 9:
            other = made[at - 5]
            assert other.body
            title, text = other.title, other.body.text[: len(other.body.text) // 2]
        made.append(
            Entry(
                feed_id=at % FEEDS + 1,
                uid=f"new {seed} {at}",
                link=f"https://example.org/{seed}/{at}",
                canonical_link=f"https://example.org/{seed}/{at}",
                title=title,
                raw_hash="",
                first_seen=NOW,
                fingerprint=fingerprint(text),
                body=Body(html=SafeHtml(""), text=MarkedText(text)),
            )
        )
    return made


def cost(store: Store, fresh: Sequence[Entry]) -> tuple[Cost, int]:
    """Save `fresh`, match them against all that is there; return the costs and the merges."""
    clock = time.process_time
    start = clock()
    keys = [[key.hash for key in match.keys(entry)] for entry in fresh]
    keyed = clock()
    with store.write() as connection:
        ids = entries.save(connection, fresh, keys, NOW)
    saved = clock()
    with store.read() as connection:
        asked = list(entries.by_ids(connection, ids).values())
        read = clock()
        holders = stories.shared_by(connection, ids)
        pairs = match.candidates(asked, holders, range(FEEDS + 1))
        looked_up = clock()
        wanted = {one for pair in pairs for one in pair} - set(ids)
        groups = match.group(
            asked,
            entries.by_ids(connection, wanted).values(),
            pairs,
            holders,
            range(FEEDS + 1),
            lambda some: entries.texts(connection, some, match.COMPARED),
        )
    end = clock()
    count = len(fresh)
    spent = Cost(
        keys=(keyed - start) / count,
        save=(saved - keyed) / count,
        look_up=(looked_up - read) / count,
        group=(end - looked_up) / count,
        rows=sum(map(len, keys)) / count,
    )
    return spent, sum(len(group.members) > 1 for group in groups)
