"""Text that no strict parser takes in, a ParsedFeed out, by feedparser.

feedparser is given what `mend` has left: UTF-8 from the root element on, so no declaration, no DTD
and no entity reaches it, and always as a stream, because a string may be taken for an address or
a file's name.  Its sanitizing and link resolving are off; what it gives is as hostile as what it
got.

It keeps less apart than the strict path does.  What is known of that:

- a media:description beside a description becomes content: content counts only if it is longer
  than the summary;
- content alone is copied into the summary, which then lacks its detail;
- dc:date is `updated`, and a second date of one kind overwrites the first;
- links are resolved against the document, whatever the feed's own link;
- text in Latin letters that happens to be UTF-8 once more is decoded once more.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import feedparser

from digest.errors import ParseError
from digest.model import Markup, ParsedFeed, Source
from digest.parse import _fields
from digest.parse._fields import Found, Link, Place, Site


def read(text: str, url: str) -> ParsedFeed:
    """Return what feedparser makes of `text`; raise ParseError where it fails."""
    try:
        result = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser promises no exception of its own: of broken input it raises whatever it hits.
        raise ParseError(f"not readable as a feed: {error!r}", url=url) from error
    feed, atom = result.feed, result.version.startswith("atom")
    language = feed.get("language")
    site = Site(
        url=url,
        link=feed.get("link") or None,
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


def _entry(item: Any, site: Site, language: str | None) -> Found:
    found = Found(
        id=item.get("id") or None,
        link=item.get("link") or None,
        orig_link=item.get("feedburner_origlink") or None,
        links=[_link(link) for link in item.get("links", ()) if link.get("href")],
        authors=_authors(item),
        categories=[
            " ".join((tag.get("label") or tag.get("term") or "").split())
            for tag in item.get("tags", ())
            if not _is_keyword(tag)
        ],
        source=_source(item.get("source")),
    )
    found.texts = _texts(item, site, language)
    for name in ("published", "updated", "created"):
        if item.get(name):
            found.dates[name] = item[name]
    if not site.atom and "published" not in found.dates and "updated" in found.dates:
        found.dates["published"] = found.dates.pop("updated")
    _media(found, item)
    return found


def _texts(item: Any, site: Site, language: str | None) -> dict[str, Markup]:
    texts = {}
    for key in ("title", "summary"):
        if (markup := _markup(item.get(f"{key}_detail"), site, language)) is not None:
            texts[key] = markup
    contents = [_markup(content, site, language) for content in item.get("content", ())]
    longest = max(filter(None, contents), key=lambda markup: len(markup.value), default=None)
    if longest and ("summary" not in texts or len(longest.value) > len(texts["summary"].value)):
        texts["content"] = longest
    return texts


def _markup(detail: Any, site: Site, language: str | None) -> Markup | None:
    if not detail or not (value := detail.get("value", "").strip()):
        return None
    spoken = detail.get("language")
    place = Place(
        base=detail.get("base") if detail.get("base") != site.url else None,
        language=spoken if spoken != language else None,
    )
    if detail.get("type") in ("text/html", "application/xhtml+xml"):
        return _fields.html_text(value, place)
    return (_fields.plain_text if site.atom else _fields.guessed_text)(value, place)


def _link(link: Any) -> Link:
    return Link(link["href"].strip(), link.get("rel") or "alternate", link.get("type"))


def _authors(item: Any) -> list[str]:
    people: Iterable[Any] = item.get("authors", ())
    return [_fields.author(person.get("name") or person.get("email") or "") for person in people]


def _is_keyword(tag: Any) -> bool:
    return (tag.get("scheme") or "").startswith(("http://www.itunes.com/", "http://search.yahoo."))


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
