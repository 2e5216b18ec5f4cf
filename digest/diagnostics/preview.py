"""Show what a changed configuration would do, before it is saved.

Nothing is written: neither the configuration nor anything in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.diagnostics.backtest import BacktestResult, backtest
from digest.model import Digest, Edition, Story, Verdict
from digest.pipeline.publish import preview_draft
from digest.settings import Config

if TYPE_CHECKING:
    from digest.pipeline.next_edition import Draft
    from digest.store import Store

DAYS = 14
"""How many days back a change is tried."""
MOST_DECISIONS = 20_000
"""A change is tried on so many past decisions at most, so that the preview stays quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedStory:
    """A story of the next edition under one of the two configurations; `entry` is its lead's id."""

    entry: int | None
    story: Story
    reason: str = ""
    """Why the other configuration does not tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedChange:
    """The next edition of a digest under a changed configuration, and what the change does."""

    edition: Edition
    entries: dict[str, int]
    """`Story.key` -> the id of the lead of the story."""
    before: int
    """How many stories the next edition has without the change."""
    entered: tuple[PreviewedStory, ...] = ()
    """The stories that only the changed configuration tells."""
    left: tuple[PreviewedStory, ...] = ()
    """The stories that only the present configuration tells."""
    past: BacktestResult | None = None
    """What the change would have done to the editions of the last days."""
    waits: bool = False
    """Whether there are too few stories for an edition."""

    @property
    def after(self) -> int:
        """How many stories the next edition has with the change."""
        return sum(len(section.stories) for section in self.edition.sections)


def preview_change(
    present: Config, new: Config, store: Store, name: str, now: datetime, days: int = DAYS
) -> PreviewedChange:
    """Compose the next edition of the digest `name` under both configurations and compare them.

    With equal configurations the edition is composed once, and no past edition is tried.
    """
    digests = [
        next(digest for digest in config.digests if digest.name == name)
        for config in (present, new)
    ]
    after = preview_draft(new, store, now, digests[1])
    if _are_alike(*digests) and present.match == new.match:
        return PreviewedChange(
            edition=after.edition,
            entries=_leads(after),
            before=after.stories,
            waits=not after.ready,
        )
    before = preview_draft(present, store, now, digests[0])
    with store.read() as connection:
        tried = backtest(present, new, connection, now, days, name, MOST_DECISIONS)
    return PreviewedChange(
        edition=after.edition,
        entries=_leads(after),
        before=before.stories,
        entered=tuple(_only_in(after, before, digests[0])),
        left=tuple(_only_in(before, after, digests[1])),
        past=tried[0] if tried else None,
        waits=not after.ready,
    )


def _are_alike(one: Digest, other: Digest) -> bool:
    return one == other


def _leads(draft: Draft) -> dict[str, int]:
    return {key: ids[0] for key, ids in draft.story_entries.items() if ids}


def _stories(draft: Draft) -> Iterator[Story]:
    for section in draft.edition.sections:
        yield from section.stories


def _only_in(draft: Draft, other: Draft, other_digest: Digest) -> Iterator[PreviewedStory]:
    """Yield the stories of `draft` that `other` does not tell, with the reason."""
    told = {story.key for story in _stories(other)}
    decided = {decision.entry_id: decision for decision in other.decisions}
    followed = {feed.url for feed in other_digest.feeds}
    leads = _leads(draft)
    for story in _stories(draft):
        if story.key in told:
            continue
        entry_id = leads.get(story.key)
        decision = decided.get(entry_id or 0)
        if decision is None:
            followed_now = story.feed_url in followed
            reason = "not decided" if followed_now else "not a feed of this digest"
        elif decision.verdict is Verdict.DUPLICATE:
            reason = "told by another entry"
        else:
            reason = decision.rule or decision.verdict.value
        yield PreviewedStory(entry=entry_id, story=story, reason=reason)
