"""Read and write lists of subscriptions (OPML 1.0 and 2.0).

A list that is not well-formed XML is read as far as a browser would read it.  Only feeds with an
http or https address are read, so that a list from a stranger cannot name local files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from lxml import etree

from digest.errors import ConfigError
from digest.net.urls import canonical_link, without_feed_scheme

SEPARATOR = " / "
"""The text between the folders of a category."""

_LARGEST = 32_000_000
_ROOT = re.compile(rb"<(?:\w+:)?(opml|rss|feed|rdf|html|body|head)\b", re.I)
_OUTLINE = re.compile(rb"<(?:\w+:)?outline\b", re.I)
_ADDRESS = re.compile(r"\bxmlUrl\s*=\s*([\"'])([^\"'<>]{1,2000})\1", re.I)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_MOST_FOLDERS = 20
"""The deepest nesting of folders that is written; deeper ones are joined to one name."""
_NOT_IN_ADDRESS = re.compile("[^\x21-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlOutline:
    """A subscription in an OPML list."""

    url: str
    title: str | None = None
    category: str | None = None
    """The folders around the outline, outermost first, joined by `SEPARATOR`."""
    html_url: str | None = None
    is_recovered: bool = field(default=False, compare=False)
    """Whether the outline was recovered from a broken tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedOutline:
    """An outline that was left out, and the reason."""

    label: str
    reason: str


def _ignore(_outline: SkippedOutline) -> None:
    pass


def read(
    data: bytes, *, skip: Callable[[SkippedOutline], object] = _ignore
) -> tuple[OpmlOutline, ...]:
    """Return the feeds of a list in its order, the first of each URL.

    `skip` is called with each outline that is left out, but not with folders that hold feeds.

    The category of a feed is its folders, else the first category of its ``category`` attribute.
    Raises ConfigError with the reason where the list holds no feed.
    """
    if len(data) > _LARGEST:
        raise ConfigError(f"a list of more than {_LARGEST // 1_000_000} MB is no list of feeds")
    strict = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        outlines = _feeds(etree.fromstring(data, strict), skip)
    except (etree.XMLSyntaxError, ValueError):
        outlines = _recovered(data, skip)
    found: dict[str, OpmlOutline] = {}
    for outline in outlines:
        if outline.url not in found:
            found[outline.url] = outline
        elif not outline.is_recovered:
            label = outline.title or outline.url
            skip(SkippedOutline(label=label, reason=f"{outline.url} is in the list already"))
    if not found:
        raise ConfigError(_reason_for_no_feeds(data))
    return tuple(found.values())


