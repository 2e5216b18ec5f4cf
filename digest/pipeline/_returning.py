"""What an edition is to be composed of in, the stories told before that come back with it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from digest import rules
from digest.compose import Grouped, Subscribed
from digest.model import Digest, Entry
from digest.store import entries, stories
from digest.updates import REMEMBERED, Told, Update, update

if TYPE_CHECKING:
    from sqlalchemy import Connection


def returning(
    connection: Connection,
    digest: Digest,
    slot: str,
    groups: Sequence[Grouped],
    feeds: Mapping[int, Subscribed],
    now: datetime,
) -> list[Update]:
    """Find the stories told before that come back, and that the rules do not leave out."""
    joining: defaultdict[int, list[Entry]] = defaultdict(list)
    for group in groups:
        if group.told is not None:
            joining[group.told] += group.entries
    asked = {*joining, *stories.revised(connection, digest.name, now - REMEMBERED)}
    tellings = stories.tellings(connection, digest.name, asked)
    folded = stories.duplicates(connection, digest.name, tellings)
    known = {
        entry_id: entry
        for entry_id, entry in entries.by_ids(
            connection, {*tellings, *(one for ids in folded.values() for one in ids)}
        ).items()
        if entry.feed_id in feeds
    }
    found = []
    for entry_id in sorted(tellings.keys() & known.keys()):
        first, *again = tellings[entry_id]
        last = again[-1] if again else first
        told = Told(
            lead=known[entry_id],
            first=first.slot,
            last=last.slot,
            at=last.composed_at,
            again=len(again),
            others=tuple(known[one] for one in folded.get(entry_id, ()) if one in known),
            joining=tuple(joining[entry_id]),
        )
        if one := update(told, slot):
            found.append(one)
    unwanted = rules.unwanted(
        [one.lead for one in found],
        digest,
        {feed_id: subscribed.feed for feed_id, subscribed in feeds.items()},
        now,
        partial(entries.texts, connection, most=rules.SEARCHED),
    )
    return [one for one in found if one.lead.id not in unwanted]
