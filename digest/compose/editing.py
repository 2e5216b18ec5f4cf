"""Change an edition before it is published: drop, move and pin stories, write a note.  PURE.

Changes name stories by the numbers that they have before any of the changes is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.model import (
    Decision,
    Edition,
    EditionContent,
    NoteParagraph,
    Section,
    Story,
    Verdict,
)
from digest.model.stories import BY_EDITOR

DROPPED = "dropped by the editor"
"""The reason of a retelling that the editor has dropped: the update is not offered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionChanges:
    """The changes that an editor asks for; they name stories by their numbers."""

    drop: tuple[int, ...] = ()
    """Stories that are not told, in this edition or another."""
    move: tuple[tuple[int, int], ...] = ()
    """A story, and the story whose place it takes; it joins the section of that story."""
    pin: tuple[int, ...] = ()
    """Stories that come first, in this order, each with its section."""
    note: tuple[NoteParagraph, ...] | None = None
    """The note before the stories; ``None`` leaves it as it is, an empty one removes it."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return self == EditionChanges()


@dataclass(frozen=True, slots=True)
class _PlacedStory:
    section: str
    story: Story


def edit(content: EditionContent, changes: EditionChanges) -> EditionContent:
    """Return `content` with the `changes` made.

    Raises ValueError with a sentence if a number names no story, if changes contradict each other,
    or if no story would be left.
    """
    placed = [
        _PlacedStory(section.title, story)
        for section in content.edition.sections
        for story in section.stories
    ]
    by_number = {item.story.rank: item for item in placed}
    _check(changes, by_number)
    for number in changes.drop:
        placed.remove(by_number[number])
    for number, place in changes.move:
        _move(placed, by_number, number, place)
    for number in reversed(changes.pin):
        _pin(placed, by_number[number].story.key)
    sections, ranks = _numbered(placed)
    edition = replace(content.edition, sections=sections)
    if changes.note is not None:
        edition = replace(edition, note=changes.note)
    dropped = [by_number[number].story for number in changes.drop]
    if dropped:
        edition = _counted(_unrelated(edition, dropped), content, dropped)
    gone = _entries(content, (story for story in dropped if not story.update))
    updates = _entries(content, (story for story in dropped if story.update))
    return replace(
        content,
        edition=edition,
        decisions=tuple(_decided(decision, gone, ranks) for decision in content.decisions),
        retold=tuple(
            replace(retelling, reason=DROPPED) if retelling.entry_id in updates else retelling
            for retelling in content.retold
        ),
    )


def rejected(content: EditionContent) -> tuple[Decision, ...]:
    """Return the decisions of an edition whose stories are never told."""
    stories = (story for section in content.edition.sections for story in section.stories)
    gone = _entries(content, (story for story in stories if not story.update))
    return tuple(_decided(decision, gone, {}) for decision in content.decisions)


def _entries(content: EditionContent, stories: Iterable[Story]) -> set[int]:
    return {entry for story in stories for entry in content.entries.get(story.key, ())}


def _check(changes: EditionChanges, by_number: Mapping[int, _PlacedStory]) -> None:
    named = (*changes.drop, *(number for move in changes.move for number in move), *changes.pin)
    for number in named:
        if number not in by_number:
            raise ValueError(f"there is no story {number}: they are numbered 1 to {len(by_number)}")
    for number in named:
        if number in changes.drop and named.count(number) > changes.drop.count(number):
            raise ValueError(f"story {number} is dropped: it cannot be moved or pinned as well")
    if len(set(changes.drop)) != len(changes.drop):
        raise ValueError("a story is dropped twice: name each once")
    if len(changes.drop) == len(by_number):
        raise ValueError("no story would be left: skip or reject the edition instead")


def _move(
    placed: list[_PlacedStory], by_number: Mapping[int, _PlacedStory], number: int, place: int
) -> None:
    """Put a story in the place of another; the stories between them move up or down by one."""
    keys = [item.story.key for item in placed]
    source = keys.index(by_number[number].story.key)
    target = keys.index(by_number[place].story.key)
    section = placed[target].section
    placed.insert(target, replace(placed.pop(source), section=section))


def _pin(placed: list[_PlacedStory], key: str) -> None:
    """Put a story first, and the rest of its section behind it."""
    pinned = next(item for item in placed if item.story.key == key)
    section = [item for item in placed if item.section == pinned.section and item != pinned]
    rest = [item for item in placed if item.section != pinned.section]
    placed[:] = [pinned, *section, *rest]


def _numbered(placed: Sequence[_PlacedStory]) -> tuple[tuple[Section, ...], dict[str, int]]:
    """Rebuild the sections, in the order of their first stories, and renumber the stories."""
    sections: dict[str, list[Story]] = {}
    for item in placed:
        sections.setdefault(item.section, []).append(item.story)
    ranks: dict[str, int] = {}
    made = []
    for title, stories in sections.items():
        numbered = []
        for story in stories:
            ranks[story.key] = len(ranks) + 1
            numbered.append(replace(story, rank=ranks[story.key]))
        made.append(Section(title=title, stories=tuple(numbered)))
    return tuple(made), ranks


def _unrelated(edition: Edition, dropped: Sequence[Story]) -> Edition:
    """Remove the links to stories that are not told."""
    gone = {story.link for story in dropped}
    return replace(
        edition,
        sections=tuple(
            replace(
                section,
                stories=tuple(
                    replace(
                        story, related=tuple(link for link in story.related if link not in gone)
                    )
                    for story in section.stories
                ),
            )
            for section in edition.sections
        ),
    )


def _counted(edition: Edition, content: EditionContent, dropped: Sequence[Story]) -> Edition:
    """Count the entries and feeds of the stories that are left."""
    fewer = sum(len(content.entries.get(story.key, ())) for story in dropped)
    stories = [story for section in edition.sections for story in section.stories]
    feeds = {story.feed for story in stories}
    feeds |= {mention.feed for story in stories for mention in story.also_in}
    return replace(
        edition,
        entries=max(edition.entries - fewer, len(stories)),
        feeds=min(edition.feeds, len(feeds)),
    )


def _decided(decision: Decision, gone: set[int], ranks: Mapping[str, int]) -> Decision:
    if decision.entry_id in gone:
        return Decision(entry_id=decision.entry_id, verdict=Verdict.FILTERED, rule=BY_EDITOR)
    if decision.rank is not None and decision.story is not None and decision.story in ranks:
        return replace(decision, rank=ranks[decision.story])
    return decision
