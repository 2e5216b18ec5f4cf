"""Pictures of an entry in; the one that stands for it, or ``None``, out.

What the feed names as the entry's picture goes first, then attached images, then the first
sensible one of the text.  Never a pixel, an icon, an emoji, an avatar or a badge; only http(s).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from digest.model import Enclosure, Image
from digest.normalize.html import web_link
from digest.text.characters import collapse, scrub

LEAST = 64
"""CSS pixels: a picture known to be smaller on either side is an icon."""

MOST_WRITTEN = 100
"""Pictures of a text that are looked at."""

_NOT_A_PICTURE = re.compile(
    r"feedburner\.com/~|feeds\.feedburner|feedsportal|/~r/|/~ff/|doubleclick|googleadservices"
    r"|google-analytics|scorecardresearch|quantserve|pixel\.wp\.com|stats\.wp\.com|/b\.gif\?|/open\.gif"
    r"|pixel\.gif|/pixel[/?.]|[/_-]1x1|blank\.gif|spacer\.|transparent\.(?:gif|png)|placeholder\.(?:gif|svg)"
    r"|gravatar\.com/|/avatars?/|secure\.gravatar|s\.w\.org/images/core/emoji|/emojis?/|twemoji|/smil(?:ey|ies)"
    r"|img\.shields\.io|badge\.(?:svg|png)|badgen\.net|travis-ci|/badges?/|codecov\.io|ko-fi\.com|buymeacoffee"
    r"|paypalobjects|bmc-button|/favicon|/share[_-]?icons?|addtoany|/icons?/|counter\.|analytics\.|/track(?:ing|er)?[/?]"
    r"|medium\.com/_/stat|hits\.(?:sh|seeyoufarm|dwyl)|licensebuttons|creativecommons\.org"
)
_SMALL_CLASS = re.compile(
    r"\b(?:emoji|wp-smiley|avatar|icon|badge|smiley|logo|gravatar)\b", re.IGNORECASE
)
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file", "data-actualsrc")
_SIZE = re.compile(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*")
_WORDPRESS_SIZE = re.compile(r"-(\d{2,4})x(\d{2,4})\.(?:jpe?g|png|webp|gif)$")
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def lead(
    named: Iterable[Image],
    enclosures: Iterable[Enclosure],
    written: Iterable[Mapping[str, str | None]],
    *,
    base: str | None,
    text_base: str | None,
) -> Image | None:
    """Choose the lead image: `named` by the feed, attached, or an ``<img>``'s attributes."""
    for image in named:
        found = _sensible(image.url, image.width, image.height, image.alt, base)
        if found:
            return found
    for enclosure in enclosures:
        kind = enclosure.media_type or ""
        if kind.startswith("image/") or (not kind and _PICTURE_NAME.search(enclosure.url)):
            found = _sensible(enclosure.url, None, None, enclosure.title, base)
            if found:
                return found
    for given in islice(written, MOST_WRITTEN):
        found = _from_attributes(given, text_base)
        if found:
            return found
    return None


def _from_attributes(given: Mapping[str, str | None], base: str | None) -> Image | None:
    if _SMALL_CLASS.search(given.get("class") or ""):
        return None
    width, height = _pixels(given.get("width")), _pixels(given.get("height"))
    for address in _addresses(given):
        found = _sensible(address, width, height, given.get("alt"), base)
        if found:
            return found
    return None


def _addresses(given: Mapping[str, str | None]) -> Iterator[str]:
    for name in _LAZY:
        if given.get(name):
            yield given[name] or ""
    source = given.get("src") or ""
    if source and not source.startswith("data:"):
        yield source
    candidates = given.get("srcset") or given.get("data-srcset") or ""
    if candidates:
        yield candidates.strip().split(maxsplit=1)[0].rstrip(",")


def _sensible(
    url: str, width: int | None, height: int | None, alt: str | None, base: str | None
) -> Image | None:
    address = web_link(url, base)
    if address is None or _NOT_A_PICTURE.search(address.lower()):
        return None
    if width is None and height is None:
        sized = _WORDPRESS_SIZE.search(address)
        if sized:
            width, height = int(sized[1]), int(sized[2])
    if (width is not None and width < LEAST) or (height is not None and height < LEAST):
        return None
    words = collapse(scrub(alt or ""))[:300] or None
    return Image(url=address, width=width or None, height=height or None, alt=words)


def _pixels(value: str | None) -> int | None:
    found = _SIZE.fullmatch(value or "")
    return int(found[1]) if found else None
