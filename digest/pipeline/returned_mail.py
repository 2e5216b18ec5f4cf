"""Take in a mail that came back or asks to leave, and say what it did to which subscriber.

A mail is a stranger's word.  It is heeded only where it proves that the letter in question was in
the writer's hands: by the token in the address that the letter was sent from, or in the letter's
own address for leaving; or by the letter's Message-ID together with the address that it went to.
All three are made with the secret of the database.  To leave by mail takes the token for leaving,
in the address or the subject: whom a mail is from says nothing, for anybody can write that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.mailing_list import bounces, tokens
from digest.mailing_list.bounces import BounceFinding, BounceKind
from digest.mailing_list.states import SubscriberEvent
from digest.model import Subscriber
from digest.net import mail_addresses
from digest.store import bounces as counted
from digest.store import subscribers
from digest.store.secrets import secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from digest.settings import Config
    from digest.store import Store
    from digest.store.subscribers import SubscriberChange


class ReturnedMailOutcome(StrEnum):
    """What a mail did."""

    SUSPENDED = "suspended"
    BOUNCED = "bounced"
    """Counted; once more and they are suspended, unless they are so already or have left."""
    REFUSED = "refused"
    DELAYED = "delayed"
    LEFT = "left"
    COMPLAINED = "complained"
    AUTOMATIC = "automatic"
    """Nothing: it is an answer or a receipt that no person wrote."""
    ASKED = "asked"
    """Nothing: somebody asks to leave, and does not prove who they are."""
    UNPROVEN = "unproven"
    """Nothing: it is about a letter, and does not prove that it was one of ours."""
    UNKNOWN = "unknown"
    """Nothing: we do not understand it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMail:
    """What a mail did to whom; `detail` is one line of a stranger's."""

    outcome: ReturnedMailOutcome
    subscriber: Subscriber | None = None
    detail: str = ""


def take_in(config: Config, store: Store, message: bytes, now: datetime) -> ReturnedMail:
    """Do what `message`, or its beginning, asks for; a second time it changes nothing."""
    finding = bounces.read(message)
    if finding.kind is BounceKind.AUTOMATIC:
        return ReturnedMail(outcome=ReturnedMailOutcome.AUTOMATIC, detail=finding.subject)
    if finding.kind is BounceKind.UNKNOWN:
        return ReturnedMail(outcome=ReturnedMailOutcome.UNKNOWN, detail=finding.subject)
    with store.write() as connection:
        key_of = secret(connection)
        if finding.kind is BounceKind.WRITTEN:
            return _leave(config, connection, key_of, finding, now)
        subscriber = _subject(config, connection, key_of, finding)
        if subscriber is None:
            return ReturnedMail(
                outcome=ReturnedMailOutcome.UNPROVEN, detail=finding.reason or finding.subject
            )
        return _heed(connection, subscriber, finding, now)


def _leave(
    config: Config, connection: Connection, key_of: bytes, finding: BounceFinding, now: datetime
) -> ReturnedMail:
    """Let go who wrote to leave."""
    number = _verified(key_of, finding.tokens, "unsubscribe")
    gone = subscribers.unsubscribe(connection, number, by="mail", now=now) if number else None
    if gone is not None:
        return ReturnedMail(outcome=ReturnedMailOutcome.LEFT, subscriber=gone.subscriber)
    asked = not _for_leaving(config).isdisjoint(map(_bare, finding.to))
    outcome = ReturnedMailOutcome.ASKED if asked else ReturnedMailOutcome.UNKNOWN
    return ReturnedMail(outcome=outcome, detail=finding.sender if asked else finding.subject)


def _heed(
    connection: Connection, subscriber: Subscriber, finding: BounceFinding, now: datetime
) -> ReturnedMail:
    """Write down what a server or a provider reports of a subscriber."""
    reason = finding.reason or finding.kind
    change: SubscriberChange | None
    match finding.kind:
        case BounceKind.COMPLAINED:
            outcome = ReturnedMailOutcome.COMPLAINED
            change = subscribers.unsubscribe(
                connection, subscriber.id, by=reason, now=now, complained=True
            )
        case BounceKind.BOUNCED:
            change = counted.bounce(
                connection,
                subscriber.id,
                mail=finding.message_id or f"{now:%Y-%m-%d}",
                reason=reason,
                final=finding.is_final,
                now=now,
            )
            held = change is not None and change.before != change.subscriber.state
            outcome = ReturnedMailOutcome.SUSPENDED if held else ReturnedMailOutcome.BOUNCED
        case _:
            event, outcome = _NOTED[finding.kind]
            counted.note(connection, subscriber.id, event, reason=reason, now=now)
            return ReturnedMail(outcome=outcome, subscriber=subscriber, detail=reason)
    assert change is not None, "there is a subscriber of this number"
    return ReturnedMail(outcome=outcome, subscriber=change.subscriber, detail=reason)


_NOTED = {
    BounceKind.REFUSED: (SubscriberEvent.REFUSED, ReturnedMailOutcome.REFUSED),
    BounceKind.DELAYED: (SubscriberEvent.DELAYED, ReturnedMailOutcome.DELAYED),
}


def _subject(
    config: Config, connection: Connection, key_of: bytes, finding: BounceFinding
) -> Subscriber | None:
    """Find whom a report is about, if it proves it."""
    for number in (
        _verified(key_of, finding.tokens, "bounce"),
        _verified(key_of, finding.returned, "bounce"),
        _verified(key_of, finding.returned, "unsubscribe"),
    ):
        if number and (subscriber := subscribers.by_id(connection, number)):
            return subscriber
    if finding.message_id is None:
        return None
    channels = {channel for digest in config.digests for channel in digest.channels}
    digests = [digest.name for digest in config.digests]
    return next(
        (
            by_address
            for by_address in subscribers.by_addresses(connection, digests, finding.recipients)
            if counted.was_sent(connection, by_address, finding.message_id, channels)
        ),
        None,
    )


def _verified(key_of: bytes, found: Iterable[str], purpose: str) -> int | None:
    numbers = (tokens.verify(key_of, purpose, token) for token in found)
    return next(filter(None, numbers), None)


def _for_leaving(config: Config) -> frozenset[str]:
    """Return the addresses where mail means leaving, bare."""
    from digest.deliver import MailSettings

    return frozenset(
        _bare(mail_addresses.key(settings.unsubscribe))
        for digest in config.digests
        for settings in digest.channels.values()
        if isinstance(settings, MailSettings) and settings.unsubscribe
    )


def _bare(key: str) -> str:
    """Return an address without what is put behind a plus (RFC 5233)."""
    local, _, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
