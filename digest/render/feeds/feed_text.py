"""Prepare a cleaned edition for old and strict feed readers.

Some feed readers take any text for HTML, some refuse a non-ASCII address or an unknown language,
and some drop entries with equal dates.  The W3C feed validator, which warns of all of these, has no
warnings for the result.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.entities import name2codepoint
from urllib.parse import quote, unquote_to_bytes

from babel import Locale
from babel.core import get_global

from digest.model import Edition, Image, Section, Site, Story
from digest.model import Source as SourceFeed
from digest.net.urls import absolute
from digest.render.templating import clean
from digest.text.characters import decode_references

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf]")
_ENTITY = re.compile(r"&(#?\w+)")

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PLAIN = r"[A-Za-z0-9;/?:@&=+$.\-_!~*'(),]"
_PART = rf"(?:{_PLAIN}|%[0-9A-Fa-f]{{2}})*"
_URI = re.compile(
    rf"(?:https?://(?:\[[0-9a-f:]+\]|[a-z0-9\-._~]+)(?::[0-9]+)?(?:[/?]{_PART})?|mailto:{_PART})"
    rf"(?:#{_PART})?"
)
_TAG_URI = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,[0-9]{4}(?:-[0-9]{2}){0,2}:[\w\-.~!$&'()*+,;=:@/]+", re.A
)
_URN = re.compile(r"urn:(?!uuid:)[a-z0-9][a-z0-9-]{1,31}:[\w\-.!$'()*+,;=:@]+", re.A)
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_WEB = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_SEGMENT = "!$&'()*+,;=:@"


def edition(edition: Edition) -> Edition:
    """Return `edition` for feeds; each story gets an `updated` of its own."""
    return replace(
        edition,
        title=text(edition.title),
        sections=tuple(
            Section(
                title=text(section.title),
                stories=tuple(_story(story, edition) for story in section.stories),
            )
            for section in edition.sections
        ),
        damped=tuple(replace(feed, feed=text(feed.feed)) for feed in edition.damped),
        failed=tuple(
            replace(feed, title=text(feed.title), link=uri(feed.link)) for feed in edition.failed
        ),
        ailing=tuple(
            replace(
                feed,
                title=text(feed.title),
                url=uri(feed.url) or "",
                moved_to=uri(feed.moved_to),
                link=uri(feed.link),
            )
            for feed in edition.ailing
        ),
    )


def site(site: Site) -> Site:
    """Return `site` with texts and addresses for feeds."""
    return replace(
        site,
        title=text(site.title),
        digest_title=text(site.digest_title),
        base_url=uri(site.base_url),
        hub=uri(site.hub),
    )


def instant(moment: datetime) -> str:
    """Write `moment` in the format of RFC 3339, in UTC, with any fraction of a second."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def unique_instant(moment: datetime, number: int, rank: int = 0) -> datetime:
    """Add a fraction of a second that is unique to a story; the first rank is the latest.

    Many feeds give the day only, so stories share a second, and feed readers that sort by `updated`
    would shuffle them.  Any thousand editions in a row have different fractions.
    """
    return moment.replace(microsecond=number % 1000 * 1000 + 999 - rank % 1000)


def text(value: str) -> str:
    """Replace undecodable characters by question marks; decode text that was encoded twice.

    >>> text("caf\xc3\xa9 \ufffd")
    'caf\xe9 ?'
    """
    if value.isascii():
        return value
    with suppress(UnicodeError):
        while _TWICE.search(value):
            value = clean.text(value.encode("latin-1").decode())
    return value.replace("\ufffd", "?")


def is_markup(value: str) -> bool:
    """Say whether a feed reader that takes every text for HTML would show `value` differently."""
    return "<" in value or "&" in value


def plain(value: str) -> str:
    """Write a name for an element that cannot declare whether it is HTML.

    >>> plain("Smith &amp;amp; <b>Sons</b> <a@example.org>")
    'Smith & ‹b›Sons‹/b› ‹a@example.org›'
    """
    if not is_markup(value):
        return value
    while (meant := decode_references(value)) != value:
        value = meant
    value = text(clean.text(value)).translate({ord("<"): "‹", ord(">"): "›"})
    return _ENTITY.sub(_separate_entity, value).strip() or "…"


