"""Record what a person says about two entries, and what follows for the stories told so far.

A verdict decides from then on which entries are grouped (`digest.match.verdicts`).  Of what was
told before, it changes for every digest:

- *apart*: an entry that was left out as a copy of the other is eligible again, because its news
  was never told.  If neither leads the story, the one with the weaker tie to it is.  Two stories
  that were joined are separate again.
- *same*: of two stories that were told separately, the later is joined to the earlier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING

from digest import match
from digest.errors import DigestError
from digest.model import Decision, Entry, JudgedEntry, Judgment, Redirect, StoryVerdict, Verdict
from digest.net.secret_urls import without_secrets
from digest.store import digests as digest_rows
from digest.store import editions, entries, feeds, stories, story_verdicts
from digest.store.story_verdicts import JudgedText

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStories:
    """What a verdict has changed, as pairs of a digest and an entry."""

    verdict: int
    """The id of the verdict."""
    eligible: tuple[tuple[str, int], ...] = ()
    """Entries that a digest may tell again."""
    separated: tuple[tuple[str, int], ...] = ()
    """The leads of stories that are no longer joined to another."""
    joined: tuple[tuple[str, int], ...] = ()
    """The leads of stories that were joined to another."""


def judge(store: Store, one: int, other: int, judgment: Judgment, now: datetime) -> JudgedStories:
    """Store a verdict about two entries and apply it to the stories told so far.

    Raises DigestError for an unknown entry, and where both are one entry.
    """
    if one == other:
        raise DigestError("both are the same entry; a verdict is about two")
    with store.write() as connection:
        known = entries.by_ids(connection, (one, other))
        for entry_id in (one, other):
            if entry_id not in known:
                raise DigestError(f"there is no entry {entry_id}")
        verdict_id = story_verdicts.save(
            connection,
            known[one],
            known[other],
            _texts(connection, known[one], known[other]),
            judgment,
            now,
        )
        verdicts = story_verdicts.all_of_them(connection)
        verdict = verdicts[-1]
        mine = _bearers(connection, verdict.one, verdict.other)
        theirs = _bearers(connection, verdict.other, verdict.one)
        eligible: list[tuple[str, int]] = []
        separated: list[tuple[str, int]] = []
        joined: list[tuple[str, int]] = []
        for digest in sorted(digest_rows.names(connection)):
            told = _ToldEntries(connection, digest, mine, theirs)
            if judgment is Judgment.APART:
                eligible += [(digest, entry_id) for entry_id in told.free()]
                separated += [(digest, lead) for lead in told.separate()]
            elif judgment is Judgment.SAME:
                joined += [(digest, lead) for lead in told.join(verdicts)]
    return JudgedStories(
        verdict=verdict_id,
        eligible=tuple(eligible),
        separated=tuple(separated),
        joined=tuple(joined),
    )


def _bearers(connection: Connection, judged: JudgedEntry, rival: JudgedEntry) -> set[int]:
    """Return the entries that a side of a verdict is about: the entry, and those of its text.

    A text that both sides have, or that a feed has on several entries, is left out.
    """
    fingerprints = {judged.fingerprint, judged.current} - {rival.fingerprint, rival.current}
    hashes = [match.text_key(fingerprint).hash for fingerprint in fingerprints if fingerprint]
    bearers = {judged.entry_id}
    for holders in stories.sharing(connection, hashes).values():
        feeds_of = [holder.feed_id for holder in holders]
        if len(feeds_of) == len(set(feeds_of)):
            bearers.update(holder.entry_id for holder in holders)
    return bearers - {rival.entry_id}


def _texts(connection: Connection, one: Entry, other: Entry) -> tuple[JudgedText, JudgedText]:
    """Return both entries as a person sees them now, for the labelled pairs."""
    assert one.id is not None
    assert other.id is not None
    texts = entries.texts(connection, [one.id, other.id], match.COMPARED)
    states = feeds.by_id(connection, {one.feed_id, other.feed_id})

    def judged(entry: Entry) -> JudgedText:
        state = states[entry.feed_id]
        return JudgedText(
            title=entry.title,
            feed=state.title or without_secrets(state.url),
            link=entry.link,
            canonical_link=entry.canonical_link,
            published=entry.published,
            language=entry.language,
            fingerprint=entry.fingerprint,
            text=texts.get(entry.id or 0),
        )

    return judged(one), judged(other)


class _ToldEntries:
    """What a digest has told of the two sides of a verdict."""

    def __init__(
        self, connection: Connection, digest: str, mine: Collection[int], theirs: Collection[int]
    ) -> None:
        self._connection = connection
        self._digest = digest
        decided = stories.decisions_of(connection, digest, {*mine, *theirs})
        self._mine = _by_lead(decided[id] for id in mine if id in decided)
        self._theirs = _by_lead(decided[id] for id in theirs if id in decided)
        self._redirected = stories.redirected(connection, digest)

    def free(self) -> list[int]:
        """Make the entries eligible that were left out as copies of what they are not."""
        freed: list[int] = []
        for lead in self._mine.keys() & self._theirs.keys():
            mine, theirs = self._mine[lead], self._theirs[lead]
            if any(decision.entry_id == lead for decision in mine):
                leaving = theirs
            elif any(decision.entry_id == lead for decision in theirs):
                leaving = mine
            else:
                leaving = theirs if _tie(theirs, lead) <= _tie(mine, lead) else mine
            freed += [decision.entry_id for decision in leaving]
        editions.undecide(self._connection, self._digest, freed)
        return sorted(freed)

    def separate(self) -> list[int]:
        """Withdraw the redirects that join a story of one side to one of the other."""
        separated = []
        for one, other in self._pairs():
            if self._root(one) == self._root(other):
                lead = other if other in self._redirected else one
                editions.part(self._connection, self._digest, lead)
                separated.append(lead)
        return sorted(set(separated))

    def join(self, verdicts: Sequence[StoryVerdict]) -> list[int]:
        """Join the stories of the two sides, the later to the earlier.

        Stories stay separate if entries of them were judged not to be the same.
        """
        joined = []
        for one, other in self._pairs():
            roots = {self._root(one), self._root(other)}
            if len(roots) == 1 or self._are_apart(roots, verdicts):
                continue
            tellings = stories.tellings(self._connection, self._digest, roots)
            first, later = sorted(
                roots, key=lambda lead: (tellings[lead][0].composed_at, tellings[lead][0].rank or 0)
            )
            state = editions.digest_state(self._connection, self._digest)
            slot = (state and state.settled) or tellings[later][0].slot
            redirect = Redirect(entry_id=later, of=first, by=later)
            editions.join(self._connection, self._digest, slot, [redirect])
            self._redirected = stories.redirected(self._connection, self._digest)
            joined.append(later)
        return sorted(joined)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        for mine, theirs in product(sorted(self._mine), sorted(self._theirs)):
            if mine != theirs:
                yield mine, theirs

    def _root(self, lead: int) -> int:
        return self._redirected.get(lead, lead)

    def _are_apart(self, roots: Collection[int], verdicts: Sequence[StoryVerdict]) -> bool:
        members = [self._members(lead) for lead in roots]
        known = entries.by_ids(self._connection, members[0] | members[1]).values()
        rulings = match.Verdicts(verdicts, known, lambda fingerprint: False)
        return rulings.keep_apart(*members)

    def _members(self, root: int) -> set[int]:
        """Return all entries that were told in a story."""
        leads = {root, *(lead for lead, of in self._redirected.items() if of == root)}
        copies = stories.duplicates(self._connection, self._digest, leads)
        return leads.union(*copies.values())


def _by_lead(decisions: Iterable[Decision]) -> Mapping[int, list[Decision]]:
    """Return the entries that were told, by the lead of the story that told them."""
    told: defaultdict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.verdict is Verdict.TOLD:
            told[decision.entry_id].append(decision)
        elif decision.verdict is Verdict.DUPLICATE and decision.of is not None:
            told[decision.of].append(decision)
    return told


def _tie(decisions: Sequence[Decision], lead: int) -> tuple[bool, float]:
    """Return how strongly the strongest of these copies is tied to the lead of their story."""
    return max(
        (decision.tied_to in (None, lead), 1.0 if decision.score is None else decision.score)
        for decision in decisions
    )


def still_copies(
    connection: Connection, decisions: Sequence[Decision], since: datetime
) -> tuple[Decision, ...]:
    """Return decisions without those on copies that were judged apart from their leads `since`."""
    verdicts = story_verdicts.since(connection, since)
    if not verdicts:
        return tuple(decisions)
    copies = [decision for decision in decisions if decision.of is not None]
    ids = {id for decision in copies for id in (decision.entry_id, decision.of) if id}
    known = entries.by_ids(connection, ids).values()
    rulings = match.Verdicts(verdicts, known, lambda fingerprint: False)
    return tuple(
        decision
        for decision in decisions
        if decision.of is None
        or rulings.between(decision.entry_id, decision.of) is not Judgment.APART
    )
