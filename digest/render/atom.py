"""An Atom feed (RFC 4287) of the newest stories, and its closed pages.

The feed and its pages together hold every story (RFC 5005, 4).  A closed page links to older pages
only, so that later editions do not change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.feeds import atom_parts, feed_text, syndication
from digest.render.feeds.atom_parts import Link

FILENAME = "atom.xml"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
SCOPE: Literal["digest"] = "digest"
STORIES = 50
EDITIONS = 1
PAGE = "archive/atom-{}.xml"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    site = feed_text.site(site)
    return _feed(editions, site, FILENAME, [*_earlier(site), *atom_parts.hub(site)], closed=False)


def page(editions: Sequence[Edition], site: Site, name: str) -> Rendition:
    """Make the closed page `name`, which follows the newest closed page of `site`."""
    site = feed_text.site(site)
    links = [*atom_parts.file(site, "current", FILENAME), *_earlier(site)]
    return _feed(editions, site, name, links, closed=True)


def _earlier(site: Site) -> list[Link]:
    return atom_parts.file(site, "prev-archive", site.closed.get("atom"))


def _feed(
    editions: Sequence[Edition], site: Site, path: str, links: Sequence[Link], *, closed: bool
) -> Rendition:
    stories = syndication.told(editions)
    content = syndication.contents(site)
    names = {
        "id": syndication.tag(site),
        "closed": closed,
        "stories": stories,
        "story_id": lambda telling: syndication.story_id(site, telling.story),
        "authors": lambda telling: list(map(feed_text.plain, syndication.authors(telling.story))),
        "links_of": atom_parts.links_of,
        "source": lambda telling: atom_parts.source_of(telling, site),
        "content": lambda telling: atom_parts.escaped_content(content(telling)),
    }
    updates = [story.story.updated for story in stories]
    return atom_parts.feed("atom.xml", site, path=path, links=links, updates=updates, names=names)
