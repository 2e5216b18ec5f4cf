"""An edition as an HTML page: one file without scripts and remote resources, fit for printing.

A written page is never rendered again, because templates and settings change.  So the newest page
holds the link to the next edition in a comment, and `lead_on` takes the link out of the comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from digest.model import Edition, Rendition, Site
from digest.render.feeds.syndication import address
from digest.render.templating import page as _page
from digest.render.templating import share_card, templates

FILENAME = "index.html"
SCOPE: Literal["edition", "digest"] = "edition"

_NEXT = re.compile(rb"<!--next:(.*?)-->", re.DOTALL)


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    names = _page.names(edition, site) | {
        "home": address(site, edition.slot, ""),
        "card": share_card.of_edition(edition, site),
    }
    page = templates.fill("edition.html", site, names)
    return Rendition(media_type="text/html; charset=utf-8", body=page.encode())


def lead_on(page: bytes, slot: str) -> bytes:
    """Activate the links to the next edition, that of `slot`, in a page that has none yet.

    >>> lead_on(b'<!--next:<a href="../SLOT/">Next</a>-->', "2026-01-12T0700")
    b'<a href="../2026-01-12T0700/">Next</a>'
    """
    return _NEXT.sub(lambda found: found[1].replace(b"SLOT", slot.encode()), page)
