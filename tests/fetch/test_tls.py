"""Servers that misbehave at TLS: one sentence for each, and nobody waits for them."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import FetchError, HostClosedError
from digest.fetch.streams import TlsStream
from digest.model import Document
from support.certificates import Authority
from support.tlsserver import Script, TlsServer, answering, hello

Ask = Callable[..., Any]
FEED = b"<rss><channel><title>Example</title></channel></rss>"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FEED)
CLOSING = b"HTTP/1.1 200 OK\r\n\r\n"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def ways(authority: Authority) -> dict[str, Any]:
    """Trust our authority, and find every name on this machine."""
    return {
        "tls": lambda: ssl.create_default_context(cafile=str(authority.file)),
        "resolve": lambda host, port: ["127.0.0.1"],
    }


def record(kind: int, body: bytes) -> bytes:
    """Write a TLS record (RFC 8446, 5.1)."""
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def says(*pieces: bytes) -> Script:
    """Take the greeting, say this and close."""

    def serve(connection: socket.socket) -> None:
        hello(connection)
        connection.sendall(b"".join(pieces))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    return serve


SECURE = "^no secure connection to news.example: [a-z]"
BROKEN_OFF = "^news.example broke the connection off$"
BROKEN = [
    pytest.param(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), SECURE, id="HTTP without TLS"),
    pytest.param(says(b"SSH-2.0-OpenSSH_9.2\r\n"), SECURE, id="another protocol"),
    pytest.param(says(b"\0" * 500), SECURE, id="zeros"),
    pytest.param(says(record(21, b"\2\x28")), SECURE + ".*handshake failure", id="a refusal"),
    pytest.param(says(record(21, b"\2\x46")), SECURE + ".*version", id="only old versions"),
    pytest.param(says(record(21, b"\2\x70")), SECURE + ".*name", id="no such name here"),
    pytest.param(says(record(23, b"x" * 99)), SECURE, id="data before the hello"),
    pytest.param(
        says(record(22, b"\2\xff\xff\xff" + b"x" * 999)), SECURE, id="a hello without end"
    ),
    pytest.param(says(record(22, b"\2\0\0\4abcd")), SECURE, id="a hello that is none"),
    pytest.param(
        says(b"\x16\x03\x03\xff\xff" + b"x" * 70_000), SECURE, id="a record that is too long"
    ),
    pytest.param(says(), BROKEN_OFF, id="nothing after our greeting"),
    pytest.param(lambda connection: None, BROKEN_OFF, id="nothing at all"),
]


@pytest.mark.parametrize(("script", "words"), BROKEN)
def test_a_broken_handshake_is_one_sentence(
    script: Script, words: str, ways: dict[str, Any], ask: Ask
) -> None:
    with TlsServer(script) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert isinstance(outcome, FetchError), outcome
    assert re.search(words, str(outcome))
    assert "\n" not in str(outcome)
    assert "_ssl" not in str(outcome)
    assert outcome.temporary


@pytest.mark.parametrize(
    ("names", "until", "why"),
    [
        pytest.param(["news.example"], PAST, "certificate has expired", id="expired"),
        pytest.param(["other.example"], None, "is not valid for", id="another name"),
        pytest.param(["*.news.example"], None, "is not valid for", id="names below"),
    ],
)
def test_a_certificate_that_does_not_hold_is_one_sentence(
    names: list[str],
    until: datetime | None,
    why: str,
    authority: Authority,
    ways: dict[str, Any],
    ask: Ask,
) -> None:
    context = authority.server(*names, until=until)
    with TlsServer(answering(context, LENGTH + FEED)) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert isinstance(outcome, FetchError), outcome
    assert str(outcome).startswith("the certificate of news.example does not hold: ")
    assert why in str(outcome)
    assert "_ssl" not in str(outcome)


def test_a_certificate_of_nobody_we_trust_is_one_sentence(
    tmp_path: Path, ways: dict[str, Any], ask: Ask
) -> None:
    (tmp_path / "strange").mkdir()
    context = Authority(tmp_path / "strange").server("news.example")
    with TlsServer(answering(context, LENGTH + FEED)) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert "the certificate of news.example does not hold" in str(outcome)


def test_a_server_that_asks_for_our_certificate_is_one_sentence(
    authority: Authority, ways: dict[str, Any], ask: Ask
) -> None:
    context = authority.server("news.example")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    with TlsServer(answering(context, LENGTH + FEED)) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert isinstance(outcome, FetchError), outcome
    assert "news.example" in str(outcome)
    assert "_ssl" not in str(outcome)


# --- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("notify", [True, False], ids=["with close_notify", "without a word"])
@pytest.mark.parametrize("head", [LENGTH, CLOSING], ids=["a length", "until it closes"])
def test_an_answer_that_is_complete_is_read_however_the_connection_ends(
    head: bytes, notify: bool, authority: Authority, ways: dict[str, Any], ask: Ask
) -> None:
    script = answering(authority.server("news.example"), head + FEED, notify=notify)
    with TlsServer(script) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert isinstance(outcome, Document), outcome
    assert outcome.body == FEED
    assert not outcome.cut


@pytest.mark.parametrize("notify", [True, False], ids=["with close_notify", "without a word"])
def test_an_answer_that_is_too_short_is_known_as_cut(
    notify: bool, authority: Authority, ways: dict[str, Any], ask: Ask
) -> None:
    script = answering(authority.server("news.example"), LENGTH + FEED[:20], notify=notify)
    with TlsServer(script) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert isinstance(outcome, Document), outcome
    assert outcome.cut


def test_no_answer_after_the_handshake_is_one_sentence(
    authority: Authority, ways: dict[str, Any], ask: Ask
) -> None:
    with TlsServer(answering(authority.server("news.example"), b"")) as server:
        outcome = ask(server.url("/a.xml", host="news.example"), **ways)
    assert str(outcome) == "news.example gave no HTTP answer: it closed the connection"


class RecordingTransport(asyncio.Transport):
    """Notes whether reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.is_paused = False

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


