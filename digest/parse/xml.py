"""Read RSS 0.90 to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0.

There are three readers; each reads the documents that the one before it refuses: a strict parser of
the bytes as they are, the same parser of the repaired text, and feedparser, which accepts anything.
A DTD never reaches any of them, so there is no entity to expand and no address to load.  `flaw`
says why the first reader refused the document.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from digest.errors import ParseError
from digest.model import Document, ParsedFeed
from digest.parse.reading import elements
from digest.parse.reading.xml_ends import completed, first_entries, flattened
from digest.parse.reading.xml_repair import ROOT, mend
from digest.parse.reading.xml_tree import Element, read
from digest.text.charset import declared_encoding, decode, may_be_twice_encoded, without_c1

MAX_TAGS = 300_000
"""The most start and end tags that are read: 10 MB may hold millions, which fill the memory."""

_ROOT = re.compile(ROOT.pattern.encode(), re.IGNORECASE)
_PROLOGUE = re.compile(r"<!--.*?-->|<\?.*?\?>|<!doctype[^<>\[]*>", re.IGNORECASE | re.DOTALL)
_WEB_PAGE = re.compile(r"<html[\s>]", re.IGNORECASE)
_HTML_DOCTYPE = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_TAG = re.compile(r"<[a-z]", re.IGNORECASE)


def recognizes(head: str) -> bool:
    """Return whether a feed's root element begins in `head`, and no web page before it.

    Neither ``<html>`` in a comment nor the DOCTYPE of HTML alone makes a web page.
    """
    root = ROOT.search(head)
    if root is None:
        return False
    before = _PROLOGUE.sub("", head[: root.start()])
    if _WEB_PAGE.search(before):
        return False
    return not (_HTML_DOCTYPE.search(head, 0, root.start()) and _TAG.search(before))


def parse(document: Document) -> ParsedFeed:
    """Read an XML feed; raise ParseError if it holds no part of a feed."""
    body, url, flaw = document.body, document.url, None
    shortened = first_entries(body, elements.MAX_ENTRIES, MAX_TAGS)
    if shortened is not None:
        if not shortened:
            raise ParseError(f"more than {MAX_TAGS:,} tags in one entry, or in none", url=url)
        body = shortened
    if body[:1].isspace():
        body, flaw = body.lstrip(), "blank lines before the XML"
    if shortened is None and _is_plain(body):
        try:
            return replace(_checked(read(_strict(without_c1(body)), url), url), flaw=flaw)
        except etree.XMLSyntaxError as error:
            flaw = _reason(error)
    feed = _read_repaired(body, document.media_type, flaw, url)
    if shortened is None:
        return feed
    feed = replace(feed, cut=False, open_entry=None, flaw=None)
    if len(feed.entries) == elements.MAX_ENTRIES:
        return feed
    return replace(feed, flaw=elements.only_the_first(feed))


def _read_repaired(body: bytes, media_type: str | None, flaw: str | None, url: str) -> ParsedFeed:
    """Read a document that the strict parser refuses: repaired, or else with feedparser."""
    text, charset_flaw = decode(body, media_type)
    mended = mend(text)
    if mended is None:
        raise ParseError("there is no RSS, RDF or Atom in it", url=url)
    cut = completed(mended)
    if cut is not None:
        mended, flaw = cut.text, "the document is cut short: its root element is never closed"
    if cut is None or cut.depth:
        try:
            root = _strict_or_flattened(mended)
        except etree.XMLSyntaxError as error:
            flaw = flaw or _reason(error)
        else:
            feed = _checked(read(root, url, cut.depth if cut else 0), url)
            return replace(feed, flaw=flaw or charset_flaw)

    from digest.parse.reading import loose_xml

    feed = loose_xml.read(mended, url, within_entry=cut is not None and cut.within_entry)
    if not (feed.entries or feed.title or feed.link):
        raise ParseError(f"no entry can be read: {flaw}", url=url)
    flaws = [why for why in (flaw, feed.flaw) if why]
    return replace(feed, flaw="; ".join(flaws), cut=cut is not None)


def _is_plain(body: bytes) -> bool:
    """Return whether the strict parser may read the bytes as they are: UTF-8 without a DTD."""
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


def _strict_or_flattened(text: str) -> Element:
    try:
        return _strict(text.encode())
    except etree.XMLSyntaxError as error:
        if "Excessive depth" not in error.msg:
            raise
    return _strict(flattened(text).encode())


def _reason(error: etree.XMLSyntaxError) -> str:
    return f"not well-formed XML: {' '.join(error.msg.split())[:200]}"


def _checked(feed: ParsedFeed | None, url: str) -> ParsedFeed:
    if feed is None:
        raise ParseError("this is XML, but not RSS, RDF or Atom", url=url)
    return feed
