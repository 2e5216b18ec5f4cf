"""The rules by which competing elements of an entry are read.

Whichever parser found them, the same elements give the same entry, because both hand what they
find to `EntryElements` and `entry` alone decides.

- Link: feedburner:origLink, the RSS link, the first alternate link in HTML, any alternate link,
  a guid that is a permanent link, the address of content that lies elsewhere, the enclosure.
- Summary and content: each is the first of its elements, in the order of `SUMMARIES` and
  `CONTENTS`, that is not empty.  An RSS description alone is a summary, however long.
- Published and updated: the first of the dates in `PUBLISHED` and in `UPDATED` that can be read;
  for updated also dc:date, where another date is the published one.
- Authors: every name given, in the order of the document, once.
- Base: of text with no xml:base around it, in RSS the entry's link where that is on the feed's own
  site, else the feed's link; in Atom the document (RFC 4287, 2; RFC 3986, 5.1.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar
from urllib.parse import urljoin

from digest.model import (
    Enclosure,
    Image,
    Markup,
    ParsedEntry,
    ParsedFeed,
    PollHints,
    RawHtml,
    Source,
)
from digest.text.characters import decode_references

_Value = TypeVar("_Value")

MAX_ENTRIES = 20_000
"""More are not read: a document of 10 MB may hold a million items of nothing."""

_MOST = 100
"""More authors, categories, enclosures and pictures than an entry has."""
_LONGEST_ADDRESS = 4_000
_LONGEST_NAME = 300
_LONGEST_TITLE = 1_000

TITLES = ("title", "dc:title", "media:title")
SUMMARIES = (
    "summary", "description", "dc:description", "dcterms:abstract",
    "itunes:summary", "itunes:subtitle", "media:description",
)  # fmt: skip
CONTENTS = ("content:encoded", "content", "xhtml:body", "xhtml:div")
PUBLISHED = ("pubdate", "published", "issued", "dcterms:issued", "dc:date",
             "prism:publicationdate", "date", "created", "dcterms:created", "dcterms:date",
             "dcterms:available", "prism:coverdate")  # fmt: skip
UPDATED = ("updated", "modified", "dcterms:modified", "prism:modificationdate")
PICTURES = ("image", "img", "thumbnail", "thumb", "picture", "photo", "imageurl", "image_url",
            "thumbnailurl", "thumbnail_url", "featuredimage", "featured_image")  # fmt: skip
"""Elements without a namespace that publishers invent for the picture of an entry."""
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
""""Now", where it is asked only whether a text is a date."""


class AtomLink(NamedTuple):
    """An Atom link, or what amounts to one."""

    href: str
    rel: str = "alternate"
    media_type: str | None = None


class TextScope(NamedTuple):
    """Where a text stands: the base and language in scope, `None` where nothing says."""

    base: str | None = None
    language: str | None = None


class FeedContext(NamedTuple):
    """What the entries of a feed share."""

    url: str
    """The document's."""
    link: str | None = None
    """The feed's, absolute."""
    atom: bool = False
    authors: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class EntryElements:
    """The elements of one entry, as they come."""

    id: str | None = None
    base: str | None = None
    """xml:base in scope, absolute; ``None`` where there is none."""
    language: str | None = None
    link: str | None = None
    orig_link: str | None = None
    permalink: str | None = None
    links: list[AtomLink] = field(default_factory=list)
    texts: dict[str, Markup] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    images: list[tuple[int, Image]] = field(default_factory=list)
    """The pictures with their ranks; the least rank is the best."""
    source: Source | None = None


def entry(found: EntryElements, site: FeedContext) -> ParsedEntry | None:
    """Return the entry of the elements that were read, or ``None`` if it has no content."""
    link = found.orig_link or found.link or best_link(found.links) or found.permalink
    link = bounded(
        link and link.replace("&amp;", "&")
    )  # Escaped twice: no address holds this text.
    id_ = bounded(found.id)
    texts = found.texts
    title = first(texts, TITLES)
    summary = first(texts, SUMMARIES)
    content = first(texts, CONTENTS)
    if not (id_ or link or title or summary or content or found.enclosures or found.images):
        return None
    base = found.base or (site.url if site.atom else site.link or site.url)
    inside = base if found.base or site.atom else _link_on_same_host(link, base)
    published, updated = dates(found.dates)
    return ParsedEntry(
        id=id_,
        # An episode of a podcast may have no page, only a file to link to.
        link=link or (bounded(found.enclosures[0].url) if found.enclosures else None),
        base=base,
        title=_with_base(title, inside),
        summary=_with_base(summary, inside),
        content=_with_base(content, inside),
        authors=unique(found.authors) or (() if found.source else site.authors),
        published=published,
        updated=updated,
        categories=unique(found.categories),
        enclosures=tuple(found.enclosures[:_MOST]),
        images=_best_images(found.images),
        language=found.language,
        source=found.source,
    )


