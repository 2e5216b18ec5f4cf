"""Real feeds: none crashes, all entries are found, and both paths read the same.

Every deviation stands in a table here, with its reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from digest.errors import ParseError
from digest.model import Markup, ParsedEntry, ParsedFeed
from digest.parse import parse, xml
from digest.parse.reading import loose_xml
from digest.parse.reading.xml_repair import mend
from digest.parse.reading.xml_tree import read
from digest.text.charset import decode
from support.documents import URL, document

pytestmark = pytest.mark.corpus

COUNTS = {
    "danmactough__node-feedparser__illegally-nested.xml": (10, "an empty item in each item"),
    "miniflux__v2__no_encoding_ISO-8859-1.xml": (9, "one item has a date and nothing else"),
}
"""File: how many entries we read where the manifest counts others, and why."""

WITHOUT_ENTRIES: dict[str, str] = {}
"""File: why there is no entry in it."""

FALLBACKS = {
    "feedbin__feedbin__microposts.xml": "the channel is not closed",
    "mmmwhy__mmmwhy.github.io__atom.xml": "a script that is not closed in XHTML",
}
"""What the strict parser refuses even when mended."""

CUT = {"kagisearch__fastfeedparser__osm-pl.xml": "the file ends amid a CDATA section"}
"""What the strict parser reads once its end is closed, and feedparser as it is."""

LARGE = 250_000
"""Bytes from which on a feed is left out of the comparison: feedparser is slow."""

DIFFERENCES = {
    ("danmactough__node-feedparser__illegally-nested.xml", "link"):
        "feedparser gives what follows an inner item to the inner item",
    ("danmactough__node-feedparser__illegally-nested.xml", "bases"): "which follow the link",
    ("timb-machine-mirrors__anarcat-feed2exec__dsa.xml", "language"):
        "feedparser overlooks xml:lang on rdf:RDF",
    ("codehollow__FeedReader__AtomBattleNet.xml", "content"):
        "a blank at the end of an address in XHTML, which libxml2 writes as %20",
    ("danmactough__node-feedparser__tpm-with-fragment-base.atom.xml", "bases"): "a relative base",
    ("Ranchero-Software__NetNewsWire__qemu.atom.xml", "bases"): "a relative base",
    ("rbren__rss-parser__reddit-home.rss.xml", "bases"): "a relative base",
    ("Ranchero-Software__NetNewsWire__OneFootTsunami.atom.xml", "link"):
        "a link to nothing: feedparser makes the feed's base of it",
    ("greatfire__feeds__bbc.xml", "images"): "thumbnails inside a link",
    ("codehollow__FeedReader__Rss20MassaNews.xml", "images"): "pictures in other elements",
    ("Ranchero-Software__NetNewsWire__livemint.xml", "images"): "pictures in other elements",
    ("rbren__rss-parser__itunes-missing-image.rss.xml", "id"):
        "an id that is no address and has two slashes: resolving takes one",
    ("simplepie__simplepie__feed_rss-2.0_for_file_mock.xml", "title"): "encoded twice in part",
    ("simplepie__simplepie__feed_rss-2.0_for_file_mock.xml", "summary"): "encoded twice in part",
    ("simplepie__simplepie__feed_rss-2.0_for_file_mock.xml", "categories"): "encoded twice in part",
}  # fmt: skip
"""(File, field): why feedparser's path reads it differently from the strict one."""


def feeds(corpus: Path) -> Iterator[tuple[str, int, bytes]]:
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            path = Path(row["path"])
            if path.parent == Path("feeds"):
                yield path.name, int(row["entries"]), (corpus / path).read_bytes()


def test_every_feed_gives_its_entries(corpus: Path) -> None:
    found: dict[str, ParsedFeed] = {}
    counts: dict[str, int] = {}
    for name, entries, body in feeds(corpus):
        found[name] = feed = parse(document(body))
        if len(feed.entries) != entries:
            counts[name] = len(feed.entries)
    assert len(found) > 300
    assert counts == {name: count for name, (count, _) in COUNTS.items()}
    assert {name for name, feed in found.items() if not feed.entries} == WITHOUT_ENTRIES.keys()
    assert {name for name, feed in found.items() if feed.parser == "feedparser"} == FALLBACKS.keys()


def test_both_paths_read_the_same(corpus: Path) -> None:
    differences = set()
    for name, _, body in feeds(corpus):
        mended = mend(decode(body, None).text) if len(body) < LARGE else None
        if mended is None or name in FALLBACKS or name in CUT:
            continue
        strict, loose = read(xml._strict(mended.encode()), URL), loose_xml.read(mended, URL)
        assert strict is not None
        pairs = zip(strict.entries, loose.entries, strict=True)
        for one, other in pairs:
            ours, theirs = told(one, strict), told(other, loose)
            differences |= {(name, field) for field in ours if ours[field] != theirs[field]}
    assert differences == DIFFERENCES.keys()


def told(entry: ParsedEntry, feed: ParsedFeed) -> dict[str, object]:
    """Return what an entry means: addresses resolved, languages inherited."""
    base = entry.base or URL
    texts: dict[str, Markup | None] = {
        name: getattr(entry, name) for name in ("title", "summary", "content")
    }
    return {
        **{name: (text.value, text.html) if text else None for name, text in texts.items()},
        "bases": [text.base for text in texts.values() if text and text.html],
        "languages": [text.language or feed.language for text in texts.values() if text],
        "id": entry.id,
        "link": entry.link and urljoin(base, entry.link),
        "dates": (entry.published, entry.updated),
        "authors": entry.authors,
        "categories": entry.categories,
        "enclosures": sorted(urljoin(base, media.url) for media in entry.enclosures),
        "images": [urljoin(base, image.url) for image in entry.images],
        "language": entry.language or feed.language,
        "source": entry.source and entry.source.title,
    }


def test_no_parser_test_of_others_crashes(corpus: Path) -> None:
    feeds_, others = 0, set()
    for path in sorted((corpus / "conformance").rglob("*")):
        if path.is_file():
            try:
                parse(document(path.read_bytes()))
                feeds_ += 1
            except ParseError as error:
                others.add(str(error))
    assert feeds_ > 2500
    assert max(map(len, others)) < 500
