"""An installation that mails an edition to many, and runs of it that can be killed at a point."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email import message_from_bytes
from functools import cache
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from digest import pipeline
from digest.model import Delivery, DeliveryState, Letter
from digest.pipeline.delivery.queue import enlist
from digest.settings import Config, load
from digest.store import Store, deliveries, edition_lists, editions, letters, open_store
from support import stored
from support.house import NOW, House, item, rss
from support.smtpserver import Message

SLOT = "2026-11-20T0700"

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "digest.pipeline",
        "digest.deliver.smtp",
        "digest.store.subscribers",
        "sqlalchemy.dialects.sqlite",
    ]
)


class MailHouse(House):
    """A digest, "daily", that goes to a mail server on loopback."""

    def __init__(self, folder: Path, port: int, smtp: str = "", *, rest: str = "") -> None:
        (folder / "feed.xml").write_bytes(rss([item("a1")]))
        (folder / "digest.db").write_bytes(_empty_database())
        self.port = port
        self.folder = folder
        self.file = folder / "config.toml"
        self.set(smtp, rest=rest)

    def set(self, smtp: str, *, rest: str = "") -> None:
        """Configure the channel: `smtp` is TOML of its table, `rest` what follows."""
        self.configure(
            ["feed.xml"],
            more='[web]\nurl = "https://news.example.org/"\n'
            "[digests.daily]\n[digests.daily.deliver.smtp]\n"
            f'host = "127.0.0.1"\nport = {self.port}\nfrom = "Daily <daily@example.org>"\n'
            f"{smtp}\n{rest}",
        )

    def subscribe(self, *addresses: str, digest: str = "daily") -> None:
        with self.store() as store, store.write() as connection:
            for address in addresses:
                stored.subscribe(connection, digest, address)

    def freeze(self, slot: str = SLOT, *, written: bool = True, digest: str = "daily") -> int:
        """Freeze an edition, enlist who gets it, and write its letter, that none be rendered."""
        with self.store() as store:
            return freeze(self.config, store, slot, letter() if written else None, digest)

    def deliver(self, now: datetime = NOW, **more: Any) -> tuple[pipeline.DeliveryReport, ...]:
        with self.store() as store:
            return pipeline.deliver(self.config, store, now, **more)

    def deliveries(self, slot: str = SLOT) -> dict[str, Delivery]:
        """The deliveries of an edition by recipient."""
        with self.store() as store, store.read() as connection:
            (listed,) = (one for one in edition_lists.listing(connection) if one.slot == slot)
            return {one.recipient: one for one in deliveries.of_edition(connection, listed.id)}

    def states(self, slot: str = SLOT) -> dict[str, DeliveryState]:
        return {name: one.state for name, one in self.deliveries(slot).items()}

    # --- runs in processes of their own ---

    def start(self, point: str = "", now: datetime = NOW) -> ForkServerProcess:
        """Start a run that ends, as if killed, when it comes to `point`: one of `POINTS`."""
        process = _processes.Process(
            target=_run, args=(str(self.file), {**os.environ}, now, point), daemon=True
        )
        process.start()
        return process

    def killed(self, point: str, now: datetime = NOW) -> None:
        """Run until `point` kills it."""
        process = self.start(point, now)
        process.join(30)
        assert process.exitcode == -signal.SIGKILL, f"{point} was not come to"


def letter(subject: str = "News") -> Letter:
    """A letter in which recipients find their address for leaving."""
    return Letter(
        subject=subject,
        text="A story.\n\nLeave: \ufdd0\n",
        html='<p>A story.</p><p><a href="\ufdd0">Leave</a></p>',
        date=NOW,
        list_id="daily.example.org",
        title="Daily",
        language="en",
    )


def freeze(
    config: Config, store: Store, slot: str = SLOT, sent: Letter | None = None, name: str = "daily"
) -> int:
    """Freeze an edition of one story as publishing does; `sent` is its letter."""
    (digest,) = (one for one in config.digests if one.name == name)
    edition = stored.edition(name, slot, "One", composed_at=NOW)
    with store.write() as connection:
        editions.name_authority(connection, name, "example.org", NOW.date())
        edition_id = editions.freeze(connection, edition, [])
        enlist(config, connection, digest, edition_id, NOW)
        for channel in digest.channels if sent else ():
            letters.keep(connection, edition_id, channel, sent)
    return edition_id


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/digest.db").close()
        return Path(folder, "digest.db").read_bytes()


# --- what the server has -------------------------------------------------------------------------


def by_recipient(messages: Iterable[Message]) -> dict[str, list[Message]]:
    taken = defaultdict(list)
    for message in messages:
        taken[message.recipient].append(message)
    return dict(taken)


def assert_each_got_one(
    messages: Iterable[Message], recipients: Iterable[str], *, repeats: int = 0
) -> int:
    """Assert that all got one message, and repeats are the same bytes; count the repeats."""
    taken = by_recipient(messages)
    assert sorted(taken) == sorted(recipients)
    for received in taken.values():
        assert len({(one.sender, one.data) for one in received}) == 1
    ids = {message_id(received[0]) for received in taken.values()}
    assert len(ids) == len(taken)
    repeated = sum(len(received) - 1 for received in taken.values())
    assert repeated <= repeats
    return repeated


def message_id(message: Message) -> str:
    return str(message_from_bytes(message.data)["Message-ID"])


# --- dying ---------------------------------------------------------------------------------------

POINTS: dict[str, tuple[str, str, str, int, str]] = {
    "after freezing": ("digest.pipeline", "", "deliver", 1, "before"),
    "before the first claim": ("digest.store.deliveries", "", "claim", 1, "before"),
    "before the first claim is committed": ("digest.store.deliveries", "", "claim", 1, "after"),
    "after the first claim": (
        "digest.pipeline.delivery.workers",
        "WorkerPool",
        "give",
        1,
        "before",
    ),
    "after a later claim": ("digest.pipeline.delivery.workers", "WorkerPool", "give", 3, "before"),
    "when connected": ("digest.deliver.smtp", "", "dialog", 1, "after"),
    "after the answer": ("digest.deliver.mail.session", "ServerSession", "send", 3, "after"),
    "before the answer is committed": ("digest.store.deliveries", "", "mark", 3, "after"),
    "when all is done": ("digest.pipeline", "", "deliver", 1, "after"),
}
"""Where a run can die: before or after the n-th call of a function."""


def _run(file: str, environ: Mapping[str, str], now: datetime, point: str) -> None:
    if point:
        _arm(*POINTS[point])
    config = load(Path(file), environ)
    store = open_store(config.store.url)
    if point == "after freezing":
        freeze(config, store, SLOT, letter())
    pipeline.deliver(config, store, now)
    store.close()


def _arm(module: str, owner: str, name: str, time: int, when: str) -> None:
    """Have this process die before or after the `time`-th call of a function."""
    place: Any = import_module(module)
    place = getattr(place, owner) if owner else place
    called: Callable[..., object] = getattr(place, name)
    calls = 0

    def call(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == time and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = called(*arguments, **named)
        if calls == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, call)