def only_the_first(feed: ParsedFeed) -> str:
    """Return the flaw of a feed, with the note that only its first entries are read."""
    cut = f"only its first {len(feed.entries)} entries are read"
    return f"{feed.flaw}; {cut}" if feed.flaw else cut


def dates(found: dict[str, str]) -> tuple[str | None, str | None]:
    """Return the dates of publication and update of an entry, as written.

    If one of several dates cannot be parsed, the next one counts.
    """
    published = _readable(found, PUBLISHED)
    updated = _readable(found, UPDATED)
    if updated is None and (other := found.get("dc:date")) != published:
        updated = other
    return published, updated


def self_link(links: list[AtomLink], url: str) -> str | None:
    """Return the address by which a feed names itself (RFC 4287, 4.2.7.2); `url` is its base."""
    return _related(links, "self", url)


def hub_link(links: list[AtomLink], url: str) -> str | None:
    """Return the hub that tells of new entries (WebSub, 4); `url` is the base of links."""
    return _related(links, "hub", url)


def _related(links: list[AtomLink], relation: str, url: str) -> str | None:
    for link in links:
        if link.rel.rpartition("/")[2].lower() == relation and link.href.strip():
            return resolve(url, link.href)
    return None


def _readable(found: dict[str, str], names: tuple[str, ...]) -> str | None:
    written = [found[name] for name in names if name in found]
    if len(written) > 1:
        from digest.text.dates import parse_date

        for text in written:
            if parse_date(text, _FAR):
                return text
    return written[0] if written else None


def older_link(links: list[AtomLink], url: str) -> str | None:
    """Return the address of the entries before these: the previous archive, else the next page."""
    for relation in ("prev-archive", "next"):
        for link in links:
            if link.rel.rpartition("/")[2].lower() == relation and link.href.strip():
                return resolve(url, link.href)
    return None


def best_link(links: list[AtomLink]) -> str | None:
    """Return the link that a reader should follow: the alternate one, in HTML if there is one."""
    alternates = [
        link
        for link in links
        if link.rel.rpartition("/")[2].lower() == "alternate" and link.href.strip(" #")
    ]
    for link in alternates:
        if (link.media_type or "text/html").startswith(("text/html", "application/xhtml")):
            return link.href
    return alternates[0].href if alternates else None


def html_text(value: str, place: TextScope) -> Markup:
    """Return `value` as HTML."""
    return Markup(value=RawHtml(value), html=True, base=place.base, language=place.language)


def plain_text(value: str, place: TextScope) -> Markup:
    """Return `value` as plain text."""
    return Markup(value=value, base=place.base, language=place.language)


def guessed_text(value: str, place: TextScope) -> Markup:
    """Return `value` as HTML if it looks like it, for elements without a declared type."""
    return html_text(value, place) if looks_like_html(value) else plain_text(value, place)


_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})(?=[\s/>])")
_INLINE = frozenset(
    re.findall(
        r"\w+",
        """a abbr acronym b bdi bdo big blockquote br center cite code dd del dfn div dl dt em font
        h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark nobr ol p pre q rp rt ruby s samp small span
        strike strong sub sup table tbody td th time tr tt u ul var wbr""",
    )
)
_VOID = frozenset(("br", "hr", "img", "wbr"))


def looks_like_html(text: str) -> bool:
    """Return whether text that may be either is HTML: an RSS title, an Atom summary without a type.

    It is HTML if it holds a character reference, a closing tag or a void tag, and no tag that is
    unknown in HTML.

    >>> looks_like_html("AT&amp;T's <b>new</b> logo"), looks_like_html("vector<int> & co")
    (True, False)
    """
    proof = False
    if "&" in text and (reference := _REFERENCE.search(text)):
        proof = decode_references(reference[0]) != reference[0]
    if "<" in text:
        for tag in _TAG.finditer(text):
            if (name := tag[2].lower()) not in _INLINE:
                return False
            proof = proof or tag[1] == "/" or name in _VOID
    return proof


