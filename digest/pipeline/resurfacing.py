"""Find the told stories that come back in an edition as updates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from digest.compose import DigestFeed, rules, story_key
from digest.compose.updates import REMEMBERED, Told, Update, update
from digest.model import Digest, Entry
from digest.pipeline.grouping import Grouping
from digest.store import entries, stories

if TYPE_CHECKING:
    from sqlalchemy import Connection


def returning(
    connection: Connection,
    digest: Digest,
    slot: str,
    found: Grouping,
    feeds: Mapping[int, DigestFeed],
    now: datetime,
) -> list[Update]:
    """Return the updates of told stories that the rules do not leave out."""
    joining: defaultdict[int, list[Entry]] = defaultdict(list)
    for group in found.groups:
        if group.told is not None:
            joining[group.told] += group.entries
    revised = stories.revised(connection, digest.name, now - REMEMBERED)
    told = _told(connection, digest, {*joining, *revised}, found.leads, feeds, joining)
    updates = [found for found in (update(story, slot) for story in told) if found]
    unwanted = rules.unwanted(
        [update.lead for update in updates],
        digest,
        {feed_id: subscribed.feed for feed_id, subscribed in feeds.items()},
        now,
        partial(entries.texts, connection, most=rules.SEARCHED),
    )
    return [update for update in updates if update.lead.id not in unwanted]


def _told(
    connection: Connection,
    digest: Digest,
    wanted: Iterable[int],
    into: Mapping[int, int],
    feeds: Mapping[int, DigestFeed],
    joining: Mapping[int, list[Entry]],
) -> list[Told]:
    """Read the told stories with these leads; joined stories count as one.

    `into` maps the lead of a joined story to the lead of the story that it is now.
    """
    leads: dict[int, list[int]] = {into.get(entry_id, entry_id): [] for entry_id in wanted}
    for entry_id in (*leads, *into):
        if (root := into.get(entry_id, entry_id)) in leads:
            leads[root].append(entry_id)
    all_leads = [id for story_leads in leads.values() for id in story_leads]
    tellings = stories.tellings(connection, digest.name, all_leads)
    folded = stories.duplicates(connection, digest.name, all_leads)
    stored = entries.by_ids(
        connection, {*all_leads, *(id for ids in folded.values() for id in ids)}
    )
    known = {entry_id: entry for entry_id, entry in stored.items() if entry.feed_id in feeds}
    told = []
    for root, story_leads in sorted(leads.items()):
        times = sorted(
            (telling for lead in story_leads for telling in tellings[lead]),
            key=lambda telling: telling.composed_at,
        )
        present = [known[lead] for lead in story_leads if lead in known]
        if not present:
            continue
        lead = _lead(present, times[-1].composed_at)
        members = [member for own in story_leads for member in (own, *folded.get(own, ()))]
        key = tellings[root][0].story
        if key is None and root in known:
            key = story_key(feeds[known[root].feed_id].feed.url, known[root].uid)
        told.append(
            Told(
                lead=lead,
                first=times[0].slot,
                last=times[-1].slot,
                at=times[-1].composed_at,
                again=len(times) - len(story_leads),
                others=tuple(
                    known[entry_id]
                    for entry_id in members
                    if entry_id in known and entry_id != lead.id
                ),
                joining=tuple(joining.get(root, ())),
                key=key,
            )
        )
    return told


def _lead(present: list[Entry], told_at: datetime) -> Entry:
    """Return the lead that was revised last since `told_at`, else the first lead."""
    revised = [entry for entry in present if entry.revised_at and entry.revised_at > told_at]
    return max(revised, key=lambda entry: str(entry.revised_at), default=present[0])
