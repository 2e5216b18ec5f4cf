"""The last editions in, the page that lists them out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render import _templates
from digest.render._direction import direction
from digest.render._syndication import address
from digest.render._words import iso, speak

FILENAME = "index.html"
SCOPE: Literal["edition", "digest"] = "digest"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    months = [list(month) for _, month in groupby(editions, key=lambda edition: edition.slot[:7])]
    names = {
        "months": months,
        "site": site,
        "words": speak(site.language, site.timezone),
        "direction": direction,
        "iso": iso,
        "home": address(site, ""),
    }
    page = _templates.fill("archive.html", site, names)
    return Rendition(media_type="text/html; charset=utf-8", body=page.encode())
