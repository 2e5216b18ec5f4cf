"""Remove from an edition what readers must not see, for every format and channel.

- A feed is shown with its title and its site's link, and with its address only where `secret_urls`
  allows that.
- A failed feed is named without the reason, which is for the operator.
- Feed health and the counts of what the limits left out are shown as the digest's settings say.
- No text or link may hold a key or a login of a private feed's address.  An entry without a link of
  its own may carry the feed's address, and so may an enclosure.

The result is cleaned too (`clean`): formats print it without further checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from digest.model import AilingFeed, Edition, Enclosure, FailedFeed, Outline, Site, Story
from digest.net import secret_urls
from digest.render.templating import clean

HIDDEN = "…"
"""The text that replaces a secret."""


def edition(edition: Edition, site: Site) -> Edition:
    """Return `edition` as readers may see it, cleaned."""
    private = set(site.private)
    for section in edition.sections:
        for story in section.stories:
            if not secret_urls.may_be_published(story.feed_url, story.feed_self):
                private |= secret_urls.secrets(story.feed_url)
    for url in (*(feed.url for feed in edition.failed), *(feed.url for feed in edition.ailing)):
        private |= _unpublished(url)
    redaction = _redaction(frozenset(private))
    return clean.edition(
        replace(
            edition,
            title=redaction.text(edition.title),
            note=tuple(
                replace(
                    paragraph,
                    spans=tuple(
                        replace(
                            span, text=redaction.text(span.text), link=redaction.link(span.link)
                        )
                        for span in paragraph.spans
                    ),
                )
                for paragraph in edition.note
            ),
            sections=tuple(
                replace(
                    section,
                    title=redaction.text(section.title),
                    stories=tuple(_story(story, redaction) for story in section.stories),
                )
                for section in edition.sections
            ),
            capped=edition.capped if site.counts else 0,
            damped=tuple(
                replace(feed, feed=redaction.text(feed.feed))
                for feed in (edition.damped if site.counts else ())
            ),
            failed=tuple(
                _failed(feed, redaction) for feed in (edition.failed if site.failed_feeds else ())
            ),
            ailing=tuple(
                _ailing(feed, redaction) for feed in (edition.ailing if site.health else ())
            ),
        )
    )


def outline(listed: Edition | Outline, site: Site) -> Outline:
    """Return the outline of an edition as readers may see it, cleaned."""
    if isinstance(listed, Edition):
        return clean.outline(edition(listed, site))
    text = _redaction(site.private).text
    headlines = tuple(replace(line, title=text(line.title)) for line in listed.headlines)
    return clean.outline(replace(listed, headlines=headlines))


def _unpublished(url: str) -> frozenset[str]:
    return frozenset() if secret_urls.may_be_published(url) else secret_urls.secrets(url)


def _story(story: Story, redaction: Redaction) -> Story:
    text, link = redaction.text, redaction.link
    source = story.source
    return replace(
        story,
        title=text(story.title),
        link=link(story.link),
        feed=text(story.feed),
        feed_url=_address(story.feed_url, story.feed_self),
        feed_self=None,
        feed_link=link(story.feed_link),
        source=source
        and replace(
            source,
            title=source.title and text(source.title),
            link=link(source.link),
            id=link(source.id),
        ),
        authors=tuple(map(text, story.authors)),
        categories=tuple(map(text, story.categories)),
        excerpt=text(story.excerpt),
        image=story.image
        and (
            replace(story.image, alt=story.image.alt and text(story.image.alt))
            if link(story.image.url)
            else None
        ),
        enclosures=tuple(
            replace(file, title=file.title and text(file.title))
            for file in _distinct(story.enclosures)
            if link(file.url)
        ),
        also_in=tuple(
            replace(
                other,
                feed=text(other.feed),
                link=link(other.link),
                title=text(other.title),
            )
            for other in story.also_in
        ),
        related=tuple(filter(None, map(link, story.related))),
    )


def _distinct(enclosures: Sequence[Enclosure]) -> Iterator[Enclosure]:
    """Yield each file once: some feeds name a file twice, as an enclosure and as Media RSS.

    Two files of one kind are the same if their sizes are equal, or if their names are equal and a
    size is unknown.
    """
    seen: list[tuple[str, str, int | None]] = []
    for file in enclosures:
        kind = (file.media_type or "").partition("/")[0]
        name = file.url.split("?")[0].rpartition("/")[2]
        if not any(
            kind == other_kind
            and (file.length == length if file.length and length else name == other_name != "")
            for other_kind, other_name, length in seen
        ):
            yield file
        seen.append((kind, name, file.length))


def _address(url: str, named: str | None = None) -> str:
    """Return the address of a feed if readers may see it, else an empty text."""
    if secret_urls.may_be_published(url, named):
        return url
    return named if named and secret_urls.may_be_published(named) else ""


def _failed(feed: FailedFeed, redaction: Redaction) -> FailedFeed:
    return FailedFeed(
        title=redaction.text(feed.title) or HIDDEN,
        url="",
        error="",
        link=redaction.link(feed.link) or _address(feed.url) or None,
    )


def _ailing(feed: AilingFeed, redaction: Redaction) -> AilingFeed:
    return replace(
        feed,
        title=redaction.text(feed.title) or HIDDEN,
        url=_address(feed.url),
        moved_to=feed.moved_to and (_address(feed.moved_to) or _host(feed.moved_to)),
        link=redaction.link(feed.link),
    )


def _host(url: str) -> str | None:
    """Return the site's address alone, for an address with secrets in it."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return f"https://{host}/" if host else None


@dataclass(frozen=True, slots=True)
class Redaction:
    """Functions that remove secrets from texts and links."""

    text: Callable[[str], str]
    """Return a text with `HIDDEN` in place of each secret."""
    link: Callable[[str | None], str | None]
    """Return a link, or ``None`` for one that holds a secret or a login."""


@lru_cache(maxsize=64)
def _redaction(private: frozenset[str]) -> Redaction:
    if not private:
        return Redaction(text=str, link=_without_login)
    longest_first = sorted(private, key=lambda text: (-len(text), text))
    found = re.compile("|".join(map(re.escape, longest_first)))

    def text(value: str) -> str:
        return found.sub(HIDDEN, value)

    def link(value: str | None) -> str | None:
        if value is None or found.search(value) or found.search(unquote(value)):
            return None
        return _without_login(value)

    return Redaction(text=text, link=link)


def _without_login(link: str | None) -> str | None:
    if link is None or "@" not in link or not link[:8].lower().startswith(("http:", "https:")):
        return link
    authority = link.split("//", 1)[-1].split("/", 1)[0]
    return None if "@" in authority.split("?", 1)[0] else link