def write(outlines: Iterable[OpmlOutline], title: str, created: datetime | None = None) -> str:
    """Return an OPML 2.0 document: the outlines in their order, each in its category's folder."""
    document = etree.Element("opml", version="2.0")
    head = etree.SubElement(document, "head")
    etree.SubElement(head, "title").text = _readable(title)
    if created:
        etree.SubElement(head, "dateCreated").text = format_datetime(created)
    folders: _Folders = {(): etree.SubElement(document, "body")}
    for outline in outlines:
        category = _readable(outline.category or "")
        path = tuple(part.strip() for part in category.split(SEPARATOR) if part.strip())
        if len(path) > _MOST_FOLDERS:
            path = (*path[: _MOST_FOLDERS - 1], SEPARATOR.join(path[_MOST_FOLDERS - 1 :]))
        attributes = {
            "type": "rss",
            "text": _readable(outline.title or "") or _escaped(outline.url),
            "xmlUrl": _escaped(outline.url),
            "htmlUrl": _escaped(outline.html_url or ""),
        }
        element = etree.SubElement(_folder(folders, path), "outline")
        for name, value in attributes.items():
            if value:
                element.set(name, value)
    etree.indent(document)
    body = etree.tostring(document, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


# --- reading --------------------------------------------------------------------------------------


def _recovered(data: bytes, skip: Callable[[SkippedOutline], object]) -> Iterator[OpmlOutline]:
    """Yield the feeds of a list that is not well-formed.

    Of the parsers that recover from errors, only the HTML parser keeps a bare ``&`` and the text
    behind it.  From a tag that even this parser cannot read, the address alone is taken.
    """
    encoding = _encoding(data)
    try:
        root = etree.fromstring(data, etree.HTMLParser(encoding=encoding, no_network=True))
        text = data.decode(encoding, "replace")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return
    if root is not None:
        yield from _feeds(root, skip)
    before, *comments = text.split("<!--")
    text = before + "".join(comment.partition("-->")[2] for comment in comments)
    for _, address in _ADDRESS.findall(text):
        if url := _feed_url({"xmlurl": address.replace("&amp;", "&")}):
            yield OpmlOutline(url=url, is_recovered=True)


def _encoding(data: bytes) -> str:
    """Return the encoding of a broken list: by its bytes, else by its XML declaration."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        declared = _DECLARED.search(data)
        label = declared[1].decode("ascii") if declared else "windows-1252"
        return "windows-1252" if label.lower() in ("utf-8", "utf8") else label
    return "utf-8"


def _feeds(root: etree._Element, skip: Callable[[SkippedOutline], object]) -> Iterator[OpmlOutline]:
    """Yield the feeds of a list in its order, however deeply its folders are nested."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        inner = folders
        if element.tag.rpartition("}")[2].lower() == "outline":
            attributes = {name.lower(): value for name, value in element.items()}
            label = _readable(attributes.get("text", "")) or _readable(attributes.get("title", ""))
            url = _feed_url(attributes)
            if url is not None:
                yield _outline(url, label, attributes, folders)
            else:
                if reason := _reason_to_skip(element, attributes):
                    skip(SkippedOutline(label=label or "an outline without a title", reason=reason))
                inner = (*folders, label) if label else folders
        children = element.iterchildren(tag=etree.Element, reversed=True)
        waiting += [(child, inner) for child in children]


def _outline(
    url: str, label: str, attributes: dict[str, str], folders: tuple[str, ...]
) -> OpmlOutline:
    home = attributes.get("htmlurl", "").strip()
    return OpmlOutline(
        url=url,
        title=label if label not in ("", url) else None,
        category=SEPARATOR.join(folders or _categories(attributes)) or None,
        html_url=home if canonical_link(home) else None,
    )


def _reason_to_skip(element: etree._Element, attributes: dict[str, str]) -> str | None:
    """Return why an outline is left out; ``None`` for a folder that holds other outlines."""
    address = attributes.get("xmlurl", "").strip()
    if address:
        shown = address if len(address) <= 100 else f"{address[:99]}…"
        return f"{_readable(shown)} is no http or https address"
    if len(element):
        return None
    kind = attributes.get("type", "").strip().lower()
    if kind in ("rss", "atom"):
        return "it has no xmlUrl"
    if kind in ("link", "include") or attributes.get("url", "").strip():
        return "it is a link, not a feed"
    if attributes.get("htmlurl", "").strip():
        return "it names a page and no feed; `digest feeds add` finds the feed of a page"
    return "it has no xmlUrl"


def _feed_url(attributes: dict[str, str]) -> str | None:
    url = attributes.get("xmlurl", "")
    if not url.strip() and attributes.get("type", "").strip().lower() in ("rss", "atom"):
        url = attributes.get("url", "")
    url = _escaped(without_feed_scheme("".join(url.split())))
    return url if canonical_link(url) else None


def _categories(attributes: dict[str, str]) -> tuple[str, ...]:
    """Return the first of the slash-delimited categories (OPML 2.0): ``/Boston/Weather,/News``."""
    for category in attributes.get("category", "").split(","):
        if parts := tuple(part for name in category.split("/") if (part := _readable(name))):
            return parts
    return ()


def _reason_for_no_feeds(data: bytes) -> str:
    if not data.strip():
        return "the file is empty"
    root = _ROOT.search(data)
    if root is None:
        return "this is not an OPML list: there is no <opml> in it"
    if root[1].lower() in (b"rss", b"feed", b"rdf"):
        return "this is a feed, not an OPML list of feeds: add it by its address"
    if root[1].lower() != b"opml":
        return "this is a web page, not an OPML list of feeds"
    count = len(_OUTLINE.findall(data))
    if count == 0:
        return "this OPML list is empty: there is no <outline> in it"
    return f"none of the list's {count} outlines names a feed: an xmlUrl with an http address"


# --- writing --------------------------------------------------------------------------------------


_Folders = dict[tuple[str, ...], etree._Element]


def _folder(folders: _Folders, path: tuple[str, ...]) -> etree._Element:
    """Return the element of a folder; it and the folders around it are made where missing."""
    for depth in range(1, len(path) + 1):
        if path[:depth] not in folders:
            parent = folders[path[: depth - 1]]
            folders[path[:depth]] = etree.SubElement(parent, "outline", text=path[depth - 1])
    return folders[path]


def _escaped(address: str) -> str:
    """Return an address with escapes for white space and characters that XML cannot hold."""
    return _NOT_IN_ADDRESS.sub(lambda found: quote(found[0], errors="replace"), address)


def _readable(text: str) -> str:
    """Return text without characters that XML cannot hold, and white space as single spaces."""
    return " ".join(_NOT_XML.sub("", text).split())
