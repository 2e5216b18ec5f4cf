"""An edition as an EPUB 3 book: a chapter for each section, for e-readers and Kindle.

The book holds no script, no picture but the publisher's logo and no remote resource; its links lead
to the web.  It sets no colors: an accent that fits our page may not fit an e-reader's.  The same
edition always gives the same bytes: files in the archive carry the edition's own time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Literal
from zoneinfo import ZoneInfo

from digest.model import Edition, Rendition, Section, Site
from digest.render.feeds import feed_text
from digest.render.feeds.syndication import tag
from digest.render.templating import page, templates

FILENAME = "edition.epub"
SCOPE: Literal["edition", "digest"] = "edition"

_MEDIA_TYPE = "application/epub+zip"
_PICTURES = ("image/png", "image/jpeg", "image/gif")
"""The image types that all EPUB 3 reading systems show (3.2, 3.1); WebP came with EPUB 3.3."""
_CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""


def filename(digest: str, slot: str) -> str:
    """Return the file name of an edition; it begins with the digest, for lists on e-readers."""
    return f"{digest}-{slot}.epub"


def render(editions: Sequence[Edition], site: Site) -> Rendition:
    (edition,) = editions
    if site.logo and site.logo.media_type not in _PICTURES:
        site = replace(site, logo=None)
    names = page.names(edition, site)
    sections = edition.sections or (Section(title="", stories=()),)
    names |= {
        "uri": feed_text.uri,
        "id": tag(site, "edition", edition.slot),
        "sections": [(f"section-{at}.xhtml", section) for at, section in enumerate(sections, 1)],
    }
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": _CONTAINER,
        "book/package.opf": templates.fill("epub/package.xml", site, names),
        "book/contents.xhtml": templates.fill("epub/contents.xml", site, names),
        "book/style.css": templates.fill("epub/style.css", site, {}),
    }
    for place, section in names["sections"]:  # type: ignore[attr-defined]
        chapter = templates.fill("epub/section.xml", site, names | {"section": section})
        files[f"book/{place}"] = chapter
    if site.look and site.logo:
        files[f"book/{site.logo.filename}"] = site.logo.body
    return Rendition(media_type=_MEDIA_TYPE, body=_zip_archive(files, edition))


def _zip_archive(files: dict[str, str | bytes], edition: Edition) -> bytes:
    """Make the archive (OCF 3.3); its first file is the media type, stored uncompressed."""
    moment = edition.composed_at.astimezone(ZoneInfo(edition.timezone))
    stamp = max(moment.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(_zip_entry("mimetype", stamp), _MEDIA_TYPE)
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            archive.writestr(_zip_entry(name, stamp), body, zipfile.ZIP_DEFLATED, 9)
    return memory.getvalue()


def _zip_entry(name: str, stamp: tuple[int, ...]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, stamp)  # type: ignore[arg-type]
    info.create_system, info.external_attr = 3, 0o644 << 16  # the same on every system
    return info
