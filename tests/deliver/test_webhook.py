"""The webhook channel against a receiver on loopback."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from digest.deliver import EditionPackage, RenderedFile, webhook
from digest.deliver.web.post import PostError, post
from digest.errors import DeliveryError
from digest.render import render
from support import editions
from support.ports import closed_port
from support.receiver import Receiver

AT = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def parcel() -> EditionPackage:
    edition = editions.sample()
    piece = RenderedFile(
        format="json",
        filename="edition.json",
        scope="edition",
        rendition=render("json", [edition], editions.site()),
    )
    return EditionPackage(digest="daily", slot=edition.slot, newest=True, at=AT, pieces=(piece,))


def test_an_edition_arrives_as_json(receiver: Receiver) -> None:
    receipt = webhook.deliver(parcel(), webhook.Settings(url=receiver.url))
    (posted,) = receiver.posts
    stories = sum(len(section.stories) for section in editions.sample().sections)
    assert len(json.loads(posted.body)["items"]) == stories
    assert posted.headers["content-type"].startswith("application/feed+json")
    assert posted.headers["webhook-id"] == "daily_2026-11-22T0700"
    assert posted.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert "webhook-signature" not in posted.headers
    assert receipt.detail == "127.0.0.1: 200"


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        pytest.param("whsec_" + base64.b64encode(b"0123456789").decode(), b"0123456789", id="both"),
        pytest.param("open sesame", b"open sesame", id="any text"),
        pytest.param("whsec_not base64!", b"whsec_not base64!", id="what only looks like one"),
    ],
)
def test_it_is_signed_with_the_secret(
    receiver: Receiver, tmp_path: Path, secret: str, key: bytes
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{secret}\n")
    webhook.deliver(parcel(), webhook.Settings(url=receiver.url, secret_file=file))
    (posted,) = receiver.posts
    signed = f"{posted.headers['webhook-id']}.{posted.headers['webhook-timestamp']}.".encode()
    expected = hmac.digest(key, signed + posted.body, "sha256")
    assert posted.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


def test_a_second_attempt_bears_the_same_id_and_body(receiver: Receiver) -> None:
    receiver.statuses = [503, 200]
    settings = webhook.Settings(url=receiver.url)
    with pytest.raises(DeliveryError):
        webhook.deliver(parcel(), settings)
    webhook.deliver(parcel(), settings)
    first, second = receiver.posts
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize(
    ("status", "temporary"),
    [
        (410, False),
        *((status, True) for status in (301, 304, 307, 400, 401, 404, 408, 413, 429, 500, 503)),
    ],
)
def test_a_refusal_says_whether_to_come_back(
    receiver: Receiver, status: int, temporary: bool
) -> None:
    receiver.statuses = [status]
    receiver.headers = {"location": receiver.url}
    receiver.text = b"no\r\n\x1b[31m"
    with pytest.raises(DeliveryError) as caught:
        webhook.deliver(parcel(), webhook.Settings(url=receiver.url + "?token=hidden"))
    assert caught.value.temporary is temporary
    assert str(status) in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert len(receiver.posts) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7200 ", 7200),
        ("Mon, 12 Jan 2026 07:00:00 GMT", 3600),
        ("Mon, 12 Jan 2026 05:00:00 GMT", 0),
        ("Mon, 12 Jan 2026 07:00:00 -0000", 3600),
        ("9" * 5000, 10**9),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_what_the_receiver_asks_for_is_kept(
    receiver: Receiver, header: str, seconds: int | None
) -> None:
    receiver.statuses = [503]
    receiver.headers = {"retry-after": header}
    with pytest.raises(DeliveryError) as caught:
        webhook.deliver(parcel(), webhook.Settings(url=receiver.url))
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert caught.value.retry_after == expected


def test_the_environments_proxies_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    webhook.deliver(parcel(), webhook.Settings(url=receiver.url))
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 No\r\n\r\n"])
def test_a_receiver_that_drips_is_left_at_the_deadline(begins: bytes) -> None:
    over = Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(begins)
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(PostError, match=r"no answer within 0\.5 seconds"):
            post(url, b"{}", {}, seconds=0.5, now=AT)
        over.set()
        thread.join()


@contextmanager
def answering(pieces: Iterable[bytes]) -> Iterator[str]:
    """Take one request to its end, and answer these bytes; the context gives the address."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError), connection.makefile("rb") as received:
            length = 0
            while (line := received.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            received.read(length)
            for piece in pieces:
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook?token=hidden"
        thread.join()


OK, ENDLESS = b"HTTP/1.1 200 OK\r\n", [b"x" * 65_536] * 1000
BOMB = gzip.compress(bytes(30_000_000), 9)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"HTTP/1.1 204 No Content\r\n\r\n"], id="no content"),
        pytest.param([OK, b"Content-Length: 999\r\n\r\nshort"], id="a body that is cut"),
        pytest.param([OK, b"\r\n", *ENDLESS], id="a body without end"),
        pytest.param([OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], id="broken chunks"),
        pytest.param(
            [OK, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB],
            id="a bomb",
        ),
        pytest.param([OK, b"Content-Encoding: br\r\n\r\nno"], id="an encoding that is none"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n" * 9, OK, b"\r\n"], id="hints before it"),
        pytest.param([OK, b"Retry-After: 99999999999999\r\n\r\n"], id="and a time to come back"),
    ],
)
def test_what_says_yes_has_taken_it_whatever_else_it_says(pieces: list[bytes]) -> None:
    with answering(pieces) as url:
        receipt = webhook.deliver(parcel(), webhook.Settings(url=url))
    assert receipt.detail in ("127.0.0.1: 200", "127.0.0.1: 204")


