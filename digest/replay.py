"""A digest's past editions and a definition of it in, what each would tell by that definition out.

What was decided for an edition is decided again by the definition's rules, limits and least number
of stories.  Taken as they were decided: which entries tell the same, and what came too late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest import compose, rules
from digest.compose import Grouped, Subscribed
from digest.model import Decision, Digest, Entry, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An edition, and all that was decided for it."""

    slot: str
    before: str | None
    """The slot of the edition before it; ``None`` for a digest's first."""
    composed_at: datetime
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """An edition as the definition would have made it."""

    slot: str
    leads: Mapping[int, Entry]
    """The lead of each story, by entry id."""
    why_not: Mapping[int, str]
    """What keeps each other entry from leading a story, by entry id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What becomes of an edition where one definition takes the place of another."""

    slot: str
    before: int
    after: int
    """How many stories it tells."""
    entered: tuple[Entry, ...]
    left: tuple[tuple[Entry, str], ...]
    """Each with the reason."""


def compare(present: Sequence[Retold], new: Sequence[Retold]) -> Iterator[Difference]:
    """Tell what enters and what leaves each edition; both retell the same ones."""
    for old, one in zip(present, new, strict=True):
        yield Difference(
            slot=old.slot,
            before=len(old.leads),
            after=len(one.leads),
            entered=tuple(lead for id, lead in one.leads.items() if id not in old.leads),
            left=tuple(
                (lead, one.why_not.get(id, "told in another edition"))
                for id, lead in old.leads.items()
                if id not in one.leads
            ),
        )


def retell(
    digest: Digest,
    pasts: Sequence[Past],
    feeds: Mapping[int, Subscribed],
    texts: rules.Texts,
) -> list[Retold]:
    """Decide again about the entries of `pasts`, the oldest first.

    A story that an edition does not tell may be told by a later one that knows another entry of
    it, and what an edition with too few stories holds waits for the next.
    """
    subscriptions = {feed_id: subscribed.feed for feed_id, subscribed in feeds.items()}
    story_of = {
        decision.entry_id: decision.of or decision.entry_id
        for past in pasts
        for decision in past.decisions
    }
    told: set[int] = {story for story in story_of.values() if story not in story_of}
    waiting: tuple[Entry, ...] = ()
    old: dict[int, str] = {}
    retold = []
    for past in pasts:
        old |= {
            decision.entry_id: decision.rule or decision.verdict.value
            for decision in past.decisions
            if decision.verdict is Verdict.TOO_OLD
        }
        pool = (*waiting, *past.entries)
        followed = [one for one in pool if one.feed_id in feeds and one.id not in old]
        unwanted = rules.unwanted(followed, digest, subscriptions, past.composed_at, texts)
        groups = _groups([one for one in followed if one.id not in unwanted], story_of, told)
        selection = compose.select(digest, groups, old, unwanted, feeds)
        why_not = {one.id: "not a feed of this digest" for one in pool if one.id} | {
            decision.entry_id: _reason(decision) for decision in selection.decisions
        }
        leads = {telling.lead.id: telling.lead for telling in selection.stories if telling.lead.id}
        if past.before is None or compose.ready(
            digest, selection, slot=past.slot, settled=past.before
        ):
            waiting = ()
            told |= {story_of[id] for id in leads}
        else:
            waiting = pool
            why_not |= dict.fromkeys(leads, f"waits for min_entries = {digest.min_entries}")
            leads = {}
        retold.append(Retold(slot=past.slot, leads=leads, why_not=why_not))
    return retold


def _groups(entries: Sequence[Entry], story_of: Mapping[int, int], told: set[int]) -> list[Grouped]:
    """Put together what told the same; `told` are the stories that need not be told again."""
    by_story: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        assert entry.id is not None, "an entry that was decided about has been stored"
        by_story[story_of[entry.id]].append(entry)
    return [
        Grouped(entries=tuple(those), told=story if story in told else None)
        for story, those in by_story.items()
    ]


def _reason(decision: Decision) -> str:
    if decision.verdict is Verdict.DUPLICATE:
        return "told by another feed"
    return decision.rule or decision.verdict.value
