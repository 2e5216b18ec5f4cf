"""Attach the publisher's pictures to a mail; its HTML refers to them by Content-ID."""

from __future__ import annotations

from digest.model import LetterPicture
from digest.render.looks.style import Branded, style_of


def letter_pictures(branded: Branded, domain: str) -> tuple[LetterPicture, ...]:
    """Return the logo, if there is one, under a Content-ID in `domain` (RFC 2392)."""
    style = style_of(branded)
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
