"""The last editions in, a JSON Feed 1.1 of their newest stories out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render._syndication import address, item, newest

FILENAME = "feed.json"
SCOPE: Literal["edition", "digest"] = "digest"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    home = address(site, "")
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.digest_title,
        **({"home_page_url": home, "feed_url": home + FILENAME} if home else {}),
        "language": site.language,
        "items": [item(site, section, story) for _, section, story in newest(editions)],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return Rendition(media_type="application/feed+json; charset=utf-8", body=text.encode())