def _separate_entity(found: re.Match[str]) -> str:
    name = found[1]
    misread = name in name2codepoint or name == "apos" or not name.isalpha()
    return f"& {name}" if misread else found[0]


@cache
def language(tag: str | None) -> str | None:
    """Return a language tag with its shortest ISO 639 code; ``None`` for an unknown language.

    >>> language("eng-GB"), language("english")
    ('en-GB', None)
    """
    primary, *rest = (tag or "").split("-")
    primary = primary.lower()
    if len(primary) == 3:
        primary = get_global("language_aliases").get(primary, primary)
    return "-".join([primary, *rest]) if primary in Locale("en").languages else None


def uri(link: str | None) -> str | None:
    """Return an address in ASCII (RFC 3987, 3.1); ``None`` if the result is no URI."""
    if not link or (found := absolute(link, link)) is None:
        return None
    address, mark, fragment = quote(found, safe=_ASCII).partition("#")
    whole = address + mark + fragment.replace("#", "%23")
    return whole if _URI.fullmatch(whole) else None


def identifier(value: str | None) -> str | None:
    """Return an id in its normal form; ids whose spelling is unique stay as they are.

    Returns ``None`` if the id is not reliable.  (RFC 4287, 4.2.6; RFC 3986, 6.2.2.)
    """
    if not value or _TAG_URI.fullmatch(value) or _URN.fullmatch(value) or _UUID.fullmatch(value):
        return value or None
    web = _WEB.fullmatch(uri(clean.link(value)) or "")
    if web is None or "[" in web[2]:
        return None
    scheme, host, path, query, fragment = web.groups()
    segments = path.split("/")[1:] or [""]
    if "." in segments or ".." in segments:
        return None
    try:
        normal = "".join(["/" + _requoted(segment, _SEGMENT) for segment in segments])
        for mark, part in (("?", query), ("#", fragment)):
            normal += "" if part is None else mark + _requoted(part, f"{_SEGMENT}/?")
    except UnicodeDecodeError:
        return None
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORT[scheme])}{normal}"


def _requoted(part: str, safe: str) -> str:
    return quote(unicodedata.normalize("NFC", unquote_to_bytes(part).decode()), safe=safe)


def _story(story: Story, edition: Edition) -> Story:
    links = dict.fromkeys(filter(None, map(uri, story.related)))
    address = uri(story.link)
    return replace(
        story,
        title=text(story.title),
        link=address,
        feed=text(story.feed),
        feed_url=uri(story.feed_url) or "",
        feed_link=uri(story.feed_link),
        source=_source(story.source),
        authors=tuple(dict.fromkeys(map(plain, map(text, story.authors)))),
        categories=tuple(dict.fromkeys(map(text, story.categories))),
        published=_plausible(story.published, edition),
        updated=unique_instant(
            _plausible(story.updated, edition) or edition.composed_at, edition.number, story.rank
        ),
        language=language(story.language),
        excerpt=text(story.excerpt),
        image=_image(story),
        enclosures=tuple(
            replace(enclosure, url=url, title=enclosure.title and text(enclosure.title))
            for enclosure in story.enclosures
            if (url := uri(enclosure.url))
        ),
        also_in=tuple(
            replace(
                mention,
                feed=text(mention.feed),
                link=uri(mention.link),
                title=text(mention.title),
                language=language(mention.language),
            )
            for mention in story.also_in
        ),
        related=tuple(link for link in links if link != address),
    )


def _plausible(moment: datetime | None, edition: Edition) -> datetime | None:
    """Return a plausible time: not before 1990, and not after the edition was composed."""
    if moment is None or moment < _EARLIEST:
        return None
    return min(moment, edition.composed_at)


def _source(source: SourceFeed | None) -> SourceFeed | None:
    if source is None:
        return None
    return replace(source, title=source.title and text(source.title), link=uri(source.link))


def _image(story: Story) -> Image | None:
    image = story.image
    if image is None or (url := uri(image.url)) is None:
        return None
    return replace(image, url=url, alt=image.alt and text(image.alt))
