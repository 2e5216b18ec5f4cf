"""Servers that misbehave: nothing raised, nothing lost, nothing large, and a sentence for each."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from support.certificates import Authority
from support.feedserver import FeedServer
from support.hostile_pages import BEHAVIORS, OK, Behavior, Visits, hosts
from support.house import DAY, NOW, House, item, rss
from support.tlsserver import Script, TlsServer, answering, hello

PAST = datetime(2020, 1, 1, tzinfo=UTC)
MOST_CPU = 2.0
MOST_MEGABYTES = 200
DIGEST = """
backfill = "all"
[digests.daily]
max_entries = 1000
[digests.daily.deliver.files]
path = "out"
formats = ["html", "text", "markdown", "json", "mail", "epub", "atom", "jsonfeed", "archive"]
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({}, host="0.0.0.0") as running:
        yield running


@dataclass(frozen=True)
class Cost:
    cpu: float
    megabytes: int


def visit(
    folder: Path, server: FeedServer, names: Collection[str], *, timeout: int
) -> tuple[House, Visits, Cost]:
    """Run twice with the feeds of these behaviors, each run in a process of its own."""
    server.pages = visits = Visits(server.port)
    urls = [
        f"http://{host}:{server.port}/feed.xml" for host, name in hosts().items() if name in names
    ]
    house = House(folder, urls, more=DIGEST)
    text = house.file.read_text().replace("[fetch]\n", f'[fetch]\ntimeout = "{timeout}s"\n')
    house.file.write_text(re.sub("allow_hosts = .*", 'allow_hosts = ["127.1.0.0/16"]', text))
    return house, visits, run_thrice(house)


