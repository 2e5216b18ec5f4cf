"""A service that is killed amid requests and sending: nothing lost, one message for each reader."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from support import stored
from support.feedserver import FeedServer
from support.house import House, item, rss
from support.ports import free_port
from support.smtpserver import SmtpServer

DIGESTS, FEEDS, ENTRIES, READERS = 5, 4, 3, 12
LONG = 240


class Service:
    """`digest serve --web` in a folder, which can be killed and started again."""

    def __init__(self, folder: Path, feeds: FeedServer, mail: SmtpServer) -> None:
        self.port = free_port()
        digests = "".join(
            f'[digests.d{number}]\nmax_entries = 1000\nschedule = "0 0 1 1 *"\n'
            f"[digests.d{number}.deliver.smtp]\n"
            f'host = "127.0.0.1"\nport = {mail.port}\nfrom = "news@example.org"\nconnections = 2\n'
            for number in range(DIGESTS)
        )
        self.house = House(
            folder,
            [feeds.url(f"/{number}.xml") for number in range(FEEDS)],
            more=f'{digests}[web]\nurl = "http://127.0.0.1:{self.port}"\nport = {self.port}\n',
        )
        with self.house.store() as store, store.write() as connection:
            for digest in range(DIGESTS):
                for reader in range(READERS):
                    address = f"{reader}.d{digest}@example.com"
                    stored.subscribe(connection, f"d{digest}", address)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "digest", "-c", str(self.house.file), "serve", "--web"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            line = process.stdout.readline()
            assert "Serving (" in line, line
            yield process
            if process.poll() is None:
                process.kill()
            _, errors = process.communicate(timeout=LONG)
            assert "Traceback" not in errors
            assert "an error in digest itself" not in errors

    def is_done(self) -> bool:
        """Tell whether all editions are frozen and sent."""
        editions = self.house.query("SELECT count(*) FROM editions")[0][0]
        waiting = self.house.query("SELECT count(*) FROM deliveries WHERE state <> 'sent'")[0][0]
        return bool(editions == DIGESTS and waiting == 0)


class Visitors(threading.Thread):
    """Look at pages, and sign up, again and again; `refused` lists answers of 500 and more."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.refused: list[tuple[str, int]] = []
        self.answers = 0
        self._port = port

    def run(self) -> None:
        pages = ["/healthz", "/", "/d0/", "/d1/atom.xml", "/d2/archive"]
        number = 0
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}", trust_env=False, timeout=10
        ) as client:
            while not self.ended.wait(0.02):
                number += 1
                page = pages[number % len(pages)]
                try:
                    if number % 7:
                        answer = client.get(page)
                    else:
                        data = {"address": f"guest{number}@example.net"}
                        answer = client.post("/d3/subscribe", data=data)
                except httpx.TransportError:
                    continue  # it has just been killed
                self.answers += 1
                if answer.status_code >= 500 and page != "/healthz":
                    self.refused.append((page, answer.status_code))


def wait_for(mail: SmtpServer, process: subprocess.Popen[str], messages: int) -> None:
    """Wait until so many more messages were taken, or all, or the process has ended."""
    until = min(len(mail.messages) + messages, DIGESTS * READERS)
    for _ in range(LONG * 200):
        if len(mail.messages) >= until or process.poll() is not None:
            return
        threading.Event().wait(0.005)


def kill_at_random(folder: Path, seed: int, kills: int) -> int:
    """Kill the service so often, let it finish, and count the messages that came twice."""
    chance = random.Random(seed)
    pages = {
        f"/{feed}.xml": rss([item(f"f{feed}e{entry}") for entry in range(ENTRIES)])
        for feed in range(FEEDS)
    }
    with FeedServer(pages) as feeds, SmtpServer() as mail:
        service = Service(folder, feeds, mail)
        visitors = Visitors(service.port)
        visitors.start()
        try:
            for _ in range(kills):
                with service.running() as process:
                    if chance.random() < 0.4:
                        threading.Event().wait(chance.uniform(0, 1.5))
                    else:
                        wait_for(mail, process, chance.randrange(DIGESTS * READERS // kills + 1))
                    process.kill()
            with service.running() as process:
                for _ in range(LONG * 10):
                    if service.is_done() and visitors.answers:
                        break
                    threading.Event().wait(0.1)
        finally:
            visitors.ended.set()
            visitors.join()
        assert visitors.refused == []
        assert visitors.answers > 0
        return check(service.house, mail)


def check(house: House, mail: SmtpServer) -> int:
    """Check that all is there once; return how many messages were repeated."""
    assert house.is_sound()
    assert house.query("SELECT count(*) FROM entries") == [(FEEDS * ENTRIES,)]
    assert house.query("SELECT DISTINCT state FROM deliveries") == [("sent",)]
    expected = sorted(
        f"Title of f{feed}e{entry}" for feed in range(FEEDS) for entry in range(ENTRIES)
    )
    for digest in range(DIGESTS):
        assert sorted(title for told in house.told(f"d{digest}") for title in told) == expected
    taken = defaultdict(list)
    for message in mail.messages:
        if re.match(r"\d+\.d\d@", message.recipient):
            taken[message.recipient].append(message)
    assert len(taken) == DIGESTS * READERS
    ids = {str(message_from_bytes(received[0].data)["Message-ID"]) for received in taken.values()}
    assert len(ids) == len(taken)
    for received in taken.values():
        assert len({(message.sender, message.data) for message in received}) == 1
    return sum(len(received) - 1 for received in taken.values())


def test_a_service_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    repeated = kill_at_random(tmp_path, seed=1, kills=2)
    assert repeated <= 2 * 2


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_a_service_that_is_killed_a_hundred_times_goes_on_where_it_was(
    tmp_path: Path, seed: int
) -> None:
    repeated = kill_at_random(tmp_path, seed=seed, kills=5)
    assert repeated <= 5 * 2
