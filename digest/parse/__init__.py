"""Read a document as a feed.

Each module in this folder is a wire format that a configuration may name as ``kind``.  It holds
`parse(document)` and `recognizes(head)`, which decides by the document's first characters alone
whether the document is in this format: a server's media type is wrong too often.  The code that the
formats share is in `reading`.  A module is imported only when there is a body to read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from digest.errors import ConfigError, ParseError
from digest.model import Document, ParsedFeed

_HEAD = 16_384
_MARK = re.compile(r"<!--.*?-->|<\?.*?\?>|<!(?!--)|<[a-z]", re.IGNORECASE | re.DOTALL)
"""The constructs before an XML document's first element, and the beginning of an element."""


class _Format(Protocol):
    def recognizes(self, head: str) -> bool: ...

    def parse(self, document: Document) -> ParsedFeed: ...


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of the wire formats, sorted."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.ispkg))


def parse(document: Document, *, kind: str | None = None) -> ParsedFeed:
    """Read `document` as a feed of the given kind, or of the kind that its content shows.

    Raise ParseError if it is no feed, ConfigError for an unknown kind.
    """
    if kind is None:
        head = _head(document)
        kind = next((name for name in kinds() if _format(name).recognizes(head)), None)
        if kind is None:
            raise ParseError(_verdict(head, document), url=document.url)
    feed = _format(kind).parse(document)
    if document.cut and not feed.cut:
        flaw = "the connection broke off before the end of the document"
        feed = replace(feed, cut=True, flaw=f"{feed.flaw}; {flaw}" if feed.flaw else flaw)

    from digest.parse.reading.elements import MAX_ENTRIES, only_the_first

    if feed.cut and not feed.entries:
        raise ParseError("the document is cut short, before its first entry", url=document.url)
    if len(feed.entries) == MAX_ENTRIES:
        feed = replace(feed, flaw=only_the_first(feed))
    return feed


def _head(document: Document) -> str:
    """Return the decoded beginning of a document; of XML, enough to hold the first element."""
    from digest.text.charset import decode

    head = ""
    for size in (_HEAD, 64 * _HEAD, len(document.body)):
        head = decode(document.body[:size], document.media_type).text.lstrip("\ufeff\0 \t\r\n")
        if len(document.body) <= size or (head and (head[0] != "<" or _has_element(head))):
            break
    return head


def _has_element(head: str) -> bool:
    """Return whether the first element of an XML document begins in `head`."""
    position = head.find("<")
    while position >= 0 and (mark := _MARK.match(head, position)):
        if mark[0][1].isalpha():
            return True
        position = head.find("<", mark.end())
    return False


def _format(kind: str) -> _Format:
    if kind not in kinds():
        raise ConfigError(f"unknown kind of feed {kind!r}; known are {', '.join(kinds())}")
    return cast(_Format, import_module(f"{__name__}.{kind}"))


_NOT_FEEDS = (
    (r"<!doctype\s+html|<html\b|\A<(?:head|body|div|script|title|p|br)\b",
     "this is a web page, not a feed; `digest feeds add` finds the feed that a page names"),
    (r"\A(?:<\?xml[^>]*>\s*)?<opml\b",
     "this is an OPML subscription list, not a feed; `digest feeds import` reads it"),
    (r"<(?:urlset|sitemapindex)\b", "this is a sitemap, not a feed"),
    (r"\A<\?xml|\A<[a-z]", "this is XML, but not RSS, RDF or Atom"),
    (r"\A%PDF-", "this is a PDF, not a feed"),
    (r"\A(?:\x1f‹|PK\x03\x04)", "this is a compressed file, not a feed"),
    (r"\A(?:‰PNG|GIF8|ÿØÿ|RIFF)", "this is a picture, a sound or a film, not a feed"),
)  # fmt: skip


def _verdict(head: str, document: Document) -> str:
    """Return a sentence that says what an unrecognized document is."""
    if not head:
        return "the document is empty"
    for pattern, verdict in _NOT_FEEDS:
        if re.search(pattern, head, re.IGNORECASE):
            return verdict
    served = f" (served as {document.media_type})" if document.media_type else ""
    return f"this is neither XML nor JSON nor a transmission page{served}: not a feed"
