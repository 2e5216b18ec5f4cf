"""The newest editions in, an Atom feed (RFC 4287) of their stories out; and its closed pages.

The feed and its pages together hold every story (RFC 5005, 4).  A page points back only, so that
nothing that comes later could change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render import _atom, _feedtext, _syndication
from digest.render._atom import Link

FILENAME = "atom.xml"
SCOPE: Literal["digest"] = "digest"
STORIES = 50
EDITIONS = 1
PAGE = "archive/atom-{}.xml"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    site = _feedtext.site(site)
    return _feed(editions, site, FILENAME, [*_earlier(site), *_atom.hub(site)], closed=False)


def page(editions: Sequence[Edition], site: Site, name: str) -> Rendition:
    """Make the closed page `name`, which follows the newest one that `site` knows."""
    site = _feedtext.site(site)
    links = [*_atom.file(site, "current", FILENAME), *_earlier(site)]
    return _feed(editions, site, name, links, closed=True)


def _earlier(site: Site) -> list[Link]:
    return _atom.file(site, "prev-archive", site.closed.get("atom"))


def _feed(
    editions: Sequence[Edition], site: Site, path: str, links: Sequence[Link], *, closed: bool
) -> Rendition:
    stories = _syndication.told(editions)
    content = _syndication.contents(site)
    names = {
        "id": _syndication.tag(site),
        "closed": closed,
        "stories": stories,
        "story_id": lambda one: _syndication.story_id(site, one.story),
        "authors": lambda one: list(map(_feedtext.plain, _syndication.authors(one.story))),
        "links_of": _atom.links_of,
        "source": lambda one: _atom.source_of(one, site),
        "content": lambda one: _atom.inlaid(content(one)),
    }
    updates = [one.story.updated for one in stories]
    return _atom.feed("atom.xml", site, path=path, links=links, updates=updates, names=names)
