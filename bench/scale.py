"""Fill a database of PostgreSQL by COPY, and measure what a large newsroom would ask of it.

    python bench/scale.py postgresql://USER@HOST/EMPTY_DATABASE --entries 10000000 \
        --feeds 100000 --subscribers 1000000

The database must be empty, and is full afterwards: drop it.  The tables of docs/scale.md are what
this prints; times are wall clock, and hold for the machine that they were measured on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Table, func, select, text

from digest.model import DeliveryState, Edition
from digest.store import (
    Store,
    deliveries,
    editions,
    enlisting,
    entries,
    feeds,
    figures,
    folding,
    open_store,
    parts,
    tables,
)
from digest.store.deliveries import ClaimRecipient

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
KEYS = 22
"""Keys of an entry: about as many as an entry of a news feed has."""
WORDS = ("harbor", "ferry", "council", "bridge", "storm", "price", "vote", "river", "train")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    wanted = parser.parse_args()
    store = open_store(wanted.url)
    fill(store, wanted.feeds, wanted.entries, wanted.subscribers)
    print("\n| what | figure |\n|---|--:|")
    for what, figure in measures(store, wanted.feeds, wanted.subscribers):
        print(f"| {what} | {figure} |", flush=True)
    print("\n| table | rows | MB |\n|---|--:|--:|")
    for table in figures.of_store(store).tables:
        if table.rows:
            print(f"| {table.name} | {table.rows:,} | {(table.size or 0) / 1e6:,.0f} |")
    store.close()


# --- the rows ------------------------------------------------------------------------------------


def fill(store: Store, n_feeds: int, n_entries: int, n_people: int) -> None:
    chance = random.Random(1)

    def title() -> str:
        return " ".join(chance.choices(WORDS, k=6))

    def moment(number: int) -> str:
        at = NOW - timedelta(days=90) * (1 - number / n_entries)
        return at.isoformat(" ")[:19]

    load(
        store,
        tables.feeds,
        (
            "id",
            "url",
            "failures",
            "gone",
            "moved_sightings",
            "unconditional",
            "requests",
            "not_modified",
            "received",
            "next_fetch_at",
        ),
        (
            (n, f"https://h{n // 5}.example/{n}", 0, False, 0, False, 9, 5, 9000, moment(n))
            for n in range(1, n_feeds + 1)
        ),
    )
    load(
        store,
        tables.entries,
        (
            "id",
            "feed_id",
            "uid",
            "raw_hash",
            "backlog",
            "first_seen",
            "changed_at",
            "title",
            "link",
            "canonical_link",
            "language",
        ),
        (
            (
                n,
                1 + n % n_feeds,
                f"urn:{n}",
                f"{n:032x}",
                False,
                moment(n),
                moment(n),
                title(),
                f"https://h.example/{n}?from=feed",
                f"https://h.example/{n}",
                "en",
            )
            for n in range(1, n_entries + 1)
        ),
    )
    words = " ".join(WORDS) * 12
    load(
        store,
        tables.bodies,
        ("entry_id", "saved_at", "verbatim", "text", "html"),
        ((n, moment(n), False, words, f"<p>{words}</p>") for n in range(1, n_entries + 1)),
    )
    load(
        store,
        tables.keys,
        ("hash", "entry_id"),
        ((chance.getrandbits(47), n) for n in range(1, n_entries + 1) for _ in range(KEYS)),
    )
    load(
        store,
        tables.subscribers,
        (
            "id",
            "digest",
            "address",
            "key",
            "state",
            "origin",
            "created_at",
            "changed_at",
            "bounces",
        ),
        (
            (
                n,
                "daily",
                f"p{n}@example.org",
                f"p{n}@example.org",
                "active",
                "import",
                moment(0),
                moment(0),
                0,
            )
            for n in range(1, n_people + 1)
        ),
    )
    with store.write() as connection:
        editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
        store.finish_load(connection)


def load(
    store: Store, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> None:
    begun = time.perf_counter()
    count = 0

    def counted() -> Iterator[tuple[object, ...]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with store.write() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in counted():
                copy.write_row(row)
    took = time.perf_counter() - begun
    print(f"{table.name}: {count:,} rows in {took:.1f} s", flush=True)


# --- the measures --------------------------------------------------------------------------------


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measures(store: Store, n_feeds: int, n_people: int) -> Iterator[tuple[str, str]]:
    def read(work: Callable[[Connection], object]) -> float:
        with store.read() as connection:
            return timed(lambda: work(connection))

    yield "feeds that are due, by the index", _ms(read(lambda c: feeds.due_addresses(c, NOW)))
    with store.read() as connection:
        hashes = connection.scalars(select(tables.keys.c.hash).limit(200 * KEYS)).all()
    found = select(tables.keys.c.entry_id).where(tables.keys.c.hash.in_(hashes))
    yield "candidates of 200 entries, by their keys", _ms(read(lambda c: c.execute(found).all()))
    wanted = list(range(1, min(1000, n_feeds) + 1))
    day = select(func.count()).where(
        tables.entries.c.feed_id.in_(wanted), ~tables.entries.c.backlog
    )
    yield "entries of a digest of 1,000 feeds", _ms(read(lambda c: c.scalar(day)))
    yield "figures for `/metrics`", _ms(read(figures.open_deliveries) + read(figures.feed_totals))
    first, freezing = freeze(store, "2026-01-11T0700")
    yield f"freeze with {n_people:,} recipients", f"{freezing:.1f} s"
    yield from claims(store, first)
    yield "open deliveries, counted", _ms(read(figures.open_deliveries))
    with store.write() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'sent', message = NULL"))
    freeze(store, "2026-01-12T0700")
    yield from portions(
        f"folding {n_people:,} deliveries",
        folding.PORTION,
        store,
        lambda c: folding.fold(c, first),
        n_people,
    )
    before = NOW - timedelta(days=81)
    yield from portions(
        "dropping a tenth of the texts",
        entries.DROPPED_AT_ONCE,
        store,
        lambda c: entries.drop_bodies(c, before),
        None,
    )


def freeze(store: Store, slot: str) -> tuple[int, float]:
    made = Edition(
        digest="daily",
        slot=slot,
        number=0,
        title="Daily",
        timezone="UTC",
        language="en",
        composed_at=NOW,
        sections=(),
    )
    begun = time.perf_counter()
    with store.write() as connection:
        edition_id = editions.freeze(connection, made, [])
        enlisting.enlist_recipients(
            connection, edition_id, "daily", "smtp", subscribed=True, named=(), now=NOW
        )
    return edition_id, time.perf_counter() - begun


def claims(store: Store, edition_id: int) -> Iterator[tuple[str, str]]:
    with store.write() as connection:
        parts.cover(connection, edition_id, "smtp", size=None)
        parts.take_all(connection, edition_id, "smtp", "bench", timedelta(minutes=9))
        page = deliveries.due(
            connection, edition_id, "smtp", holder="bench", now=NOW, after=0, most=2000
        )
        keys = [row.delivery.recipient for row in page]
        numbers = deliveries.numbers(connection, "daily", keys)
    begun = time.perf_counter()
    for row in page:
        key = row.delivery.recipient
        recipient = ClaimRecipient(
            digest="daily", key=key, number=numbers[key], as_subscriber=True, as_named=False
        )
        with store.write() as connection:
            deliveries.claim(
                connection,
                row.delivery.id,
                recipient,
                holder="bench",
                message_id=f"<{key}>",
                message=b"x" * 5000,
                now=NOW,
            )
        with store.write() as connection:
            deliveries.mark(connection, row.delivery.id, DeliveryState.SENT, now=NOW)
    took = time.perf_counter() - begun
    yield "claims and marks, one sender, each in its transaction", f"{len(page) / took:.0f} /s"


def portions(
    what: str, size: int, store: Store, drop: Callable[[Connection], int], most: int | None
) -> Iterator[tuple[str, str]]:
    times = []
    rows = size
    total = 0
    while rows == size and (most is None or total < most):
        begun = time.perf_counter()
        with store.write() as connection:
            rows = drop(connection)
        times.append(time.perf_counter() - begun)
        total += rows
    yield what, f"{sum(times):.1f} s"
    yield f"- the longest of its {len(times):,} transactions", _ms(max(times))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


if __name__ == "__main__":
    main()
