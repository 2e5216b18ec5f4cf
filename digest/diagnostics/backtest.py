"""Compare the past editions that two configurations would make.

The comparison only reads the database: it stores no decision and consumes no entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.compose.replay import EditionDifference, PastEdition, compare, retell
from digest.compose.rules import SEARCHED
from digest.model import Digest
from digest.net.secret_urls import without_secrets
from digest.pipeline.next_edition import subscriptions
from digest.schedule import slots
from digest.settings import Config
from digest.store import edition_lists, entries, feeds, omissions, stories

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """The editions of a digest in the period, the oldest first, and the titles of their feeds."""

    digest: str
    editions: tuple[EditionDifference, ...]
    titles: dict[int, str]


def backtest(
    present: Config,
    new: Config,
    connection: Connection,
    now: datetime,
    days: int,
    only: str | None = None,
    most: int | None = None,
) -> list[BacktestResult]:
    """Return the editions of the last `days` days under both, for each digest in both.

    `only` is the name of a digest; the others are left out.  `most` limits the decisions that are
    made again: the newest editions that have no more are returned, at least one.
    """
    after = {digest.name: digest for digest in new.digests}
    tested = []
    for digest in present.digests:
        if digest.name not in after or only not in (None, digest.name):
            continue
        past_editions = _past_editions(connection, digest, now - timedelta(days=days), most)
        texts = partial(entries.texts, connection, most=SEARCHED)
        retold = []
        titles = _feed_titles(connection, past_editions)
        for definition in (digest, after[digest.name]):
            followed = subscriptions(connection, definition, None)
            titles = titles | {feed_id: feed.title for feed_id, feed in followed.items()}
            retold.append(retell(definition, past_editions, followed, texts))
        tested.append(
            BacktestResult(digest=digest.name, editions=tuple(compare(*retold)), titles=titles)
        )
    return tested


def _feed_titles(connection: Connection, past_editions: Sequence[PastEdition]) -> dict[int, str]:
    """Return the titles of the feeds of these editions, as the feeds give them."""
    ids = {entry.feed_id for past in past_editions for entry in past.entries}
    ids |= {entry.feed_id for past in past_editions for entry, _ in past.returned}
    return {
        feed_id: state.title or without_secrets(state.url)
        for feed_id, state in feeds.by_id(connection, ids).items()
    }


def _past_editions(
    connection: Connection, digest: Digest, since: datetime, most: int | None = None
) -> Sequence[PastEdition]:
    """Return the editions whose slot is not before `since`, the oldest first, and not too many."""
    listed = edition_lists.listing(connection, digest.name)[::-1]
    first = slots.slot_name(since.astimezone(ZoneInfo(digest.timezone)))
    before = {edition.id: earlier.slot for earlier, edition in pairwise(listed)}
    wanted = [edition for edition in listed if edition.slot >= first]
    if most is not None and wanted:
        sizes = [omissions.size(connection, digest.name, each.id) for each in reversed(wanted)]
        fitting = sum(total <= most for total in accumulate(sizes))
        wanted = wanted[-max(1, fitting) :]
    ids = [edition.id for edition in wanted]
    decided = stories.decided_for(connection, digest.name, ids)
    retold = stories.retold_in(connection, digest.name, ids)
    past_editions = []
    for edition in wanted:
        decisions = decided.get(edition.id, [])
        repeated = retold.get(edition.id, [])
        known = entries.by_ids(connection, [decision.entry_id for decision in decisions])
        leads = entries.by_ids(connection, [telling.entry_id for telling in repeated])
        past_editions.append(
            PastEdition(
                slot=edition.slot,
                before=before.get(edition.id),
                composed_at=edition.composed_at,
                entries=tuple(known.values()),
                decisions=tuple(decisions),
                returned=tuple((leads[telling.entry_id], telling.reason) for telling in repeated),
            )
        )
    return past_editions
