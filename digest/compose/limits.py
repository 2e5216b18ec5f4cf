"""Apply an edition's limits to the leads of its stories, which come newest first.

Each feed keeps its newest stories, up to its own limit.  The places of the edition are then dealt
out in rounds: each round gives one place to every feed that still has a story, first to the feeds
of the highest priority, then to those with the fewest stories.  So a feed with very many stories
never crowds out one with few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from digest.model import Digest, Entry, Feed

PER_FEED = "max_per_feed"
OF_FEED = "max_entries of the feed"
"""The limits of a single feed."""


def is_of_one_feed(limit: str | None) -> bool:
    """Say whether `limit` is the limit of a single feed; such a feed is called damped."""
    return limit is not None and limit.startswith((PER_FEED, OF_FEED))


def limits(leads: Sequence[Entry], digest: Digest, feeds: Mapping[int, Feed]) -> list[str | None]:
    """Return for each lead the limit that leaves it out, with its figure, or ``None``."""
    by_feed: defaultdict[int, list[int]] = defaultdict(list)
    for at, lead in enumerate(leads):
        by_feed[lead.feed_id].append(at)
    met: list[str | None] = [None] * len(leads)
    dealt = []
    for feed_id, own in by_feed.items():
        feed = feeds[feed_id]
        most, rule = digest.max_per_feed, PER_FEED
        if feed.max_entries is not None:
            most, rule = feed.max_entries, OF_FEED
        for at in own[most:]:
            met[at] = f"{rule} = {most}"
        dealt += [(turn, -feed.priority, len(own), at) for turn, at in enumerate(own[:most])]
    places, room = digest.max_entries, dict(digest.sections)
    for *_, at in sorted(dealt):
        section = feeds[leads[at].feed_id].category or ""
        if not places:
            met[at] = f"max_entries = {digest.max_entries}"
        elif room.get(section) == 0:
            met[at] = f'sections."{section}" = {digest.sections[section]}'
        else:
            places -= 1
            if section in room:
                room[section] -= 1
    return met
