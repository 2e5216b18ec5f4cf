"""What the generated feeds share: ids that never change, addresses, and which stories they hold.

An id is a `tag:` URI (RFC 4151) made from what a digest's first edition fixed and from the story's
key: neither a moved site nor a corrected title changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from digest.model import Edition, Mention, Section, Site, Story
from digest.render._templates import rfc3339

LIMIT = 50

Told = tuple[Edition, Section, Story]


def tag(site: Site, *path: str) -> str:
    """Make the id of the digest, or of what `path` names in it."""
    specific = "/".join(quote(part, safe="") for part in (site.digest, *path))
    return f"tag:{site.authority},{site.since.isoformat()}:{specific}"


def story_id(site: Site, story: Story) -> str:
    return tag(site, "story", story.key)


def address(site: Site, *path: str) -> str | None:
    """Return where the digest, or what `path` names in it, is published, if anywhere."""
    if site.base_url is None:
        return None
    return site.base_url + "/".join(quote(part, safe="") for part in (site.digest, *path))


def newest(editions: Sequence[Edition]) -> list[Told]:
    """Take the stories of the newest editions, each story once, and put the latest first."""
    told: dict[str, Told] = {}
    for edition in editions:
        for section in edition.sections:
            for story in section.stories:
                told.setdefault(story.key, (edition, section, story))
    chosen = list(told.values())[:LIMIT]
    return sorted(chosen, key=lambda one: (one[2].updated, one[2].key), reverse=True)


def item(site: Site, section: Section, story: Story) -> dict[str, object]:
    """Make the JSON Feed 1.1 item of `story`."""
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
    """Name who wrote `story`, or else the feed it is from: never nobody."""
    return story.authors or (story.feed or story.feed_url or "…",)


def _mention(mention: Mention) -> dict[str, object]:
    return {"feed": mention.feed, "link": mention.link, "title": mention.title}


def _present(fields: dict[str, object]) -> dict[str, object]:
    """Leave out what is unknown."""
    return {key: value for key, value in fields.items() if value not in (None, "", [])}
