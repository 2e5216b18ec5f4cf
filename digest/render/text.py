"""An edition as plain text of 78 columns, with complete links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.templating import page, templates
from digest.text.columns import WIDTH, columns, wrap

FILENAME = "edition.txt"
SCOPE: Literal["edition", "digest"] = "edition"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    names = page.names(edition, site) | {"columns": columns, "wrap": wrap, "width": WIDTH}
    text = templates.fill("edition.txt", site, names)
    return Rendition(media_type="text/plain; charset=utf-8", body=text.encode())
