"""Clean stored editions so that any format may print them.

Each text becomes one line that XML 1.0, HTML and a terminal accept; its writing direction does not
reach the text behind it.  Each link is an absolute http, https or mailto address, or is dropped.
Visible text does not change: a text without forbidden characters is returned as it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit

from digest.model import (
    Edition,
    Enclosure,
    FailedFeed,
    Headline,
    Image,
    Mention,
    Outline,
    Section,
    Site,
    Story,
)
from digest.model import Source as SourceFeed
from digest.text.characters import UNPRINTABLE

_BREAKS = re.compile("[\t-\r\x1c-\x1e\x85\u2028\u2029]+")
_FORBIDDEN = re.compile(f"[{UNPRINTABLE}]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CLOSERS = {"\u202a": "\u202c", "\u202b": "\u202c"} | dict.fromkeys("\u2066\u2067\u2068", "\u2069")

_WEB = re.compile(r"(https?://[^\s/?#\\][^/?#]*|mailto:(?=[^\s?]))(.*)", re.IGNORECASE | re.DOTALL)
_UNFIT = rf'[\s"<>\\^`{{|}}]|%(?![0-9A-Fa-f]{{2}})|{_FORBIDDEN.pattern}|{_BIDI.pattern}'
_UNFIT_HOST = re.compile(_UNFIT)
_UNFIT_PATH = re.compile(rf"{_UNFIT}|[\[\]]")  # RFC 3986, 3.2.2: brackets only around IPv6
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_LONGEST_FILE = 2**53 - 1
"""Bytes: the largest integer that every JSON parser reads exactly (RFC 8259, 6)."""
_HEADLINES = 3
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


def text(value: str) -> str:
    """Make one printable line of `value`.

    >>> text("two\\nlines\\x00")
    'two lines'
    """
    if value.isascii() and value.isprintable():
        return value
    line = _FORBIDDEN.sub("", _BREAKS.sub(" ", value))
    return line if _is_bidi_balanced(line) else _BIDI.sub("", line)


def _is_bidi_balanced(line: str) -> bool:
    """Say whether each bidi embedding and isolate is closed and there is no override (UAX 9)."""
    closers: list[str] = []
    for control in _BIDI.findall(line):
        if control in _CLOSERS:
            closers.append(_CLOSERS[control])
        elif not closers or closers.pop() != control:
            return False
    return not closers


def link(value: str | None) -> str | None:
    """Return `value` as a web or mail address that needs no quoting, or ``None`` for any other.

    >>> link("https://example.org/a b"), link("javascript:alert(1)")
    ('https://example.org/a%20b', None)
    """
    url = (value or "").strip("\t\n\f\r ")
    web = _WEB.fullmatch(url)
    if not web:
        return None
    try:
        urlsplit(url)
    except ValueError:
        return None
    return _UNFIT_HOST.sub(_percent, web[1]) + _UNFIT_PATH.sub(_percent, web[2])


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="ignore")


def edition(edition: Edition) -> Edition:
    return replace(
        edition,
        title=text(edition.title),
        note=tuple(
            replace(
                paragraph,
                bullet=text(paragraph.bullet),
                spans=tuple(
                    replace(span, text=text(span.text), link=link(span.link))
                    for span in paragraph.spans
                ),
            )
            for paragraph in edition.note
        ),
        sections=tuple(
            Section(title=text(section.title).strip(), stories=tuple(map(_story, section.stories)))
            for section in edition.sections
        ),
        damped=tuple(replace(feed, feed=text(feed.feed).strip() or "…") for feed in edition.damped),
        failed=tuple(
            FailedFeed(
                title=text(feed.title).strip() or text(feed.url) or "…",
                url=link(feed.url) or "",
                error=text(feed.error),
                link=link(feed.link),
            )
            for feed in edition.failed
        ),
        ailing=tuple(
            replace(
                feed,
                title=text(feed.title).strip() or text(feed.url) or "…",
                url=link(feed.url) or "",
                moved_to=link(feed.moved_to),
                link=link(feed.link),
            )
            for feed in edition.ailing
        ),
    )


def outline(edition: Edition | Outline) -> Outline:
    """Return the cleaned outline that lists of editions show."""
    if isinstance(edition, Edition):
        stories = [story for section in edition.sections for story in section.stories]
        edition = Outline(
            slot=edition.slot,
            number=edition.number,
            stories=len(stories),
            headlines=tuple(
                Headline(title=story.title, language=story.language)
                for story in stories[:_HEADLINES]
            ),
        )
    return replace(
        edition,
        headlines=tuple(
            Headline(
                title=text(headline.title).strip() or "…", language=_language(headline.language)
            )
            for headline in edition.headlines
        ),
    )


def site(site: Site) -> Site:
    return replace(
        site,
        title=text(site.title).strip() or site.digest,
        digest_title=text(site.digest_title).strip() or site.digest,
        language=_language(site.language) or "en",
        hub=link(site.hub),
        sign_up=link(site.sign_up),
        search=link(site.search),
    )


def _story(story: Story) -> Story:
    excerpt = text(story.excerpt)
    address = link(story.link)
    return replace(
        story,
        title=text(story.title).strip() or address or "…",
        link=address,
        feed=text(story.feed).strip(),
        feed_url=link(story.feed_url) or "",
        feed_link=link(story.feed_link),
        source=_source(story.source),
        authors=_texts(story.authors),
        categories=_texts(story.categories),
        language=_language(story.language),
        excerpt=excerpt if excerpt.strip() else "",
        image=_image(story.image),
        enclosures=tuple(filter(None, map(_enclosure, story.enclosures))),
        also_in=tuple(map(_mention, story.also_in)),
        related=tuple(filter(None, map(link, story.related))),
    )


def _texts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Clean each text; drop empty texts and repetitions."""
    return tuple(dict.fromkeys(filter(None, (text(value).strip() for value in values))))


def _language(tag: str | None) -> str | None:
    return tag if tag and _LANGUAGE.fullmatch(tag) else None


def _source(source: SourceFeed | None) -> SourceFeed | None:
    if source is None:
        return None
    return SourceFeed(
        title=text(source.title) if source.title else None,
        link=link(source.link),
        id=text(source.id) if source.id else None,
    )


def _media(value: str) -> str | None:
    url = link(value)
    return None if url is None or url[:7].lower() == "mailto:" else url


def _image(image: Image | None) -> Image | None:
    url = image and _media(image.url)
    if image is None or not url:
        return None
    return replace(image, url=url, alt=text(image.alt) if image.alt else None)


def _enclosure(enclosure: Enclosure) -> Enclosure | None:
    url = _media(enclosure.url)
    if url is None:
        return None
    kind = enclosure.media_type
    return replace(
        enclosure,
        url=url,
        media_type=kind.lower() if kind and _MEDIA_TYPE.fullmatch(kind) else None,
        length=enclosure.length if 0 < (enclosure.length or 0) <= _LONGEST_FILE else None,
        title=text(enclosure.title) if enclosure.title else None,
    )


def _mention(mention: Mention) -> Mention:
    address = link(mention.link)
    title = text(mention.title).strip()
    return Mention(
        feed=text(mention.feed).strip() or title or address or "…",
        link=address,
        title=title,
        language=_language(mention.language),
    )
