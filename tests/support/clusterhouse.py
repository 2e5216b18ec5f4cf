"""Workers and web processes of one installation on PostgreSQL, and the faults that they meet."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from sqlalchemy import make_url, text

from digest.model import DeliveryState
from digest.settings import load
from digest.store import deliveries, editions, open_store
from support.feedserver import Answer, FeedServer, Request
from support.house import item, rss
from support.mailhouse import message_id
from support.smtpserver import SmtpServer

LEASE = 3.0
HOSTS, FEEDS, PEOPLE = 4, 12, 12
PATIENT = 300.0
"""Seconds within which all must be done once the faults are over."""

_SHIFTED = (
    "import time; real = time.time; time.time = lambda: real() + {seconds};"
    " from digest.cli import main; main()"
)
"""The command on a machine whose clock is wrong."""


def words(seed: str) -> str:
    """Words that no other seed gives, so that no two stories are alike."""
    return " ".join(blake2b(f"{seed} {n}".encode(), digest_size=4).hexdigest() for n in range(12))


@dataclass
class ClusterHouse:
    """Three workers and two web processes on the database at `url`."""

    folder: Path
    url: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: int = 0
    """How often a worker was killed, stopped or cut off: each may repeat what it had in hand."""

    def __post_init__(self) -> None:
        self.items = 1
        self.smtp = SmtpServer()
        pages = {f"/{n}.xml": self._page(n) for n in range(FEEDS)}
        self.feeds = FeedServer(pages, host="0.0.0.0")
        self.ports = [_free_port(), _free_port()]
        for number, port in enumerate(self.ports):
            (self.folder / f"config{number}.toml").write_text(self._configuration(port))

    def _page(self, number: int) -> Callable[[Request], Answer]:
        def page(_: Request) -> Answer:
            stories = [self._title(number, n) for n in range(self.items)]
            body = rss([item(title, title=title, text=words(f"x{title}")) for title in stories])
            headers = {"Content-Type": "application/rss+xml"}
            return Answer(body=body, headers=headers, delay=0.2)

        return page

    @staticmethod
    def _title(feed: int, number: int) -> str:
        return f"Story {feed}.{number} {words(f'{feed}.{number}')[:35]}"

    def _configuration(self, port: int) -> str:
        people = ", ".join(f'"{n}@example.com"' for n in range(PEOPLE))
        feeds = "".join(
            f'[[feeds]]\nurl = "{self.feeds.url(f"/{n}.xml", host=f"127.0.0.{n % HOSTS + 2}")}"\n'
            for n in range(FEEDS)
        )
        return (
            f'[store]\nurl = "{self.url}"\n[worker]\nlease = "{LEASE:g}s"\nshards = 8\npart = 4\n'
            '[fetch]\ninterval = "15m"\nallow_hosts = ["127.0.0.0/8"]\n'
            f'[web]\nport = {port}\n{feeds}[digests.daily]\nschedule = "* * * * *"\n'
            "max_entries = 1000\nmax_per_feed = 1000\n"
            '[digests.daily.deliver.files]\npath = "out"\nformats = ["html"]\n'
            f'[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nport = {self.smtp.port}\n'
            f'from = "daily@example.org"\nconnections = 1\nto = [{people}]\n'
        )

    # --- processes ---

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all processes; they are killed at the end."""
        open_store(self.url).close()  # makes the schema
        with self.feeds, self.smtp:
            try:
                for name in ("worker 0", "worker 90", "worker -90"):
                    self.start(name)
                for number in range(len(self.ports)):
                    self.start(f"web {number}")
                yield
            finally:
                for process in self.processes.values():
                    with suppress(ProcessLookupError):
                        process.send_signal(signal.SIGCONT)
                    process.kill()
                    process.wait()

    def start(self, name: str) -> None:
        """Start a worker, named by its clock, or a web process, named by its number."""
        kind, _, number = name.partition(" ")
        code = _SHIFTED.format(seconds=number if kind == "worker" else 0)
        config = self.folder / f"config{number if kind == 'web' else 0}.toml"
        arguments = ["worker"] if kind == "worker" else ["serve", "--web", "--no-work"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", code, "--config", str(config), "-v", *arguments],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    def workers(self) -> list[str]:
        return [name for name in self.processes if name.startswith("worker")]

    def watch(self) -> None:
        """Start again what has ended by itself, as a supervisor does."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self.start(name)

    def wait_for_pages(self) -> None:
        """Wait until each web process answers."""
        end = time.monotonic() + PATIENT
        for port in self.ports:
            while True:
                with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=30):
                    break
                assert time.monotonic() < end, self.logs()
                self.watch()
                time.sleep(0.2)

    def add_stories(self) -> None:
        """Let each feed have one more story, and be due."""
        self.items += 1
        self.make_due()

    def make_due(self) -> None:
        """Let each feed be due.

        A worker that read a feed just before it had a new story may put it off again.
        """
        self.ask("UPDATE feeds SET next_fetch_at = NULL")

    # --- faults ---

    def kill(self, chance: random.Random) -> None:
        """Kill a worker, and start it again."""
        name = chance.choice(self.workers())
        self.processes[name].kill()
        self.processes[name].wait()
        self.killed += 1
        self.start(name)

    def stop(self, chance: random.Random) -> None:
        """Stop a worker for longer than its lease, and let it go on."""
        process = self.processes[chance.choice(self.workers())]
        process.send_signal(signal.SIGSTOP)
        time.sleep(LEASE * chance.uniform(1.2, 2))
        process.send_signal(signal.SIGCONT)
        self.killed += 1

    def cut(self, chance: random.Random) -> None:
        """End one connection to the database, whosever it is."""
        found = self.ask(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid != pg_backend_pid()"
        )
        if found:
            self.ask(f"SELECT pg_terminate_backend({chance.choice(found)[0]})")
            self.killed += 1

    def cut_all(self, _: random.Random) -> None:
        """End all connections to the database at once, as a server does that fails over."""
        self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
        self.killed += 1

    def tick_twice(self, _: random.Random) -> None:
        """Tick twice at the same moment, beside the ticks of the engine."""
        for number in (1, 2):
            self.ask(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                f" VALUES ('tick', 'digest.tick', '{{\"timestamp\": {number}}}')"
            )

    def lose_queue(self, _: random.Random) -> None:
        """Empty the queue."""
        self.ask("DELETE FROM procrastinate_periodic_defers")
        self.ask("DELETE FROM procrastinate_jobs WHERE status = 'todo'")

    def strange_jobs(self, _: random.Random) -> None:
        """Queue jobs of another version, of an unknown kind, and of things that are not there."""
        for kind, version, arguments in (
            ("refresh", 99, {"shard": 1}),
            ("refresh", 1, {"shard": 123456}),
            ("publish", 1, {"digest": "none", "slot": "2026-01-01T0000"}),
            ("deliver", 1, {"part": 987654321}),
            ("deliver", 1, {"part": "x"}),
        ):
            args = json.dumps({"kind": kind, "version": version, "arguments": arguments})
            self.ask(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                f" VALUES ('{kind}', 'digest.job', '{args}')"
            )

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the database, as somebody else."""
        address = make_url(self.url).set(drivername="postgresql")
        with psycopg.connect(
            address.render_as_string(hide_password=False),
            autocommit=True,
            options="-c search_path=digest",
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    # --- what must be so at the end ---

    def wait_until_done(self) -> None:
        """Wait until every story is told and every delivery has arrived."""
        end = time.monotonic() + PATIENT
        for second in count():
            if not (left := self._left()):
                return
            if second % 20 == 0:
                with suppress(psycopg.Error):
                    self.make_due()
            assert time.monotonic() < end, f"{left}\n{self.logs()}"
            self.watch()
            time.sleep(1)

    def wait_for(self, statement: str, least: int) -> None:
        """Wait until a count in the database has grown to `least`."""
        end = time.monotonic() + PATIENT
        while True:
            with suppress(psycopg.Error):
                if self.ask(statement)[0][0] >= least:
                    return
            assert time.monotonic() < end, f"{statement}\n{self.logs()}"
            time.sleep(0.2)

    def _left(self) -> str:
        try:
            ((told,),) = self.ask("SELECT count(*) FROM decisions WHERE verdict = 'told'")
            ((open_,),) = self.ask("SELECT count(*) FROM deliveries WHERE state != 'sent'")
        except psycopg.Error as error:
            return str(error)
        wanted = FEEDS * self.items
        return "" if told == wanted and not open_ else f"{told}/{wanted} told, {open_} not sent"

    def check(self) -> dict[str, int]:
        """Assert that nothing was lost and nothing done twice; return what was counted."""
        store = open_store(load(self.folder / "config0.toml").store.url)
        with closing(store), store.read() as connection:
            assert store.flaws() == []
            made = editions.latest(connection, "daily", 10_000)
            stored = connection.execute(text("SELECT title FROM entries")).scalars().all()
            rows = [
                row
                for (number,) in connection.execute(text("SELECT id FROM editions")).all()
                for row in deliveries.of_edition(connection, number)
            ]
        titles = sorted(self._title(feed, n) for feed in range(FEEDS) for n in range(self.items))
        assert sorted(stored) == titles, "entries"
        told = [
            story.title
            for edition in made
            for section in edition.sections
            for story in section.stories
        ]
        assert sorted(told) == titles, "every story in one edition"
        assert len({edition.slot for edition in made}) == len(made)
        assert [edition.number for edition in made] == list(range(len(made), 0, -1))
        assert {row.state for row in rows} == {DeliveryState.SENT}
        assert len(rows) == len(made) * (PEOPLE + 1)
        mails = Counter(
            (message_id(message), message.recipient, message.data) for message in self.smtp.messages
        )
        assert len(mails) == len(made) * PEOPLE, "one Message-ID and the same bytes for each mail"
        assert len({identity for identity, _, _ in mails}) == len(mails)
        repeats = mails.total() - len(mails)
        assert repeats <= 2 * self.killed, "at most one for each open connection: two lanes"
        most = max(self.feeds.peak.values())
        assert most <= 2, f"requests at a time to a host: {self.feeds.peak}"
        for edition in made:
            assert (self.folder / "out" / edition.slot / "index.html").exists()
        for port in self.ports:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
                assert page.status == 200
        assert "Traceback" not in self.logs(10**9), self.logs()
        return {
            "entries": len(stored),
            "editions": len(made),
            "mails": len(mails),
            "repeats": repeats,
            "requests": self.feeds.hits.total(),
            "most at a time": most,
        }

    def logs(self, most: int = 3000) -> str:
        """The ends of the logs of all processes."""
        return "\n".join(
            f"== {path.name}\n{path.read_text()[-most:]}" for path in self.folder.glob("*.log")
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@dataclass
class Server:
    """A server of PostgreSQL of the test's own, by a user who is not root."""

    folder: Path
    port: int = field(default_factory=_free_port)

    @property
    def url(self) -> str:
        return f"postgresql://digest@127.0.0.1:{self.port}/postgres"

    @staticmethod
    def binaries() -> Path | None:
        """The folder of the newest server that is installed, by Debian's names."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return found[-1].parent if found else None

    @contextmanager
    def running(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._order(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=digest"
        )
        self.control("start")
        try:
            yield
        finally:
            self.control("stop", "--mode=immediate")

    def control(self, what: str, *options: str) -> None:
        settings = (
            f"-c unix_socket_directories='{self.folder}' -c listen_addresses=127.0.0.1"
            f" -c port={self.port} -c max_connections=200"
        )
        if what != "stop":
            options = (*options, "--wait", f"--log={self.folder}/log", f"--options={settings}")
        self._order("pg_ctl", what, *options)

    def _order(self, program: str, *options: str) -> None:
        folder = self.binaries()
        assert folder is not None
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*user, str(folder / program), f"--pgdata={self.folder}/data", *options],
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
