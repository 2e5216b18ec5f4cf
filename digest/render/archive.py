"""The archive: a page that lists the newest editions, and a page for each month.

The first page stays small: it shows the newest editions and links to a page for each month.  A
month of many editions is a list of days and times, without headlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from digest.model import Outline, Rendition, Site
from digest.render.feeds.syndication import address
from digest.render.templating import share_card, templates
from digest.render.words.translate import iso, speak
from digest.text.direction import direction

FILENAME = "index.html"
SCOPE: Literal["list"] = "list"
EDITIONS = 60
PAGE = "archive/{}.html"


def render(editions: Sequence[Outline], site: Site) -> Rendition:
    """Make the first page: it shows `editions` and links to the months of `site`."""
    months = [list(month) for _, month in groupby(editions, key=lambda edition: edition.slot[:7])]
    years = [list(year) for _, year in groupby(site.months, key=lambda month: month[:4])]
    return _page(site, {"parts": months, "years": years, "month": None, "up": ""})


def page(editions: Sequence[Outline], site: Site, name: str) -> Rendition:
    """Make the page of the month that `editions` are from; `name` is its path."""
    days = [list(day) for _, day in groupby(editions, key=lambda edition: edition.slot[:10])]
    busy = not any(edition.headlines for edition in editions)
    return _page(
        site,
        {
            "parts": days if busy else [list(editions)],
            "years": [],
            "month": editions[0].slot,
            "busy": busy,
            "up": "../" * name.count("/"),
        },
    )


def _page(site: Site, names: dict[str, object]) -> Rendition:
    common = {
        "site": site,
        "words": speak(site.language, site.timezone),
        "direction": direction,
        "iso": iso,
        "home": address(site, ""),
        "card": None if names["month"] else share_card.of_archive(site),
        "file": PAGE.format,
    }
    page = templates.fill("archive.html", site, common | names)
    return Rendition(media_type="text/html; charset=utf-8", body=page.encode())
