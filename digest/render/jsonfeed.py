"""A JSON Feed 1.1 of the newest stories.

The feed has no pages (``next_url``): the pages of the Atom feed hold every story and never change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.feeds import feed_text, syndication
from digest.render.feeds.syndication import address, item
from digest.render.looks.style import style_of

FILENAME = "feed.json"
MEDIA_TYPE = "application/feed+json; charset=utf-8"
SCOPE: Literal["digest"] = "digest"
STORIES = 50
EDITIONS = 1


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    site = feed_text.site(site)
    content = syndication.contents(site)
    home, here = address(site, ""), address(site, FILENAME)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.digest_title,
        **({"home_page_url": home} if home and "archive" in site.formats else {}),
        **({"feed_url": here} if here else {}),
        **_look(site),
        **({"hubs": [{"type": "WebSub", "url": site.hub}]} if site.hub else {}),
        "language": site.language,
        "items": [
            item(site, telling.section, telling.story) | {"content_html": content(telling).strip()}
            for telling in syndication.told(editions)
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return Rendition(media_type=MEDIA_TYPE, body=text.encode())


def _look(site: Site) -> dict[str, str]:
    """Return the fields for the digest's description and its logo."""
    style = style_of(site)
    if style is None:
        return {}
    logo = address(site, site.logo.filename) if site.logo else None
    return {
        **({"description": style.description} if style.description else {}),
        **({"icon": logo} if logo else {}),
    }
