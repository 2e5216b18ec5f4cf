"""The look of a digest, as the publisher chooses it, with its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The keys of ``[render.look]``; ``None`` leaves a property as our templates have it."""

    accent: str | None = None
    """The color of labels, links under the pointer and buttons: ``#0b5fff``."""
    accent_dark: str | None = None
    """The color on a dark page; ``None``: computed from `accent`."""
    logo: Path | None = None
    share_image: Path | None = None
    """The picture that other sites show beside a link to a page."""
    description: str | None = None
    """One sentence on what the digest is."""
    imprint: str | None = None
    """The publisher, or the address of a page that names the publisher."""
    postal_address: str | None = None
    text_font: str | None = None
    """The fonts of running text, as CSS lists them."""
    label_font: str | None = None
    """The fonts of everything small: labels, dates, footers."""
    width: int | None = field(default=None, metadata={"min": 480, "max": 1200})
    """The greatest width of the text column in CSS pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that the publisher supplies."""

    filename: str
    """The name of the file beside the pages: ``logo.png``."""
    media_type: str
    body: bytes
    width: int
    """The width in pixels."""
    height: int
    """The height in pixels."""
