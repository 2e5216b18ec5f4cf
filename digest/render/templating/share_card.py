"""Make link previews: the meta elements of Open Graph and Twitter, for other sites.

The image is the publisher's share image, else the first image of an edition that shows images,
else the logo.  No image is drawn from text: that needs fonts of every script.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.model import Edition, Picture, Site
from digest.render.feeds.syndication import address
from digest.render.looks.style import style_of

_DESCRIPTION = 200
"""Characters: sites cut off longer descriptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCard:
    """The values of the meta elements (ogp.me)."""

    type: Literal["website", "article"]
    url: str
    description: str
    published: str | None = None
    """ISO 8601."""
    image: str | None = None
    width: int | None = None
    height: int | None = None
    large: bool = False
    """Whether the image fills the whole width of the preview."""


def of_edition(edition: Edition, site: Site) -> ShareCard | None:
    """Return the card of an edition's page; ``None`` if the page is published nowhere."""
    url = address(site, edition.slot, "")
    if url is None:
        return None
    stories = [story for section in edition.sections for story in section.stories]
    return _card(
        site,
        "article",
        url,
        _join_titles([story.title for story in stories]),
        edition=edition,
    )


def of_archive(site: Site) -> ShareCard | None:
    """Return the card of a digest's archive; ``None`` if the archive is published nowhere."""
    url = address(site, "")
    style = style_of(site)
    return _card(site, "website", url, style.description if style else "") if url else None


def _card(
    site: Site,
    type_: Literal["website", "article"],
    url: str,
    description: str,
    *,
    edition: Edition | None = None,
) -> ShareCard:
    image, width, height, large = _image(site, edition)
    return ShareCard(
        type=type_,
        url=url,
        description=description,
        published=edition.composed_at.isoformat(timespec="seconds") if edition else None,
        image=image,
        width=width,
        height=height,
        large=large,
    )


def _image(site: Site, edition: Edition | None) -> tuple[str | None, int | None, int | None, bool]:
    """Return the image's address, width and height, and whether the preview is a large one."""
    if site.share_image:
        return (*_published_picture(site, site.share_image), True)
    if edition and edition.images:
        for section in edition.sections:
            for story in section.stories:
                if story.image:
                    return story.image.url, story.image.width, story.image.height, True
    if site.logo:
        return (*_published_picture(site, site.logo), False)
    return None, None, None, False


def _published_picture(site: Site, picture: Picture) -> tuple[str | None, int, int]:
    return address(site, picture.filename), picture.width, picture.height


def _join_titles(titles: list[str]) -> str:
    """Join as many titles as there is room for, at least the first one."""
    line = ""
    for title in titles:
        longer = f"{line} · {title}" if line else title
        if line and len(longer) > _DESCRIPTION:
            break
        line = longer
    return line if len(line) <= _DESCRIPTION else f"{line[: _DESCRIPTION - 1].rstrip()}…"
