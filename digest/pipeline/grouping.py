"""Group the undecided entries of a digest, and find the stories that were told before.

A told story keeps its lead and its id.  If an entry belongs to two told stories, they are joined:
the story told first, or ranked first in one edition, stands for both from then on, in whichever
order entries arrive.  Frozen editions do not change.

Verdicts of people (`digest.pipeline.story_verdicts`) are given to `match.group`, with the entries
that they name.

Told stories of feeds that are not configured now count, too: the stories of a feed that was muted,
or whose address was changed, must not be told again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest import match
from digest.compose import DigestFeed, EntryGroup
from digest.model import (
    Decision,
    Digest,
    Entry,
    KeyHolder,
    Redirect,
    StoryVerdict,
    Verdict,
)
from digest.store import entries, stories, story_verdicts

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Groups of entries, and the told stories that were joined."""

    groups: tuple[EntryGroup, ...]
    joined: tuple[Redirect, ...]
    leads: Mapping[int, int]
    """The lead of each joined story, now or before -> the lead of the story that it is now."""


def grouped(
    connection: Connection,
    digest: Digest,
    fresh: Sequence[Entry],
    feeds: Mapping[int, DigestFeed],
) -> Grouping:
    """Group the entries that tell the same story, and find the groups that were told before."""
    holders = stories.shared_by(connection, [entry.id for entry in fresh if entry.id])
    seen = feeds.keys() | stories.seen_by(connection, digest.name)
    pairs = match.candidates(fresh, holders, seen)
    by_id = {entry.id: entry for entry in fresh if entry.id}
    verdicts = story_verdicts.all_of_them(connection)
    paired = {entry_id for pair in pairs for entry_id in pair}
    paired |= _judged_same(connection, verdicts, fresh)
    paired -= by_id.keys()
    decisions = stories.decisions_of(connection, digest.name, paired)
    leads = stories.redirected(connection, digest.name)
    told = _told_together(connection, digest, decisions, leads)
    others = entries.by_ids(connection, paired.union(*told))
    foreign = {
        entry_id
        for entry_id, other in others.items()
        if other.feed_id not in feeds and entry_id not in decisions
    }.difference(*told)
    if verdicts:
        holders = _holders_of_texts(connection, [*fresh, *others.values()], verdicts) | holders
    groups = match.group(
        fresh,
        others.values(),
        [pair for pair in pairs if foreign.isdisjoint(pair)],
        holders,
        seen,
        lambda ids: entries.texts(connection, ids, match.COMPARED),
        told,
        verdicts,
    )
    before = [_told_before(group, decisions, leads) for group in groups]
    joined = _joined_stories(connection, digest, groups, before)
    leads = _with_redirects(leads, joined)
    return Grouping(
        groups=tuple(
            EntryGroup(
                entries=tuple(by_id[member] for member in group.members),
                ties=group.ties,
                told=leads.get(leads_before[0], leads_before[0]) if leads_before else None,
            )
            for group, leads_before in zip(groups, before, strict=True)
        ),
        joined=tuple(joined),
        leads=leads,
    )


def _judged_same(
    connection: Connection, verdicts: Sequence[StoryVerdict], fresh: Sequence[Entry]
) -> set[int]:
    """Return the entries that were judged to tell the story of a fresh entry, with their copies."""
    partners = [partner for _, partner in match.partners(verdicts, fresh)]
    fingerprints = {
        text for partner in partners for text in (partner.fingerprint, partner.current) if text
    }
    hashes = [match.text_key(fingerprint).hash for fingerprint in fingerprints]
    copies = stories.sharing(connection, hashes).values()
    return {partner.entry_id for partner in partners}.union(
        holder.entry_id for holders in copies for holder in holders
    )


def _holders_of_texts(
    connection: Connection, known: Sequence[Entry], verdicts: Sequence[StoryVerdict]
) -> dict[int, list[KeyHolder]]:
    """Return the holders of the texts of verdicts, to see whether a feed repeats one of them."""
    judged = {
        text
        for verdict in verdicts
        for side in (verdict.one, verdict.other)
        for text in (side.fingerprint, side.current)
    }
    wanted = {entry.fingerprint for entry in known if entry.fingerprint in judged}
    hashes = [match.text_key(fingerprint).hash for fingerprint in wanted if fingerprint]
    return stories.sharing(connection, hashes)


def _told_together(
    connection: Connection,
    digest: Digest,
    decisions: Mapping[int, Decision],
    leads: Mapping[int, int],
) -> list[Collection[int]]:
    """Return, for each story of these decisions, all entries that were told in it."""
    wanted = {
        leads.get(lead, lead) for lead in map(_lead_id, decisions.values()) if lead is not None
    }
    stories_of: defaultdict[int, set[int]] = defaultdict(set)
    for lead in (*wanted, *leads):
        root = leads.get(lead, lead)
        if root in wanted:
            stories_of[root].add(lead)
    all_leads = {lead for of_story in stories_of.values() for lead in of_story}
    duplicates = stories.duplicates(connection, digest.name, all_leads)
    return [
        of_story.union(*(duplicates.get(lead, ()) for lead in of_story))
        for of_story in stories_of.values()
    ]


def _lead_id(decision: Decision) -> int | None:
    """Return the lead of the story that an entry was told in; ``None`` if it was not told."""
    if decision.verdict is Verdict.TOLD:
        return decision.entry_id
    return decision.of if decision.verdict is Verdict.DUPLICATE else None


def _told_before(
    group: match.Group, decisions: Mapping[int, Decision], leads: Mapping[int, int]
) -> list[int]:
    """Return the leads of the told stories that a group belongs to, the best tie first."""
    found: dict[int, None] = {}
    for entry_id, _ in group.earlier:
        lead = _lead_id(decisions[entry_id]) if entry_id in decisions else None
        if lead is not None:
            found.setdefault(leads.get(lead, lead))
    return list(found)


def _joined_stories(
    connection: Connection,
    digest: Digest,
    groups: Sequence[match.Group],
    told: Sequence[Sequence[int]],
) -> list[Redirect]:
    """Join the told stories of each group: redirect all of them to the one told first."""
    bridges = [(group, before) for group, before in zip(groups, told, strict=True) if before[1:]]
    if not bridges:
        return []
    tellings = stories.tellings(
        connection, digest.name, {lead for _, before in bridges for lead in before}
    )

    def order(lead: int) -> tuple[datetime, int]:
        return tellings[lead][0].composed_at, tellings[lead][0].rank or 0

    into: dict[int, int] = {}
    by: dict[int, int] = {}
    for group, before in bridges:
        first, *rest = sorted({into.get(lead, lead) for lead in before}, key=order)
        for lead in rest:
            by[lead] = group.members[0]
            into |= {
                earlier: first for earlier in (lead, *into) if into.get(earlier, earlier) == lead
            }
    return [Redirect(entry_id=lead, of=into[lead], by=by[lead]) for lead in sorted(into)]


def _with_redirects(leads: Mapping[int, int], joined: Sequence[Redirect]) -> dict[int, int]:
    """Add new redirects to the known ones; a known redirect to a joined story follows it."""
    into = {redirect.entry_id: redirect.of for redirect in joined}
    return {lead: into.get(of, of) for lead, of in leads.items()} | into
