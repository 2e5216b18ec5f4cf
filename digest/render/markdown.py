"""An edition as CommonMark, in which a feed's text is only ever text.

Every value that the template prints is escaped (CommonMark 0.31, 2.4), as html is; an address
stands between angle brackets, which none that came through `_clean` can close.
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
    r"""Escape what Markdown reads as markup, also at a line's start; leave Markup alone.

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
    """Write `address`, a clean one, as a link's destination (CommonMark 0.31, 6.3)."""
    return Markup(f"<{_ENTITY.sub('&amp;', address)}>")  # noqa: S704 - as above
