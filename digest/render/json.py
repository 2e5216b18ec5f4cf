"""Render an edition as a JSON Feed 1.1 document: one item a story, in the edition's order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from digest.model import AilingFeed, Edition, Rendition, Site
from digest.render.feeds.syndication import address, item, tag
from digest.render.templating import page
from digest.render.templating.templates import rfc3339

FILENAME = "edition.json"
SCOPE: Literal["edition", "digest"] = "edition"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    home = address(site, edition.slot, "")
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{edition.title}, {edition.slot[:10]}",
        **({"home_page_url": home, "feed_url": home + FILENAME} if home else {}),
        "language": site.language,
        "_digest": {
            "id": tag(site, "edition", edition.slot),
            "digest": edition.digest,
            "slot": edition.slot,
            "number": edition.number,
            "timezone": edition.timezone,
            "composed_at": rfc3339(edition.composed_at),
            "entries": edition.entries,
            "feeds": edition.feeds,
            "capped": edition.capped,
            "damped": [
                {"feed": feed.feed, "shown": feed.shown, "of": feed.of} for feed in edition.damped
            ],
            "failed": [
                {"title": feed.title, "url": feed.link, "error": "could not be read"}
                for feed in edition.failed
            ],
            **({"note": [page.note_text(part) for part in edition.note]} if edition.note else {}),
            **({"ailing": [_ailing(feed) for feed in edition.ailing]} if edition.ailing else {}),
        },
        "items": [
            item(site, section, story) for section in edition.sections for story in section.stories
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return Rendition(media_type="application/feed+json; charset=utf-8", body=text.encode())


def _ailing(feed: AilingFeed) -> dict[str, str | int | None]:
    return {
        "title": feed.title,
        "url": feed.url,
        "ailment": feed.ailment,
        "since": feed.since and feed.since[:10],
        "moved_to": feed.moved_to,
        "missing": feed.missing,
        "minutes": feed.minutes,
    }
