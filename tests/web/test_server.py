"""The network: sockets that cannot be had, connections without end, requests that are none."""

from __future__ import annotations

import errno
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from digest.errors import ConfigError, DigestError
from digest.web import open_socket
from digest.web.server import PER_ADDRESS, answering, listen
from support import editions
from support.webhouse import SLOT, WebHouse

PATIENCE = 1.0
LONG = 60.0
"""Seconds after which a test gives up waiting."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    opened = WebHouse(tmp_path)
    opened.publish("daily", editions.sample())
    opened.get(f"/daily/{SLOT}/")  # made once, which takes longer than tests have patience
    yield opened
    opened.close()


@pytest.fixture
def port(house: WebHouse) -> Iterator[int]:
    """Where the web side answers, and cuts off whoever takes longer than `PATIENCE`."""
    with (
        listen("127.0.0.1", 0) as listener,
        answering(
            house.application, listener, threading.Event(), is_proxy=proxy, patience=PATIENCE
        ),
    ):
        yield listener.getsockname()[1]


def proxy(peer: str) -> bool:
    """All that comes, comes from one."""
    return peer == "127.0.0.1"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LONG)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side ends it, one way or the other."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def ask(port: int, request: bytes) -> bytes:
    with closing(connect(port)) as connection:
        connection.sendall(request)
        return read_all(connection)


GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CLOSE = b"Connection: close\r\n\r\n"


def test_it_answers(port: int) -> None:
    answer = ask(port, GET + CLOSE)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nserver:" not in answer.lower()
    assert answer.endswith(b"ok\nrefreshed 0 s ago\n")


def test_head_has_the_length_and_no_body(port: int) -> None:
    answer = ask(port, f"HEAD /daily/{SLOT}/ HTTP/1.1\r\nHost: localhost\r\n".encode() + CLOSE)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b""
    assert int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) > 1000


# --- patience -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="who says nothing"),
        pytest.param(b"GET", id="who says half a word"),
        pytest.param(GET, id="whose headers never end"),
        pytest.param(
            b"POST /daily/subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=",
            id="whose form never ends",
        ),
        pytest.param(
            b"POST /daily/subscribe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n1\r\na\r\n",
            id="whose pieces never end",
        ),
    ],
)
def test_who_never_ends_is_cut_off(port: int, begun: bytes) -> None:
    assert ask(port, begun) == b""
    assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200")


def test_who_drips_is_cut_off_as_well(port: int) -> None:
    with closing(connect(port)) as connection:
        connection.settimeout(PATIENCE / 8)
        sent = 0
        for byte in GET * 100:
            try:
                connection.sendall(bytes([byte]))
                sent += 1
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
        assert sent < 20


def test_who_asks_and_does_not_read_is_cut_off(port: int) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(LONG)
        connection.connect(("127.0.0.1", port))
        page = f"GET /daily/{SLOT}/ HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall(page * 100_000)  # it stops reading when we do, and gives up
    assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200")


def test_one_request_after_the_other_may_take_longer_together(house: WebHouse) -> None:
    patience = 3 * PATIENCE
    with (
        listen("127.0.0.1", 0) as listener,
        answering(
            house.application, listener, threading.Event(), is_proxy=proxy, patience=patience
        ),
        closing(connect(listener.getsockname()[1])) as connection,
    ):
        for _ in range(5):
            connection.sendall(GET)
            connection.settimeout(patience / 4)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(LONG)
            connection.sendall(b"\r\n")
            answer = b""
            while not answer.endswith(b" ago\n"):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")


def test_one_stranger_does_not_hold_all_connections(house: WebHouse) -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        answering(house.application, listener, threading.Event(), is_proxy=lambda _: False),
        ExitStack() as stack,
    ):
        port = listener.getsockname()[1]
        held = [stack.enter_context(closing(connect(port))) for _ in range(PER_ADDRESS)]
        assert ask(port, GET + CLOSE) == b""
        held[0].sendall(GET + CLOSE)
        assert read_all(held[0]).startswith(b"HTTP/1.1 200"), "what was here first stays"
        assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200"), "and makes room"


def test_a_proxy_holds_more_than_one_client_may(house: WebHouse) -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        answering(house.application, listener, threading.Event(), is_proxy=proxy),
        ExitStack() as stack,
    ):
        port = listener.getsockname()[1]
        held = [stack.enter_context(closing(connect(port))) for _ in range(3 * PER_ADDRESS)]
        assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200")
        for connection in held:
            connection.sendall(GET + CLOSE)
            assert read_all(connection).startswith(b"HTTP/1.1 200"), "what was here first stays"


# --- requests that are none -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"nonsense\r\n\r\n", id="nonsense"),
        pytest.param(b"GET /\r\n\r\n", id="HTTP 0.9"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(GET + b"Host: evil.example\r\n\r\n", id="two hosts"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a raw byte in the path"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a blank in the path"),
        pytest.param(GET + b"a: b\r\n c: d\rx: y\r\n\r\n", id="a bare CR"),
        pytest.param(GET + b"a\x00: b\r\n\r\n", id="a NUL"),
        pytest.param(GET + b"Content-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", id="two lengths"),
        pytest.param(GET + b"Transfer-Encoding: gzip, chunked\r\n\r\n", id="another encoding"),
        pytest.param(GET + b"a: " + b"b" * 20_000 + b"\r\n\r\n", id="a large header"),
        pytest.param(GET + b"a: b\r\n" * 4000 + b"\r\n", id="many headers"),
        pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n", id="a large address"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP 2"),
    ],
)
def test_what_is_no_request_is_refused(port: int, request_: bytes) -> None:
    answer = ask(port, request_)
    assert re.match(rb"HTTP/1\.1 (4\d\d|501) ", answer)
    assert b"evil" not in answer
    assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://evil.example/daily/", b"404"),
        (b"GET //evil.example/daily/", b"404"),
        (b"OPTIONS *", b"405"),
        (b"CONNECT evil.example:443", b"405"),
    ],
)
def test_no_request_is_passed_on(port: int, line: bytes, status: bytes) -> None:
    answer = ask(port, line + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE)
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_a_length_and_pieces_together_smuggle_nothing(port: int) -> None:
    inner = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = b"0\r\n\r\n" + inner
    answer = ask(
        port,
        b"POST /daily/unsubscribe/1-a HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body,
    )
    assert re.findall(rb"HTTP/1\.1 \d+", answer) == [b"HTTP/1.1 400"]


# --- sockets --------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DigestError) as error:
            listen("127.0.0.1", port)
    assert not isinstance(error.value, ConfigError)
    assert str(error.value) == (
        f"cannot listen at port {port} of 127.0.0.1: something listens there already: "
        "end it, or set another web.port"
    )


@pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
def test_each_way_to_write_this_machine_is_taken(host: str) -> None:
    try:
        opened = listen(host, 0)
    except DigestError as error:
        cause = error.__cause__
        assert isinstance(cause, OSError)
        if cause.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            pytest.skip(f"this machine has no {host}")
        raise
    opened.close()


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(DigestError, match=rf"cannot listen at port 8000 of {host}: "):
        listen(host, 8000)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "x" * 300, "[::1]"])
def test_a_host_that_is_none_is_told(host: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.host: there is no host"):
        listen(host, 8000)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "news.example.org"])
def test_where_others_can_come_an_address_is_asked_for(tmp_path: Path, host: str) -> None:
    house = WebHouse(tmp_path, web=f'host = "{host}"')
    with pytest.raises(ConfigError, match=r"others can come: set web\.url"):
        open_socket(house.config)
    house.close()


# --- the end --------------------------------------------------------------------------------------


def test_what_is_being_answered_is_answered_before_the_end(house: WebHouse) -> None:
    stop, asked, go_on = threading.Event(), threading.Event(), threading.Event()
    plain = house.service.config

    def slow() -> object:
        asked.set()
        assert go_on.wait(LONG)
        return plain()

    object.__setattr__(house.service, "config", slow)
    with listen("127.0.0.1", 0) as listener, closing(socket.socket()) as connection:
        connection.settimeout(LONG)
        with answering(house.application, listener, stop, is_proxy=proxy):
            connection.connect(listener.getsockname())
            connection.sendall(b"GET /daily HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asked.wait(LONG)
            stop.set()
            go_on.set()
            assert connection.recv(65536).startswith(b"HTTP/1.1 301")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(connection.getpeername(), timeout=LONG)


def test_no_thread_is_left(house: WebHouse) -> None:
    before = set(threading.enumerate())
    with (
        listen("127.0.0.1", 0) as listener,
        answering(house.application, listener, threading.Event(), is_proxy=proxy),
    ):
        port = listener.getsockname()[1]
        assert ask(port, GET + CLOSE).startswith(b"HTTP/1.1 200")
    for one in set(threading.enumerate()) - before:
        one.join(LONG)
    assert set(threading.enumerate()) <= before


# --- crowds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="silent"),
        pytest.param(GET, id="in the middle of the headers"),
        pytest.param(
            b"POST /daily/subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=",
            id="in the middle of a form",
        ),
    ],
)
def test_many_slow_ones_behind_a_proxy_keep_nobody_out(house: WebHouse, begun: bytes) -> None:
    """All come from the proxy's address, and nobody's patience ends while this lasts."""
    with (
        listen("127.0.0.1", 0) as listener,
        answering(
            house.application,
            listener,
            threading.Event(),
            is_proxy=proxy,
            patience=20 * LONG,
            most=40,
            spare=20,
        ),
        ExitStack() as crowd,
    ):
        port = listener.getsockname()[1]
        for _ in range(60):
            connection = crowd.enter_context(closing(connect(port)))
            with suppress(ConnectionError):  # it may have given way already
                connection.sendall(begun)
        answers = [ask(port, GET + CLOSE)[:12] for _ in range(3)]
        assert answers == [b"HTTP/1.1 200"] * 3
