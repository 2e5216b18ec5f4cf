"""RSS 0.90 to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0: Document in, ParsedFeed out.

Three readers, each for what the one before it refuses: a strict parser of the bytes as they are,
the same one of the mended text, and feedparser, which makes something of everything.  A DTD never
reaches any of them, so there is no entity to expand and no address to load; `flaw` says what made
the first of them refuse.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from digest.errors import ParseError
from digest.model import Document, ParsedFeed
from digest.parse.reading.xml_repair import ROOT, mend
from digest.parse.reading.xml_tree import Element, read
from digest.text.charset import declared_encoding, decode, may_be_twice_encoded, without_c1

MAX_TAGS = 1_000_000
"""A tree of more would fill the memory: 10 MB may hold two and a half million elements."""

_ROOT = re.compile(ROOT.pattern.encode(), re.IGNORECASE)
_WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def recognizes(head: str) -> bool:
    """Tell whether a feed's root element begins in `head`, and no web page before it."""
    root = ROOT.search(head)
    return root is not None and _WEB_PAGE.search(head, 0, root.start()) is None


def parse(document: Document) -> ParsedFeed:
    """Read an XML feed; raise ParseError where there is nothing of a feed in it."""
    body, url = document.body, document.url
    if body.count(b"<") > MAX_TAGS:
        raise ParseError(f"more than {MAX_TAGS} tags: no feed is so large", url=url)
    flaw = None
    if body[:1].isspace():
        body, flaw = body.lstrip(), "blank lines before the XML"
    if _is_plain(body):
        try:
            return replace(_checked(read(_strict(without_c1(body)), url), url), flaw=flaw)
        except etree.XMLSyntaxError as error:
            flaw = _reason(error)

    text, lie = decode(body, document.media_type)
    mended = mend(text)
    if mended is None:
        raise ParseError("there is no RSS, RDF or Atom in it", url=url)
    try:
        return replace(_checked(read(_strict(mended.encode()), url), url), flaw=flaw or lie)
    except etree.XMLSyntaxError as error:
        flaw = flaw or _reason(error)

    from digest.parse.reading import loose_xml

    feed = loose_xml.read(mended, url)
    if not (feed.entries or feed.title or feed.link):
        raise ParseError(f"no entry can be read: {flaw}", url=url)
    return replace(feed, flaw=flaw)


def _is_plain(body: bytes) -> bool:
    """Tell whether the strict parser may have the bytes as they are: UTF-8 and no DTD."""
    root = _ROOT.search(body, 0, 65_536)
    return (
        root is not None
        and declared_encoding(body) in (None, "utf-8", "utf8")
        and b"<!DOCTYPE" not in body[: root.start()]
        and not may_be_twice_encoded(body)
    )


def _strict(body: bytes) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(body, parser)


def _reason(error: etree.XMLSyntaxError) -> str:
    return f"not well-formed XML: {' '.join(error.msg.split())[:200]}"


def _checked(feed: ParsedFeed | None, url: str) -> ParsedFeed:
    if feed is None:
        raise ParseError("this is XML, but not RSS, RDF or Atom", url=url)
    return feed
