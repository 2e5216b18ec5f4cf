"""Tell what past editions of a digest would have told under another definition of it.

What was decided for an edition is decided again by the definition's rules, limits and least number
of stories, and what comes back by the rule for updates.  Taken as they were decided: which entries
tell the same, and what came too late.  Of an entry's revisions only the last is known, so what came
back then for another is taken from then as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest import compose
from digest.compose import Grouped, Subscribed, Telling, rules, updates
from digest.compose.updates import Told, Update
from digest.model import Decision, Digest, Entry, Feed, Verdict

NO_PLACE = "no place within the limits"
"""Why what might come back does not, where no rule forbids it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An edition, and all that was decided for it."""

    slot: str
    before: str | None
    """The slot of the edition before it; ``None`` for a digest's first."""
    composed_at: datetime
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]
    returned: tuple[tuple[Entry, str], ...] = ()
    """The leads that it told again, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """An edition as the definition would have made it."""

    slot: str
    leads: Mapping[int, Entry]
    """The lead of each story that is told for the first time, by entry id."""
    why_not: Mapping[int, str]
    """What keeps each other entry from leading a story, by entry id."""
    returning: Mapping[int, Update] = field(default_factory=dict)
    """The stories that come back, by the id of their lead."""
    stay_away: Mapping[int, str] = field(default_factory=dict)
    """Why other stories do not come back, by the id of their lead."""


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
    returned: tuple[tuple[Entry, str], ...] = ()
    """Stories told before that come back now, and why;"""
    stayed: tuple[tuple[Entry, str], ...] = ()
    """The entries that came back then and do not now, each with the reason."""

    @property
    def differs(self) -> bool:
        return bool(self.entered or self.left or self.returned or self.stayed)


def compare(present: Sequence[Retold], new: Sequence[Retold]) -> Iterator[Difference]:
    """Tell what enters and what leaves each edition; both retell the same ones."""
    for old, one in zip(present, new, strict=True):
        yield Difference(
            slot=old.slot,
            before=len(old.leads) + len(old.returning),
            after=len(one.leads) + len(one.returning),
            entered=tuple(lead for id, lead in one.leads.items() if id not in old.leads),
            left=tuple(
                (lead, one.why_not.get(id, "told in another edition"))
                for id, lead in old.leads.items()
                if id not in one.leads
            ),
            returned=tuple(
                (update.lead, update.reason)
                for id, update in one.returning.items()
                if id not in old.returning
            ),
            stayed=tuple(
                (update.lead, one.stay_away.get(id, "not told before"))
                for id, update in old.returning.items()
                if id not in one.returning
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
            Retold(
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
    """The stories that have been told by a definition, by what they are called."""

    def __init__(self, digest: Digest, story_of: Mapping[int, int]) -> None:
        self._digest = digest
        self._story_of = story_of
        self._told: dict[int, Told] = {}

    def updates(
        self,
        past: Past,
        groups: Sequence[Grouped],
        feeds: Mapping[int, Feed],
        texts: rules.Texts,
    ) -> tuple[list[Update], dict[int, str]]:
        """Find the stories that come back, and what keeps others that came back then from it."""
        found: dict[int, Update] = {}
        joining = {group.told: group.entries for group in groups if group.told is not None}
        for story, told in self._told.items():
            lead = _as_it_was(told.lead, past.composed_at)
            told = replace(told, lead=lead, joining=joining.get(story, ()))
            if one := updates.update(told, past.slot):
                found[_id(lead)] = one
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
                found.setdefault(_id(lead), again)
        known = [result for result in found.values() if result.lead.feed_id in feeds]
        leads = [held.lead for held in known]
        unwanted = rules.unwanted(leads, self._digest, feeds, past.composed_at, texts)
        strangers = [id for id, one in found.items() if one.lead.feed_id not in feeds]
        stay_away = dict.fromkeys(strangers, "not a feed of this digest") | unwanted
        if not self._digest.updates:
            return [], dict.fromkeys(found, "updates = false")
        return [held for held in known if held.lead.id not in unwanted], stay_away

    def put(self, past: Past, tellings: Sequence[Telling], groups: Sequence[Grouped]) -> None:
        """Keep what an edition has told, and fold into its story what tells it as well."""
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
    """Give an entry without a revision that was still to come."""
    late = lead.revised_at is not None and lead.revised_at > then
    return replace(lead, revised_at=None) if late else lead


def _groups(entries: Sequence[Entry], story_of: Mapping[int, int], told: set[int]) -> list[Grouped]:
    """Put together what told the same; `told` are the stories that need not be told again."""
    by_story: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_story[story_of[_id(entry)]].append(entry)
    return [
        Grouped(entries=tuple(those), told=story if story in told else None)
        for story, those in by_story.items()
    ]


def _id(entry: Entry) -> int:
    assert entry.id is not None, "an entry that was decided about has been stored"
    return entry.id


def _reason(decision: Decision) -> str:
    if decision.verdict is Verdict.DUPLICATE:
        return "told by another feed"
    return decision.rule or decision.verdict.value
