"""A strict reader of generated feeds: what it dislikes, in a list that is empty for a good feed.

It checks what RFC 4287 and RFC 5005 ask for beyond the schema, and everything that readers of feeds
are known to stumble over: the W3C's feed validator warns of the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from html.entities import name2codepoint
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec
from babel import Locale
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_RELATIONS = {
    "feed": {"self", "alternate", "hub", "current", "prev-archive"},
    "entry": {"alternate", "related", "via", "enclosure"},
    "source": {"self", "alternate"},
}
_UNRESERVED = r"A-Za-z0-9\-._~"
_URI_CHARACTERS = rf"(?:[{_UNRESERVED}!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{{2}})*"
_ADDRESS = re.compile(
    rf"(?:https?://(?:\[[0-9a-f:]+\]|[{_UNRESERVED}]+)(?::\d+)?(?:[/?]{_URI_CHARACTERS})?"
    rf"|mailto:{_URI_CHARACTERS})(?:\#{_URI_CHARACTERS})?"
)
_TAG = re.compile(  # RFC 4151, 2.1
    rf"tag:(?:[a-z0-9._\-]+@)?[a-z0-9.\-]+,\d{{4}}(?:-\d\d){{0,2}}:{_URI_CHARACTERS}"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_MEDIA_TYPE = re.compile(r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+")
_ENTITY = re.compile(r"&(#?\w+)")
_ELEMENTS = {
    "a": {"href", "lang", "dir"},
    "bdi": {"lang", "dir"},
    "h2": {"lang", "dir"},
    "h3": {"lang", "dir"},
    "img": {"src", "alt", "width", "height"},
    "li": set(),
    "p": {"lang", "dir"},
    "small": set(),
    "ul": set(),
}
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@cache
def schema() -> etree.RelaxNG:
    """The schema of Atom (RFC 4287, appendix B)."""
    return etree.RelaxNG(file=str(Path(__file__).parents[1] / "data" / "atom.rng"))


def complaints(body: bytes, address: str, latest: datetime) -> list[str]:
    """Say what is wrong with an Atom feed at `address` that can know of nothing after `latest`."""
    if not body.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<feed '):
        return ["it does not begin as it should"]
    tree = etree.fromstring(body)
    found = [] if schema().validate(tree) else [str(schema().error_log)]
    return [*found, *_feed(tree, address, latest)]


def _feed(tree: etree._Element, address: str, latest: datetime) -> Iterator[str]:
    entries = tree.findall(f"{ATOM}entry")
    yield from _parts(tree, "feed")
    for entry in entries:
        yield from _entry(entry, has_author=tree.find(f"{ATOM}author") is not None)
    updates = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    if len(set(ids)) != len(ids):
        yield "two entries have one id"
    if len(set(updates)) != len(updates):
        yield "two entries were updated in one moment"
    if updates != sorted(updates, reverse=True):
        yield "the newest entry is not the first"
    if updates and tree.findtext(f"{ATOM}updated") != updates[0]:
        yield "the feed was not updated when its newest entry was"
    if any(_moment(update) > latest for update in updates if _MOMENT.fullmatch(update)):
        yield "an entry was updated later than can be"
    if _hrefs(tree, "self") != [address]:
        yield f"it names {_hrefs(tree, 'self')} as its own address"
    closed = tree.find(f"{HISTORY}archive") is not None
    if closed != bool(_hrefs(tree, "current")):
        yield "a closed page, and only such, points to the current feed"
    if closed and _hrefs(tree, "hub"):
        yield "a closed page has a hub, and never changes"


def _entry(entry: etree._Element, *, has_author: bool) -> Iterator[str]:
    yield from _parts(entry, "entry")
    source = entry.find(f"{ATOM}source")
    if source is not None:
        yield from _parts(source, "source")
    if not has_author and entry.find(f"{ATOM}author") is None:
        yield "an entry has no author"
    if entry.find(f"{ATOM}content") is None:
        yield "an entry has no content"


def _parts(parent: etree._Element, kind: str) -> Iterator[str]:
    """Check what a feed, an entry and a source have in common."""
    for name in ("id", "title", "updated"):
        if len(parent.findall(f"{ATOM}{name}")) != 1:
            yield f"a {kind} has no one {name}"
    yield from _id(parent.findtext(f"{ATOM}id") or "")
    for name in ("updated", "published"):
        for element in parent.findall(f"{ATOM}{name}"):
            text = element.text or ""
            if not _MOMENT.fullmatch(text) or _moment(text) < EARLIEST:
                yield f"no moment in {name}: {text!r}"
    for name in ("title", "summary", "content"):
        for element in parent.findall(f"{ATOM}{name}"):
            yield from _construct(element)
    for name in parent.findall(f"{ATOM}author/{ATOM}name"):
        yield from _plain(name.text or "", "a name")
    for category in parent.findall(f"{ATOM}category"):
        yield from _readable(category.get("term") or "", "a category")
    yield from _links(parent.findall(f"{ATOM}link"), kind)
    for element in (parent, *parent.iterchildren()):
        if LANG in element.attrib:
            yield from _language(element.get(LANG) or "")


def _links(links: list[etree._Element], kind: str) -> Iterator[str]:
    seen = set()
    for link in links:
        rel, href, title = link.get("rel") or "", link.get("href") or "", link.get("title")
        if rel not in _RELATIONS[kind]:
            yield f"a {kind} has a link {rel!r}"
        if not _ADDRESS.fullmatch(href) or (urlsplit(href).scheme != "mailto" and not _host(href)):
            yield f"no absolute address: {href!r}"
        if (rel, href) in seen:
            yield f"linked twice: {rel} {href}"
        seen.add((rel, href))
        if title is not None:
            yield from _plain(title, "a link's title")
        if link.get("hreflang") is not None:
            yield from _language(link.get("hreflang") or "")
        if link.get("type") is not None and not _MEDIA_TYPE.fullmatch(link.get("type") or ""):
            yield f"no media type: {link.get('type')!r}"
        if link.get("length") is not None and not (link.get("length") or "").isdecimal():
            yield f"no length: {link.get('length')!r}"
    shown = [(link.get("type"), link.get("hreflang")) for link in links if _rel(link)]
    if len(set(shown)) != len(shown):
        yield f"a {kind} has two pages of one kind"


def _id(value: str) -> Iterator[str]:
    """Check that no other spelling of an id means the same (RFC 3986, 6.2.2)."""
    if value.startswith("tag:"):
        if not _TAG.fullmatch(value):
            yield f"no tag: URI: {value!r}"
    elif value.startswith("urn:"):
        if not re.fullmatch(r"urn:[a-z0-9-]{2,32}:[\w\-.!$'()*+,;=:@]+", value, re.ASCII):
            yield f"no URN: {value!r}"
    elif not _ADDRESS.fullmatch(value):
        yield f"no URI: {value!r}"
    else:
        address = urlsplit(value)
        path = [unquote_to_bytes(part).decode() for part in address.path.split("/")]
        normal = "/".join(
            quote(unicodedata.normalize("NFC", part), safe="!$&'()*+,;=:@") for part in path
        )
        port = {"http": 80, "https": 443}[address.scheme]
        if normal != address.path or not address.path or {".", ".."} & {*path}:
            yield f"another path means the same: {value!r}"
        if address.netloc != address.netloc.lower() or address.netloc.endswith(f":{port}"):
            yield f"another host means the same: {value!r}"


def _construct(element: etree._Element) -> Iterator[str]:
    text, kind = element.text or "", element.get("type", "text")
    yield from _readable(text, element.tag)
    if len(element):
        yield f"elements in {element.tag}"
    if kind == "html":
        yield from _Html(text).problems
    elif kind == "text":
        yield from _unmarked(text, element.tag)
    else:
        yield f"of type {kind!r}"


def _plain(text: str, what: str) -> Iterator[str]:
    yield from _readable(text, what)
    yield from _unmarked(text, what)
    if re.search(r"<[^<>\s]+@[^<>\s]+>", text):
        yield f"{what} holds a mail address: {text!r}"


def _readable(text: str, what: str) -> Iterator[str]:
    if not text.strip():
        yield f"{what} is blank"
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd-\uffff]", text):
        yield f"{what} holds what is no character: {text!r}"
    if re.search("[\xc2-\xf4][\x80-\xbf]", text) and _is_utf8_in_latin_1(text):
        yield f"{what} was encoded twice: {text!r}"


def _unmarked(text: str, what: str) -> Iterator[str]:
    """Complain of a text that is said to be plain, and that looks like markup."""
    names = [name for name in _ENTITY.findall(text) if name in name2codepoint or not name.isalpha()]
    if names or re.search(r"</\w+>", text):
        yield f"{what} looks like markup: {text!r}"


def _is_utf8_in_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _language(tag: str) -> Iterator[str]:
    primary, *rest = tag.split("-")
    known = Locale("en").languages
    if primary not in known or not all(re.fullmatch("[A-Za-z0-9]{1,8}", part) for part in rest):
        yield f"no language: {tag!r}"


class _Html(HTMLParser):
    """A fragment of HTML that must be well-formed and hold only what our templates write."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        if self._open:
            self.problems.append(f"not closed: {self._open}")
        for loose in re.findall(r"&(?!(?:amp|lt|gt|#34|#39);)|<(?![a-z/])", text):
            self.problems.append(f"not escaped: {loose!r} in {text!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS or not {name for name, _ in attrs} <= _ELEMENTS[tag]:
            self.problems.append(f"unexpected: <{tag} {attrs}>")
        for name, value in attrs:
            if name in ("href", "src") and not _ADDRESS.fullmatch(value or ""):
                self.problems.append(f"no absolute address: {value!r}")
            if name == "lang":
                self.problems += _language(value or "")
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"closed without being open: {tag}")


