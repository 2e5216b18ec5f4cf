"""The publisher's pictures as parts of a mail, which its page names by their Content-ID."""

from __future__ import annotations

from digest.model import LetterPicture
from digest.render.looks.style import Dressed, style_of


def letter_pictures(dressed: Dressed, domain: str) -> tuple[LetterPicture, ...]:
    """Return the logo, if there is one, under a Content-ID in `domain` (RFC 2392)."""
    style = style_of(dressed)
    if style is None or style.logo is None:
        return ()
    logo = style.logo.picture
    return (
        LetterPicture(
            cid=f"logo@{domain}",
            filename=logo.filename,
            media_type=logo.media_type,
            body=logo.body,
        ),
    )
