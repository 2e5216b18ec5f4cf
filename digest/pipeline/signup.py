"""How people come and go by themselves, each step in the holder's own hands by a signed token.

    request:      an address somebody wrote -> a link, mailed to it
    confirm:      the link followed -> on the list
    unsubscribe:  the link of any letter followed -> off it, at once

`confirming` and `leaving` only tell who would, for a page that asks once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from digest.errors import DeliveryError, DigestError, RenderError
from digest.mailing_list import tokens
from digest.mailing_list.names import parse_name
from digest.model import Envelope, Subscriber, SubscriberState
from digest.net import mail_addresses
from digest.pipeline.delivery.letters import bounces_to
from digest.pipeline.output import Audience, sign_up, site_of
from digest.pipeline.weekly import change_frequency
from digest.store import editions, forgetting, subscribers
from digest.store.secrets import secret

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.deliver import MailChannel, MailSettings
    from digest.model import Digest
    from digest.settings import Config
    from digest.store import Store


def request(config: Config, store: Store, digest: Digest, address: str, now: datetime) -> None:
    """Mail a link to `address`, unless it is on the list or was sent one just before.

    Nothing that comes back tells which it was, and whoever asked must not learn it from an error
    or from the time that this takes either.  What could not be sent may be asked for again at
    once.  Raises ValueError for what is no address, DeliveryError and RenderError for a link that
    could not be sent, DigestError where none ever can.
    """
    channel, settings = _mail(digest)
    address = mail_addresses.parse_public(address)
    if config.web.url is None:
        raise DigestError("nobody could follow a link: set web.url, where people reach `serve`")
    _drop_stale(store, now)
    with store.write() as connection:
        asked = subscribers.request(connection, digest.name, address, now=now)
        key_of = secret(connection)
    if asked is None:
        return
    try:
        envelope = _envelope(config, store, digest, settings, key_of, asked, now)
        with channel.connect(settings) as post:
            post.send(envelope)
    except (DeliveryError, RenderError) as error:
        with store.write() as connection:
            subscribers.unsent(connection, asked, str(error), now=now)
        raise


def _drop_stale(store: Store, now: datetime) -> None:
    """Drop the requests that nobody confirmed in time; the search for them holds no lock."""
    before = now - subscribers.CONFIRM_WITHIN
    with store.read() as connection:
        if not forgetting.has_stale_requests(connection, before):
            return
    with store.write() as connection:
        forgetting.drop_requests(connection, before)


def confirming(store: Store, token: str, now: datetime) -> Subscriber | None:
    """Tell who would be put on the list; ``None`` for a token that is not ours or too old."""
    with store.read() as connection:
        asked = _asked(connection, token)
    return asked if asked and subscribers.may_confirm(asked, now) else None


def confirm(store: Store, token: str, now: datetime) -> Subscriber | None:
    """Put on the list who holds `token`; ``None`` where it is not ours or too old."""
    with store.write() as connection:
        asked = _asked(connection, token)
        return subscribers.confirm(connection, asked.id, now=now) if asked else None


def leaving(store: Store, token: str) -> Subscriber | None:
    """Tell whom `token` would take off the list; ``None`` where it is not ours."""
    with store.read() as connection:
        number = tokens.verify(secret(connection), "unsubscribe", token)
        return subscribers.by_id(connection, number) if number else None


def unsubscribe(store: Store, token: str, now: datetime, *, by: str = "web") -> Subscriber | None:
    """Let go who holds `token`, over the way `by`; ``None`` where it is not ours."""
    with store.write() as connection:
        number = tokens.verify(secret(connection), "unsubscribe", token)
        gone = subscribers.unsubscribe(connection, number, by=by, now=now) if number else None
    return gone.subscriber if gone else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody gets of a digest."""

    digest: str
    frequency: Literal["each", "weekly", "nothing"]


