"""Sign-up, confirmation, choices and unsubscribing, each authorized by a signed token in a link.

    request:      mail a confirmation link to an address
    confirm:      the link of that mail puts the address on the list
    unsubscribe:  the link of any letter takes the address off the list, at once

`confirming` and `leaving` return the subscriber without any change, for a page with a button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from digest.errors import DeliveryError, DigestError, RenderError
from digest.mailing_list import token_signatures
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


def request(
    config: Config, store: Store, digest: Digest, address: str, now: datetime, name: str = ""
) -> None:
    """Mail a confirmation link to `address`, unless it is on the list or was just sent one.

    The `name` becomes that of the subscriber when the link is followed; the mail does not show it,
    because another person may have written it.

    The result does not say which; callers must not reveal it by an error or by the time that the
    call takes either.  After a failure the link may be requested again at once.  Raises ValueError
    for an invalid address or name, DeliveryError and RenderError if the mail could not be sent,
    DigestError if the configuration allows no sign-up.
    """
    channel, settings = _subscriber_channel(digest)
    address = mail_addresses.parse_public(address)
    called = parse_name(name)
    if config.web.url is None:
        raise DigestError("nobody could follow a link: set web.url, where people reach `serve`")
    _drop_stale(store, now)
    with store.write() as connection:
        requested = subscribers.request(connection, digest.name, address, name=called, now=now)
        signing_key = secret(connection)
    if requested is None:
        return
    try:
        envelope = _envelope(config, store, digest, settings, signing_key, requested, now)
        with channel.connect(settings) as session:
            session.send(envelope)
    except (DeliveryError, RenderError) as error:
        with store.write() as connection:
            subscribers.unsent(connection, requested, str(error), now=now)
        raise


def _drop_stale(store: Store, now: datetime) -> None:
    """Drop the requests that were not confirmed in time; the search for them holds no lock."""
    before = now - subscribers.CONFIRM_WITHIN
    with store.read() as connection:
        if not forgetting.has_stale_requests(connection, before):
            return
    with store.write() as connection:
        forgetting.drop_requests(connection, before, now=now)


def confirming(store: Store, token: str, now: datetime) -> Subscriber | None:
    """Return whom `token` would put on the list; ``None`` if it is not valid or too old."""
    with store.read() as connection:
        requested = _requested_with(connection, token)
    return requested if requested and subscribers.may_confirm(requested, now) else None


def confirm(store: Store, token: str, now: datetime) -> Subscriber | None:
    """Put the holder of `token` on the list; ``None`` if it is not valid or too old."""
    with store.write() as connection:
        requested = _requested_with(connection, token)
        return subscribers.confirm(connection, requested.id, now=now) if requested else None


def leaving(store: Store, token: str) -> Subscriber | None:
    """Return whom `token` would take off the list; ``None`` if it is not valid."""
    with store.read() as connection:
        subscriber_id = token_signatures.verify(secret(connection), "unsubscribe", token)
        return subscribers.by_id(connection, subscriber_id) if subscriber_id else None


def unsubscribe(store: Store, token: str, now: datetime, *, by: str = "web") -> Subscriber | None:
    """Unsubscribe the holder of `token`; `by` records how.  ``None`` if it is not valid."""
    with store.write() as connection:
        subscriber_id = token_signatures.verify(secret(connection), "unsubscribe", token)
        gone = (
            subscribers.unsubscribe(connection, subscriber_id, by=by, now=now)
            if subscriber_id
            else None
        )
    return gone.subscriber if gone else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How often a subscriber gets a digest."""

    digest: str
    frequency: Literal["each", "weekly", "nothing"]


def choices(
    config: Config, store: Store, token: str
) -> tuple[Subscriber, tuple[Choice, ...]] | None:
    """Return the holder of `token` and their choices for each digest with sign-up.

    Returns ``None`` if the token is not valid, or if its holder was forgotten.
    """
    with store.read() as connection:
        subscriber_id = token_signatures.verify(secret(connection), "unsubscribe", token)
        holder = subscribers.by_id(connection, subscriber_id) if subscriber_id else None
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
    """Save the choices and the name of the holder of `token`; ``None`` if it is not valid.

    Raises ValueError for an invalid name, and then changes nothing.
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


def _requested_with(connection: Connection, token: str) -> Subscriber | None:
    """Return the subscriber whose last request sent this token; ``None`` if it is not valid."""
    subscriber_id = token.partition("-")[0]
    if not (subscriber_id.isascii() and subscriber_id.isdecimal() and len(subscriber_id) < 19):
        return None
    requested = subscribers.by_id(connection, int(subscriber_id))
    if requested is None or requested.requested_at is None:
        return None
    valid = token_signatures.verify(secret(connection), _purpose(requested.requested_at), token)
    return requested if valid else None


def _purpose(requested_at: datetime) -> str:
    """Return the purpose of a token, which is unique to one request."""
    return f"confirm {int(requested_at.timestamp())}"


def _subscriber_channel(digest: Digest) -> tuple[MailChannel, MailSettings]:
    """Return the first channel for subscribers; raise DigestError if there is none."""
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
    signing_key: bytes,
    requested: Subscriber,
    now: datetime,
) -> Envelope:
    from digest import render
    from digest.deliver.message import prepare

    assert requested.requested_at is not None
    token = token_signatures.sign(signing_key, _purpose(requested.requested_at), requested.id)
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    letter = render.confirmation(
        site_of(config, digest, state, (), audience=Audience(), now=now),
        address=requested.address,
        link=f"{config.web.url}{digest.name}/confirm/{token}",
        now=now,
    )
    domain = mail_addresses.split_name(settings.from_)[1].rpartition("@")[2]
    message_id = f"<{token_signatures.message_id(signing_key, 'confirm', token)}@{domain}>"
    try:
        form = prepare(letter, sender=settings.from_, reply_to=settings.reply_to)
        message = form.fill(
            recipient=requested.address, message_id=message_id, link=None, mailto=None
        )
    except ValueError as error:
        raise RenderError(
            f"the mail that asks for a confirmation of {digest.name} cannot be sent: {error}",
            digest=digest.name,
        ) from error
    return Envelope(
        sender=bounces_to(settings, signing_key, requested.id),
        recipient=requested.address,
        message_id=message_id,
        message=message,
    )
