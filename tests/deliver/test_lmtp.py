"""Mail to a local mail store: the same dialog as with a relay, by another greeting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.deliver import MailChannel, MailSession, lmtp, load
from digest.errors import DeliveryError
from digest.model import Envelope
from support.smtpserver import Fault, SmtpServer

MESSAGE = b"Subject: x\r\n\r\n.dot\r\n"


def envelope(recipient: str = "jane@example.org") -> Envelope:
    return Envelope(
        sender="bounces@news.example.org",
        recipient=recipient,
        message_id="<1@news.example.org>",
        message=MESSAGE,
    )


@contextmanager
def posting(**more: Any) -> Iterator[MailSession]:
    with lmtp.connect(lmtp.Settings(from_="daily@news.example.org", **more)) as post:
        yield post


def test_the_module_is_a_channel_that_carries_mail() -> None:
    assert isinstance(load("lmtp"), MailChannel)


def test_messages_arrive_over_a_socket_of_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    with SmtpServer(lmtp=True, path=path) as server, posting(socket=path) as post:
        for at in range(3):
            assert (
                post.send(envelope(f"r{at}@example.org")).detail == f"250 2.0.0 queued as {at + 1}"
            )
            server.hang_up()
        assert [message.data for message in server.messages] == [MESSAGE] * 3


def test_messages_arrive_over_the_network() -> None:
    with SmtpServer(lmtp=True) as server, posting(host=server.host, port=server.port) as post:
        post.send(envelope())
        assert server.messages[0].recipient == "jane@example.org"
        assert server.commands[0] == "LHLO localhost"


@pytest.mark.parametrize(
    ("fault", "fate"),
    [
        (Fault("rcpt", "550 5.1.1 who?", times=1), (False, False)),
        (Fault("dot", "452 4.2.2 mailbox full", times=1), (True, False)),
        (Fault("dot", "close", times=1), (True, True)),
    ],
)
def test_what_becomes_of_a_message(fault: Fault, fate: tuple[bool, bool]) -> None:
    with SmtpServer(fault, lmtp=True) as server:
        with posting(host=server.host, port=server.port) as post:
            with pytest.raises(DeliveryError) as caught:
                post.send(envelope())
            assert (caught.value.temporary, caught.value.unknown) == fate
            assert caught.value.channel == "lmtp"
            post.send(envelope("next@example.org"))
        assert [message.recipient for message in server.messages] == ["next@example.org"]


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("554 5.3.0 no", "does not greet us: 554 5.3.0 no"),
        ("stall", "gave no answer for 1.5 seconds"),
        ("close", "closed the connection"),
    ],
)
@pytest.mark.parametrize("stage", ["connect", "ehlo"])
def test_a_server_that_does_not_greet(does: str, words: str, stage: str) -> None:
    waits = timedelta(seconds=1.5 if does == "stall" else 60)
    with SmtpServer(Fault(stage, does), lmtp=True) as server:
        with (
            pytest.raises(DeliveryError, match=words) as caught,
            posting(host=server.host, port=server.port, timeout=waits),
        ):
            pytest.fail("connected")
        server.release()
    assert caught.value.channel_down


def test_an_smtp_server_is_not_taken_for_one() -> None:
    with (
        SmtpServer() as server,
        pytest.raises(DeliveryError, match="does not greet us: 500"),
        posting(host=server.host, port=server.port),
    ):
        pytest.fail("connected")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"socket": Path("/nowhere/lmtp")}, "cannot be reached: No such file or directory; check "),
        (
            {"socket": Path(f"/{'x' * 200}")},
            "cannot be reached: AF_UNIX path too long; check socket",
        ),
        ({"host": "a..b"}, "check host and port of deliver.lmtp"),
    ],
)
def test_a_place_where_nobody_listens(given: dict[str, Any], words: str) -> None:
    with pytest.raises(DeliveryError, match=words) as caught, posting(**given):
        pytest.fail("connected")
    assert caught.value.channel_down


@pytest.mark.parametrize("given", [{}, {"socket": Path("/run/lmtp"), "host": "localhost"}])
def test_one_place_is_needed(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="socket or host is needed, one of them"):
        lmtp.Settings(from_="a@example.org", **given)
