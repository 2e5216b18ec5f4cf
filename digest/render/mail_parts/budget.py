"""Reduce an edition to the largest size of a mail.

The reduction has a fixed order.  First pictures are dropped.  Then, each time beginning with the
last story, excerpts are cut, are cut again, stories are reduced to title and feed, and stories are
left out.  The first story loses its excerpt last of all.  Stories that are left out are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from digest.model import AilingFeed, CappedFeed, Edition, Section, Story

Cut = Callable[[str, int], str]
Result = TypeVar("Result")

SHORTER = (240, 120)
"""The lengths that excerpts are cut to, in grapheme clusters."""
_BRIEF = len(SHORTER) + 1
_OUT = len(SHORTER) + 2

_LONGEST_LINK = 2000
"""Characters; the Outlook of Windows opens none of more than 2,083."""
_NAME, _TITLE = 100, 300
_NAMED_FEEDS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the reduction: a level for all stories; the last `tail` are one level further."""

    images: bool = True
    level: int = 0
    tail: int = 0
    is_first_reduced: bool = False
    """Whether the first story loses its excerpt too, in the last step."""

    def of(self, place: int, stories: int) -> int:
        """Return the level of the story at `place`, from 0: full, cut, ..., brief, out."""
        level = self.level + (1 if place >= stories - self.tail else 0)
        most = _BRIEF if self.is_first_reduced else len(SHORTER)
        return level if place else min(level, most)


def fitting(edition: Edition, cut: Cut, fits: Callable[[Edition, int], Result | None]) -> Result:
    """Return the result of `fits` for the fullest form of `edition` that fits.

    `fits` takes a form and the number of stories left out, and returns ``None`` if the form is too
    large.  A binary search calls it a few times only.  Raises ValueError if no form fits.
    """
    stories = sum(len(section.stories) for section in edition.sections)

    @cache
    def shorten(text: str, length: int) -> str:
        # One character may carry any number of marks; real text has fewer than four each.
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
    """Yield the steps of the reduction, from the least to the most."""
    yield Step()
    for level in range(_OUT):
        for tail in range(stories):
            yield Step(images=False, level=level, tail=tail)
    yield Step(images=False, level=_BRIEF, tail=max(stories - 1, 0), is_first_reduced=True)


def _applied(edition: Edition, step: Step, stories: int, cut: Cut) -> tuple[Edition, int]:
    """Return `edition` reduced by `step`, and how many of its stories are left out."""
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
                kept.append(_reduced_story(story, level, cut))
        if kept:
            sections.append(Section(title=section.title, stories=tuple(kept)))
    images = edition.images and step.images
    return replace(edition, sections=tuple(sections), images=images), left_out


def _reduced_story(story: Story, level: int, cut: Cut) -> Story:
    if level == 0:
        return story
    if level < _BRIEF:
        return replace(story, excerpt=cut(story.excerpt, SHORTER[level - 1]))
    return replace(
        story, excerpt="", authors=(), source=None, also_in=(), related=(), enclosures=()
    )


# --- bounds on single texts and lists, in every mail ---------------------------------------------


def _bounded(edition: Edition, cut: Cut) -> Edition:
    """Return `edition` with bounded titles, names, links and lists; excerpts stay as they are."""
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
            CappedFeed(feed=cut(feed.feed, _NAME), shown=feed.shown, of=feed.of)
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
