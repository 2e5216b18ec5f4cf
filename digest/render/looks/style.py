"""Prepare the publisher's look for templates, where it is the value ``look``."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from digest.model.look import Look, Picture
from digest.render.looks import colors, fonts
from digest.render.templating import clean

_LOGO = 256, 64
"""The largest width and height of a shown logo, in CSS pixels."""
_MAIL = 480, 800
"""The narrowest and the widest column of a mail, in CSS pixels."""
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


class Branded(Protocol):
    """An object with a look: a `Site`, or the `Frame` of a web page."""

    @property
    def look(self) -> Look | None: ...

    @property
    def logo(self) -> Picture | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLogo:
    """A logo with its size on a page."""

    picture: Picture
    data: str
    """The picture as a data URL (RFC 2397)."""
    width: int
    """The width in CSS pixels; `height` has the same unit."""
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A look ready for templates: no value can end the CSS rule or attribute around it."""

    accent: str | None
    accent_dark: str | None
    logo: ShownLogo | None
    description: str
    imprint: str
    """The text of the imprint; empty if there is none, or if it is at `imprint_link`."""
    imprint_link: str | None
    postal_address: str
    text_font: str | None
    label_font: str | None
    width: int | None
    mail_width: int | None


def style_of(branded: Branded) -> Style | None:
    """Return the look of pages, feeds and mails; ``None`` for the built-in look."""
    look = branded.look
    return None if look is None or look == Look() else _style(look, branded.logo)


@lru_cache(maxsize=32)
def _style(look: Look, logo: Picture | None) -> Style:
    accent = look.accent and colors.parse(look.accent)
    dark = look.accent_dark and colors.parse(look.accent_dark)
    imprint = clean.text(look.imprint or "").strip()
    link = clean.link(imprint) if _ADDRESS.fullmatch(imprint) else None
    return Style(
        accent=accent,
        accent_dark=dark or (accent and colors.readable(accent, colors.DARK)),
        logo=_shown(logo) if logo else None,
        description=clean.text(look.description or "").strip(),
        imprint="" if link else imprint,
        imprint_link=link,
        postal_address=clean.text(look.postal_address or "").strip(),
        text_font=look.text_font and fonts.stack(look.text_font),
        label_font=look.label_font and fonts.stack(look.label_font),
        width=look.width,
        mail_width=look.width and min(max(look.width, _MAIL[0]), _MAIL[1]),
    )


def _shown(logo: Picture) -> ShownLogo:
    scale = min(1.0, _LOGO[0] / logo.width, _LOGO[1] / logo.height)
    return ShownLogo(
        picture=logo,
        data=f"data:{logo.media_type};base64,{b64encode(logo.body).decode()}",
        width=max(1, round(logo.width * scale)),
        height=max(1, round(logo.height * scale)),
    )