GONE = b"HTTP/1.1 410 Gone\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\n"
BROKEN = "cannot be reached"


@pytest.mark.parametrize(
    ("pieces", "words", "temporary"),
    [
        pytest.param([GONE, b"Content-Length: 999\r\n\r\nno"], "410", False, id="410, cut"),
        pytest.param([GONE, b"\r\n", *ENDLESS], "410", False, id="410 without end"),
        pytest.param(
            [GONE, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], "410", False, id="410, broken"
        ),
        pytest.param([BUSY, b"Content-Length: 999\r\n\r\nno"], "503", True, id="503, cut"),
        pytest.param(
            [b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"],
            "302",
            True,
            id="a file",
        ),
        pytest.param(
            [b"HTTP/1.1 500 No\r\n\r\n\0\x1b[31m\r\nBcc: x\xff\xe2\x80\xae"],
            "500",
            True,
            id="controls",
        ),
        pytest.param([b"HTTP/1.1 999 Strange\r\n\r\n"], "999", True, id="a status of nobody's"),
        pytest.param([b"HTTP/1.1 2000 OK\r\n\r\n"], BROKEN, True, id="a status too long"),
        pytest.param([b"SSH-2.0-OpenSSH_9.2\r\n"], BROKEN, True, id="another protocol"),
        pytest.param([b"taken, thank you"], BROKEN, True, id="no status at all"),
        pytest.param([OK, b"x: " + b"y" * 500_000], BROKEN, True, id="a header without end"),
        pytest.param([OK, b"a\x00b: c\r\n\r\n"], BROKEN, True, id="a name that is none"),
        pytest.param(
            [b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"],
            "",
            True,
            id="another protocol from now on",
        ),
        pytest.param([b""], BROKEN, True, id="nothing"),
    ],
)
def test_what_does_not_say_yes_is_one_sentence(
    pieces: list[bytes], words: str, temporary: bool
) -> None:
    with answering(pieces) as url, pytest.raises(DeliveryError) as caught:
        webhook.deliver(parcel(), webhook.Settings(url=url))
    assert words in str(caught.value)
    assert caught.value.temporary is temporary
    assert str(caught.value).isprintable()
    assert "bytearray" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert len(str(caught.value)) < 500
    if pieces[0] == BUSY:
        assert caught.value.retry_after == timedelta(minutes=1)


def test_who_is_not_there_is_asked_again() -> None:
    with (
        closed_port() as port,
        pytest.raises(DeliveryError, match="cannot be reached") as caught,
    ):
        webhook.deliver(parcel(), webhook.Settings(url=f"http://127.0.0.1:{port}/hidden"))
    assert caught.value.temporary
    assert "hidden" not in str(caught.value)


def test_a_secret_that_is_missing_is_named(receiver: Receiver, tmp_path: Path) -> None:
    settings = webhook.Settings(url=receiver.url, secret_file=tmp_path / "none")
    with pytest.raises(DeliveryError, match="none cannot be read") as caught:
        webhook.deliver(parcel(), settings)
    assert caught.value.channel_down
    assert not receiver.posts


@pytest.mark.parametrize("url", ["example.org/hook", "ftp://example.org/", "https:///x", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^url "):
        webhook.Settings(url=url)
