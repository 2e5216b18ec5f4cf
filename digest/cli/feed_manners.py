"""`digest feeds manners`: the requests that publishers got from us, from the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, named_feeds, pass_context

if TYPE_CHECKING:
    from digest.model import Feed, FeedState

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedManners:
    """The requests for one feed since the first one."""

    name: str
    since: datetime
    requests: int
    not_modified: int
    """The number of requests that were answered by 304."""
    received: int
    """Bytes of all documents, decompressed."""
    entries: int
    a_week: float
    """Requests a week."""
    saved: int
    """The number of requests saved, compared with one an hour."""
    is_pushed: bool
    """Whether its hub is relied upon to send new entries."""


def manners_of(feed: Feed, state: FeedState, entries: int, now: datetime) -> FeedManners | None:
    """Return the figures of a feed; ``None`` where it was never requested."""
    if state.asked_since is None or state.requests == 0:
        return None
    age = max(now - state.asked_since, HOUR)
    return FeedManners(
        name=feed.name,
        since=state.asked_since,
        requests=state.requests,
        not_modified=state.not_modified,
        received=state.received,
        entries=entries,
        a_week=round(state.requests / (age / timedelta(weeks=1)), 1),
        saved=max(0, age // HOUR - state.requests),
        is_pushed=state.pushed_until is not None and state.pushed_until > now,
    )


@click.command()
@click.argument("names", metavar="[FEED]...", nargs=-1)
@common_options
@pass_context
def manners(context: Context, names: tuple[str, ...]) -> None:
    """Show the cost of polling for the publishers: requests, 304s, bytes, and savings.

    Without FEED it shows all feeds, those with the most requests first.  The savings are the
    requests that an hourly poll would have made in addition.
    """
    from digest.store import feeds as feed_rows

    config = context.config()
    feeds = named_feeds(config, names) if names else config.feeds
    with context.store(config) as store, store.read() as connection:
        states = {state.url: state for state in feed_rows.states(connection)}
        health = feed_rows.health(connection, context.now)
    found = []
    for feed in feeds:
        state = states.get(feed.url)
        brought = health.get(state.id) if state else None
        entries = brought.entries if brought else 0
        if state and (row := manners_of(feed, state, entries, context.now)):
            found.append(row)
    found.sort(key=lambda row: -row.a_week)
    context.report([asdict(row) for row in found])
    for row in found:
        context.say(
            f"{row.name}: {row.requests} requests since {row.since:%Y-%m-%d} "
            f"({row.a_week:g} a week), {row.not_modified} answered by 304, "
            f"{row.received / 1e6:.1f} MB, {_each(row)}"
            f"{', pushed by its hub' if row.is_pushed else ''}"
        )
    if found:
        requests, saved = sum(row.requests for row in found), sum(row.saved for row in found)
        context.say(
            f"In all {requests} requests for {len(found)} feeds; a poll by the hour would have "
            f"made {saved} more."
        )
    else:
        context.say("No feed has been asked yet.")


def _each(row: FeedManners) -> str:
    if row.entries == 0:
        return "no entries yet"
    return f"{row.requests / row.entries:.1f} requests an entry"
