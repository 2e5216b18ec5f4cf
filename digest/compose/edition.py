"""Make an edition of the selected stories: sections in order, stories with their excerpts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from types import MappingProxyType

from digest.compose.selection import (
    CandidateStory,
    DigestFeed,
    Selection,
    date_of,
    id_of,
    latest_first,
)
from digest.model import (
    Body,
    Decision,
    Digest,
    Edition,
    Entry,
    Excerpt,
    ExcerptSettings,
    FailedFeed,
    MarkedText,
    Mention,
    Section,
    Story,
    Verdict,
)
from digest.text.marks import plain

TITLE_LENGTH = 80
"""Grapheme clusters of the text that replace a missing title."""


CutText = Callable[..., Excerpt]
"""The function `digest.excerpt.excerpt`, which the pipeline passes in."""


def compose(
    digest: Digest,
    selection: Selection,
    *,
    slot: str,
    number: int,
    now: datetime,
    feeds: Mapping[int, DigestFeed],
    bodies: Mapping[int, Body],
    cut: CutText,
    related: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> tuple[Edition, tuple[Decision, ...]]:
    """Return the edition of the selected stories, and the decisions with their ranks.

    `related` maps the id of a lead to the ids of the leads that report the same event.
    """
    links = {id_of(telling.lead): telling.lead.link for telling in selection.stories}
    sections: defaultdict[str, list[CandidateStory]] = defaultdict(list)
    for telling in selection.stories:
        sections[feeds[telling.lead.feed_id].feed.category or ""].append(telling)
    ranks: dict[int, int] = {}
    keys: dict[int, str] = {}
    laid_out = []
    for category in sorted(sections, key=_section_order(feeds)):
        stories = []
        for telling in sorted(sections[category], key=latest_first):
            rank = ranks[id_of(telling.lead)] = len(ranks) + 1
            near = [links[other] for other in related.get(id_of(telling.lead), ())]
            story = _story(digest, telling, rank, feeds, bodies, cut)
            keys[id_of(telling.lead)] = story.key
            stories.append(replace(story, related=tuple(filter(None, near))))
        laid_out.append(Section(title=category, stories=tuple(stories)))
    telling_entries = [entry for telling in selection.stories for entry in telling.entries]
    edition = Edition(
        digest=digest.name,
        slot=slot,
        number=number,
        title=digest.title,
        timezone=digest.timezone,
        language=digest.language,
        composed_at=now,
        sections=tuple(laid_out),
        entries=len(telling_entries),
        feeds=len({entry.feed_id for entry in telling_entries}),
        capped=sum(decision.verdict is Verdict.CAPPED for decision in selection.decisions),
        damped=selection.damped,
        failed=failed_feeds(feeds),
        images=digest.images,
    )
    ranked = tuple(
        replace(decision, rank=ranks[decision.entry_id], story=keys[decision.entry_id])
        if decision.entry_id in ranks
        else decision
        for decision in selection.decisions
    )
    return edition, ranked


def failed_feeds(feeds: Mapping[int, DigestFeed]) -> tuple[FailedFeed, ...]:
    """Return the feeds whose last fetch failed, in the order of the configuration."""
    return tuple(
        FailedFeed(
            title=subscribed.title,
            url=subscribed.url,
            error=subscribed.state.error,
            link=subscribed.state.link,
        )
        for subscribed in sorted(feeds.values(), key=lambda subscribed: subscribed.position)
        if subscribed.state.error
    )


def key_of(telling: CandidateStory, feeds: Mapping[int, DigestFeed]) -> str:
    """Return the `Story.key` of a story."""
    if telling.update and telling.update.key:
        return telling.update.key
    return story_key(feeds[telling.lead.feed_id].feed.url, telling.lead.uid)


def story_key(feed_url: str, uid: str) -> str:
    """Return the key of a story from its lead, for generated ids: stable, opaque, safe in a URI.

    >>> story_key("https://example.org/feed", "tag:example.org,2026:1")
    'ff6b01c02ad4a6ba2d9b'
    """
    name = f"{feed_url}\n{uid}".encode("utf-8", "replace")
    return blake2b(name, digest_size=10).hexdigest()


def _section_order(feeds: Mapping[int, DigestFeed]) -> Callable[[str], tuple[bool, int]]:
    """Return a sort key: categories in the order of the configuration, feeds without one last."""
    first: dict[str, int] = {}
    for subscribed in sorted(feeds.values(), key=lambda subscribed: subscribed.position):
        first.setdefault(subscribed.feed.category or "", subscribed.position)
    return lambda category: (not category, first[category])


def _story(
    digest: Digest,
    telling: CandidateStory,
    rank: int,
    feeds: Mapping[int, DigestFeed],
    bodies: Mapping[int, Body],
    cut: CutText,
) -> Story:
    lead, subscribed = telling.lead, feeds[telling.lead.feed_id]
    body = bodies.get(id_of(lead))
    cut_text = (
        cut(body.text, digest.excerpt, language=lead.language, verbatim=body.verbatim)
        if body
        else Excerpt(text="", truncated=False)
    )
    return Story(
        key=key_of(telling, feeds),
        rank=rank,
        title=lead.title or _stand_in_title(lead, body, cut),
        untitled=not lead.title,
        link=lead.link,
        feed=subscribed.title,
        feed_url=subscribed.url,
        feed_self=subscribed.state.self_link,
        feed_link=subscribed.state.link,
        source=lead.source,
        authors=lead.authors,
        categories=lead.categories,
        published=lead.published,
        updated=(
            telling.update.since
            if telling.update
            else lead.updated or lead.published or lead.first_seen
        ),
        undated=not (lead.published or lead.updated),
        language=lead.language,
        excerpt=cut_text.text,
        truncated=cut_text.truncated,
        image=lead.image if digest.images else None,
        enclosures=lead.enclosures,
        also_in=tuple(
            Mention(
                feed=feeds[other.feed_id].title,
                link=other.link,
                title=other.title,
                language=other.language,
            )
            for other in telling.others
        ),
        update=telling.update is not None,
        first_told=telling.update.first_told if telling.update else None,
    )


def _stand_in_title(entry: Entry, body: Body | None, cut: CutText) -> str:
    """Return a title for an untitled entry: the beginning of its text, its link, or its date."""
    if body and plain(body.text).strip():
        short = ExcerptSettings(length=TITLE_LENGTH, boundary="word")
        first = MarkedText(body.text.lstrip().split("\n", 1)[0])
        title = cut(first, short, language=entry.language).text
        if title:
            return title
    return entry.link or date_of(entry).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
