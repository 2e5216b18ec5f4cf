"""Make the letter of an edition, and from it the message to each recipient.

The same secret, edition and recipient give the same Message-ID and the same addresses for leaving,
so a message that must be made again has the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.errors import RenderError
from digest.mailing_list import token_signatures
from digest.model import LINK, Envelope, MarkedText
from digest.net import mail_addresses
from digest.pipeline.delivery.leaving import can_leave, check_letter
from digest.pipeline.delivery.weekly_channel import weekly_after
from digest.pipeline.output import audience_of, site_of
from digest.store import editions, letters
from digest.store.secrets import secret

if TYPE_CHECKING:
    from digest.deliver import MailSettings
    from digest.deliver.message import MessageTemplate
    from digest.model import Digest, Letter
    from digest.settings import Config
    from digest.store import Store
    from digest.store.open_deliveries import OpenDeliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """The letter of an edition, and all that is needed to address it to a recipient."""

    letter: Letter
    is_new: bool
    """Whether the letter has still to be stored."""
    form: MessageTemplate
    secret: bytes
    edition: OpenDeliveries
    settings: MailSettings
    web: str | None

    @property
    def can_leave(self) -> bool:
        """Whether a recipient finds an address for leaving."""
        return bool(self.web or self.settings.unsubscribe)

    def message_id(self, key: str) -> str:
        """Return the Message-ID, in angle brackets, for the recipient with this key of address."""
        edition = self.edition
        left = token_signatures.message_id(
            self.secret, edition.digest, edition.slot, edition.channel, key
        )
        return f"<{left}@{_from(self.settings).rpartition('@')[2]}>"

    def sender(self, number: int) -> str:
        """Return the envelope's sender, to which mail to this subscriber bounces."""
        return bounces_to(self.settings, self.secret, number)

    def envelope(self, recipient: str, key: str, number: int, name: str | None = None) -> Envelope:
        """Return the message to a subscriber; raise ValueError where it cannot be sent."""
        token = token_signatures.sign(self.secret, "unsubscribe", number)
        link = f"{self.web}{self.edition.digest}/unsubscribe/{token}" if self.web else None
        mailto = None
        if self.settings.unsubscribe:
            address = mail_addresses.extended(self.settings.unsubscribe, token)
            mailto = f"mailto:{address}?subject=unsubscribe"
        message_id = self.message_id(key)
        return Envelope(
            sender=self.sender(number),
            recipient=recipient,
            message_id=message_id,
            message=self.form.fill(
                recipient=recipient, message_id=message_id, link=link, mailto=mailto, name=name
            ),
        )


def mail_template(
    config: Config, store: Store, digest: Digest, edition: OpenDeliveries, settings: MailSettings
) -> MailTemplate:
    """Load an edition's letter, or render it, and prepare it for all recipients.

    Raises RenderError.
    """
    from digest.deliver.message import prepare

    with store.write() as connection:
        key_of = secret(connection)
        letter = letters.find(connection, edition.edition_id, edition.channel)
    leaving = can_leave(config, settings)
    is_new = letter is None or (LINK in letter.html and not leaving)
    if letter is None or is_new:
        letter = _rendered(config, store, digest, edition, leaving=leaving)
    try:
        form = prepare(letter, sender=settings.from_, reply_to=settings.reply_to)
    except ValueError as error:
        raise RenderError(
            f"the edition {edition.slot} of {digest.name} cannot be sent as mail: {error}",
            digest=digest.name,
        ) from error
    return MailTemplate(
        letter=letter,
        is_new=is_new,
        form=form,
        secret=key_of,
        edition=edition,
        settings=settings,
        web=config.web.url,
    )


def _rendered(
    config: Config, store: Store, digest: Digest, edition: OpenDeliveries, *, leaving: bool
) -> Letter:
    from digest.excerpt import excerpt
    from digest.render import mail

    def cut(text: str, length: int) -> str:
        settings = replace(digest.excerpt, length=length)
        return excerpt(MarkedText(text), settings, language=digest.language, verbatim=True).text

    with store.read() as connection:
        frozen = editions.by_id(connection, edition.edition_id)
        state = editions.digest_state(connection, digest.name)
        audience = audience_of(connection, digest)
        after = weekly_after(edition.channel)
        week = (
            () if after is None else editions.between(connection, digest.name, after, frozen.number)
        )
    site = site_of(config, digest, state, (), audience=audience)
    letter = mail.letter(frozen, site, leaving=leaving, cut=cut, week=week)
    if leaving:
        check_letter(letter, digest.name)
    return letter


def bounces_to(settings: MailSettings, key_of: bytes, number: int) -> str:
    """Return the sender of the envelope to a subscriber; a bounce to it names the subscriber."""
    if settings.bounces is None:
        return _from(settings)
    return mail_addresses.extended(
        settings.bounces, token_signatures.sign(key_of, "bounce", number)
    )


def _from(settings: MailSettings) -> str:
    return mail_addresses.split_name(settings.from_)[1]
