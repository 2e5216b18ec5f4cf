"""Mail to a relay: what becomes of a message whatever goes wrong, and where."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.deliver import MailChannel, MailSession, load, smtp
from digest.errors import DeliveryError
from digest.model import Envelope
from support.certificates import Authority
from support.ports import closed_port
from support.smtpserver import Fault, SmtpServer

SENDER = "bounces@news.example.org"
HEAD = b"From: a@news.example.org\r\nSubject: x\r\n\r\n"
PASSWORD = "correct horse battery"


def envelope(
    recipient: str = "jane@example.org", body: bytes = b"Hello.\r\n", **more: str
) -> Envelope:
    named = {"sender": SENDER, "message_id": "<1@news.example.org>", **more}
    return Envelope(recipient=recipient, message=HEAD + body, **named)


def settings(server: SmtpServer, **more: Any) -> smtp.Settings:
    usual = {"from_": "Daily <daily@news.example.org>", "host": server.host, "port": server.port}
    return smtp.Settings(**{**usual, **more})


@contextmanager
def posting(server: SmtpServer, **more: Any) -> Iterator[MailSession]:
    with smtp.connect(settings(server, **more)) as post:
        yield post


def patience(does: str | bytes) -> timedelta:
    """Wait shortly where no answer comes, and as long as it takes where one does."""
    return timedelta(seconds=1.5 if does == "stall" else 60)


def refused(post: MailSession, sent: Envelope) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post.send(sent)
    return caught.value


def fate(error: DeliveryError) -> str:
    if error.channel_down:
        return "whole"
    if error.unknown:
        return "unknown"
    return "temporary" if error.temporary else "permanent"


# --- all is well ---------------------------------------------------------------------------------


def test_the_module_is_a_channel_that_carries_mail() -> None:
    assert isinstance(load("smtp"), MailChannel)


def test_a_message_arrives_as_it_was_and_its_receipt_names_the_servers_queue() -> None:
    with SmtpServer() as server, posting(server) as post:
        receipt = post.send(envelope())
        assert receipt.detail == "250 2.0.0 queued as 1"
        (message,) = server.messages
        assert (message.sender, message.recipient) == (SENDER, "jane@example.org")
        assert message.data == HEAD + b"Hello.\r\n"
        assert message.parameters == f"SIZE={len(message.data)} BODY=7BIT"


def test_a_server_that_offers_nothing_is_told_nothing_of_size_and_body() -> None:
    with SmtpServer(offers=()) as server, posting(server) as post:
        post.send(envelope())
        assert server.messages[0].parameters == ""


def test_many_messages_go_over_one_connection_that_ends_with_a_goodbye() -> None:
    with SmtpServer() as server:
        with posting(server) as post:
            for at in range(20):
                post.send(envelope(f"r{at}@example.org"))
        assert [message.recipient for message in server.messages] == [
            f"r{at}@example.org" for at in range(20)
        ]
        assert server.connections == 1
        assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(b".\r\n", b".\r\n", id="a line that is one dot"),
        pytest.param(b"..\r\n.a\r\n", b"..\r\n.a\r\n", id="lines that begin with dots"),
        pytest.param(
            b"a\r\n\r\n.\r\nb\r\n", b"a\r\n\r\n.\r\nb\r\n", id="a dot after an empty line"
        ),
        pytest.param(b"no end", b"no end\r\n", id="a last line without an end"),
        pytest.param(b"", b"", id="no body"),
        pytest.param(
            b"a\r\n.\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<y@example.org>\r\nDATA\r\n",
            b"a\r\n.\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<y@example.org>\r\nDATA\r\n",
            id="a text that speaks SMTP",
        ),
    ],
)
def test_a_body_arrives_as_one_message(given: bytes, expected: bytes) -> None:
    with SmtpServer() as server, posting(server) as post:
        post.send(envelope(body=given))
        post.send(envelope("second@example.org"))
        first, second = server.messages
        assert first.data == HEAD + expected
        assert second.data == HEAD + b"Hello.\r\n"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"a\n.\r\nMAIL FROM:<x@example.org>\r\n", id="a lone LF before a dot"),
        pytest.param(b"a\r\n.\nMAIL FROM:<x@example.org>\r\n", id="a lone LF after a dot"),
        pytest.param(b"a\r.\r\n", id="a lone CR"),
        pytest.param(b"a\r", id="a CR at the end"),
        pytest.param(b"\r\r\n", id="a CR too many"),
        pytest.param("é\r\n".encode(), id="a letter beyond ASCII"),
        pytest.param(b"\0\r\n", id="a NUL"),
        pytest.param(b"x" * 999 + b"\r\n", id="a line too long"),
    ],
)
def test_what_servers_could_take_for_something_else_is_never_sent(body: bytes) -> None:
    with SmtpServer() as server, posting(server) as post:
        error = refused(post, envelope(body=body))
        assert fate(error) == "permanent"
        assert "not fit for mail: at byte" in str(error)
        assert [line.split()[0] for line in server.commands] == ["EHLO"]
        post.send(envelope(body=b"x" * 998 + b"\r\n"))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("a@example.org>\r\nRCPT TO:<b@example.org", "space"),
        ("a@example.org\r\nDATA", "space"),
        ("a b@example.org", "space"),
        ("a\0@example.org", "invisible character"),
        ("<a@example.org>", "there is a <"),
        ("jürgen@example.org", "without accents"),
        ("a@müller.example", "not written as it is sent"),
        ("a@EXAMPLE.org", "not written as it is sent"),
        ("nobody", "no @"),
        ("", "empty"),
        (f"{'a' * 65}@example.org", "64"),
    ],
)
@pytest.mark.parametrize("which", ["recipient", "sender"])
def test_an_address_that_is_none_never_reaches_the_wire(address: str, why: str, which: str) -> None:
    with SmtpServer() as server, posting(server) as post:
        error = refused(post, envelope(**{which: address}))
        assert (fate(error), server.messages) == ("permanent", [])
        assert f"the {which}" in str(error)
        assert why in str(error)
        assert str(error).isprintable()
        assert [line.split()[0] for line in server.commands] == ["EHLO"]


def test_a_relay_that_knows_repeats_is_told_the_messages_key() -> None:
    with SmtpServer() as server, posting(server, idempotency_header="X-Once") as post:
        post.send(envelope())
        post.send(envelope())
        assert [message.data for message in server.messages] == 2 * [
            b"X-Once: 1@news.example.org\r\n" + HEAD + b"Hello.\r\n"
        ]


@pytest.mark.parametrize(
    ("hello", "expected"),
    [("news.example.org", "news.example.org"), ("[192.0.2.1]", "[192.0.2.1]")],
)
def test_we_introduce_ourselves_as_told(hello: str, expected: str) -> None:
    with SmtpServer() as server, posting(server, hello=hello) as post:
        post.send(envelope())
        assert server.messages[0].hello == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("news.example.org", "news.example.org"), ("laptop", "[127.0.0.1]"), ("a b.c", "[127.0.0.1]")],
)
def test_otherwise_by_this_machines_whole_name_or_its_address(
    name: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    with SmtpServer() as server, posting(server) as post:
        post.send(envelope())
        assert server.messages[0].hello == expected


# --- what goes wrong with one message ------------------------------------------------------------

HOUR = timedelta(hours=1)
LATER, NEVER = "451 4.3.0 try later", "554 5.6.0 no"
MESSAGE_FAULTS = [
    *(
        pytest.param(stage, does, expected, id=f"{does} at {stage}: {expected}")  # type: ignore[str-bytes-safe]
        for stage in ("mail", "rcpt", "data", "dot")
        for does, expected in (
            (LATER, "temporary"),
            ("450 4.2.1 mailbox busy", "temporary"),
            ("452 4.2.2 mailbox full", "temporary"),
            (NEVER, "whole" if stage == "mail" else "permanent"),
            ("550 5.1.1 who?", "whole" if stage == "mail" else "permanent"),
            ("552 5.3.4 too large", "permanent"),
            ("530 5.7.0 authentication required", "whole"),
            ("reset", "unknown" if stage == "dot" else "temporary"),
            ("close", "unknown" if stage == "dot" else "temporary"),
            (b"what\r\n", "unknown" if stage == "dot" else "temporary"),
            (b"\x00\xff\r\n", "unknown" if stage == "dot" else "temporary"),
            (b"199 what\r\n", "unknown" if stage == "dot" else "temporary"),
            ("399 what", "unknown" if stage == "dot" else "temporary"),
            (b"250" + b"x" * 70000, "unknown" if stage == "dot" else "temporary"),
            (b"250-x\r\n" * 300, "unknown" if stage == "dot" else "temporary"),
        )
    ),
    pytest.param("data", "250 ok", "temporary", id="250 where 354 is due: temporary"),
]


@pytest.mark.parametrize(("stage", "does", "expected"), MESSAGE_FAULTS)
def test_what_becomes_of_a_message_and_the_next_one_goes_on(
    stage: str, does: str | bytes, expected: str
) -> None:
    # A used connection that ends at MAIL was idle for too long: that is another test.
    before = 0 if stage == "mail" else 1
    with SmtpServer(Fault(stage, does, after=before, times=1)) as server, posting(server) as post:
        for at in range(before):
            post.send(envelope(f"before{at}@example.org"))
        error = refused(post, envelope("second@example.org"))
        assert fate(error) == expected
        assert (error.channel, error.recipient) == ("smtp", "second@example.org")
        post.send(envelope("third@example.org"))
        assert server.to("second@example.org") == []
        (third,) = server.to("third@example.org")
        assert third.data == HEAD + b"Hello.\r\n"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize(
    "does",
    [
        "421 4.3.2 closing",
        "421 4.7.0 too many messages in this connection",
        "451 mails per session",
        "554 5.7.0 session limit reached",
    ],
)
def test_a_message_that_is_too_much_for_a_connection_goes_over_the_next(
    stage: str, does: str, before: int
) -> None:
    with SmtpServer(Fault(stage, does, after=before, times=1)) as server, posting(server) as post:
        for at in range(before):
            post.send(envelope(f"before{at}@example.org"))
        post.send(envelope("second@example.org"))
        assert len(server.to("second@example.org")) == 1
        assert server.connections == 2


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("does", ["421 4.3.2 closing", "451 mails per session"])
def test_a_server_that_ends_every_connection_is_asked_twice(stage: str, does: str) -> None:
    with SmtpServer(Fault(stage, does)) as server, posting(server) as post:
        assert fate(refused(post, envelope())) == "temporary"
        assert (server.connections, server.messages) == (2, [])


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    "does",
    [
        "550 5.4.5 Daily user sending limit exceeded",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "450 4.7.1 Error: too much mail from 192.0.2.1",
        "421 4.7.28 unusual rate of unsolicited mail",
    ],
)
def test_a_limit_of_the_sender_stops_the_channel(stage: str, does: str) -> None:
    with SmtpServer(Fault(stage, does, after=1)) as server, posting(server) as post:
        post.send(envelope("first@example.org"))
        error = refused(post, envelope())
        assert (error.channel_down, error.temporary, error.retry_after) == (True, True, HOUR)
        assert "a limit on sending is reached" in str(error)
        assert does.partition(" ")[2] in str(error)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_server_that_says_nothing_before_the_dot_is_given_up_without_doubt(stage: str) -> None:
    fault = Fault(stage, "stall", times=1)
    with SmtpServer(fault) as server, posting(server, timeout=patience("stall")) as post:
        error = refused(post, envelope())
        assert fate(error) == "temporary"
        assert "gave no answer for 1.5 seconds before the message for jane@" in str(error)
        post.send(envelope("next@example.org"))
        server.release()
        assert server.to("jane@example.org") == []


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("does", ["stall", "reset", "close", b"garbage\r\n"])
def test_without_an_answer_after_the_dot_nobody_knows(does: str | bytes, taken: bool) -> None:
    fault = Fault("dot", does, times=1, taken=taken)
    waits = patience(does)
    with SmtpServer(fault) as server, posting(server, timeout_after_message=waits) as post:
        error = refused(post, envelope())
        assert fate(error) == "unknown"
        assert "after the message for jane@example.org was sent; whether it took it" in str(error)
        assert len(server.messages) == taken
        post.send(envelope())
        assert {message.data for message in server.messages} == {HEAD + b"Hello.\r\n"}


LARGE = b"0123456789\r\n" * 1_000_000
"""More than what the system keeps for a server that does not read."""


def test_a_reset_amid_the_text_is_no_doubt() -> None:
    with SmtpServer(Fault("body", "reset", times=1), offers=()) as server:
        with posting(server) as post:
            error = refused(post, envelope(body=LARGE))
            assert fate(error) == "temporary"
            post.send(envelope())
        assert len(server.messages) == 1


def test_a_server_that_stops_reading_amid_the_text_is_given_up() -> None:
    with SmtpServer(Fault("body", "stall", times=1), offers=()) as server:
        with posting(server, timeout=patience("stall")) as post:
            error = refused(post, envelope(body=LARGE))
            assert fate(error) == "temporary"
            assert "took nothing for 1.5 seconds before" in str(error)
            post.send(envelope("next@example.org"))
            server.release()
        assert server.to("jane@example.org") == []


def test_a_server_that_refuses_amid_the_text_is_heard() -> None:
    with SmtpServer(Fault("body", "552 5.3.4 enough", times=1), offers=()) as server:
        with posting(server) as post:
            error = refused(post, envelope(body=LARGE))
            assert (fate(error), server.messages) == ("permanent", [])
            assert "552 5.3.4 enough" in str(error)
            post.send(envelope())
        assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("offered", "expected"),
    [("SIZE 60", "permanent"), ("SIZE 0", None), ("SIZE", None), ("SIZE x", None)],
)
def test_what_the_server_says_is_too_large_is_not_sent(offered: str, expected: str | None) -> None:
    with SmtpServer(offers=(offered,)) as server, posting(server) as post:
        if expected:
            error = refused(post, envelope(body=b"x" * 60))
            assert fate(error) == expected
            assert "at most 60 bytes, and the one for jane@example.org has 100" in str(error)
            post.send(envelope())
        else:
            post.send(envelope(body=b"x" * 60))
        assert len(server.messages) == 1


@pytest.mark.parametrize("does", [LATER, NEVER])
def test_one_recipient_in_ten_that_is_refused_costs_the_others_nothing(does: str) -> None:
    with SmtpServer(Fault("rcpt", does, to="^r[0-9]?5@")) as server, posting(server) as post:
        for at in range(30):
            sent = envelope(f"r{at}@example.org")
            if at % 10 == 5:
                assert does in str(refused(post, sent))
            else:
                post.send(sent)
        assert (len(server.messages), server.connections) == (27, 1)


@pytest.mark.parametrize("does", ["500 no", "421 bye", "reset", "close", b"what\r\n"])
def test_a_server_that_cannot_start_over_is_asked_anew(does: str | bytes) -> None:
    with SmtpServer(Fault("rcpt", NEVER, times=1), Fault("rset", does)) as server:
        with posting(server) as post:
            assert fate(refused(post, envelope())) == "permanent"
            post.send(envelope("next@example.org"))
        assert (server.connections, len(server.messages)) == (2, 1)


# --- connections that end between messages -------------------------------------------------------


def test_a_connection_that_was_closed_while_idle_is_opened_again() -> None:
    with SmtpServer() as server, posting(server) as post:
        for at in range(3):
            post.send(envelope(f"r{at}@example.org"))
            server.hang_up()
        assert [message.recipient for message in server.messages] == [
            f"r{at}@example.org" for at in range(3)
        ]


@pytest.mark.parametrize("does", ["421 4.4.2 idle for too long", "reset", "close", b"what\r\n"])
def test_an_idle_connection_that_ends_with_the_next_command_is_opened_again(
    does: str | bytes,
) -> None:
    with SmtpServer(Fault("mail", does, after=1, times=1)) as server, posting(server) as post:
        post.send(envelope("first@example.org"))
        post.send(envelope("second@example.org"))
        assert (server.connections, len(server.messages)) == (2, 2)


def test_a_server_that_ends_each_new_connection_is_not_asked_for_ever() -> None:
    with SmtpServer(Fault("mail", "421 4.7.0 slow down", after=1)) as server:
        with posting(server) as post:
            post.send(envelope("first@example.org"))
            assert fate(refused(post, envelope("second@example.org"))) == "temporary"
        assert server.connections == 2


def test_a_server_that_is_gone_for_the_next_message_is_gone_for_all() -> None:
    with SmtpServer(Fault("connect", "554 5.3.2 not today", after=1)) as server:
        with posting(server) as post:
            post.send(envelope("first@example.org"))
            server.hang_up()
            error = refused(post, envelope("second@example.org"))
        assert fate(error) == "whole"


@pytest.mark.parametrize("does", ["stall", "reset", "close", b"what\r\n", "500 stay"])
def test_a_bad_goodbye_does_no_harm(does: str | bytes) -> None:
    with SmtpServer(Fault("quit", does)) as server:
        with posting(server, timeout=patience(does)) as post:
            post.send(envelope())
        server.release()
        assert len(server.messages) == 1


# --- what goes wrong with the connection ---------------------------------------------------------


def whole(server: SmtpServer, **more: Any) -> str:
    with pytest.raises(DeliveryError) as caught, posting(server, **more):
        pytest.fail("connected")
    assert (fate(caught.value), caught.value.temporary) == ("whole", True)
    assert server.messages == []
    return str(caught.value)


@pytest.mark.parametrize("stage", ["connect", "ehlo"])
@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("421 4.3.2 too busy", "421 4.3.2 too busy"),
        ("554 5.7.1 go away", "554 5.7.1 go away"),
        ("reset", "Connection reset by peer"),
        ("close", "closed the connection"),
        (b"SSH-2.0-x\r\n", "answered with something that is not SMTP"),
        ("stall", "gave no answer for 1.5 seconds"),
    ],
)
def test_a_server_that_does_not_greet_is_named(stage: str, does: str | bytes, words: str) -> None:
    with SmtpServer(Fault(stage, does)) as server:
        told = whole(server, timeout=patience(does))
        server.release()
        assert told.startswith(f"127.0.0.1:{server.port} ")
        assert words in told


def test_a_server_that_is_not_there() -> None:
    with SmtpServer() as server:
        pass
    with closed_port() as server.port:
        told = whole(server)
    assert told == (
        f"127.0.0.1:{server.port} cannot be reached: Connection refused; "
        "check host and port of deliver.smtp"
    )


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", nobody)
    with SmtpServer() as server:
        told = whole(server, host="smtp.example.org")
    assert told.startswith(f"smtp.example.org:{server.port} is not found; check host of deliver.")


def test_a_server_that_does_not_pick_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(_: object, seconds: float) -> socket.socket:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silence)
    with SmtpServer() as server:
        told = whole(server)
    assert "did not answer in 30 seconds; check host and port of deliver.smtp" in told


# --- encryption ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(("security", "at_once"), [("starttls", False), ("tls", True)])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_trusted_server_gets_mail_encrypted(
    authority: Authority, security: smtp.Security, at_once: bool, name: str
) -> None:
    with SmtpServer(tls=authority.server(name), tls_at_once=at_once) as server:
        with posting(server, host=name, security=security, ca_file=authority.file) as post:
            for at in range(3):
                post.send(envelope(f"r{at}@example.org"))
                server.hang_up()
        assert [message.encrypted for message in server.messages] == [True] * 3


@pytest.mark.parametrize(("security", "at_once"), [("starttls", False), ("tls", True)])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        pytest.param("other name", "not valid for '127.0.0.1'", id="another's certificate"),
        pytest.param("expired", "certificate has expired", id="an expired certificate"),
        pytest.param("unknown", "unable to get local issuer", id="an authority nobody knows"),
    ],
)
def test_a_server_with_a_bad_certificate_gets_nothing(
    authority: Authority,
    tmp_path: Path,
    security: smtp.Security,
    at_once: bool,
    case: str,
    words: str,
) -> None:
    name = "mail.example.org" if case == "other name" else "127.0.0.1"
    until = datetime(2020, 1, 1, tzinfo=UTC) if case == "expired" else None
    trusted = Authority(tmp_path) if case == "unknown" else authority
    with SmtpServer(tls=authority.server(name, until=until), tls_at_once=at_once) as server:
        told = whole(server, security=security, ca_file=trusted.file, **login(tmp_path))
        assert "shows a certificate that is not valid for it" in told
        assert words in told
        assert not any("AUTH" in line for line in server.commands)


def test_a_server_with_an_old_tls_gets_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.server("127.0.0.1")
    with pytest.warns(DeprecationWarning, match=r"TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match=r"TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with SmtpServer(tls=context) as server:
        told = whole(server, security="starttls", ca_file=authority.file)
        assert "does not speak TLS with us" in told

    def lax(*arguments: Any, **named: Any) -> ssl.SSLContext:
        made = usual(*arguments, **named)
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        return made

    # Nor where this machine's library of TLS would let us.
    usual = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lax)
    with SmtpServer(tls=context) as server:
        told = whole(server, security="starttls", ca_file=authority.file)
        assert "does not speak TLS with us" in told


def test_a_server_without_starttls_gets_nothing() -> None:
    with SmtpServer() as server:
        told = whole(server, security="starttls")
        assert 'offers no STARTTLS; set security = "tls"' in told
        assert [line.split()[0] for line in server.commands] == ["EHLO"]


def test_a_server_that_talks_plain_where_tls_is_due(authority: Authority) -> None:
    with SmtpServer() as server:
        told = whole(server, security="tls", ca_file=authority.file)
        assert "does not speak TLS with us (wrong version number); check port and" in told


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("454 4.7.0 not now", "does not begin TLS: 454 4.7.0 not now"),
        ("reset", "broke the connection"),
        (b"220 go\r\n250-AUTH PLAIN\r\n", "said more than it was asked for before TLS began"),
        ("stall", "gave no answer for 1.5 seconds"),
    ],
)
def test_what_goes_wrong_when_tls_begins(
    authority: Authority, does: str | bytes, words: str
) -> None:
    with SmtpServer(Fault("starttls", does), tls=authority.server("127.0.0.1")) as server:
        waits = patience(does)
        told = whole(server, security="starttls", ca_file=authority.file, timeout=waits)
        server.release()
        assert words in told


def test_a_silence_amid_the_handshake_is_given_up(authority: Authority) -> None:
    with SmtpServer(Fault("connect", "stall")) as server:
        waits = patience("stall")
        told = whole(server, security="tls", ca_file=authority.file, timeout=waits)
        server.release()
        assert "did not begin TLS within 1.5 seconds" in told


def test_a_file_of_authorities_that_is_none(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "ca.pem").write_text("x")
    with SmtpServer(tls=authority.server("127.0.0.1")) as server:
        for name in ("ca.pem", "missing.pem"):
            told = whole(server, security="starttls", ca_file=tmp_path / name)
            assert f"{name} of deliver.smtp.ca_file is no PEM file" in told


# --- the login -----------------------------------------------------------------------------------


def login(folder: Path, password: str = PASSWORD) -> dict[str, Any]:
    (folder / "password").write_text(f"{password}\n")
    return {"user": "daily", "password_file": folder / "password"}


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "PLAIN", "LOGIN", "CRAM-MD5 login"])
@pytest.mark.parametrize("password", [PASSWORD, "päss wörd", "x" * 300])
def test_we_log_in(tmp_path: Path, mechanisms: str, password: str) -> None:
    with SmtpServer(users={"daily": password}, mechanisms=mechanisms) as server:
        with posting(server, **login(tmp_path, password)) as post:
            post.send(envelope())
        assert server.messages[0].user == "daily"


def test_the_password_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PASSWORD", PASSWORD)
    with SmtpServer(users={"daily": PASSWORD}) as server:
        with posting(server, user="daily", password_env="RELAY_PASSWORD") as post:
            post.send(envelope())
        assert server.messages[0].user == "daily"


@pytest.mark.parametrize("does", [None, "535 5.7.8 {}", "454 4.7.0 {}", b"{}\r\n", "reset"])
@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN"])
def test_a_refused_login_tells_the_user_and_never_the_password(
    tmp_path: Path,
    does: str | bytes | None,
    mechanisms: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    # A server may repeat what it was told, in any form.
    echo = " ".join((PASSWORD, smtp._base64(f"\0daily\0{PASSWORD}"), smtp._base64(PASSWORD)))
    if isinstance(does, bytes):
        does = does.replace(b"{}", echo.encode())
    elif does:
        does = does.format(echo)
    faults = [Fault("auth", does)] if does else []
    accounts = {"daily": PASSWORD if does else "another"}
    with SmtpServer(*faults, users=accounts, mechanisms=mechanisms) as server:
        with pytest.raises(DeliveryError) as caught, posting(server, **login(tmp_path)):
            pytest.fail("connected")
        assert fate(caught.value) == "whole"
    shown = [*map(str, chain(caught.value)), *map(repr, chain(caught.value)), caplog.text]
    shown += [repr(settings(server, **login(tmp_path))), *capsys.readouterr()]
    for word in (PASSWORD, *echo.split()):
        assert not any(word in text for text in shown)
    if not isinstance(does, bytes) and does != "reset":
        assert "does not let daily in: " in str(caught.value)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def test_a_login_that_is_wanting_is_asked_for() -> None:
    with SmtpServer(users={"daily": PASSWORD}) as server, posting(server) as post:
        error = refused(post, envelope())
        assert fate(error) == "whole"
        assert "set security, or user and password_file, of deliver.smtp" in str(error)


RELAYING = "554 5.7.1 <jane@example.org>: Relay access denied"


def test_a_relay_that_does_not_know_us_costs_no_recipient_the_edition() -> None:
    with SmtpServer(Fault("rcpt", RELAYING)) as server, posting(server) as post:
        for _ in range(2):
            error = refused(post, envelope())
            assert fate(error) == "whole"
            assert "does not send on for us: 554 5.7.1" in str(error)


def test_a_recipient_that_is_not_relayed_to_is_one_among_others(tmp_path: Path) -> None:
    with SmtpServer(Fault("rcpt", RELAYING, to="^jane@")) as server, posting(server) as post:
        post.send(envelope("first@example.org"))
        assert fate(refused(post, envelope())) == "permanent"
    with (
        SmtpServer(Fault("rcpt", RELAYING), users={"daily": PASSWORD}) as server,
        posting(server, **login(tmp_path)) as post,
    ):
        assert fate(refused(post, envelope())) == "permanent"


@pytest.mark.parametrize(
    ("mechanisms", "words"), [("XOAUTH2", "offers only XOAUTH2"), ("", "offers no login at all")]
)
def test_a_login_that_we_cannot_do(tmp_path: Path, mechanisms: str, words: str) -> None:
    with SmtpServer(users={}, mechanisms=mechanisms) as server:
        told = whole(server, **login(tmp_path))
        assert f"{words}; PLAIN or LOGIN is needed for daily" in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "password cannot be read: No such file", id="no file"),
        pytest.param(b"", "password holds no password", id="an empty file"),
        pytest.param(b"\n", "password holds no password", id="an empty line"),
        pytest.param(b"\xffsecret", "password is not UTF-8 text", id="bytes"),
        pytest.param(b"secret\nmore\n", "holds more than a password on one line", id="two lines"),
        pytest.param(b"secret" * 9999, "holds more than a password on one line", id="a novel"),
    ],
)
def test_a_password_that_is_none(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    with SmtpServer(users={"daily": "x"}) as server:
        place = {"user": "daily", "password_file": tmp_path / "password"}
        with pytest.raises(DeliveryError) as caught, posting(server, **place):
            pytest.fail("connected")
        assert words in str(caught.value)
        assert not any("secret" in repr(error) for error in chain(caught.value))


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "security", "place"),
    [
        ({"host": "smtp.example.org"}, "starttls", "smtp.example.org:587"),
        ({"host": "smtp.example.org", "port": 2587}, "starttls", "smtp.example.org:2587"),
        ({"host": "smtp.example.org", "port": 465}, "tls", "smtp.example.org:465"),
        ({"host": "smtp.example.org", "security": "tls"}, "tls", "smtp.example.org:465"),
        ({"host": "mail", "security": "none"}, "none", "mail:25"),
        ({"host": "localhost"}, "none", "localhost:25"),
        ({"host": "127.0.0.2", "port": 2525}, "none", "127.0.0.2:2525"),
        ({"host": "::1", "security": "starttls"}, "starttls", "::1:587"),
        ({"host": "localhost.example.org"}, "starttls", "localhost.example.org:587"),
    ],
)
def test_security_and_port_fit_each_other_and_the_host(
    given: dict[str, Any], security: str, place: str
) -> None:
    made = smtp.Settings(from_="a@example.org", **given)
    assert (smtp.security_of(made), smtp.place_of(made)) == (security, place)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"user": "u"}, "user needs one of password_file and password_env"),
        (
            {"user": "u", "password_file": Path("p"), "password_env": "P"},
            "user needs one of password_file and password_env",
        ),
        ({"password_env": "P"}, "password_env is given without user"),
        (
            {"user": "u", "password_env": "P", "security": "none"},
            'security "none" would send the password for all to read',
        ),
        ({"host": "a b"}, "host is a name or an address"),
        ({"host": "https://a"}, "host is a name or an address"),
        ({"hello": "a b"}, "hello is a name"),
        ({"idempotency_header": "X: y"}, "idempotency_header is the name of a header"),
    ],
)
def test_settings_that_do_not_go_together(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        smtp.Settings(**{"from_": "a@example.org", "host": "smtp.example.org", **given})