def flat(markup: Markup | None) -> str | None:
    """Return a title as one line of plain text."""
    if markup is None:
        return None
    value = markup.value
    if markup.html:
        value = decode_references(re.sub(r"<[^<>]*>", "", value))
    return " ".join(value.split())[:_LONGEST_TITLE] or None


_ADDRESS = r"[^\s<>()\"@]{1,100}@[^\s<>()\"@]{1,200}"
_ADDRESS_NAME = re.compile(rf"(?:mailto:)?{_ADDRESS} ?\(([^()]+)\)")
_NAME_ADDRESS = re.compile(rf"\"?([^<>()\"]+)\"? ?[<(](?:mailto:)?{_ADDRESS}[>)]")


def author(text: str) -> str:
    """Return the name in an RSS author's line (RSS 2.0 asks for an address there).

    >>> author("jane@example.org (Jane Doe)"), author("Jane Doe <jane@example.org>")
    ('Jane Doe', 'Jane Doe')
    """
    name = " ".join(text.split())[:_LONGEST_NAME]
    found = _ADDRESS_NAME.fullmatch(name) or _NAME_ADDRESS.fullmatch(name)
    return found[1].strip() if found else name


def hints(found: dict[str, str], hours: list[str], days: list[str]) -> PollHints:
    """Return the hints of a feed: `found` holds ttl, sy:updateperiod and sy:updatefrequency."""
    ttl = _number(found.get("ttl"))
    return PollHints(
        ttl=timedelta(minutes=ttl) if ttl else None,
        skip_hours=frozenset(h % 24 for h in map(_number, hours) if h is not None and h <= 24),
        skip_days=frozenset(_DAYS.index(d) for d in map(str.lower, days) if d in _DAYS),
        update_interval=_interval(found),
    )


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}


def _interval(found: dict[str, str]) -> timedelta | None:
    """Return the interval of the RSS 1.0 syndication module: each element has a default."""
    if not (found.keys() & {"sy:updateperiod", "sy:updatefrequency"}):
        return None
    hours = _PERIODS.get(found.get("sy:updateperiod", "daily").lower())
    frequency = _number(found.get("sy:updatefrequency", "1"))
    return timedelta(hours=hours) / frequency if hours and frequency else None


def image(attributes: dict[str, str]) -> Image | None:
    """Return the picture that the attributes of media:thumbnail and similar elements describe."""
    url = _media_address(attributes)
    width, height = _number(attributes.get("width")), _number(attributes.get("height"))
    return Image(url=url, width=width or None, height=height or None) if url else None


def enclosure(attributes: dict[str, str]) -> Enclosure | None:
    """Return the attached media that the attributes of an enclosure describe."""
    url = _media_address(attributes)
    if not url:
        return None
    length = attributes.get("length") or attributes.get("fileSize") or attributes.get("filesize")
    return Enclosure(
        url=url,
        media_type=(attributes.get("type") or "").strip().lower()[:_LONGEST_NAME] or None,
        length=_number(length) or None,
        title=(attributes.get("title") or "").strip()[:_LONGEST_TITLE] or None,
    )


def _media_address(attributes: Mapping[str, str]) -> str:
    """Return the address of a picture or file; empty if it is missing or too long."""
    return bounded((attributes.get("url") or attributes.get("href") or "").strip()) or ""


def source(title: str | None, link: str | None, id_: str | None = None) -> Source | None:
    """Return the feed that an entry was copied from, bounded; None if no part names it."""
    title = " ".join((title or "").split())[:_LONGEST_TITLE] or None
    link, id_ = bounded(link), bounded(id_)
    return Source(title=title, link=link, id=id_) if title or link or id_ else None


CONTENT_IMAGE, THUMBNAIL, COVER, ATTACHED = range(4)
"""The ranks of pictures, best first: media:content, media:thumbnail, itunes:image, enclosure."""
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)
_SOUND_OR_FILM = {
    "audio": re.compile(r"\.(?:mp3|m4a|ogg|opus|oga|wav|flac|aac)(?:[?#]|$)", re.IGNORECASE),
    "video": re.compile(r"\.(?:mp4|m4v|webm|mov|ogv|mkv|m3u8)(?:[?#]|$)", re.IGNORECASE),
}
_OF_SOUND_OR_FILM = ("duration", "bitrate", "samplingrate", "channels", "framerate")


