"""Make the letter that asks somebody whether they want a digest.

Of what whoever signed them up wrote only the address stands in it.
"""

from __future__ import annotations

from datetime import datetime

from digest.model import Letter, Site
from digest.render.mail import list_id
from digest.render.templating import templates
from digest.render.words.words import speak
from digest.text.columns import wrap


def letter(site: Site, *, address: str, link: str, now: datetime) -> Letter:
    """Make the letter to `address` with the `link` that confirms; raises RenderError."""
    words = speak(site.language, site.timezone)
    names: dict[str, object] = {
        "title": site.digest_title,
        "address": address,
        "link": link,
        "words": words,
        "wrap": wrap,
    }
    return Letter(
        subject=words.say("confirm_subject", title=site.digest_title),
        text=templates.fill("confirm.txt", site, names),
        html=templates.fill("confirm.html", site, names),
        date=now.astimezone(words.zone),
        list_id=list_id(site),
        title=site.digest_title,
        language=words.tag,
    )