def _hrefs(parent: etree._Element, rel: str) -> list[str]:
    return [link.get("href") for link in parent.findall(f"{ATOM}link") if link.get("rel") == rel]


def _rel(link: etree._Element) -> bool:
    return link.get("rel", "alternate") == "alternate"


def _host(href: str) -> str | None:
    return urlsplit(href).hostname


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- JSON Feed 1.1 -------------------------------------------------------------------------------


class Author(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str


class Attachment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    url: str
    mime_type: str
    title: str | None = None
    size_in_bytes: int | None = None


class Item(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    content_html: str
    content_text: str
    url: str | None = None
    title: str | None = None
    summary: str | None = None
    image: str | None = None
    date_published: datetime | None = None
    date_modified: datetime
    authors: tuple[Author, ...]
    tags: tuple[str, ...] = ()
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    about: dict[str, object] = msgspec.field(name="_digest")


class Hub(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    type: str
    url: str


class JsonFeed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The schema of what we write: a part of JSON Feed 1.1, and nothing beside it."""

    version: str
    title: str
    home_page_url: str | None = None
    feed_url: str | None = None
    hubs: tuple[Hub, ...] = ()
    language: str
    items: tuple[Item, ...]


def json_complaints(body: bytes, address: str) -> list[str]:
    """Say what is wrong with a JSON Feed that lies at `address`."""
    try:
        feed = msgspec.json.decode(body, type=JsonFeed)
    except msgspec.ValidationError as error:
        return [str(error)]
    return list(_json(feed, address))


def _json(feed: JsonFeed, address: str) -> Iterator[str]:
    if feed.version != "https://jsonfeed.org/version/1.1" or feed.feed_url != address:
        yield f"{feed.version} at {feed.feed_url}"
    ids = [item.id for item in feed.items]
    if len(set(ids)) != len(ids):
        yield "two items have one id"
    dates = [item.date_modified for item in feed.items]
    if dates != sorted(dates, reverse=True):
        yield "the newest item is not the first"
    for item in feed.items:
        links = [item.url, item.image, *(one.url for one in item.attachments)]
        yield from (
            f"no address: {link!r}" for link in links if link and not _ADDRESS.fullmatch(link)
        )
        yield from _readable(item.content_text, "a text")
        yield from _Html(item.content_html).problems
        yield from (
            f"no media type: {one.mime_type!r}"
            for one in item.attachments
            if not _MEDIA_TYPE.fullmatch(one.mime_type)
        )
        for tag in filter(None, [item.language]):
            yield from _language(tag)
        if not item.authors:
            yield "an item has no author"
