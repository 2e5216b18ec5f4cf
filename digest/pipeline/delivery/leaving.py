"""Check that the subscribers of a digest can leave it: no mail goes to them without a way to leave.

The way to leave is the page of the web service (`web.url`) or an address of the channel
(`unsubscribe`), and the mail's template must show it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from digest.deliver import MailSettings
from digest.errors import RenderError
from digest.model import LINK, Digest, Edition, Letter, Section, Story
from digest.pipeline.output import Audience, site_of

if TYPE_CHECKING:
    from digest.settings import Config

NO_WAY = (
    "mail to subscribers needs a way to leave: set web.url, where people reach `digest serve`, or "
    "unsubscribe, an address where mail means leaving"
)


def can_leave(config: Config, settings: MailSettings) -> bool:
    """Return whether subscribers find an address for leaving in a channel's mail."""
    return bool(config.web.url or settings.unsubscribe)


def channels_without(config: Config, digest: Digest) -> tuple[str, ...]:
    """Return the channels that would mail a digest to subscribers who cannot leave."""
    return tuple(
        name
        for name, settings in digest.channels.items()
        if isinstance(settings, MailSettings)
        and settings.subscribers
        and not can_leave(config, settings)
    )


def check_letter(letter: Letter, digest: str) -> None:
    """Raise RenderError where a letter to subscribers does not show how to leave."""
    for template, text in (("mail.html", letter.html), ("mail.txt", letter.text)):
        if LINK not in text:
            raise RenderError(
                f"the template {template} shows no way to leave, which subscribers need: write "
                "{{ leave }} where the address for leaving belongs",
                digest=digest,
            )


def check_templates(config: Config, digest: Digest, now: datetime) -> None:
    """Raise RenderError where the templates of mail show no way to leave, or cannot be filled.

    Nothing is checked where no channel mails the digest to subscribers.
    """
    if not any(
        isinstance(settings, MailSettings) and settings.subscribers and can_leave(config, settings)
        for settings in digest.channels.values()
    ):
        return
    from digest.render import mail

    story = Story(key="sample", rank=1, title="A story", updated=now)
    edition = Edition(
        digest=digest.name,
        slot=f"{now:%Y-%m-%dT%H%M}",
        number=1,
        title=digest.title,
        timezone=digest.timezone,
        language=digest.language,
        composed_at=now,
        sections=(Section(title="", stories=(story,)),),
    )
    site = site_of(config, digest, None, (), audience=Audience(), now=now)
    letter = mail.letter(edition, site, leaving=True, cut=lambda text, length: text[:length])
    check_letter(letter, digest.name)
