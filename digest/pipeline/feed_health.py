"""Choose the feeds whose health an edition reports: weekly, or as configured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from digest.compose import DigestFeed, health
from digest.model import AilingFeed, Ailment, Digest
from digest.schedule import slots
from digest.store import editions
from digest.store import feeds as feed_rows


def ailing(
    connection: Connection,
    digest: Digest,
    feeds: Mapping[int, DigestFeed],
    now: datetime,
    before: datetime | None,
) -> tuple[AilingFeed, ...]:
    """Return the feeds that need attention, the gravest first.

    `before` is the time when the digest's last edition was composed.
    """
    zone = ZoneInfo(digest.timezone)
    last = before and before.astimezone(zone).date()
    if not health.is_time(digest.health or "weekly", now.astimezone(zone).date(), last):
        return ()
    since = before
    if before and digest.health != "always":
        monday = health.week_begins(before.astimezone(zone))
        since = editions.first_since(connection, digest.name, monday)
    dates = feed_rows.newest_dates(connection, tuple(feeds), health.RHYTHM)
    found = []
    for feed_id, subscribed in feeds.items():
        state = subscribed.state
        verdict = health.examine(state, dates.get(feed_id, ()), now, since)
        if verdict is None:
            continue
        ailment, began = verdict
        gap = state.gap if ailment is Ailment.LOSING else None
        found.append(
            AilingFeed(
                title=subscribed.feed.title or state.title or subscribed.feed.name,
                url=state.url,
                ailment=ailment,
                since=slots.slot_name(began.astimezone(zone)) if began else None,
                moved_to=state.fetch_url if ailment is Ailment.MOVED else None,
                missing=gap.missing if gap else None,
                minutes=gap.minutes if gap else None,
                link=state.link,
            )
        )
    return tuple(sorted(found, key=lambda feed: list(Ailment).index(feed.ailment)))