def run_thrice(house: House, **environment: str) -> Cost:
    """Run on two days and once again, each in a process of its own, which ends in no traceback."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = 0
    for now in (NOW, NOW + DAY, NOW + DAY + timedelta(minutes=5)):
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "digest",
                "run",
                "-c",
                str(house.file),
                "--now",
                now.isoformat(),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        )
        assert process.stderr
        with process.stderr as stderr:
            errors = stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert "Traceback" not in errors
        assert "an error in digest itself" not in errors
        assert process.returncode in (0, 1), errors
        megabytes = max(megabytes, used.ru_maxrss // 1024)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, megabytes)


def check(house: House, visits: Visits, name: str, behavior: Behavior) -> None:
    """Check what is stored and told of one behavior."""
    host = next(host for host, named in hosts().items() if named == name)
    feed = f"WHERE url LIKE 'http://{host}:%'"
    ((error,),) = house.query(f"SELECT error FROM feeds {feed}")
    if behavior.error is None:
        assert error is None
    else:
        assert re.search(behavior.error, error or ""), f"{error!r} is recorded"
        assert not re.search(r"Error\(|bytearray|b'|\\x|<class|object at", error or ""), error
    titles = [
        title
        for (title,) in house.query(
            f"SELECT entries.title FROM entries JOIN feeds ON feeds.id = feed_id {feed}"
        )
    ]
    if behavior.entries is not None:
        assert len(titles) == behavior.entries, titles
    told = [title for edition in house.told() for title in edition]
    mark = re.compile(rf"CASE-{re.escape(name.replace(' ', '-'))}-\d")
    mine = [title for title in told if mark.match(title)]
    assert len(mine) == len({title[:40] for title in mine}), "told once"
    if behavior.entries:
        assert len(mine) == behavior.entries, mine


def check_output(house: House, visits: Visits) -> None:
    """Check that nothing hostile stands in what was made, and nothing private was asked for."""
    assert visits.trapped == []
    secret = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").exists() else ""
    for file in (house.folder / "out").rglob("*"):
        if not file.is_file() or file.suffix in (".epub", ".gz"):
            continue
        text = file.read_text(errors="replace")
        if file.suffix in (".html", ".eml"):
            assert not re.search(r"<script|onerror=|href=.javascript:", text), file
        assert not re.search(r"^(Bcc|X-Evil):", text, re.MULTILINE) or file.suffix != ".eml"
        assert not secret or f"[{secret}]" not in text


SMALL = [name for name, behavior in BEHAVIORS.items() if not behavior.large]


def test_many_servers_that_misbehave_at_once(tmp_path: Path, server: FeedServer) -> None:
    house, visits, cost = visit(tmp_path, server, SMALL, timeout=15)
    wrong = {}
    for name in SMALL:
        try:
            check(house, visits, name, BEHAVIORS[name])
        except AssertionError as error:
            wrong[name] = str(error)[:500]
    assert not wrong, "\n".join(f"{name}: {error}" for name, error in wrong.items())
    check_output(house, visits)
    print(cost)


@pytest.mark.long
def test_each_server_that_misbehaves_is_cheap(
    tmp_path_factory: pytest.TempPathFactory, server: FeedServer
) -> None:
    _, _, plain = visit(tmp_path_factory.mktemp("plain"), server, ["plain"], timeout=10)
    dear = {}
    for name, behavior in BEHAVIORS.items():
        house, visits, cost = visit(tmp_path_factory.mktemp("one"), server, [name], timeout=10)
        check(house, visits, name, behavior)
        check_output(house, visits)
        cpu, megabytes = cost.cpu - plain.cpu, cost.megabytes - plain.megabytes
        print(f"{name:25} {cpu:5.1f} s {megabytes:4} MB")
        if cpu > MOST_CPU or megabytes > MOST_MEGABYTES:
            dear[name] = (cpu, megabytes)
    assert dear == {}


def test_the_servers_are_reached(server: FeedServer) -> None:
    """Loopback is a whole network here, as on Linux."""
    assert BEHAVIORS["plain"].does is OK
    assert len(hosts()) == len(BEHAVIORS) > 73


# --- TLS ------------------------------------------------------------------------------------------


def refuse(connection: socket.socket) -> None:
    hello(connection)
    connection.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))  # an alert: handshake_failure


def speak_plainly(connection: socket.socket) -> None:
    hello(connection)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def drip(connection: socket.socket) -> None:
    hello(connection)
    for byte in chain(b"\x16\x03\x03\x3f\xff", repeat(0)):
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.2)


CERTIFICATE = r"^the certificate of 127\.1\.1\.\d does not hold: "
TLS: dict[str, tuple[Callable[[Authority], Script], str | None]] = {
    "127.1.1.1": (lambda ours: answering(ours.server("127.1.1.1"), page("whole")), None),
    "127.1.1.2": (
        lambda ours: answering(ours.server("127.1.1.2"), page("closing")[:-40]),
        None,
    ),
    "127.1.1.3": (lambda ours: answering(ours.server("127.1.1.9"), page("name")), CERTIFICATE),
    "127.1.1.4": (
        lambda ours: answering(ours.server("127.1.1.4", until=PAST), page("expired")),
        CERTIFICATE + "certificate has expired",
    ),
    "127.1.1.5": (lambda ours: refuse, "^no secure connection to 127"),
    "127.1.1.6": (lambda ours: speak_plainly, "^no secure connection to 127"),
    "127.1.1.7": (lambda ours: drip, "no complete answer within"),
    "127.1.1.8": (lambda ours: lambda connection: None, "broke the connection off"),
}
"""What each of these hosts does, and the error that is recorded of its feed."""


def page(name: str) -> bytes:
    """Answer with a feed of two entries, to be ended by closing the connection."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + rss(
        [item(f"{name}1"), item(f"{name}2")]
    )


def test_servers_that_misbehave_at_tls_are_a_sentence_each(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    with ExitStack() as stack:
        urls = {
            host: stack.enter_context(TlsServer(script(ours), host)).url("/feed.xml", host)
            for host, (script, _) in TLS.items()
        }
        house = House(tmp_path, urls.values(), more=DIGEST)
        text = house.file.read_text().replace("[fetch]\n", '[fetch]\ntimeout = "15s"\n')
        house.file.write_text(re.sub("allow_hosts = .*", 'allow_hosts = ["127.1.0.0/16"]', text))
        run_thrice(house, SSL_CERT_FILE=str(ours.file))
    errors = dict(house.query("SELECT url, error FROM feeds"))
    wrong = {
        host: errors[urls[host]]
        for host, (_, expected) in TLS.items()
        if (expected is None) != (errors[urls[host]] is None)
        or (expected and not re.search(expected, errors[urls[host]]))
    }
    assert wrong == {}
    told = {title for titles in house.told() for title in titles}
    assert {"Title of whole1", "Title of whole2", "Title of closing1"} <= told