def test_a_server_that_sends_faster_than_we_read_is_paused_each_time() -> None:
    async def receive() -> list[bool]:
        stream, transport = TlsStream(), RecordingTransport()
        stream.connection_made(transport)
        paused = []
        for _ in range(3):
            for _ in range(100):
                stream.data_received(bytes(10_000))
            paused.append(transport.is_paused)
            assert len(await stream.read()) == 1_000_000
            paused.append(transport.is_paused)
        return paused

    assert asyncio.run(receive()) == [True, False] * 3


# --- who takes his time ---------------------------------------------------------------------------


def stalls(server: TlsServer, connection: socket.socket) -> None:
    hello(connection)
    server.ended.wait()


def drips(server: TlsServer, connection: socket.socket) -> None:
    hello(connection)
    server.drip(connection, record(22, b"\2\0\x3f\xff" + b"x" * 16_000))


@pytest.mark.parametrize("does", [stalls, drips])
def test_a_handshake_without_end_is_given_up_and_the_host_left_alone(
    does: Callable[[TlsServer, socket.socket], None], ways: dict[str, Any], ask_all: Ask
) -> None:
    with TlsServer(lambda connection: does(server, connection)) as server:
        urls = [server.url(f"/{number}", host="news.example") for number in range(8)]
        outcomes = ask_all(urls, timeout=timedelta(seconds=0.5), **ways).values()
    left_alone = [outcome for outcome in outcomes if isinstance(outcome, HostClosedError)]
    late = [outcome for outcome in outcomes if not isinstance(outcome, HostClosedError)]
    assert {str(outcome) for outcome in late} == {"no complete answer within 0.5 s (fetch.timeout)"}
    assert len(late) <= 4
    assert len(left_alone) == 8 - len(late)
