"""Parse text that the strict parser refuses, with feedparser.

feedparser gets the result of `mend`: UTF-8 from the root element on, so no declaration, no DTD and
no entity reaches it.  The text is passed as a stream, because feedparser may read a string as an
address or a file name.  Its sanitizing and link resolving are off; its results are as hostile as
its input.

It distinguishes fewer elements than the strict reader.  Elements that it would confuse with others
are renamed first (`_RENAMED_TAGS`), and resolved addresses are restored, so that an entry has the
same id with each reader.  The remaining differences: a second date or description of one name
overwrites the first, an Atom text without a type cannot be told from plain text, xml:base counts
for ids, and text in Latin letters that happens to be UTF-8 once more is decoded once more.
"""

from __future__ import annotations

import io
import re
from typing import Any, TypeAlias

import feedparser

from digest.errors import ParseError
from digest.model import Markup, ParsedFeed, Source
from digest.parse.reading import elements
from digest.parse.reading.elements import AtomLink, EntryElements, FeedContext, TextScope
from digest.text.charset import reference

_Item: TypeAlias = dict[str, Any]
"""feedparser's own dictionary."""

_PLACEHOLDER_HOST = "http://base.invalid"
_PLACEHOLDER_BASE = f"{_PLACEHOLDER_HOST}/-/"
"""The base address for feedparser, from which resolved addresses can be restored as written."""

_RENAMED_TAGS = (
    *("media:title", "media:description", "media:keywords", "media:category"),
    *("itunes:summary", "itunes:subtitle", "itunes:keywords", "itunes:category"),
    *("dc:title", "dc:description", "dc:date", "dc:language", "keywords"),
    *("authors", "contributors", "textinput", "tags", "links"),
    *("media:player", "media:rating", "media:credit", "media:license", "media:restriction"),
)
"""Elements that feedparser would read as a title, summary, content, date or category of the entry,
and elements that make it fail in a wrong place."""
_TAG = re.compile(rf"<(/?)({'|'.join(_RENAMED_TAGS)})(?:\s[^<>]*?)?(/?)>", re.IGNORECASE)

_BASE = re.compile(r"\s(?:xml:)?base\s?=\s?(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_LONGEST_BASE = 2_000
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,8});")
_ENDLESS = re.compile(r"<[A-Za-z][^<>]{50000,}>?")
"""A tag with so many attributes that they would fill the memory."""
_MARK = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|<(/?[A-Za-z][\w:.-]*)", re.DOTALL)
_MOST_TAGS = 50_000
_LONGEST = 3_000_000
"""feedparser takes some 40 microseconds for a tag and 2 for a reference, and no real feed that is
broken has so many."""
_HINTS = ("ttl", "sy:updateperiod", "sy:updatefrequency")
_END_OF_VOID = re.compile(r"(?<=>)</(?:area|br|col|embed|hr|img|input|param|source|wbr)>")
"""End tags that feedparser adds to ``<br/>`` and a browser reads as a second line break."""


def read(text: str, url: str, *, within_entry: bool = False) -> ParsedFeed:
    """Return the feed that feedparser reads in `text`; raise ParseError if it fails.

    `within_entry` says that the document ended within the last entry.
    """
    bounded = _bounded(text)
    is_bounded = len(bounded) < len(text)
    text = _BASE.sub(_absolute_base, _ENDLESS.sub("<x/>", bounded))
    text = _REFERENCE.sub(_without_surrogates, text)
    text = _TAG.sub(lambda tag: f"<{tag[1]}{_renamed(tag[2])}{tag[3]}>", text)
    try:
        result = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": _PLACEHOLDER_BASE,
            },
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser documents no exceptions: broken input may raise any of them.
        raise ParseError(f"feedparser fails on it ({type(error).__name__})", url=url) from error
    feed, atom = result.feed, result.get("version", "").startswith("atom")
    language = elements.language_tag(
        _text(feed, "language") or _text(feed, _renamed("dc:language"))
    )
    link = elements.bounded(_as_written(_text(feed, "link")))
    site = FeedContext(
        url=url,
        link=elements.resolve(url, link) if link else None,
        atom=atom,
        authors=elements.unique(_authors(feed)) if atom else (),
    )
    items = result.entries[: elements.MAX_ENTRIES]
    found = [elements.entry(_entry(item, site, language), site) for item in items]
    entries = tuple(entry for entry in found if entry is not None)
    flaw = f"only its first {len(entries)} entries are read" if is_bounded else None
    hints = {name: _text(feed, name.replace(":", "_")) for name in _HINTS}
    return ParsedFeed(
        title=elements.flat(_markup(feed, "title_detail", site, language)),
        link=site.link,
        self_link=elements.self_link(_links(feed), url),
        hub=elements.hub_link(_links(feed), url),
        older=elements.older_link(_links(feed), url),
        language=language,
        entries=entries,
        hints=elements.hints({name: hint for name, hint in hints.items() if hint}, [], []),
        parser="feedparser",
        flaw=flaw,
        open_entry=len(entries) - 1 if within_entry and found and found[-1] is not None else None,
    )


def _absolute_base(found: re.Match[str]) -> str:
    """Drop a relative or very long base: nested ones would grow without limit."""
    base = found[1] or found[2] or ""
    whole = base.startswith(("http:", "https:")) and len(base) <= _LONGEST_BASE
    return found[0] if whole else ""


