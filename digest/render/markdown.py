"""An edition as CommonMark, in which a feed's text is never taken for markup.

Every value that the template prints is escaped (CommonMark 0.31, 2.4).  Addresses are written
between angle brackets; no address that `clean` has passed can close them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from digest.model import Edition, Rendition, Site
from digest.render.templating import page, templates

FILENAME = "edition.md"
SCOPE: Literal["edition", "digest"] = "edition"

_INLINE = re.compile(r"[\\`*_\[\]<>&~|$#]")
_BLOCK = re.compile(r"[-+=:]|\d{1,9}(?=[.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    names = page.names(edition, site) | {"target": target, "escape": escape}
    text = templates.fill("edition.md", site, names, finalize=escape)
    return Rendition(media_type="text/markdown; charset=utf-8", body=text.encode())


def escape(value: object) -> object:
    r"""Escape Markdown's special characters, also at a line's start; return Markup unchanged.

    >>> print(escape("1. [a](b)"))
    1\. \[a\](b)
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    inline = _INLINE.sub(r"\\\g<0>", value.lstrip(" "))
    marker = _BLOCK.match(inline)
    if marker:
        at = 0 if marker[0] in "-+=:" else marker.end()
        inline = f"{inline[:at]}\\{inline[at:]}"
    return Markup(inline)  # noqa: S704 - here Markup means: escaped for Markdown


def target(address: str) -> Markup:
    """Write a cleaned `address` as a link destination (CommonMark 0.31, 6.3)."""
    return Markup(f"<{_ENTITY.sub('&amp;', address)}>")  # noqa: S704 - as above
