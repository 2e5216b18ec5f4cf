"""A long time of ordinary work under a virtual clock: it stays small, and tells everything once.

Two programs share the database.  They take turns refreshing and publish at the same moments, as
two machines with the same cron line do.
"""

from __future__ import annotations

import gc
import mailbox
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from digest import pipeline
from digest.errors import BusyError
from digest.settings import load
from digest.store import Store, editions, figures, open_store, subscribers, tables
from support.virtual_web import DAY, VirtualFeed, VirtualWeb, evenly

BEGIN = datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
STEP = timedelta(hours=8)
CONFIG = """
[store]
keep_bodies = "{keep}d"
keep_deliveries = "{keep}d"
{feeds}
[digests.daily]
schedule = "0 7 * * *"
max_entries = 1000
max_per_feed = 1000
[digests.daily.deliver.maildir]
path = "mail"
from = "news@example.org"
subscribers = true
unsubscribe = "leave@example.org"
"""


@dataclass
class Soak:
    """A simulated time, and what was measured in it."""

    folder: Path
    days: int
    feeds: int
    people: int
    keep: int
    rows: list[dict[str, int]] = field(default_factory=list)
    """Rows by table at the end of each day."""
    objects: list[int] = field(default_factory=list)
    """Living Python objects at the end of each day."""

    def run(self) -> None:
        sources = [
            VirtualFeed(
                url=f"https://feed-{number}.example/feed",
                name=f"feed {number}",
                publishes=evenly(0.3 + number % 5, BEGIN - 2 * DAY, self.days + 3),
            )
            for number in range(self.feeds)
        ]
        self.web = VirtualWeb(sources)
        file = self.folder / "config.toml"
        urls = "".join(f'[[feeds]]\nurl = "{source.url}"\n' for source in sources)
        file.write_text(CONFIG.format(keep=self.keep, feeds=urls))
        self.config = load(file)
        self.stores = [open_store(self.config.store.url) for _ in range(2)]
        with self.stores[0].write() as connection:
            for number in range(self.people):
                address = f"p{number}@example.org"
                subscribers.add(connection, "daily", address, now=BEGIN)
        for step in range(int(self.days * DAY / STEP)):
            now = BEGIN + (step + 1) * STEP
            store = self.stores[step % 2]
            pipeline.refresh(self.config, store, now, fetch_all=self.web.fetch_all)
            self._publish_at_once(now)
            if (step + 1) % (DAY // STEP) == 0:
                pipeline.publish(self.config, store, now)
                self._measure(store)

    def _publish_at_once(self, now: datetime) -> None:
        """Publish in two threads, each with connections of its own, until one has done it."""

        def publish(store: Store) -> None:
            with suppress(BusyError):
                pipeline.publish(self.config, store, now)

        workers = [Thread(target=publish, args=(store,)) for store in self.stores]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _measure(self, store: Store) -> None:
        gc.collect()
        self.objects.append(len(gc.get_objects()))
        with store.read() as connection:
            self.rows.append(
                {
                    table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                    for table in (tables.bodies, tables.deliveries, tables.letters, tables.keys)
                }
            )

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def check(self) -> None:
        store = self.stores[0]
        with store.read() as connection:
            made = connection.execute(select(tables.editions.c.id, tables.editions.c.slot)).all()
            told = connection.scalars(
                select(tables.decisions.c.entry_id).where(tables.decisions.c.verdict == "told")
            ).all()
            undecided = connection.scalar(
                select(func.count())
                .select_from(tables.entries)
                .where(
                    ~tables.entries.c.backlog,
                    tables.entries.c.id.not_in(select(tables.decisions.c.entry_id)),
                    tables.entries.c.first_seen < BEGIN + (self.days - 1) * DAY,
                )
            )
            documents = [editions.by_id(connection, row.id) for row in made]
            assert figures.open_deliveries(connection) == ()
        assert store.flaws() == []
        wanted = [f"{BEGIN + n * DAY:%Y-%m-%d}T0700" for n in range(self.days)]
        assert sorted(row.slot for row in made) == wanted, "each slot has one edition"
        keys = Counter(
            story.key
            for document in documents
            if document is not None
            for section in document.sections
            for story in section.stories
        )
        assert keys.most_common(1)[0][1] == 1, "no story is told twice"
        assert len(set(told)) == len(told) >= len(keys)
        assert undecided == 0, "nothing is forgotten"
        self._check_mail(len(made))
        self._check_growth()

    def _check_mail(self, made: int) -> None:
        sent: Counter[tuple[str, str]] = Counter()
        for message in mailbox.Maildir(self.folder / "mail", create=False):
            sent[str(message["To"]), str(message["Message-ID"])] += 1
        assert len(sent) == made * self.people, "everybody has got every edition"
        assert set(sent.values()) == {1}
        assert len({message_id for _, message_id in sent}) == len(sent)

    def _check_growth(self) -> None:
        """From the time on when the first things are dropped, nothing grows."""
        full = self.keep + self.keep // 5 + 2
        for name in ("bodies", "deliveries", "letters", "keys"):
            early = max(rows[name] for rows in self.rows[: full + 1])
            late = max(rows[name] for rows in self.rows[full:])
            if name == "keys":  # those of links stay for ever
                assert late < early * self.days / full
            else:
                assert late <= early * 1.3, f"{name} grow: {early}, later {late}"
        middle = self.objects[len(self.objects) // 2]
        assert self.objects[-1] < middle * 1.05, "objects pile up in memory"


@pytest.fixture
def soak(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Soak]:
    soak = Soak(tmp_path, **request.param)
    soak.run()
    yield soak
    soak.close()


@pytest.mark.parametrize(
    "soak",
    [
        pytest.param({"days": 21, "feeds": 5, "people": 3, "keep": 7}, id="some weeks"),
        pytest.param(
            {"days": 365, "feeds": 100, "people": 50, "keep": 30},
            id="a year",
            marks=pytest.mark.long,
        ),
    ],
    indirect=True,
)
def test_it_stays_small_and_tells_everything_once(soak: Soak) -> None:
    soak.check()