def attach(found: EntryElements, attributes: dict[str, str]) -> None:
    """Add an enclosure; add a picture enclosure to the pictures as well."""
    if (media := enclosure(attributes)) is None:
        return
    found.enclosures.append(media)
    named = media.media_type or ("image/" if _PICTURE.search(media.url) else "")
    if named.startswith("image/"):
        found.images.append((ATTACHED, Image(url=media.url)))


def media_content(found: EntryElements, attributes: dict[str, str]) -> None:
    """Add the picture, sound or film of a media:content (Media RSS 1.5)."""
    medium = _medium(attributes)
    if medium == "image":
        if (picture := image(attributes)) is not None:
            found.images.append((CONTENT_IMAGE, picture))
    elif medium in ("audio", "video") and (media := enclosure(attributes)) is not None:
        found.enclosures.append(media)


def _medium(attributes: dict[str, str]) -> str:
    """Return the medium of a media:content as it is declared, else as its attributes suggest.

    An address without a known ending is a picture's if it has a width or a height and no attribute
    of sound or film.
    """
    medium = attributes.get("medium") or (attributes.get("type") or "").partition("/")[0]
    medium, url = medium.strip().lower(), _media_address(attributes)
    if medium in ("image", "audio", "video"):
        return medium
    if _PICTURE.search(url):
        return "image"
    for kind, ending in _SOUND_OR_FILM.items():
        if not medium and ending.search(url):
            return kind
    sized = attributes.get("width") or attributes.get("height")
    lasting = any(attributes.get(name) for name in _OF_SOUND_OR_FILM)
    return "image" if sized and not medium and not lasting else medium


def address(text: str | None) -> str | None:
    """Return `text` if it is an absolute web address, else None."""
    return text if text and text.startswith(("http://", "https://")) else None


def resolve(base: str, reference: str | None) -> str:
    """Return a reference resolved against `base`; the base itself if there is no valid reference.

    A text that is longer than any address is not resolved, to bound the cost.
    """
    if len(base) > _LONGEST_ADDRESS or (reference and len(reference) > _LONGEST_ADDRESS):
        return base[:_LONGEST_ADDRESS]
    try:
        return urljoin(base, reference.strip()) if reference else base
    except ValueError:
        return base


def language_tag(text: str) -> str | None:
    """Return a language in the spelling of BCP 47, or None."""
    tag = text.strip().replace("_", "-")
    return tag if 0 < len(tag) < 36 else None


def unique(values: list[str]) -> tuple[str, ...]:
    """Return the names that are not empty, each once, in order."""
    return tuple(dict.fromkeys(name[:_LONGEST_NAME] for name in values[:_MOST] if name))


def first(found: Mapping[str, _Value], names: tuple[str, ...]) -> _Value | None:
    """Return the value of the first of `names` that `found` has, or None."""
    for name in names:
        if name in found:
            return found[name]
    return None


def _with_base(markup: Markup | None, base: str) -> Markup | None:
    if markup is None or markup.base is not None:
        return markup
    return Markup(value=markup.value, html=markup.html, base=base, language=markup.language)


def bounded(text: str | None) -> str | None:
    """Return an address or id; None if it is missing or too long."""
    return text if text and len(text) <= _LONGEST_ADDRESS else None


def _link_on_same_host(link: str | None, base: str) -> str:
    """Return the entry's link if it is on the host of `base`, else `base`, as in link blogs."""
    absolute = link if link and link.startswith(("http:", "https:")) else resolve(base, link)
    return absolute if _host(absolute) == _host(base) else base


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].lower()


def _best_images(images: list[tuple[int, Image]]) -> tuple[Image, ...]:
    """Return the pictures by rank, the widest first, each address once."""
    found: dict[str, Image] = {}
    for _, picture in sorted(
        images[:_MOST], key=lambda ranked: (ranked[0], -(ranked[1].width or 0))
    ):
        found.setdefault(picture.url, picture)
    return tuple(found.values())


def _number(text: str | None) -> int | None:
    """Return a number as publishers write it ("640", "640.0", "640px"), or None."""
    found = re.match(r"\s*(\d{1,10})(?!\d)", text or "")
    return int(found[1]) if found else None
