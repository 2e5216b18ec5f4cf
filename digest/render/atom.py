"""The last editions in, an Atom feed (RFC 4287) of their newest stories out.

``updated`` is the last real change: that of the newest story, never the time of rendering.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render import _templates
from digest.render._syndication import address, authors, newest, story_id, tag

FILENAME = "atom.xml"
SCOPE: Literal["edition", "digest"] = "digest"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    stories = [story for _, _, story in newest(editions)]
    since = datetime.combine(site.since, time(), UTC)
    home = address(site, "")
    names = {
        "site": site,
        "stories": stories,
        "id": tag(site),
        "updated": max((story.updated for story in stories), default=since),
        "home": home,
        "here": address(site, FILENAME),
        "story_id": story_id,
        "authors": authors,
    }
    text = _templates.fill("atom.xml", site, names)
    return Rendition(media_type="application/atom+xml; charset=utf-8", body=text.encode())
