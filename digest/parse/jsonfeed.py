"""Read JSON Feed 1.0 and 1.1 (jsonfeed.org).

Any value may be of any type.  A value of another type than the specification names is treated as
missing, except that a number is accepted as a text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from digest.errors import ParseError
from digest.model import Document, Image, Markup, ParsedFeed
from digest.parse.reading import elements
from digest.parse.reading.elements import EntryElements, FeedContext, TextScope
from digest.parse.reading.json_repair import RepairedJson, repaired
from digest.text.charset import FORBIDDEN, decode

MAX_PARTS = 500_000
"""The most objects and lists that are read: 10 MB may hold millions, and they fill the memory."""

_START = re.compile(r"\{\s*[\"}]|\[\s*[\[{\"\]]")


def recognizes(head: str) -> bool:
    """Return whether `head` begins a JSON object or array."""
    return _START.match(head) is not None


def parse(document: Document) -> ParsedFeed:
    """Read a JSON feed; raise ParseError for other JSON and for any other text."""
    url = document.url
    if document.body.count(b"{") + document.body.count(b"[") > MAX_PARTS:
        raise ParseError(f"more than {MAX_PARTS:,} objects and lists: no feed has so many", url=url)
    text, flaw = decode(document.body, document.media_type)
    feed, repair = _parse_json(text.strip("\ufeff\0 \t\r\n"), url)
    if repair is not None:
        flaw = "the document is cut short" if repair.cut else "not well-formed JSON, but repaired"
    if isinstance(feed, dict) and "items" not in feed:
        feed = _with_lower_case_names(feed)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        if repair is not None and repair.cut:
            raise ParseError("the document is cut short, before its first entry", url=url)
        raise ParseError("this is JSON, but not a JSON feed", url=url)
    if "jsonfeed.org/version" not in (_text(feed, "version") or ""):
        flaw = flaw or "names no version of JSON Feed"

    home = elements.bounded(_text(feed, "home_page_url"))
    site = FeedContext(
        url=url,
        link=elements.resolve(url, home) if home else None,
        authors=elements.unique(_authors(feed)),
    )
    items = [item for item in feed["items"][: elements.MAX_ENTRIES] if isinstance(item, dict)]
    found = [elements.entry(_entry(item), site) for item in items]
    entries = tuple(entry for entry in found if entry is not None)
    is_last_open = repair is not None and repair.within_item and found and found[-1] is not None
    return ParsedFeed(
        title=elements.flat(elements.plain_text(_text(feed, "title") or "", TextScope())),
        link=site.link,
        self_link=elements.resolve(url, own) if (own := _text(feed, "feed_url")) else None,
        hub=_hub(feed, url),
        older=elements.resolve(url, next_) if (next_ := _text(feed, "next_url")) else None,
        language=elements.language_tag(_text(feed, "language") or ""),
        entries=entries,
        parser="jsonfeed",
        flaw=flaw,
        cut=repair is not None and repair.cut,
        open_entry=len(entries) - 1 if is_last_open else None,
    )


def _with_lower_case_names(feed: dict[str, Any]) -> dict[str, Any]:
    """Return a feed with the member names of the feed and its items in lower case."""
    feed = {name.lower(): value for name, value in feed.items()}
    feed["items"] = (
        [
            {name.lower(): value for name, value in item.items()}
            if isinstance(item, dict)
            else item
            for item in _list(feed, "items")
        ]
        if "items" in feed
        else None
    )
    return feed


def _parse_json(text: str, url: str) -> tuple[Any, RepairedJson | None]:
    """Return the parsed JSON, and the repair if one was needed."""
    try:
        return json.loads(text, strict=False), None
    except RecursionError as error:
        raise ParseError("JSON nested too deeply for a feed", url=url) from error
    except ValueError as error:
        repair = repaired(text)
        if repair is None:
            raise ParseError(f"not well-formed JSON: {error}", url=url) from error
    try:
        return json.loads(repair.text, strict=False), repair
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not well-formed JSON: {error}", url=url) from error


def _entry(item: dict[str, Any]) -> EntryElements:
    found = EntryElements(
        id=_text(item, "id"),
        language=elements.language_tag(_text(item, "language") or ""),
        link=_text(item, "url") or _text(item, "external_url"),
        permalink=elements.address(_text(item, "id")),
        texts=_texts(item),
        authors=_authors(item),
    )
    for key, name in (("date_published", "published"), ("date_modified", "updated")):
        if date := _text(item, key):
            found.dates[name] = date
    found.categories = [_string(tag) or "" for tag in _list(item, "tags")]
    for rank, key in ((elements.CONTENT_IMAGE, "image"), (elements.COVER, "banner_image")):
        if address := elements.bounded(_text(item, key)):
            found.images.append((rank, Image(url=address)))
    for attachment in _list(item, "attachments"):
        if isinstance(attachment, dict):
            names = {"url": "url", "type": "mime_type", "length": "size_in_bytes", "title": "title"}
            elements.attach(found, {to: _text(attachment, key) or "" for to, key in names.items()})
    return found


def _texts(item: dict[str, Any]) -> dict[str, Markup]:
    texts: dict[str, Markup] = {}
    for key in ("title", "summary"):
        if text := _text(item, key):
            texts[key] = elements.plain_text(text, TextScope())
    if text := _text(item, "content_html"):
        texts["content"] = elements.html_text(text, TextScope())
    elif text := _text(item, "content_text"):
        texts["content"] = elements.plain_text(text, TextScope())
    return texts


def _authors(holder: dict[str, Any]) -> list[str]:
    """Return the names of `authors` (1.1) and `author` (1.0)."""
    people = [*_list(holder, "authors"), holder.get("author")]
    return [_text(person, "name") or "" for person in people if isinstance(person, dict)]


def _hub(feed: dict[str, Any], url: str) -> str | None:
    """Return the WebSub hub of a feed; JSON Feed 1.1 allows for other kinds of hubs as well."""
    for hub in _list(feed, "hubs"):
        if isinstance(hub, dict) and (_text(hub, "type") or "").lower() == "websub":
            return elements.resolve(url, written) if (written := _text(hub, "url")) else None
    return None


def _text(holder: dict[str, Any], key: str) -> str | None:
    return _string(holder.get(key))


def _string(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return FORBIDDEN.sub("", str(value)).strip() or None


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
