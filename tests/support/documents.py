"""Documents as a fetch would bring them."""

from __future__ import annotations

from digest.model import Document

URL = "https://example.org/blog/feed.xml"


def document(body: str | bytes, media_type: str | None = None, url: str = URL) -> Document:
    """Return a document of `body`; text is encoded as UTF-8."""
    return Document(
        url=url,
        media_type=media_type,
        body=body.encode() if isinstance(body, str) else body,
    )
