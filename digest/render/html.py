"""An edition as a page: one file that loads nothing, runs nothing and prints well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.feeds.syndication import address
from digest.render.templating import page as _page
from digest.render.templating import templates

FILENAME = "index.html"
SCOPE: Literal["edition", "digest"] = "edition"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    names = _page.names(edition, site) | {"home": address(site, edition.slot, "")}
    page = templates.fill("edition.html", site, names)
    return Rendition(media_type="text/html; charset=utf-8", body=page.encode())
