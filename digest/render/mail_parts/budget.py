"""Reduce an edition to what a mail may weigh.

It gives way in a fixed order: pictures first; then, each time from the last story on, excerpts are
cut short, and shorter; stories keep title and feed alone; stories are left out.  The first story
keeps an excerpt as long as anything else is left to give.  What is left out is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from digest.model import AilingFeed, Damped, Edition, Section, Story

Cut = Callable[[str, int], str]
Result = TypeVar("Result")

SHORTER = (240, 120)
"""What excerpts are cut to, in grapheme clusters."""
_BRIEF = len(SHORTER) + 1
_OUT = len(SHORTER) + 2

_LONGEST_LINK = 2000
"""Characters; the Outlook of Windows opens none of more than 2,083."""
_NAME, _TITLE = 100, 300
_NAMED_FEEDS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """How far an edition gives way: a level for each story, where the last `tail` are one on."""

    images: bool = True
    level: int = 0
    tail: int = 0
    bare: bool = False
    """Whether the first story gives way too: there is nothing else left."""

    def of(self, place: int, stories: int) -> int:
        """Return the level of the story at `place`, from 0: full, cut, ..., brief, out."""
        level = self.level + (1 if place >= stories - self.tail else 0)
        most = _BRIEF if self.bare else len(SHORTER)
        return level if place else min(level, most)


def fitting(edition: Edition, cut: Cut, fits: Callable[[Edition, int], Result | None]) -> Result:
    """Return what `fits` makes of the fullest form of `edition` that it takes.

    `fits` is given the form and how many stories it leaves out, and returns ``None`` for what is
    too large.  It is asked a few times, not for each form.  Raises ValueError if it takes none.
    """
    stories = sum(len(section.stories) for section in edition.sections)

    @cache
    def shorten(text: str, length: int) -> str:
        # A character may bear marks without end; no real text has four to each.
        return text if len(text) <= length else cut(text, length)[: 4 * length]

    bounded = _bounded(edition, shorten)
    steps = tuple(_steps(stories))

    def attempt(step: Step) -> Result | None:
        return fits(*_applied(bounded, step, stories, shorten))

    best = attempt(steps[0])
    if best is not None:
        return best
    low, high = 1, len(steps)
    while low < high:
        middle = (low + high) // 2
        made = attempt(steps[middle])
        if made is None:
            low = middle + 1
        else:
            best, high = made, middle
    if best is None:
        raise ValueError("not even one story fits")
    return best


def _steps(stories: int) -> Iterator[Step]:
    """Yield how an edition gives way, from the least to the most."""
    yield Step()
    for level in range(_OUT):
        for tail in range(stories):
            yield Step(images=False, level=level, tail=tail)
    yield Step(images=False, level=_BRIEF, tail=max(stories - 1, 0), bare=True)


def _applied(edition: Edition, step: Step, stories: int, cut: Cut) -> tuple[Edition, int]:
    """Return `edition` as `step` has it, and how many of its stories are left out."""
    place, left_out = 0, 0
    sections = []
    for section in edition.sections:
        kept = []
        for story in section.stories:
            level = step.of(place, stories)
            place += 1
            if level == _OUT:
                left_out += 1
            else:
                kept.append(_told(story, level, cut))
        if kept:
            sections.append(Section(title=section.title, stories=tuple(kept)))
    images = edition.images and step.images
    return replace(edition, sections=tuple(sections), images=images), left_out


def _told(story: Story, level: int, cut: Cut) -> Story:
    if level == 0:
        return story
    if level < _BRIEF:
        return replace(story, excerpt=cut(story.excerpt, SHORTER[level - 1]))
    return replace(
        story, excerpt="", authors=(), source=None, also_in=(), related=(), enclosures=()
    )


# --- what no mail is without: bounds on each single thing ----------------------------------------


def _bounded(edition: Edition, cut: Cut) -> Edition:
    """Return `edition` with nothing in it that could fill a mail by itself, but for excerpts."""
    return replace(
        edition,
        sections=tuple(
            Section(
                title=cut(section.title, _NAME),
                stories=tuple(_bounded_story(story, cut) for story in section.stories),
            )
            for section in edition.sections
        ),
        damped=tuple(
            Damped(feed=cut(feed.feed, _NAME), shown=feed.shown, of=feed.of)
            for feed in edition.damped[:_NAMED_FEEDS]
        ),
        failed=tuple(
            replace(feed, title=cut(feed.title, _NAME), link=_link(feed.link))
            for feed in edition.failed[:_NAMED_FEEDS]
        ),
        ailing=tuple(_bounded_feed(feed, cut) for feed in edition.ailing[:_NAMED_FEEDS]),
    )


def _bounded_story(story: Story, cut: Cut) -> Story:
    return replace(
        story,
        title=cut(story.title, _TITLE),
        link=_link(story.link),
        feed=cut(story.feed, _NAME),
        image=story.image if story.image and _link(story.image.url) else None,
    )


def _bounded_feed(feed: AilingFeed, cut: Cut) -> AilingFeed:
    return replace(
        feed,
        title=cut(feed.title, _NAME),
        url=_link(feed.url) or "",
        moved_to=_link(feed.moved_to),
        link=_link(feed.link),
    )


def _link(address: str | None) -> str | None:
    return address if address and len(address) <= _LONGEST_LINK else None
