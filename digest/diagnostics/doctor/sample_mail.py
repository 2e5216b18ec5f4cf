"""Render an edition as mail, measure its size, and send it to one address as a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest import deliver
from digest.deliver import MailChannel
from digest.diagnostics.doctor.finding import Finding
from digest.diagnostics.doctor.route import MailRoute
from digest.errors import DigestError
from digest.mailing_list import token_signatures
from digest.model import Digest, Edition, Envelope, Letter, MarkedText

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.store import Store


def weigh(
    config: Config, store: Store, now: datetime, route: MailRoute
) -> tuple[Letter | None, Finding]:
    """Render the newest edition, or the next one where there is none, and report its size."""
    from digest.deliver import message
    from digest.pipeline.delivery.leaving import check_templates
    from digest.render import mail

    try:
        which, edition = _edition(config, store, now, route.digest)
        letter = sample_letter(config, store, route.digest, edition)
        check_templates(config, route.digest, now)
    except DigestError as error:
        return None, route.ill("no edition as mail", str(error))
    options = {**config.render.options, **route.digest.options}.get("mail", mail.Settings())
    assert isinstance(options, mail.Settings)
    size = message.size(letter.html)
    return letter, route.well(f"{which} as mail takes {size:,} of {options.budget:,} bytes")


def _edition(config: Config, store: Store, now: datetime, digest: Digest) -> tuple[str, Edition]:
    from digest import pipeline
    from digest.store import editions

    with store.read() as connection:
        newest = editions.latest(connection, digest.name, 1)
    if newest:
        return f"the edition {newest[0].slot}", newest[0]
    return "the next edition", pipeline.preview(config, store, now, digest)


def sample_letter(config: Config, store: Store, digest: Digest, edition: Edition) -> Letter:
    """Render an edition as a letter without a link for leaving."""
    from digest import pipeline
    from digest.excerpt import excerpt
    from digest.render import mail
    from digest.store import editions

    def cut(text: str, length: int) -> str:
        settings = replace(digest.excerpt, length=length)
        return excerpt(MarkedText(text), settings, language=digest.language, verbatim=True).text

    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    site = pipeline.site_of(
        config, digest, state, (), audience=pipeline.Audience(), now=edition.composed_at
    )
    return mail.letter(edition, site, leaving=False, cut=cut)


def send(store: Store, route: MailRoute, letter: Letter, recipient: str, now: datetime) -> Finding:
    """Send `letter` to one address, marked as a test; the database keeps no record of it."""
    from digest.deliver import message
    from digest.store.secrets import secret

    channel = deliver.load(route.channel)
    assert isinstance(channel, MailChannel)
    with store.write() as connection:
        key = secret(connection)
    left = token_signatures.message_id(
        key, "test", route.digest.name, route.channel, recipient, now.isoformat()
    )
    message_id = f"<{left}@{route.author.rpartition('@')[2]}>"
    settings = route.settings
    try:
        form = message.prepare(
            replace(letter, subject=f"Test: {letter.subject}", date=now),
            sender=settings.from_,
            reply_to=settings.reply_to,
        )
        body = form.fill(recipient=recipient, message_id=message_id, link=None, mailto=None)
        envelope = Envelope(
            sender=route.sender, recipient=recipient, message_id=message_id, message=body
        )
        with channel.connect(settings) as post:
            receipt = post.send(envelope)
    except (DigestError, ValueError) as error:
        return route.ill(f"not sent to {recipient}", str(error))
    return route.well(f"sent to {recipient}: {receipt.detail}")
