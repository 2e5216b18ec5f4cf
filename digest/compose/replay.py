"""Compute what past editions of a digest would have told under another definition of it.

The rules, the limits and the least number of stories of that definition decide again about every
entry of an edition, and the rule for updates decides again which stories come back.  Two decisions
are taken over as they were: which entries tell the same story, and which came too late.  The store
knows only the last revision of an entry, so an update caused by an earlier revision is taken over
as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest import compose
from digest.compose import CandidateStory, DigestFeed, EntryGroup, rules, updates
from digest.compose.updates import Told, Update
from digest.model import Decision, Digest, Entry, Feed, Verdict

NO_PLACE = "no place within the limits"
"""The reason why a story does not come back as an update where no rule forbids it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEdition:
    """An edition, and all decisions that were made for it."""

    slot: str
    before: str | None
    """The slot of the edition before it; ``None`` for the first edition of a digest."""
    composed_at: datetime
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]
    returned: tuple[tuple[Entry, str], ...] = ()
    """The leads of the stories that it told again, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetoldEdition:
    """An edition as the definition would have made it."""

    slot: str
    leads: Mapping[int, Entry]
    """The lead of each story that is told for the first time, by entry id."""
    why_not: Mapping[int, str]
    """The reason why each other entry leads no story, by entry id."""
    returning: Mapping[int, Update] = field(default_factory=dict)
    """The stories that come back, by the id of their lead."""
    stay_away: Mapping[int, str] = field(default_factory=dict)
    """The reason why other stories do not come back, by the id of their lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDifference:
    """How an edition changes when one definition of a digest replaces another."""

    slot: str
    before: int
    """The number of stories that it tells under the old definition."""
    after: int
    """The number of stories that it tells under the new definition."""
    entered: tuple[Entry, ...]
    """The leads that only the new definition tells."""
    left: tuple[tuple[Entry, str], ...]
    """The leads that only the old definition tells, each with the reason."""
    returned: tuple[tuple[Entry, str], ...] = ()
    """The leads that come back only under the new definition, each with the reason."""
    stayed: tuple[tuple[Entry, str], ...] = ()
    """The leads that come back only under the old definition, each with the reason."""

    @property
    def differs(self) -> bool:
        return bool(self.entered or self.left or self.returned or self.stayed)


def compare(
    present: Sequence[RetoldEdition], new: Sequence[RetoldEdition]
) -> Iterator[EditionDifference]:
    """Yield how each edition changes; `present` and `new` hold the same editions in order."""
    for old, retold in zip(present, new, strict=True):
        yield EditionDifference(
            slot=old.slot,
            before=len(old.leads) + len(old.returning),
            after=len(retold.leads) + len(retold.returning),
            entered=tuple(lead for id, lead in retold.leads.items() if id not in old.leads),
            left=tuple(
                (lead, retold.why_not.get(id, "told in another edition"))
                for id, lead in old.leads.items()
                if id not in retold.leads
            ),
            returned=tuple(
                (update.lead, update.reason)
                for id, update in retold.returning.items()
                if id not in old.returning
            ),
            stayed=tuple(
                (update.lead, retold.stay_away.get(id, "not told before"))
                for id, update in old.returning.items()
                if id not in retold.returning
            ),
        )


def retell(
    digest: Digest,
    pasts: Sequence[PastEdition],
    feeds: Mapping[int, DigestFeed],
    texts: rules.Texts,
) -> list[RetoldEdition]:
    """Decide again about the entries of `pasts`, the oldest edition first.

    A later edition that knows another entry of a story may tell what an earlier one does not.  The
    entries of an edition with too few stories wait for the next edition.
    """
    subscriptions = {feed_id: subscribed.feed for feed_id, subscribed in feeds.items()}
    story_of = {
        decision.entry_id: decision.of or decision.entry_id
        for past in pasts
        for decision in past.decisions
    }
    told: set[int] = {story for story in story_of.values() if story not in story_of}
    told_stories = _ToldStories(digest, story_of)
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
        followed = [entry for entry in pool if entry.feed_id in feeds and entry.id not in old]
        unwanted = rules.unwanted(followed, digest, subscriptions, past.composed_at, texts)
        groups = _groups([entry for entry in followed if entry.id not in unwanted], story_of, told)
        again, stay_away = told_stories.updates(past, groups, subscriptions, texts)
        selection = compose.select(digest, groups, old, unwanted, feeds, again)
        why_not = {entry.id: "not a feed of this digest" for entry in pool if entry.id} | {
            decision.entry_id: _reason(decision) for decision in selection.decisions
        }
        leads = {_id(story.lead): story.lead for story in selection.stories if not story.update}
        returning = {_id(story.lead): story.update for story in selection.stories if story.update}
        if past.before is None or compose.ready(
            digest, selection, slot=past.slot, settled=past.before
        ):
            waiting = ()
            told |= {story_of[id] for id in leads}
            told_stories.put(past, selection.stories, groups)
        else:
            waiting = pool
            why_not |= dict.fromkeys(leads, f"waits for min_entries = {digest.min_entries}")
            stay_away |= dict.fromkeys(returning, f"waits for min_entries = {digest.min_entries}")
            leads, returning = {}, {}
        retold.append(
            RetoldEdition(
                slot=past.slot,
                leads=leads,
                why_not=why_not,
                returning=returning,
                stay_away=dict.fromkeys(map(_id, (group.lead for group in again)), NO_PLACE)
                | stay_away,
            )
        )
    return retold


