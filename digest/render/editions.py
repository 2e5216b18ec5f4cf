"""An Atom feed (RFC 4287) with one entry for each edition; the entry holds the whole edition.

The feed has no closed pages: each edition has a permanent page of its own, which the archive lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.feeds import atom_parts, feed_text
from digest.render.feeds.syndication import address, tag
from digest.render.templating import page, templates
from digest.render.words.translate import speak

FILENAME = "editions.xml"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
SCOPE: Literal["digest"] = "digest"
STORIES = 200
EDITIONS = 10
HEADLINES = 3


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    site = feed_text.site(site)
    shown = [feed_text.edition(edition) for edition in editions]
    shown.sort(key=_updated, reverse=True)
    names = {
        "id": tag(site, "editions"),
        "editions": shown,
        "edition_id": lambda edition: tag(site, "edition", edition.slot),
        "updated_of": _updated,
        "address": lambda edition: _address(edition, site),
        "headlines": _headlines,
        "content": lambda edition: atom_parts.escaped_content(_content(edition, site)),
        "words": speak(site.language, site.timezone),
    }
    return atom_parts.feed(
        "editions.xml",
        site,
        path=FILENAME,
        links=atom_parts.hub(site),
        updates=list(map(_updated, shown)),
        names=names,
    )


def _updated(edition: Edition) -> datetime:
    return feed_text.unique_instant(edition.composed_at, edition.number)


def _address(edition: Edition, site: Site) -> str | None:
    return address(site, edition.slot, "") if "html" in site.formats else None


def _headlines(edition: Edition) -> str:
    """Return the titles of the first stories in one line, for the title of the entry."""
    titles = [story.title for section in edition.sections for story in section.stories]
    return " · ".join([*titles[:HEADLINES], *(["…"] if len(titles) > HEADLINES else [])])


def _content(edition: Edition, site: Site) -> str:
    return templates.fill("feed-edition.html", site, page.names(edition, site))
