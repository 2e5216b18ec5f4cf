"""Text that no strict parser takes in, a ParsedFeed out, by feedparser.

feedparser is given what `mend` has left: UTF-8 from the root element on, so no declaration, no DTD
and no entity reaches it, and always as a stream, because a string may be taken for an address or
a file's name.  Its sanitizing and link resolving are off; what it gives is as hostile as what it
got.

It keeps less apart than the strict path does.  Elements that it would mix up with others are
renamed before it sees them (`_ALOOF`), and resolved addresses are taken back, so that an id is the
same whichever path reads it.  What is left: a second date or description of one name overwrites
the first, an Atom text without a type cannot be told from plain text, xml:base counts for ids,
and text in Latin letters that happens to be UTF-8 once more is decoded once more.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

import feedparser

from digest.errors import ParseError
from digest.model import Markup, ParsedFeed, Source
from digest.parse import _fields
from digest.parse._fields import Found, Link, Place, Site

_HOST = "http://base.invalid"
_NOWHERE = f"{_HOST}/-/"
"""The base that feedparser is told: from what it resolves, what was written can be had again."""

_ALOOF = (
    *("media:title", "media:description", "media:keywords", "media:category"),
    *("itunes:summary", "itunes:subtitle", "itunes:keywords", "itunes:category"),
    *("dc:title", "dc:description", "dc:date", "dc:language", "keywords"),
)
"""What feedparser would take for a title, summary, content, date or category of the entry."""
_TAG = re.compile(rf"<(/?)({'|'.join(_ALOOF)})(?:\s[^<>]*?)?(/?)>", re.IGNORECASE)

_BASE = re.compile(r"\s(?:xml:)?base\s?=\s?(?:\"(?!https?:)[^\"<>]*\"|'(?!https?:)[^'<>]*')")
"""A base relative to another: nested, these grow without end."""
_ENDLESS = re.compile(r"<[A-Za-z][^<>]{50000,}>?")
"""A tag of so many attributes that they would fill the memory."""
_MARK = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|<(/?[A-Za-z][\w:.-]*)", re.DOTALL)
_MOST_TAGS = 50_000
_LONGEST = 3_000_000
"""feedparser takes some 40 microseconds for a tag and 2 for a reference, and no real feed that is
broken has so many."""
_END_OF_VOID = re.compile(r"(?<=>)</(?:area|br|col|embed|hr|img|input|param|source|wbr)>")
"""What feedparser writes for ``<br/>``, and a browser reads as a second break."""


def read(text: str, url: str) -> ParsedFeed:
    """Return what feedparser makes of `text`; raise ParseError where it fails."""
    text = _BASE.sub("", _ENDLESS.sub("<x/>", _bounded(text)))
    text = _TAG.sub(lambda tag: f"<{tag[1]}{_renamed(tag[2])}{tag[3]}>", text)
    try:
        result = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": _NOWHERE,
            },
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser promises no exception of its own: of broken input it raises whatever it hits.
        raise ParseError(f"not readable as a feed: {error!r}", url=url) from error
    feed, atom = result.feed, result.version.startswith("atom")
    language = _fields.language_tag(feed.get("language") or _aloof(feed, "dc:language"))
    site = Site(
        url=url,
        link=_fields.resolve(url, _as_written(feed["link"])) if feed.get("link") else None,
        atom=atom,
        authors=_fields.unique(_authors(feed)) if atom else (),
    )
    entries = (
        _fields.entry(_entry(item, site, language), site)
        for item in result.entries[: _fields.MAX_ENTRIES]
    )
    return ParsedFeed(
        title=_fields.flat(_markup(feed.get("title_detail"), site, language)),
        link=site.link,
        language=language,
        entries=tuple(entry for entry in entries if entry is not None),
        hints=_fields.hints(
            {
                name: str(feed[key])
                for name, key in (
                    ("ttl", "ttl"),
                    ("sy:updateperiod", "sy_updateperiod"),
                    ("sy:updatefrequency", "sy_updatefrequency"),
                )
                if key in feed
            },
            [],
            [],
        ),
        parser="feedparser",
    )


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


def _entry(item: Any, site: Site, language: str | None) -> Found:
    id_ = _as_written(item.get("id"))
    found = Found(
        id=id_,
        link=None if item.get("guidislink") else _as_written(item.get("link")),
        permalink=_fields.address(id_) if item.get("guidislink") and not site.atom else None,
        orig_link=item.get("feedburner_origlink") or None,
        links=[_link(link) for link in item.get("links", ()) if link.get("href")],
        language=_fields.language_tag(_aloof(item, "dc:language")),
        authors=_authors(item),
        categories=[
            " ".join((tag.get("label") or tag.get("term") or "").split())
            for tag in item.get("tags", ())
        ],
        source=_source(item.get("source")),
    )
    found.texts = _texts(item, site, language)
    for name in ("published", "updated", "created"):
        if date := dict.get(item, name):  # Its own get() gives one date for another.
            found.dates[name] = date
    if date := _aloof(item, "dc:date"):
        found.dates["dc:date"] = date
    _media(found, item)
    return found


def _texts(item: Any, site: Site, language: str | None) -> dict[str, Markup]:
    texts = {}
    for key in ("title", "summary"):
        if (markup := _markup(item.get(f"{key}_detail"), site, language)) is not None:
            texts[key] = markup
    for detail in item.get("content", ())[:1]:
        if (markup := _markup(detail, site, language)) is not None:
            texts["content"] = markup
    for name in (*_fields.TITLES, *_fields.SUMMARIES):
        if name in _ALOOF and (text := _aloof(item, name)):
            texts[name] = _fields.guessed_text(text, Place())
    return texts


def _renamed(name: str) -> str:
    return f"x-{name.lower().replace(':', '-')}"


def _aloof(item: Any, name: str) -> str:
    value = item.get(_renamed(name))
    return value.strip() if isinstance(value, str) else ""


def _markup(detail: Any, site: Site, language: str | None) -> Markup | None:
    if not detail or not (value := detail.get("value", "").strip()):
        return None
    base, spoken = detail.get("base"), detail.get("language")
    place = Place(
        base=_fields.resolve(site.url, _as_written(base)) if base != _NOWHERE else None,
        language=spoken if spoken != language else None,
    )
    if detail.get("type") == "application/xhtml+xml":
        return _fields.html_text(_END_OF_VOID.sub("", value), place)
    if detail.get("type") == "text/html":
        return _fields.html_text(value, place)
    return _fields.guessed_text(value, place)


def _as_written(address: str | None) -> str | None:
    """Undo the resolving of an address against `_NOWHERE`."""
    if not address:
        return None
    if address.startswith(_NOWHERE):
        return address.removeprefix(_NOWHERE).strip() or None
    return address.removeprefix(_HOST).strip()


def _link(link: Any) -> Link:
    return Link(_as_written(link["href"]) or "", link.get("rel") or "alternate", link.get("type"))


def _authors(item: Any) -> list[str]:
    people: Iterable[Any] = item.get("authors", ())
    return [_fields.author(person.get("name") or person.get("email") or "") for person in people]


def _source(source: Any) -> Source | None:
    if not source:
        return None
    links = [_link(link) for link in source.get("links", ()) if link.get("href")]
    link = _fields.best_link(links) or source.get("href")
    return Source(title=source.get("title") or None, link=link, id=source.get("id") or None)


def _media(found: Found, item: Any) -> None:
    for link in item.get("links", ()):
        if link.get("rel") == "enclosure":
            _fields.attach(found, link)
    for content in item.get("media_content", ()):
        _fields.media_content(found, content)
    for thumbnail in item.get("media_thumbnail", ()):
        if (picture := _fields.image(thumbnail)) is not None:
            found.images.append((_fields.THUMBNAIL, picture))
    if (picture := _fields.image(item.get("image") or {})) is not None:
        found.images.append((_fields.COVER, picture))