def _without_surrogates(found: re.Match[str]) -> str:
    """Drop a reference to no character, which the repair leaves in a CDATA section."""
    code = reference(found[1])
    return "" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else found[0]


def _bounded(text: str) -> str:
    """Return `text` up to the last whole entry before it has too many tags or is too long."""
    marks = end = 0
    for mark in _MARK.finditer(text[:_LONGEST]):
        if mark[1] is None:
            continue
        marks += 1
        if mark[1].lower() in ("/item", "/entry"):
            end = mark.end() + 1
        if marks == _MOST_TAGS:
            return text[: end or mark.start()]
    return text if len(text) <= _LONGEST else text[: end or _LONGEST]


def _entry(item: _Item, site: FeedContext, language: str | None) -> EntryElements:
    id_ = _as_written(_text(item, "id"))
    by_id = item.get("guidislink") is True
    found = EntryElements(
        id=id_,
        link=None if by_id else _as_written(_text(item, "link")),
        permalink=elements.address(id_) if by_id or site.atom else None,
        orig_link=elements.address(_text(item, "feedburner_origlink")),
        links=_links(item),
        language=elements.language_tag(_text(item, _renamed("dc:language"))),
        authors=_authors(item),
        categories=[
            " ".join((_text(tag, "label") or _text(tag, "term")).split())
            for tag in _all(item, "tags")
        ],
        source=_source(item),
    )
    found.texts = _texts(item, site, language)
    names = {"published": "published", "updated": "updated", "created": "created"}
    for name, key in (names | {"dc:date": _renamed("dc:date")}).items():
        if date := _text(item, key):
            found.dates[name] = date
    _media(found, item)
    return found


def _texts(item: _Item, site: FeedContext, language: str | None) -> dict[str, Markup]:
    texts = {
        "title": _markup(item, "title_detail", site, language),
        "summary": _markup(item, "summary_detail", site, language),
        "content": None,
    }
    for content in _all(item, "content")[:1]:
        texts["content"] = _markup({"content": content}, "content", site, language)
    for name in (*elements.TITLES, *elements.SUMMARIES):
        if name in _RENAMED_TAGS and (text := _text(item, _renamed(name))):
            texts[name] = elements.guessed_text(text, TextScope())
    return {name: text for name, text in texts.items() if text is not None}


def _renamed(name: str) -> str:
    return f"x-{name.lower().replace(':', '-')}"


def _markup(holder: _Item, key: str, site: FeedContext, language: str | None) -> Markup | None:
    detail = holder.get(key)
    if not isinstance(detail, dict) or not (value := _text(detail, "value")):
        return None
    base, spoken = _text(detail, "base"), _text(detail, "language") or None
    place = TextScope(
        base=elements.resolve(site.url, _as_written(base)) if base != _PLACEHOLDER_BASE else None,
        language=spoken if spoken != language else None,
    )
    if detail.get("type") == "application/xhtml+xml":
        return elements.html_text(_END_OF_VOID.sub("", value), place)
    if detail.get("type") == "text/html":
        return elements.html_text(value, place)
    return elements.guessed_text(value, place)


def _text(holder: _Item, key: str) -> str:
    """Return a value if it is a text: an unforeseen element may store any type there.

    feedparser's own get() may return another date than the one asked for.
    """
    value = dict.get(holder, key)
    return value.strip() if isinstance(value, str) else ""


def _all(holder: _Item, key: str) -> list[_Item]:
    values = dict.get(holder, key)
    return (
        [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )


def _as_written(address: str | None) -> str | None:
    """Undo the resolving of an address against `_PLACEHOLDER_BASE`."""
    if not address:
        return None
    if address.startswith(_PLACEHOLDER_BASE):
        return address.removeprefix(_PLACEHOLDER_BASE).strip() or None
    return address.removeprefix(_PLACEHOLDER_HOST).strip()


def _links(holder: _Item) -> list[AtomLink]:
    links = ((_as_written(_text(link, "href")), link) for link in _all(holder, "links"))
    return [
        AtomLink(href, _text(link, "rel") or "alternate", _text(link, "type") or None)
        for href, link in links
        if href
    ]


def _authors(item: _Item) -> list[str]:
    people = _all(item, "authors")
    return [elements.author(_text(person, "name") or _text(person, "email")) for person in people]


def _source(item: _Item) -> Source | None:
    source = item.get("source")
    if not isinstance(source, dict) or not source:
        return None
    link = elements.best_link(_links(source)) or _text(source, "href")
    return elements.source(_text(source, "title"), link, _text(source, "id"))


def _media(found: EntryElements, item: _Item) -> None:
    for link in _all(item, "links"):
        if link.get("rel") == "enclosure":
            elements.attach(found, link)
    for content in _all(item, "media_content"):
        elements.media_content(found, content)
    pictures = [(elements.THUMBNAIL, thumbnail) for thumbnail in _all(item, "media_thumbnail")]
    if isinstance(cover := item.get("image"), dict):
        pictures.append((elements.COVER, cover))
    for name in elements.PICTURES:
        if (url := elements.address(_text(item, name))) is not None:
            pictures.append((elements.COVER, {"url": url}))
    for rank, attributes in pictures:
        if (picture := elements.image(attributes)) is not None:
            found.images.append((rank, picture))