class _ToldStories:
    """The stories that the editions retold so far have told, by the id of the story."""

    def __init__(self, digest: Digest, story_of: Mapping[int, int]) -> None:
        self._digest = digest
        self._story_of = story_of
        self._told: dict[int, Told] = {}

    def updates(
        self,
        past: PastEdition,
        groups: Sequence[EntryGroup],
        feeds: Mapping[int, Feed],
        texts: rules.Texts,
    ) -> tuple[list[Update], dict[int, str]]:
        """Return the stories that come back, and the reasons why others do not, by lead id."""
        candidates: dict[int, Update] = {}
        joining = {group.told: group.entries for group in groups if group.told is not None}
        for story, told in self._told.items():
            lead = _as_it_was(told.lead, past.composed_at)
            told = replace(told, lead=lead, joining=joining.get(story, ()))
            if update := updates.update(told, past.slot):
                candidates[_id(lead)] = update
        for lead, reason in past.returned:
            before = self._told.get(self._story_of.get(_id(lead), 0))
            if before or _id(lead) not in self._story_of:
                again = Update(
                    lead=lead,
                    others=(),
                    reason=reason,
                    since=past.composed_at,
                    first_told=before.first if before else "",
                )
                candidates.setdefault(_id(lead), again)
        known = [update for update in candidates.values() if update.lead.feed_id in feeds]
        leads = [update.lead for update in known]
        unwanted = rules.unwanted(leads, self._digest, feeds, past.composed_at, texts)
        not_followed = [id for id, update in candidates.items() if update.lead.feed_id not in feeds]
        stay_away = dict.fromkeys(not_followed, "not a feed of this digest") | unwanted
        if not self._digest.updates:
            return [], dict.fromkeys(candidates, "updates = false")
        return [update for update in known if update.lead.id not in unwanted], stay_away

    def put(
        self, past: PastEdition, tellings: Sequence[CandidateStory], groups: Sequence[EntryGroup]
    ) -> None:
        """Record the stories of an edition, and fold the entries that repeat them into them."""
        for group in groups:
            if group.told in self._told:
                folded = self._told[group.told]
                self._told[group.told] = replace(folded, others=(*folded.others, *group.entries))
        for telling in tellings:
            story = self._story_of.get(_id(telling.lead), _id(telling.lead))
            known = self._told.get(story)
            if known:
                self._told[story] = replace(
                    known, last=past.slot, at=past.composed_at, again=known.again + 1
                )
            elif telling.update is None:
                self._told[story] = Told(
                    lead=telling.lead,
                    first=past.slot,
                    last=past.slot,
                    at=past.composed_at,
                    again=0,
                    others=telling.others,
                )


def _as_it_was(lead: Entry, then: datetime) -> Entry:
    """Return the lead without its revision if that came after `then`."""
    late = lead.revised_at is not None and lead.revised_at > then
    return replace(lead, revised_at=None) if late else lead


def _groups(
    entries: Sequence[Entry], story_of: Mapping[int, int], told: set[int]
) -> list[EntryGroup]:
    """Group entries that tell the same story; `told` are the stories that are told already."""
    by_story: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_story[story_of[_id(entry)]].append(entry)
    return [
        EntryGroup(entries=tuple(members), told=story if story in told else None)
        for story, members in by_story.items()
    ]


def _id(entry: Entry) -> int:
    assert entry.id is not None, "an entry with a decision has been stored"
    return entry.id


def _reason(decision: Decision) -> str:
    if decision.verdict is Verdict.DUPLICATE:
        return "told by another feed"
    return decision.rule or decision.verdict.value
