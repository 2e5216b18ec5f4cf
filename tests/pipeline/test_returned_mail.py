"""What a mail may do: whose word is taken, and whose is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from digest.mailing_list import token_signatures
from digest.model import Subscriber
from digest.pipeline.returned_mail import ReturnedMail, ReturnedMailOutcome, take_in
from digest.settings import Config, load
from digest.store import Store, editions, open_store, subscribers
from digest.store.secrets import secret
from digest.store.tables import deliveries
from support import reports
from support.reports import LETTER_HEAD, MESSAGE_ID, TOKEN, failed, report
from support.stored import NOW, edition

ADDRESS = "jane@example.com"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'/>")
    (tmp_path / "config.toml").write_text(
        """
        [[feeds]]
        url = "feed.xml"
        [digests.daily.deliver.smtp]
        from = "daily@news.example.org"
        host = "127.0.0.1"
        unsubscribe = "leave+daily@news.example.org"
        """
    )
    return load(tmp_path / "config.toml", {})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    opened = open_store(config.store.url)
    yield opened
    opened.close()


@pytest.fixture
def jane(store: Store) -> Subscriber:
    with store.write() as connection:
        return subscribers.add(connection, "daily", ADDRESS, now=NOW).subscriber


def signed(store: Store, purpose: str, number: int) -> str:
    with store.write() as connection:
        return token_signatures.sign(secret(connection), purpose, number)


def state(store: Store, subscriber: Subscriber) -> str:
    with store.read() as connection:
        found = subscribers.by_id(connection, subscriber.id)
    assert found is not None
    return str(found.state)


def bounce(*, to: str = "bounces@news.example.org", original: str = "", **more: str) -> bytes:
    """Make a report of a mailbox that is not there."""
    return report(failed("5.1.1", **more), to=to, original=original)


# --- proofs ---------------------------------------------------------------------------------------


def test_the_token_of_the_envelope_proves(config: Config, store: Store, jane: Subscriber) -> None:
    token = signed(store, "bounce", jane.id)
    message = bounce(to=f"bounces+{token}@news.example.org")
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.SUSPENDED
    assert state(store, jane) == "suspended"


@pytest.mark.parametrize("purpose", ["bounce", "unsubscribe"])
def test_the_letter_itself_proves(
    config: Config, store: Store, jane: Subscriber, purpose: str
) -> None:
    token = signed(store, purpose, jane.id)
    message = bounce(original=LETTER_HEAD.replace(TOKEN, token))
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.SUSPENDED


@pytest.fixture
def sent(store: Store, jane: Subscriber) -> None:
    """An edition that was mailed under `MESSAGE_ID`."""
    with store.write() as connection:
        editions.name_authority(connection, "daily", "example.org", date(2026, 1, 1))
        editions.freeze(connection, edition("daily", "2026-01-12T0700", "1"), [], [])
        connection.execute(
            deliveries.insert(),
            {
                "edition_id": 1,
                "channel": "smtp",
                "recipient": ADDRESS,
                "state": "sent",
                "attempts": 1,
                "updated_at": NOW,
                "message_id": MESSAGE_ID,
            },
        )


UNPROVEN = [
    ("nothing at all", bounce()),
    ("the address alone", bounce(original="To: jane@example.com\n")),
    ("a token that somebody made up", bounce(to=f"bounces+{TOKEN}@news.example.org")),
    (
        "the Message-ID with another address",
        report(failed("5.1.1", recipient="joe@example.com"), to="a@b.example"),
    ),
    (
        "another Message-ID with the address",
        bounce(original=f"Message-ID: {MESSAGE_ID.replace('0', '1')}\n"),
    ),
]


@pytest.mark.usefixtures("sent")
def test_the_message_id_with_the_address_proves(
    config: Config, store: Store, jane: Subscriber
) -> None:
    message = bounce(original=f"Message-ID: {MESSAGE_ID}\n")
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.SUSPENDED
    assert state(store, jane) == "suspended"


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("message", [row[1] for row in UNPROVEN], ids=[row[0] for row in UNPROVEN])
def test_a_forged_report_does_nothing(
    config: Config, store: Store, jane: Subscriber, message: bytes
) -> None:
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.UNPROVEN
    assert state(store, jane) == "active"


@pytest.mark.usefixtures("sent")
def test_an_old_edition_proves_nothing(config: Config, store: Store, jane: Subscriber) -> None:
    with store.write() as connection:
        for day in range(60):
            slot = f"{date(2026, 2, 1) + timedelta(days=day)}T0700"
            editions.freeze(connection, edition("daily", slot, "1"), [], [])
    message = bounce(original=f"Message-ID: {MESSAGE_ID}\n")
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.UNPROVEN
    with store.write() as connection:
        connection.execute(update(deliveries).values(edition_id=2))
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.SUSPENDED


def test_a_token_of_nobody_does_nothing(config: Config, store: Store) -> None:
    message = bounce(to=f"bounces+{signed(store, 'bounce', 99)}@news.example.org")
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.UNPROVEN


def test_a_complaint_takes_off_the_list(config: Config, store: Store, jane: Subscriber) -> None:
    assert take_in(config, store, reports.COMPLAINT, NOW).outcome == ReturnedMailOutcome.UNPROVEN
    message = reports.COMPLAINT.replace(TOKEN.encode(), signed(store, "bounce", jane.id).encode())
    assert take_in(config, store, message, NOW).outcome == ReturnedMailOutcome.COMPLAINED
    assert state(store, jane) == "unsubscribed"


# --- leaving --------------------------------------------------------------------------------------


def letter(to: str, subject: str = "unsubscribe", *, words: str = "", more: str = "") -> bytes:
    return f"From: {ADDRESS}\nTo: {to}\nSubject: {subject}\n{more}\n{words}\n".encode()


def test_the_token_lets_go_wherever_it_stands(
    config: Config, store: Store, jane: Subscriber
) -> None:
    token = signed(store, "unsubscribe", jane.id)
    written = letter("leave+daily@news.example.org", f"unsubscribe {token}")
    done = take_in(config, store, written, NOW)
    assert done.outcome == ReturnedMailOutcome.LEFT
    assert done.subscriber is not None
    assert done.subscriber.state == "unsubscribed"
    written = letter(f"leave+daily+{token}@news.example.org")
    assert take_in(config, store, written, NOW) == done, "once more changes nothing"


def test_whom_a_mail_is_from_proves_nothing(config: Config, store: Store, jane: Subscriber) -> None:
    for to in ("leave+daily@news.example.org", "Leave+Daily+x@news.example.org"):
        asked = take_in(config, store, letter(to), NOW)
        assert asked == ReturnedMail(outcome=ReturnedMailOutcome.ASKED, detail=ADDRESS)
    assert (
        take_in(config, store, letter("other@news.example.org"), NOW).outcome
        == ReturnedMailOutcome.UNKNOWN
    )
    assert state(store, jane) == "active"


def test_other_tokens_and_quoted_ones_do_not_let_go(
    config: Config, store: Store, jane: Subscriber
) -> None:
    token = signed(store, "unsubscribe", jane.id)
    for message in (
        letter(f"leave+{signed(store, 'bounce', jane.id)}@news.example.org"),
        letter(
            "daily@news.example.org", "Re: 12 stories", words=f"> leave+{token}@news.example.org"
        ),
        letter(f"leave+{token}@news.example.org", more="Auto-Submitted: auto-replied\n"),
        letter(f"leave+{token}@news.example.org", "Out of office"),
    ):
        assert take_in(config, store, message, NOW).outcome != ReturnedMailOutcome.LEFT
    assert state(store, jane) == "active"
