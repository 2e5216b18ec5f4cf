"""Process bounces, complaints and mails that ask to unsubscribe.

A mail is not trusted by itself.  It counts only if it proves that its writer had our letter: by the
token in the envelope sender of the letter, or in its unsubscribe address; or by the letter's
Message-ID together with the recipient's address.  All three are made with the secret of the
database.  Unsubscribing by mail needs the unsubscribe token, in the address or the subject; the
sender proves nothing, because anybody can forge it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.mailing_list import bounces, token_signatures
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
    """The effect of a mail."""

    SUSPENDED = "suspended"
    BOUNCED = "bounced"
    """The bounce is counted; the subscriber is not suspended by it."""
    REFUSED = "refused"
    DELAYED = "delayed"
    LEFT = "left"
    COMPLAINED = "complained"
    AUTOMATIC = "automatic"
    """No effect: an automatic answer or a receipt."""
    ASKED = "asked"
    """No effect: a request to unsubscribe without a valid token."""
    UNPROVEN = "unproven"
    """No effect: a report that does not prove that it is about one of our letters."""
    UNKNOWN = "unknown"
    """No effect: the mail was not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMail:
    """The effect of a mail on a subscriber; `detail` is one line of the mail, not trusted."""

    outcome: ReturnedMailOutcome
    subscriber: Subscriber | None = None
    detail: str = ""


def take_in(config: Config, store: Store, message: bytes, now: datetime) -> ReturnedMail:
    """Process `message`, or its beginning; processing it again changes nothing."""
    finding = bounces.read(message)
    if finding.kind is BounceKind.AUTOMATIC:
        return ReturnedMail(outcome=ReturnedMailOutcome.AUTOMATIC, detail=finding.subject)
    if finding.kind is BounceKind.UNKNOWN:
        return ReturnedMail(outcome=ReturnedMailOutcome.UNKNOWN, detail=finding.subject)
    with store.write() as connection:
        signing_key = secret(connection)
        if finding.kind is BounceKind.WRITTEN:
            return _unsubscribe(config, connection, signing_key, finding, now)
        subscriber = _reported_subscriber(config, connection, signing_key, finding)
        if subscriber is None:
            return ReturnedMail(
                outcome=ReturnedMailOutcome.UNPROVEN, detail=finding.reason or finding.subject
            )
        return _record_report(connection, subscriber, finding, now)


def _unsubscribe(
    config: Config,
    connection: Connection,
    signing_key: bytes,
    finding: BounceFinding,
    now: datetime,
) -> ReturnedMail:
    """Unsubscribe the writer of a mail with a valid token."""
    number = _verified(signing_key, finding.tokens, "unsubscribe")
    gone = subscribers.unsubscribe(connection, number, by="mail", now=now) if number else None
    if gone is not None:
        return ReturnedMail(outcome=ReturnedMailOutcome.LEFT, subscriber=gone.subscriber)
    asked = not _unsubscribe_addresses(config).isdisjoint(map(_without_tag, finding.to))
    outcome = ReturnedMailOutcome.ASKED if asked else ReturnedMailOutcome.UNKNOWN
    return ReturnedMail(outcome=outcome, detail=finding.sender if asked else finding.subject)


def _record_report(
    connection: Connection, subscriber: Subscriber, finding: BounceFinding, now: datetime
) -> ReturnedMail:
    """Record a server's or provider's report about a subscriber."""
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


def _reported_subscriber(
    config: Config, connection: Connection, signing_key: bytes, finding: BounceFinding
) -> Subscriber | None:
    """Return the subscriber of a report; ``None`` if the report has no valid proof."""
    for number in (
        _verified(signing_key, finding.tokens, "bounce"),
        _verified(signing_key, finding.returned, "bounce"),
        _verified(signing_key, finding.returned, "unsubscribe"),
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


def _verified(signing_key: bytes, found: Iterable[str], purpose: str) -> int | None:
    numbers = (token_signatures.verify(signing_key, purpose, token) for token in found)
    return next(filter(None, numbers), None)


def _unsubscribe_addresses(config: Config) -> frozenset[str]:
    """Return the unsubscribe addresses, without tags."""
    from digest.deliver import MailSettings

    return frozenset(
        _without_tag(mail_addresses.key(settings.unsubscribe))
        for digest in config.digests
        for settings in digest.channels.values()
        if isinstance(settings, MailSettings) and settings.unsubscribe
    )


def _without_tag(key: str) -> str:
    """Return an address without its tag, the part behind a plus (RFC 5233)."""
    local, _, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
