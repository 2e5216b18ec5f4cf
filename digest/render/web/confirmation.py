"""Make the letter that asks for confirmation of a sign-up.

Of the sign-up form only the address is in the letter: somebody else may have sent the form.
"""

from __future__ import annotations

from datetime import datetime

from digest.model import Letter, Site
from digest.render.looks.attachment import letter_pictures
from digest.render.mail import list_id
from digest.render.templating import templates
from digest.render.words.translate import speak
from digest.text.columns import wrap


def letter(site: Site, *, address: str, link: str, now: datetime) -> Letter:
    """Make the letter to `address` with the `link` that confirms; raises RenderError."""
    words = speak(site.language, site.timezone)
    pictures = letter_pictures(site, list_id(site))
    names: dict[str, object] = {
        "logo": pictures[0].cid if pictures else None,
        "title": site.digest_title,
        "address": address,
        "link": link,
        "words": words,
        "wrap": wrap,
    }
    html = templates.fill("confirm.html", site, names)
    return Letter(
        subject=words.say("confirm_subject", title=site.digest_title),
        text=templates.fill("confirm.txt", site, names),
        html=html,
        date=now.astimezone(words.zone),
        list_id=list_id(site),
        title=site.digest_title,
        language=words.tag,
        pictures=pictures if any(f"cid:{picture.cid}" in html for picture in pictures) else (),
    )
