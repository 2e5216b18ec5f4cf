"""Coming and going by oneself: the mail with the link, the link, and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from digest.errors import DeliveryError, DigestError
from digest.mailing_list import token_signatures
from digest.model import Digest
from digest.pipeline import sign_up_and_leave
from digest.settings import Config, load
from digest.store import Store, open_store, subscribers
from digest.store.secrets import secret
from support.smtpserver import Fault, SmtpServer
from support.stored import NOW

ADDRESS = "Jane.Doe@example.org"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, server: SmtpServer) -> Config:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'/>")
    (tmp_path / "config.toml").write_text(
        f"""
        [web]
        url = "https://news.example.org"
        [[feeds]]
        url = "feed.xml"
        [digests.daily]
        title = "Morning <news>"
        [digests.daily.deliver.files]
        path = "out"
        [digests.daily.deliver.smtp]
        from = "News <news@example.org>"
        bounces = "bounces@example.org"
        host = "127.0.0.1"
        port = {server.port}
        [digests.pages]
        [digests.pages.deliver.files]
        path = "pages"
        [digests.deutsch]
        language = "de"
        title = "Frühpost"
        [digests.deutsch.deliver.smtp]
        from = "frueh@example.org"
        host = "127.0.0.1"
        port = {server.port}
        """
    )
    return load(tmp_path / "config.toml", {})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    opened = open_store(config.store.url)
    yield opened
    opened.close()


def named(config: Config, name: str) -> Digest:
    return next(digest for digest in config.digests if digest.name == name)


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def link(data: bytes) -> str:
    body = read(data).get_body(("plain",))
    assert body is not None
    (found,) = (line for line in body.get_content().split() if line.startswith("https:"))
    return str(found)


def test_a_link_is_mailed_and_following_it_puts_on_the_list(
    config: Config, store: Store, server: SmtpServer
) -> None:
    sign_up_and_leave.request(config, store, named(config, "daily"), ADDRESS, NOW)
    (sent,) = server.messages
    assert sent.recipient == ADDRESS
    message = read(sent.data)
    assert message["Subject"] == "Please confirm: Morning <news>"
    assert (message["To"], message["From"]) == (ADDRESS, "News <news@example.org>")
    assert message["List-Unsubscribe"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    html = message.get_body(("html",))
    assert html is not None
    assert "Morning &lt;news&gt;" in html.get_content()
    address = link(sent.data)
    assert address in html.get_content()
    token = address.removeprefix("https://news.example.org/daily/confirm/")

    asked = sign_up_and_leave.confirming(store, token, NOW + DAY)
    assert asked is not None
    assert asked.state == "requested", "looking changes nothing"
    on_it = sign_up_and_leave.confirm(store, token, NOW + DAY)
    assert on_it is not None
    assert (on_it.address, on_it.state) == (ADDRESS, "active")
    assert sign_up_and_leave.confirm(store, token, NOW + 2 * DAY) == on_it
    with store.write() as connection:
        key = secret(connection)
    own = token_signatures.sign(key, "bounce", on_it.id)
    assert sent.sender == f"bounces+{own}@example.org"


def test_the_letter_speaks_the_language_of_its_digest(
    config: Config, store: Store, server: SmtpServer
) -> None:
    sign_up_and_leave.request(config, store, named(config, "deutsch"), "post@müller.example", NOW)
    (sent,) = server.messages
    assert sent.recipient == "post@xn--mller-kva.example"
    assert sent.sender == "frueh@example.org"
    message = read(sent.data)
    assert message["Subject"] == "Bitte bestätigen: Frühpost"
    assert message["Content-Language"] == "de"


def test_a_link_is_good_for_its_request_alone(
    config: Config, store: Store, server: SmtpServer
) -> None:
    daily = named(config, "daily")
    for hours in (0, 2):
        sign_up_and_leave.request(config, store, daily, ADDRESS, NOW + hours * HOUR)
    first, second = (link(sent.data).rpartition("/")[2] for sent in server.messages)
    assert sign_up_and_leave.confirm(store, first, NOW + 3 * HOUR) is None
    assert sign_up_and_leave.confirming(store, second, NOW + 8 * DAY) is None
    assert sign_up_and_leave.confirm(store, second, NOW + 3 * HOUR) is not None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1",
        "1-",
        "-1",
        "1-aaaaaaaaaaaaaaaaaaaaaaaa",
        "2-aaaaaaaaaaaaaaaaaaaaaaaa",
        "é-x",
        "9" * 99,
    ],
)
def test_what_is_no_token_of_ours_does_nothing(config: Config, store: Store, token: str) -> None:
    sign_up_and_leave.request(config, store, named(config, "daily"), ADDRESS, NOW)
    assert sign_up_and_leave.confirming(store, token, NOW) is None
    assert sign_up_and_leave.confirm(store, token, NOW) is None
    assert sign_up_and_leave.leaving(store, token) is None
    assert sign_up_and_leave.unsubscribe(store, token, NOW) is None


def test_who_is_on_the_list_or_was_just_asked_gets_no_mail(
    config: Config, store: Store, server: SmtpServer
) -> None:
    with store.write() as connection:
        subscribers.add(connection, "daily", "on@example.org", now=NOW)
    for address in ("on@example.org", ADDRESS, ADDRESS.lower()):
        sign_up_and_leave.request(config, store, named(config, "daily"), address, NOW)
    assert [sent.recipient for sent in server.messages] == [ADDRESS]


def test_what_could_not_be_sent_may_be_asked_for_at_once(
    config: Config, store: Store, server: SmtpServer
) -> None:
    daily = named(config, "daily")
    server.faults.append(Fault("rcpt", "451 4.3.0 later"))
    with pytest.raises(DeliveryError, match="451"):
        sign_up_and_leave.request(config, store, daily, ADDRESS, NOW)
    server.faults.clear()
    sign_up_and_leave.request(config, store, daily, ADDRESS, NOW)
    (sent,) = server.messages
    assert sign_up_and_leave.confirm(store, link(sent.data).rpartition("/")[2], NOW) is not None


def test_the_same_request_makes_the_same_bytes(
    config: Config, store: Store, server: SmtpServer, tmp_path: Path
) -> None:
    daily = named(config, "daily")
    server.faults.append(Fault("dot", "451 4.3.0 later", taken=True, times=1))
    with pytest.raises(DeliveryError):
        sign_up_and_leave.request(config, store, daily, ADDRESS, NOW)
    sign_up_and_leave.request(config, store, daily, ADDRESS, NOW)
    first, second = (sent.data for sent in server.messages)
    assert first == second


def test_without_mail_or_a_page_nobody_can_sign_up(config: Config, store: Store) -> None:
    with pytest.raises(DigestError, match="pages has no channel"):
        sign_up_and_leave.request(config, store, named(config, "pages"), ADDRESS, NOW)
    text = config.path.read_text().replace('url = "https://news.example.org"', "")
    config.path.write_text(text)
    with pytest.raises(DigestError, match=r"set web\.url"):
        sign_up_and_leave.request(
            load(config.path, {}), store, named(config, "daily"), ADDRESS, NOW
        )
    for written, flaw in (
        ("jane", "no @"),
        ("a@b", "not complete"),
        ("a@192.0.2.1", "not the name of a domain"),
        ("root@localhost", "not complete"),
    ):
        with pytest.raises(ValueError, match=flaw):
            sign_up_and_leave.request(config, store, named(config, "daily"), written, NOW)
    with store.read() as connection:
        assert subscribers.counts(connection) == {}


def test_whoever_has_the_link_of_a_letter_leaves_by_it(config: Config, store: Store) -> None:
    with store.write() as connection:
        one = subscribers.add(connection, "daily", ADDRESS, now=NOW).subscriber
        key = secret(connection)
    token = token_signatures.sign(key, "unsubscribe", one.id)
    assert sign_up_and_leave.leaving(store, token) == one
    gone = sign_up_and_leave.unsubscribe(store, token, NOW)
    assert gone is not None
    assert gone.state == "unsubscribed"
    assert sign_up_and_leave.unsubscribe(store, token, NOW) == gone
    assert (
        sign_up_and_leave.unsubscribe(store, token_signatures.sign(key, "bounce", one.id), NOW)
        is None
    )
