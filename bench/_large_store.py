"""A large installation: a database of a million entries, and the configuration of its feeds.

Everything is made by a few statements within SQLite, in about a minute.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from _feeds import sentence
from digest.model import Edition, Section, Story
from digest.store import Store, open_store

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
DAYS = 60
"""The days over which the entries were first seen."""
EDITIONS = 60
MAILED = 5
"""The newest editions, which went to every subscriber."""
STORIES = 20
OPEN = 1000
"""The newest entries, about which no digest has decided."""
CATEGORIES = ("News", "Science", "Technology", "Culture", "Sport")

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
_CONFIG = """title = "A large installation"
timezone = "Europe/Berlin"

[store]
url = "sqlite:///digest.db"

[web]
port = {port}

[web.admin]

[digests.daily]
title = "Daily"
schedule = "0 7 * * *"

[digests.daily.deliver.smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
from = "News <news@example.org>"
unsubscribe = "leave@example.org"

[digests.weekly]
title = "Weekly"
schedule = "0 7 * * 1"
categories = ["Science"]

[digests.weekly.deliver.files]
path = "out"
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much there is of each thing."""

    entries: int = 1_000_000
    feeds: int = 5000
    subscribers: int = 100_000


def configure(folder: Path, size: Size, *, port: int, smtp: int = 9, feeds: str = "") -> None:
    """Write the configuration; `feeds` is the address of a server of feeds, without a slash."""
    root = feeds or "https://made.example"
    lines = [_CONFIG.format(port=port, smtp=smtp)]
    for number in range(size.feeds):
        category = CATEGORIES[number % len(CATEGORIES)]
        lines.append(
            f'[[feeds]]\nname = "feed-{number}"\nurl = "{root}/{number}.xml"\n'
            f'category = "{category}"\n'
        )
    (folder / "config.toml").write_text("\n".join(lines))


def fill(folder: Path, size: Size) -> Store:
    """Make the database of the feeds in `configure`; return it."""
    store = open_store(f"sqlite:///{folder}/digest.db")
    with store.write() as connection:
        connection.exec_driver_sql("PRAGMA cache_size = -262144")
        _feeds(connection, size)
        _entries(connection, size)
        _subscribers(connection, size)
        _editions(connection, size)
    with store.write() as connection:
        connection.exec_driver_sql("ANALYZE")
    return store


def _run(connection: Connection, first: int, last: int, statement: str) -> None:
    """Run an INSERT whose SELECT reads the numbers from `first` to `last` as ``n``."""
    head, _, rest = statement.partition(" SELECT ")
    numbers = _NUMBERS.format(first=first, last=last)
    connection.exec_driver_sql(f"{head} {numbers} SELECT {rest}")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _feeds(connection: Connection, size: Size) -> None:
    soon, lately = _time(NOW + timedelta(days=400)), _time(NOW - timedelta(minutes=20))
    _run(
        connection,
        0,
        size.feeds - 1,
        "INSERT INTO feeds (id, url, title, checked_at, succeeded_at, next_fetch_at, failures,"
        " error, first_read_at, read_at, requests, not_modified, received)"
        " SELECT i + 1, 'https://made.example/' || i || '.xml', 'The feed of ' || i,"
        f" '{lately}', '{lately}', '{soon}', CASE WHEN i % 50 = 0 THEN 3 ELSE 0 END,"
        " CASE WHEN i % 50 = 0 THEN 'HTTP 503: not now' END,"
        f" '{_time(NOW - timedelta(days=DAYS))}', '{lately}', 1000, 900, 5000000 FROM n",
    )


def _entries(connection: Connection, size: Size) -> None:
    begin = _time(NOW - timedelta(days=DAYS))
    second = DAYS * 86_400 / size.entries
    seen = f"datetime('{begin}', CAST(i * {second} AS INTEGER) || ' seconds')"
    _run(
        connection,
        1,
        size.entries,
        "INSERT INTO entries (id, feed_id, uid, raw_hash, backlog, first_seen, changed_at,"
        " published, language, title, link, canonical_link, parser)"
        f" SELECT i, i % {size.feeds} + 1, 'made:' || i, 'x', 0, {seen}, {seen}, {seen}, 'en',"
        " 'What happened at place ' || i || ' and why it matters',"
        " 'https://made.example/story/' || i, 'https://made.example/story/' || i, 'xml' FROM n",
    )
    chance = random.Random(7)
    words = " ".join(sentence(chance) for _ in range(12)).replace("'", " ")
    _run(
        connection,
        max(1, size.entries - size.entries // 10),
        size.entries,
        "INSERT INTO bodies (entry_id, saved_at, verbatim, text, html)"
        f" SELECT i, '{_time(NOW)}', 0, 'Number ' || i || '. {words}',"
        f" '<p>Number ' || i || '. {words}</p>' FROM n",
    )
    _run(
        connection,
        0,
        4 * (size.entries // 50) - 1,
        f"INSERT INTO keys (hash, entry_id) SELECT i * 7919, {size.entries} - i / 4 FROM n",
    )


def _subscribers(connection: Connection, size: Size) -> None:
    begin = date(NOW.year - 1, NOW.month, NOW.day)
    at = f"date('{begin}', (i % 360) || ' days') || ' 09:00:00'"
    state = (
        "CASE WHEN i % 20 = 0 THEN 'unsubscribed' WHEN i % 50 = 1 THEN 'suspended'"
        " WHEN i % 100 = 2 THEN 'removed' ELSE 'active' END"
    )
    _run(
        connection,
        1,
        size.subscribers,
        "INSERT INTO subscribers (id, digest, address, key, state, origin, created_at, changed_at,"
        " bounces, name)"
        " SELECT i, 'daily', 'person' || i || '@host' || (i % 97) || '.example',"
        " 'person' || i || '@host' || (i % 97) || '.example',"
        f" {state}, 'import', {at}, {at}, 0, 'Person ' || i FROM n",
    )
    for event, where, detail in (
        ("imported", "1 = 1", "NULL"),
        ("bounced", "i % 50 = 1", "'<' || i || '@made.example> 5.1.1 no such user'"),
        ("suspended", "i % 50 = 1", "'5.1.1 no such user'"),
        ("left", "i % 20 = 0", "'link'"),
        ("removed", "i % 100 = 2", "NULL"),
    ):
        _run(
            connection,
            1,
            size.subscribers,
            "INSERT INTO subscriber_events (subscriber_id, event, at, detail)"
            f" SELECT i, '{event}', {at}, {detail} FROM n WHERE {where}",
        )
    before = {"imported": "", "bounced": "active", "suspended": "active", "left": "active"}
    after = {"imported": "active", "bounced": "active", "left": "unsubscribed"}
    for event in ("imported", "bounced", "suspended", "left", "removed"):
        connection.exec_driver_sql(
            "INSERT INTO subscriber_days (digest, day, event, before, after, subscribers)"
            " SELECT 'daily', substr(at, 1, 10), event, ?, ?, count(*) FROM subscriber_events"
            " WHERE event = ? GROUP BY substr(at, 1, 10)",
            (before.get(event, "active"), after.get(event, event), event),
        )


def _editions(connection: Connection, size: Size) -> None:
    last = NOW.replace(hour=6)
    for name in ("daily", "weekly"):
        connection.exec_driver_sql(
            "INSERT INTO digests (name, authority, since, settled, settled_at)"
            " VALUES (?, 'made.example', '2026-01-01', ?, ?)",
            (name, f"{last:%Y-%m-%d}T0700", _time(last)),
        )
    share = (size.entries - OPEN) // EDITIONS
    chance = random.Random(3)
    for number in range(1, EDITIONS + 1):
        composed = last - timedelta(days=EDITIONS - number)
        first = (number - 1) * share + 1
        edition = _edition(chance, number, composed, first, share // STORIES)
        document = msgspec.json.encode(edition).decode()
        connection.exec_driver_sql(
            "INSERT INTO editions (id, digest, slot, number, composed_at, stories, document)"
            " VALUES (?, 'daily', ?, ?, ?, ?, ?)",
            (number, edition.slot, number, _time(composed), STORIES, document),
        )
        if number > EDITIONS - MAILED:
            connection.exec_driver_sql(
                "INSERT INTO deliveries (edition_id, channel, recipient, state, attempts, error,"
                " receipt, updated_at, message_id) SELECT ?, 'smtp', address,"
                " CASE WHEN id % 500 = 3 THEN 'failed' ELSE 'sent' END, 1,"
                " CASE WHEN id % 500 = 3 THEN '550 5.1.1 no such user' END,"
                " CASE WHEN id % 500 <> 3 THEN '250 2.0.0 queued' END, ?, '<' || id || '@x>'"
                " FROM subscribers WHERE digest = 'daily' AND state = 'active'",
                (number, _time(composed)),
            )
        _run(
            connection,
            first,
            first + share - 1,
            "INSERT INTO decisions (digest, entry_id, verdict, edition_id, rule, rank)"
            f" SELECT 'daily', i, CASE WHEN (i - {first}) % {share // STORIES} = 0"
            f" THEN 'told' ELSE 'capped' END, {number}, CASE WHEN (i - {first})"
            f" % {share // STORIES} = 0 THEN NULL ELSE 'max_entries = 20' END,"
            f" (i - {first}) / {share // STORIES} + 1 FROM n",
        )


def _edition(
    chance: random.Random, number: int, composed: datetime, first: int, step: int
) -> Edition:
    stories = tuple(
        Story(
            key=f"{first + rank * step:x}",
            rank=rank + 1,
            title=f"What happened at place {first + rank * step} and why it matters",
            updated=composed,
        )
        for rank in range(STORIES)
    )
    empty = Edition(
        digest="daily",
        slot=f"{composed + timedelta(hours=1):%Y-%m-%d}T0700",
        number=number,
        title="Daily",
        timezone="Europe/Berlin",
        language="en",
        composed_at=composed,
        sections=(Section(title="", stories=stories),),
    )
    return replace(empty, entries=STORIES, feeds=STORIES)
