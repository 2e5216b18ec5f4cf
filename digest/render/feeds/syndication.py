"""Functions that all generated feeds share: permanent ids, addresses and stories.

An id is a `tag:` URI (RFC 4151).  It is made from the authority and date that the digest's first
edition fixed, and from the story's key, so neither a moved site nor a corrected title changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from digest.model import Edition, Mention, Section, Site, Story
from digest.render.feeds import feed_text
from digest.render.templating import page, templates
from digest.render.templating.templates import rfc3339


@dataclass(frozen=True, slots=True)
class FeedStory:
    """A story as one edition tells it."""

    edition: Edition
    section: Section
    story: Story


def tag(site: Site, *path: str) -> str:
    """Return the id of the digest, or of the item that `path` names in it."""
    specific = "/".join(quote(part, safe="") for part in (site.digest, *path))
    return f"tag:{site.authority},{site.since.isoformat()}:{specific}"


def story_id(site: Site, story: Story) -> str:
    return tag(site, "story", story.key)


def address(site: Site, *path: str) -> str | None:
    """Return the public address of the digest, or of `path` in it; ``None`` if it has none."""
    if site.base_url is None:
        return None
    return site.base_url + "/".join(quote(part, safe="") for part in (site.digest, *path))


def told(editions: Sequence[Edition]) -> list[FeedStory]:
    """Return the stories of `editions`, newest first, prepared for feeds.

    The editions are ordered from the newest.  A story that was told again is included once, as it
    was told last.
    """
    found: dict[str, FeedStory] = {}
    for edition in map(feed_text.edition, editions):
        for section in edition.sections:
            for story in section.stories:
                found.setdefault(story.key, FeedStory(edition, section, story))
    return sorted(
        found.values(), key=lambda telling: (telling.story.updated, telling.story.key), reverse=True
    )


def contents(site: Site) -> Callable[[FeedStory], str]:
    """Return a function that renders the HTML of a story."""
    names: dict[str, dict[str, object]] = {}

    def content(telling: FeedStory) -> str:
        slot = telling.edition.slot
        if slot not in names:
            names[slot] = page.names(telling.edition, site)
        return templates.fill("feed-story.html", site, names[slot] | {"story": telling.story})

    return content


def item(site: Site, section: Section, story: Story) -> dict[str, object]:
    """Return the JSON Feed 1.1 item of `story`."""
    shown = story.excerpt or story.title
    fields: dict[str, object] = {
        "id": story_id(site, story),
        "url": story.link,
        "title": None if story.untitled else story.title,
        "summary": story.excerpt,
        "content_text": shown,
        "image": story.image and story.image.url,
        "date_published": story.published and rfc3339(story.published),
        "date_modified": rfc3339(story.updated),
        "authors": [{"name": name} for name in authors(story)],
        "tags": list(story.categories),
        "language": story.language,
        "attachments": [
            _present(
                {
                    "url": enclosure.url,
                    "mime_type": enclosure.media_type or "application/octet-stream",
                    "title": enclosure.title,
                    "size_in_bytes": enclosure.length,
                }
            )
            for enclosure in story.enclosures
        ],
        "_digest": {
            "section": section.title,
            "rank": story.rank,
            "feed": _present(
                {"title": story.feed, "url": story.feed_url, "home_page_url": story.feed_link}
            ),
            "also_in": [_mention(mention) for mention in story.also_in],
            "related": list(story.related),
            **({"update": True, "first_told": story.first_told} if story.update else {}),
        },
    }
    return _present(fields)


def authors(story: Story) -> tuple[str, ...]:
    """Return the authors of `story`, else the name of its feed; never an empty tuple."""
    return story.authors or (story.feed or story.feed_url or "…",)


def _mention(mention: Mention) -> dict[str, object]:
    return {"feed": mention.feed, "link": mention.link, "title": mention.title}


def _present(fields: dict[str, object]) -> dict[str, object]:
    """Return `fields` without empty values."""
    return {key: value for key, value in fields.items() if value not in (None, "", [])}
