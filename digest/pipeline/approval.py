"""Hold editions until an editor approves, skips or rejects them.

    hold -> edit ... -> approve | skip | reject | deadline

A held edition is not published: it is in no page, feed, archive or channel.  The transaction that
records the approval also freezes the edition, so it is published once, even if several approvals
come at the same time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from digest.compose import editing
from digest.errors import BusyError, DeliveryError, DigestError, RenderError
from digest.mailing_list import token_signatures
from digest.model import Digest, Envelope, HeldEdition, HeldState
from digest.net import mail_addresses
from digest.pipeline.delivery.queue import enlist
from digest.pipeline.output import audience_of, close_pages_or_wait, site_of
from digest.pipeline.story_verdicts import still_copies
from digest.schedule import slots
from digest.store import editions, held_editions
from digest.store.secrets import secret

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.deliver import MailChannel, MailSettings
    from digest.model import EditionContent
    from digest.settings import Config
    from digest.store import Store

By = Literal["command", "link", "time", "configuration"]
"""Who decided: the editor by a command or over the link, the clock, or `approve = false`."""

_PURPOSE = "approve"
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
"""How long to wait before the editor is mailed again, at first and at most."""

logger = logging.getLogger(__name__)


def goes_at(digest: Digest, held: HeldEdition) -> datetime | None:
    """Return when a held edition goes out without approval; ``None`` if it never does."""
    if not digest.approve:
        return held.held_at
    match digest.approve_by:
        case timedelta() as wait:
            return held.held_at + wait
        case time() as clock:
            daily = slots.parse_schedule(f"{clock.minute} {clock.hour} * * *")
            return slots.next_slot(daily, digest.timezone, held.held_at)
    return None


def waiting(store: Store, digest: str) -> HeldEdition | None:
    """Return the edition of a digest that waits for approval; ``None`` if there is none."""
    with store.read() as connection:
        return held_editions.waiting(connection, digest)


def approve(
    config: Config,
    store: Store,
    digest: Digest,
    held: HeldEdition,
    by: By,
    now: datetime,
    *,
    revision: int | None = None,
) -> bool:
    """Publish a held edition: freeze it and enlist its recipients; the next delivery sends it.

    Returns False, and changes nothing, if the edition is decided already or if its revision is not
    `revision`, the one that the editor saw.
    """
    with store.write() as connection:
        current = _undecided(connection, held)
        if current is None:
            return False
        if revision is not None and current.revision != revision:
            return False
        content = held_editions.content(connection, held.id)
        held_editions.decide(connection, held.id, HeldState.APPROVED, by, now=now)
        edition_id = editions.freeze(
            connection,
            replace(content.edition, approved_at=now),
            still_copies(connection, content.decisions, held.held_at),
            content.retold,
            content.joined,
            at=held.slot_at,
        )
        enlist(config, connection, digest, edition_id, now)
    close_pages_or_wait(config, store, digest)
    return True


def withhold(store: Store, held: HeldEdition, state: HeldState, by: By, now: datetime) -> bool:
    """Settle a held edition's slot without an edition: `state` is SKIPPED or REJECTED.

    The stories of a skipped edition are undecided again; those of a rejected edition are never
    told.  Returns False, and changes nothing, if the edition is decided already.
    """
    assert state in (HeldState.SKIPPED, HeldState.REJECTED)
    with store.write() as connection:
        if _undecided(connection, held) is None:
            return False
        if state is HeldState.REJECTED:
            content = held_editions.content(connection, held.id)
            editions.settle(
                connection,
                held.digest,
                held.slot,
                editing.rejected(content),
                content.joined,
                at=held.slot_at,
            )
        else:
            editions.settle(connection, held.digest, held.slot, at=held.slot_at)
        return held_editions.decide(connection, held.id, state, by, now=now)


def edit(store: Store, held: HeldEdition, changes: editing.EditionChanges) -> HeldEdition | None:
    """Change a held edition and return it.

    Returns ``None`` if the edition was edited or decided meanwhile.  Raises ValueError as
    `editing.edit` does.
    """
    with store.write() as connection:
        if _undecided(connection, held) is None:
            return None
        content = editing.edit(held_editions.content(connection, held.id), changes)
        if not held_editions.change(connection, held, content):
            return None
        return held_editions.by_id(connection, held.id)


def content(store: Store, held: HeldEdition) -> EditionContent | None:
    """Return the content of a held edition; ``None`` if the edition was decided meanwhile."""
    with store.read() as connection:
        if _undecided(connection, held) is None:
            return None
        return held_editions.content(connection, held.id)


def _undecided(connection: Connection, held: HeldEdition) -> HeldEdition | None:
    """Return a held edition as it is stored now; ``None`` if it is decided."""
    current = held_editions.by_id(connection, held.id)
    return current if current is not None and current.state is HeldState.WAITING else None


# --- the link ------------------------------------------------------------------------------------


def link(config: Config, store: Store, held: HeldEdition) -> str | None:
    """Return the link where the editor decides about an edition; ``None`` without ``web.url``.

    Anybody who has the link may decide.
    """
    if config.web.url is None:
        return None
    with store.write() as connection:
        token = token_signatures.sign(secret(connection), _PURPOSE, held.id)
    return f"{config.web.url}{held.digest}/approve/{token}"


def by_token(store: Store, token: str) -> HeldEdition | None:
    """Return the held edition of `token`; ``None`` if the token is not valid."""
    with store.read() as connection:
        held_id = token_signatures.verify(secret(connection), _PURPOSE, token)
        return held_editions.by_id(connection, held_id) if held_id else None


# --- the mail to the editor ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorMail:
    """The result of mailing an editor; `error` is empty if the mail was sent."""

    digest: str
    slot: str
    address: str
    error: str = ""


def mail_editors(config: Config, store: Store, now: datetime) -> Iterator[EditorMail]:
    """Mail the editors of waiting editions that were not mailed yet.

    A mail that a crash interrupted is sent again with the same Message-ID.
    """
    for digest in config.digests:
        if digest.editor is None or not digest.approve:
            continue
        held = waiting(store, digest.name)
        if held is None or not _is_mail_due(held, now):
            continue
        try:
            with store.lock(f"editor-{digest.name}"):
                held = waiting(store, digest.name)  # another run may have sent it just now
                if held is not None and _is_mail_due(held, now):
                    yield _mail_editor(config, store, digest, digest.editor, held, now)
        except BusyError as error:
            logger.info("%s: %s", digest.name, error)


def _is_mail_due(held: HeldEdition, now: datetime) -> bool:
    return held.mailed_at is None and (held.mail_next_at is None or held.mail_next_at <= now)


def _mail_editor(
    config: Config, store: Store, digest: Digest, editor: str, held: HeldEdition, now: datetime
) -> EditorMail:
    error = ""
    try:
        channel, settings = _mail_channel(digest)
        envelope = _envelope(config, store, digest, settings, editor, held)
        with channel.connect(settings) as session:
            session.send(envelope)
    except Exception as problem:  # no editor's mail stops an edition
        error = str(problem) or type(problem).__name__
        if not isinstance(problem, DigestError):
            logger.error("the editor of %s was not mailed", digest.name, exc_info=problem)
    with store.write() as connection:
        if error:
            wait = min(_FIRST_WAIT * 2 ** min(held.mail_attempts, 16), _LONGEST_WAIT)
            held_editions.mail_failed(connection, held.id, error, next_at=now + wait)
        else:
            held_editions.mailed(connection, held.id, now=now)
    return EditorMail(digest=digest.name, slot=held.slot, address=editor, error=error)


def _mail_channel(digest: Digest) -> tuple[MailChannel, MailSettings]:
    """Return the first channel of the digest that carries mail."""
    from digest import deliver

    for name, settings in digest.channels.items():
        if isinstance(settings, deliver.MailSettings):
            channel = deliver.load(name)
            assert isinstance(channel, deliver.MailChannel)
            return channel, settings
    raise DeliveryError(f"{digest.name} has no channel for mail", channel="mail")


def _envelope(
    config: Config,
    store: Store,
    digest: Digest,
    settings: MailSettings,
    editor: str,
    held: HeldEdition,
) -> Envelope:
    from digest import render
    from digest.deliver.message import prepare

    with store.write() as connection:
        key = secret(connection)
        material = held_editions.content(connection, held.id)
        state = editions.digest_state(connection, digest.name)
        audience = audience_of(connection, digest)
    letter = render.approval_request(
        material.edition,
        site_of(config, digest, state, (), audience=audience, now=held.held_at),
        link=link(config, store, held),
        goes_at=goes_at(digest, held),
    )
    sender = mail_addresses.split_name(settings.from_)[1]
    domain = sender.rpartition("@")[2]
    message_id = f"<{token_signatures.message_id(key, 'approve', str(held.id))}@{domain}>"
    try:
        form = prepare(letter, sender=settings.from_, reply_to=settings.reply_to)
        message = form.fill(recipient=editor, message_id=message_id, link=None, mailto=None)
    except ValueError as error:
        raise RenderError(
            f"the mail to the editor of {digest.name} cannot be written: {error}",
            digest=digest.name,
        ) from error
    return Envelope(sender=sender, recipient=editor, message_id=message_id, message=message)
