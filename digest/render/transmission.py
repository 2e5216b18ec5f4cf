"""An edition as a transmission page: bare lines, one excerpt a line.

The layout ``plain`` is a fixed head and the excerpts.  The layout ``labelled`` is the site's name
and, before each excerpt, a line for its category and one for its date, where the story has them.
The last line has no line end, as in the pages that gave the format its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.templating import templates
from digest.render.words.translate import speak

FILENAME = "transmission.txt"
SCOPE: Literal["edition", "digest"] = "edition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    layout: Literal["plain", "labelled"] = "plain"
    """plain: excerpts only; labelled: each excerpt under its category and date."""


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    settings = site.options.get("transmission", Settings())
    assert isinstance(settings, Settings)
    names = {
        "edition": edition,
        "site": site,
        "layout": settings.layout,
        "words": speak(site.language, edition.timezone),
    }
    text = templates.fill("transmission.txt", site, names)
    return Rendition(media_type="text/plain; charset=utf-8", body=text.rstrip("\n").encode())
