"""Save a batch of feeds: their entries and their states, validators included, in one transaction.

So a crash never loses an entry that a server would not send again.  The transaction only writes;
all results are computed before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import BusyError, StoreError
from digest.pipeline.feed_update import FeedUpdate, guarded, stopped
from digest.store import editions, fetches
from digest.store import entries as entry_rows
from digest.store import feeds as feed_rows
from digest.store import hubs as hub_rows
from digest.store.fetches import FetchRecord

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store


Guard = Callable[["Connection"], object]
"""A function that raises BusyError where the feeds have become another worker's."""


def save_feeds(
    store: Store,
    batch: Sequence[FeedUpdate],
    now: datetime,
    guard: Guard = lambda connection: None,
) -> list[FeedUpdate]:
    """Save a batch and return it; feeds that could not be saved are marked as stopped.

    `guard` is called in each transaction.  A transaction that was interrupted, because the server
    went away, is done again: its store waits for the server.

    If the database refuses the rows of a feed, which is a bug, the batch is rolled back and its
    feeds are saved one at a time.
    """
    try:
        try:
            _write(store, batch, now, guard)
        except StoreError:
            if not store.is_shared:
                raise
            _write(store, batch, now, guard)
    except (StoreError, BusyError):
        raise
    except Exception:  # one feed's rows keep no other feed from being saved
        return [_save_alone(store, update, now, guard) for update in batch]
    return list(batch)


def _save_alone(store: Store, update: FeedUpdate, now: datetime, guard: Guard) -> FeedUpdate:
    def save(update: FeedUpdate) -> FeedUpdate:
        _write(store, [update], now, guard)
        return update

    saved = guarded("saving", update, save, now)
    if saved.stopped:
        try:
            _write(store, [saved], now, guard)
        except Exception as bug:  # its error is reported, and other feeds go on
            return stopped("saving", saved, bug, now)
    return saved


def _write(store: Store, batch: Sequence[FeedUpdate], now: datetime, guard: Guard) -> None:
    with store.write() as connection:
        guard(connection)
        batch = [_after_last_edition(connection, update, now) for update in batch]
        for update in batch:
            for renaming in update.renamings:
                entry_rows.rename(connection, renaming.entry_id, renaming.uid)
        entry_rows.save(
            connection,
            [entry for update in batch for entry in update.entries],
            [keys for update in batch for keys in update.keys],
            now,
        )
        batch = _with_hubs(connection, batch)
        feed_rows.save(connection, [update.state for update in batch])
        fetches.record(connection, [_fetch(update, now) for update in batch if _was_asked(update)])
        if closed := [host for update in batch for host in update.closes]:
            feed_rows.close_hosts(connection, closed, now)


def _was_asked(update: FeedUpdate) -> bool:
    return update.state.requests > update.before.requests


def _fetch(update: FeedUpdate, now: datetime) -> FetchRecord:
    """Return the record of a fetch, from the figures of the feed before and after it."""
    before, state = update.before, update.state
    return FetchRecord(
        feed_id=state.id,
        number=state.requests,
        at=now,
        is_unchanged=state.not_modified > before.not_modified,
        received=max(0, state.received - before.received),
        error=state.error,
    )


def _with_hubs(connection: Connection, batch: Sequence[FeedUpdate]) -> Sequence[FeedUpdate]:
    """Record the hubs of feeds and the reliability of pings; drop the pings that were read."""
    polled = [update for update in batch if update.ping is None]
    offers = {update.state.id: update.hub for update in polled if update.parsed is not None}
    if offers:
        hub_rows.note_offers(connection, offers)
    read = [update.ping.id for update in batch if update.ping is not None]
    woken = [ping for update in polled if not update.not_asked for ping in update.wakes]
    hub_rows.drop(connection, [*read, *woken])
    news = {
        update.state.id: update.ping is not None or bool(update.wakes)
        for update in batch
        if not update.first and any(entry.known is None for entry in update.sifted)
    }
    if not news:
        return batch
    relied = hub_rows.prove(connection, news)
    return [
        replace(update, state=replace(update.state, pushed_until=relied[update.state.id]))
        if update.state.id in relied
        else update
        for update in batch
    ]


def _after_last_edition(connection: Connection, update: FeedUpdate, now: datetime) -> FeedUpdate:
    """Set the time of revisions after the last edition, which was composed without them.

    An edition may have been composed after `now`, while this refresh was running, with the old
    text.
    """
    if not any(entry.revised_at == now for entry in update.entries):
        return update
    last = editions.last_composed_at(connection)
    if last is None or last < now:
        return update
    after = last + timedelta(microseconds=1)
    entries = tuple(
        replace(entry, revised_at=after) if entry.revised_at == now else entry
        for entry in update.entries
    )
    return replace(update, entries=entries)
