"""Make the parts of Atom feeds (RFC 4287): links, sources, and the values for their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from hashlib import blake2b
from html import escape
from typing import Literal

from markupsafe import Markup

from digest.model import Rendition, Site
from digest.render.feeds import feed_text
from digest.render.feeds.syndication import FeedStory, address, tag
from digest.render.templating import templates

MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """RFC 4287, 4.2.7."""

    rel: str
    href: str
    type: str | None = None
    title: str | None = None
    hreflang: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomSource:
    """The feed that an entry is from (RFC 4287, 4.2.11)."""

    id: str
    title: str
    links: tuple[Link, ...]


def feed(
    template: str,
    site: Site,
    *,
    path: str,
    links: Sequence[Link],
    updates: Sequence[datetime],
    names: dict[str, object],
) -> Rendition:
    """Make the feed at `path`; `updates` are the dates of its entries.

    The date of an empty feed is the day the digest began, so that it does not change.
    """
    since = datetime.combine(site.since, time(), UTC)
    common = {
        "site": site,
        "updated": max(updates, default=since),
        "links": [*_home(site, path), *links],
        "picture": _picture(site),
        "instant": feed_text.instant,
        "is_markup": feed_text.is_markup,
        "plain": feed_text.plain,
    }
    text = templates.fill(template, site, common | names)
    return Rendition(media_type=f"{MEDIA_TYPE}; charset=utf-8", body=text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPicture:
    """The publisher's logo in a feed (RFC 4287, 4.2.5 and 4.2.8)."""

    element: Literal["icon", "logo"]
    """The element of a square picture is ``icon``, of any other ``logo``."""
    href: str


def _picture(site: Site) -> FeedPicture | None:
    href = address(site, site.logo.filename) if site.look and site.logo else None
    if href is None or site.logo is None:
        return None
    square = site.logo.width == site.logo.height
    return FeedPicture(element="icon" if square else "logo", href=href)


def escaped_content(document: str) -> Markup:
    """Escape HTML for the inside of an XML element, where quotes need no escaping."""
    return Markup(escape(document, quote=False))  # noqa: S704 - it is escaped here


def file(site: Site, rel: str, path: str | None) -> list[Link]:
    """Link to the file at `path` of the digest's output, if there is one and it is published."""
    href = address(site, *path.split("/")) if path else None
    return [Link(rel=rel, type=MEDIA_TYPE, href=href)] if href else []


def hub(site: Site) -> list[Link]:
    """Link to the hub where feed readers may subscribe (WebSub, 4)."""
    return [Link(rel="hub", href=site.hub)] if site.hub else []


def links_of(telling: FeedStory) -> list[Link]:
    """Link to a story, its media, the feed that copied it and related pages, each once."""
    story = telling.story
    links = [Link(rel="alternate", href=story.link)] if story.link else []
    links += [
        Link(rel="enclosure", href=file.url, type=file.media_type, length=file.length)
        for file in story.enclosures
    ]
    via = (story.feed_link or story.feed_url) if story.source else None
    if via:
        links.append(Link(rel="via", href=via, title=feed_text.plain(story.feed) or None))
    links += [
        Link(
            rel="related",
            href=mention.link,
            title=feed_text.plain(mention.feed),
            hreflang=mention.language,
        )
        for mention in story.also_in
        if mention.link and mention.link != story.link
    ]
    links += [Link(rel="related", href=link) for link in story.related]
    return list({(link.rel, link.href): link for link in reversed(links)}.values())[::-1]


def source_of(telling: FeedStory, site: Site) -> AtomSource:
    """Return the feed that a story is from; of a copied story, the original feed."""
    story, origin = telling.story, telling.story.source
    ids: list[str | None]
    if origin is None:
        own = [Link(rel="self", href=story.feed_url)] if story.feed_url else []
        title, ids, page = story.feed or story.feed_url, [story.feed_url], story.feed_link
    else:
        own, page = [], origin.link
        title, ids = origin.title or story.feed or origin.link or "", [origin.id, origin.link]
    alternate = [Link(rel="alternate", href=page)] if page else []
    fallback_id = tag(site, "feed", blake2b(title.encode(), digest_size=8).hexdigest())
    return AtomSource(
        id=next(filter(None, map(feed_text.identifier, ids)), fallback_id),
        title=title.strip() or "…",
        links=(*own, *alternate),
    )


def _home(site: Site, path: str) -> list[Link]:
    """Link to the feed itself and to the page that shows the same stories."""
    page = address(site, "") if "archive" in site.formats else None
    shown = [Link(rel="alternate", type="text/html", href=page)] if page else []
    return [*file(site, "self", path), *shown]
