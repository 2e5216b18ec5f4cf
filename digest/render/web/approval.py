"""Make the mail that asks an editor to approve an edition, with the stories that it tells."""

from __future__ import annotations

from datetime import datetime

from digest.model import Edition, Letter, Site
from digest.render.mail import list_id
from digest.render.templating import page, templates
from digest.render.words.translate import speak
from digest.text.columns import WIDTH, wrap


def letter(edition: Edition, site: Site, *, link: str | None, goes_at: datetime | None) -> Letter:
    """Make the letter; `link` is where the editor decides, `goes_at` the time it goes out anyway.

    Raises RenderError where a template fails.
    """
    words = speak(site.language, edition.timezone)
    names = page.names(edition, site) | {
        "link": link or "",
        "deadline": "" if goes_at is None else goes_at.astimezone(words.zone).strftime(SLOT),
        "wrap": wrap,
        "width": WIDTH,
    }
    return Letter(
        subject=words.say(
            "approval_subject", title=edition.title, date=words.short_day(edition.slot)
        ),
        text=templates.fill("approval.txt", site, names),
        html=templates.fill("approval.html", site, names),
        date=edition.composed_at.astimezone(words.zone),
        list_id=list_id(site),
        title=edition.title,
        language=words.tag,
    )


SLOT = "%Y-%m-%dT%H%M"
"""The format of a slot: a time in the digest's zone, as `Words` takes it."""
