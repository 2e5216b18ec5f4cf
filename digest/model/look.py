"""The look of a digest, as the publisher chooses it, and the pictures that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The keys of ``[render.look]``; ``None`` leaves a thing as our templates have it."""

    accent: str | None = None
    """The color of labels, links under the pointer and buttons: ``#0b5fff``."""
    accent_dark: str | None = None
    """The same on a dark page; otherwise it is made from `accent`."""
    logo: Path | None = None
    share_image: Path | None = None
    """The picture that other sites show beside a link to a page."""
    description: str | None = None
    """One sentence on what the digest is."""
    imprint: str | None = None
    """Who publishes it, or the address of a page that says so."""
    postal_address: str | None = None
    text_font: str | None = None
    """The fonts of running text, as CSS lists them."""
    label_font: str | None = None
    """The fonts of everything small: labels, dates, footers."""
    width: int | None = field(default=None, metadata={"min": 480, "max": 1200})
    """CSS pixels that the column of text takes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the publisher's."""

    filename: str
    """How it is called beside the pages: ``logo.png``."""
    media_type: str
    body: bytes
    width: int
    """In pixels, as is `height`."""
    height: int
