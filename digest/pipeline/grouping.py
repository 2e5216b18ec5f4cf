"""What a digest has not decided about in; what tells the same, and was told before, out.

A story that was told keeps its lead and its id.  Where an entry tells two of them they have turned
out to be one: the one told first, of one edition the one ranked first, stands for both from then
on, whatever the order in which entries arrive.  What was frozen stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest import match
from digest.compose import Grouped, Subscribed
from digest.model import Decision, Digest, Entry, Redirect, Verdict
from digest.store import entries, stories

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Groups, and the stories told before that turned out to be one.

    `leads` maps the lead of a story that has gone into another, now or before, to that one's.
    """

    groups: tuple[Grouped, ...]
    joined: tuple[Redirect, ...]
    leads: Mapping[int, int]


def grouped(
    connection: Connection,
    digest: Digest,
    fresh: Sequence[Entry],
    feeds: Mapping[int, Subscribed],
) -> Found:
    """Group what tells the same story, and find the groups that were told before."""
    holders = stories.shared_by(connection, [entry.id for entry in fresh if entry.id])
    pairs = match.candidates(fresh, holders, feeds)
    by_id = {entry.id: entry for entry in fresh if entry.id}
    others = entries.by_ids(connection, {one for pair in pairs for one in pair} - by_id.keys())
    groups = match.group(
        fresh,
        others.values(),
        pairs,
        holders,
        feeds,
        lambda ids: entries.texts(connection, ids, match.COMPARED),
    )
    earlier = [entry_id for group in groups for entry_id, _ in group.earlier]
    decisions = stories.decisions_of(connection, digest.name, earlier)
    leads = stories.redirected(connection, digest.name)
    told = [_told_before(group, decisions, leads) for group in groups]
    joined = _joined(connection, digest, groups, told)
    leads = _followed(leads, joined)
    return Found(
        groups=tuple(
            Grouped(
                entries=tuple(by_id[member] for member in group.members),
                ties=group.ties,
                told=leads.get(before[0], before[0]) if before else None,
            )
            for group, before in zip(groups, told, strict=True)
        ),
        joined=tuple(joined),
        leads=leads,
    )


def _told_before(
    group: match.Group, decisions: Mapping[int, Decision], leads: Mapping[int, int]
) -> list[int]:
    """Give the leads of the stories that a group tells again, that of the best tie first."""
    found: dict[int, None] = {}
    for entry_id, _ in group.earlier:
        decision = decisions.get(entry_id)
        lead = None
        if decision and decision.verdict is Verdict.TOLD:
            lead = entry_id
        elif decision and decision.verdict is Verdict.DUPLICATE:
            lead = decision.of
        if lead is not None:
            found.setdefault(leads.get(lead, lead))
    return list(found)


def _joined(
    connection: Connection,
    digest: Digest,
    groups: Sequence[match.Group],
    told: Sequence[Sequence[int]],
) -> list[Redirect]:
    """Redirect the stories that one group tells, of each such set all to the one told first."""
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
            into |= {one: first for one in (lead, *into) if into.get(one, one) == lead}
    return [Redirect(entry_id=lead, of=into[lead], by=by[lead]) for lead in sorted(into)]


def _followed(leads: Mapping[int, int], joined: Sequence[Redirect]) -> dict[int, int]:
    """Add redirects to those known; what led to a story that goes on leads to where it goes."""
    into = {one.entry_id: one.of for one in joined}
    return {lead: into.get(of, of) for lead, of in leads.items()} | into