def choices(
    config: Config, store: Store, token: str
) -> tuple[Subscriber, tuple[Choice, ...]] | None:
    """Return who holds `token`, and what they get of each digest that people may have by mail.

    ``None`` where the token is not ours, or its holder was forgotten.
    """
    with store.read() as connection:
        number = tokens.verify(secret(connection), "unsubscribe", token)
        holder = subscribers.by_id(connection, number) if number else None
        if holder is None or not holder.address:
            return None
        rows = {row.digest: row for row in subscribers.same_person(connection, holder)}
    return holder, tuple(
        Choice(digest=digest.name, frequency=_frequency(rows.get(digest.name)))
        for digest in config.digests
        if digest.name == holder.digest or (sign_up(config, digest) and digest.public)
    )


def choose(
    config: Config, store: Store, token: str, wanted: Sequence[Choice], name: str, now: datetime
) -> Subscriber | None:
    """Let the holder of `token` get what they want; ``None`` where the token is not ours.

    Raises ValueError for what is no name, and then nothing is changed.
    """
    called = parse_name(name)
    found = choices(config, store, token)
    if found is None:
        return None
    holder, before = found
    offered = {choice.digest: choice.frequency for choice in before}
    digests = {digest.name: digest for digest in config.digests}
    with store.write() as connection:
        for choice in wanted:
            if choice.digest not in offered:
                continue
            row = subscribers.by_address(connection, choice.digest, holder.address)
            if choice.frequency == "nothing":
                if row is not None and row.state == SubscriberState.ACTIVE:
                    subscribers.unsubscribe(connection, row.id, by="web", now=now)
            elif choice.frequency != _frequency(row):
                change_frequency(
                    connection,
                    digests[choice.digest],
                    holder.address,
                    weekly=choice.frequency == "weekly",
                    now=now,
                )
        for row in subscribers.same_person(connection, holder):
            subscribers.set_names(connection, row.digest, {holder.address: called})
    return holder


def _frequency(row: Subscriber | None) -> Literal["each", "weekly", "nothing"]:
    if row is None or row.state != SubscriberState.ACTIVE:
        return "nothing"
    return "each" if row.weekly_after is None else "weekly"


def _asked(connection: Connection, token: str) -> Subscriber | None:
    """Find who was sent this token with their last request."""
    number = token.partition("-")[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    asked = subscribers.by_id(connection, int(number))
    if asked is None or asked.requested_at is None:
        return None
    valid = tokens.verify(secret(connection), _purpose(asked.requested_at), token)
    return asked if valid else None


def _purpose(requested_at: datetime) -> str:
    """Name what a link is for: this request and no other."""
    return f"confirm {int(requested_at.timestamp())}"


def _mail(digest: Digest) -> tuple[MailChannel, MailSettings]:
    """Find the first channel that mails to subscribers; raise DigestError where there is none."""
    from digest import deliver

    for name, settings in digest.channels.items():
        if isinstance(settings, deliver.MailSettings) and settings.subscribers:
            channel = deliver.load(name)
            assert isinstance(channel, deliver.MailChannel)
            return channel, settings
    raise DigestError(f"{digest.name} has no channel that mails it to subscribers")


def _envelope(
    config: Config,
    store: Store,
    digest: Digest,
    settings: MailSettings,
    key_of: bytes,
    asked: Subscriber,
    now: datetime,
) -> Envelope:
    from digest import render
    from digest.deliver.message import prepare

    assert asked.requested_at is not None
    token = tokens.sign(key_of, _purpose(asked.requested_at), asked.id)
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    letter = render.confirmation(
        site_of(config, digest, state, (), audience=Audience(), now=now),
        address=asked.address,
        link=f"{config.web.url}{digest.name}/confirm/{token}",
        now=now,
    )
    domain = mail_addresses.split_name(settings.from_)[1].rpartition("@")[2]
    message_id = f"<{tokens.message_id(key_of, 'confirm', token)}@{domain}>"
    try:
        form = prepare(letter, sender=settings.from_, reply_to=settings.reply_to)
        message = form.fill(recipient=asked.address, message_id=message_id, link=None, mailto=None)
    except ValueError as error:
        raise RenderError(
            f"the mail that asks for a confirmation of {digest.name} cannot be sent: {error}",
            digest=digest.name,
        ) from error
    return Envelope(
        sender=bounces_to(settings, key_of, asked.id),
        recipient=asked.address,
        message_id=message_id,
        message=message,
    )
