"""The stages of a feed between its parsed document and the rows to save: sift, normalize, match.

Each stage handles one feed.  It reads the known entries from the store and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest import fetch, match, sift
from digest.model import Entry, StoredEntry
from digest.model.feeds import ON_TRIAL
from digest.pipeline import article_pages, moved_feeds
from digest.pipeline.feed_update import Fault, FeedUpdate, Renaming, fault_of
from digest.pipeline.time_limit import time_limit
from digest.schedule import polling, rhythm
from digest.store import entries as entry_rows
from digest.store import feeds as feed_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_ALIKE = 500
"""The most entries of one title that are searched for a changed id, the newest first."""
UNCLEANED = "error:"
"""The prefix of the content hash of an entry that could not be cleaned because of a bug.

So the entry counts as changed and is tried again with each new document of its feed.
"""


# --- sift ----------------------------------------------------------------------------------------


def sift_feed(
    connection: Connection, update: FeedUpdate, settings: fetch.Settings, now: datetime
) -> FeedUpdate:
    """Keep the new and changed entries, and recognize entries whose ids the feed has changed.

    A document behind a redirect must share entries with the feed.
    """
    is_moved = moved_feeds.needs_proof(update)
    if not update.items:
        return moved_feeds.reject(update, settings, now) if is_moved else update
    known: Mapping[str, StoredEntry] = {}
    if not update.first or entry_rows.has_any(connection, update.state.id):
        wanted = {update.state.id: sift.uids_to_look_up(update.items)}
        known = entry_rows.known(connection, wanted)[update.state.id]
    if is_moved and not moved_feeds.is_same_feed(connection, update, known):
        return moved_feeds.reject(update, settings, now)
    if is_moved and update.before.moved_sightings == ON_TRIAL:
        update = replace(update, state=replace(update.state, moved_sightings=0))
    cut = update.parsed is not None and update.parsed.cut
    with time_limit():
        sifted = sift.sift(update.items, known, now, cut=cut)
    renamings: tuple[Renaming, ...] = ()
    if sifted and not update.first:
        sifted, renamings = _with_renamings(connection, update, sifted, now)
    held = sum(not entry.backlog for entry in known.values())
    met = len(known) + len(renamings)
    return replace(update, sifted=sifted, met=met, held=held, renamings=renamings)


def _with_renamings(
    connection: Connection, update: FeedUpdate, sifted: Sequence[sift.Sifted], now: datetime
) -> tuple[tuple[sift.Sifted, ...], tuple[Renaming, ...]]:
    """Find the known entries whose ids or links the feed has changed, to rename their rows.

    In a partial document an absent id proves nothing: an entry that may be a renamed one is left
    for the next complete document.
    """
    with time_limit():
        titles = {
            entry.uid: _skeleton(update, entry, now).title
            for entry in sifted
            if entry.known is None
        }
    alike = entry_rows.titled_alike(connection, update.state.id, set(titles.values()))
    present = frozenset(
        uid for item in update.items for uid in (item.uid, *item.aliases, item.by_words) if uid
    )
    recognized, renamings = [], []
    with time_limit():
        for entry in sifted:
            gone = [
                before
                for before in alike.get(titles.get(entry.uid, ""), ())
                if before.uid not in present
            ]
            before = _renamed(update, entry, gone, present, now) if entry.known is None else None
            if before is not None:
                if update.is_partial:
                    continue
                present |= {before.uid}
                renamings.append(Renaming(entry_id=before.id, uid=entry.uid))
                entry = replace(entry, known=before)
            recognized.append(entry)
    return tuple(recognized), tuple(renamings)


def _renamed(
    update: FeedUpdate,
    entry: sift.Sifted,
    gone: Sequence[StoredEntry],
    present: frozenset[str],
    now: datetime,
) -> StoredEntry | None:
    """Return the entry of `gone` that is this entry under another id; ``None`` if none is."""
    if not gone:
        return None
    row = _normalized(update, entry, now)
    fresh = sift.Fresh(
        title=row.title,
        link=row.canonical_link,
        published=row.published,
        updated=row.updated,
        fingerprint=row.fingerprint,
    )
    same = [before for before in gone if sift.is_renamed(before, fresh, present=present)]
    same.sort(key=lambda before: (before.link != fresh.link, before.published != fresh.published))
    return same[0] if same else None


def find_teasers(connection: Connection, update: FeedUpdate, now: datetime) -> FeedUpdate:
    """Find the entries that may enter an edition and have only a teaser as their text."""
    if not update.feed.fulltext or not update.sifted:
        return update
    skeletons = [_skeleton(update, entry, now) for entry in update.sifted]
    backfill = update.feed.backfill if update.first else None
    chosen = sorted(sift.newest(skeletons, backfill, _date))
    teasers = article_pages.teasers(
        connection,
        [(update.sifted[at], skeletons[at]) for at in chosen],
        Counter(item.canonical_link for item in update.items),
        now,
        update.feed.proxy,
    )
    return replace(update, teasers=tuple(teasers))


# --- normalize -----------------------------------------------------------------------------------


def normalize(
    connection: Connection, update: FeedUpdate, settings: fetch.Settings, now: datetime
) -> FeedUpdate:
    """Clean the new and changed entries; of a first fetch, only those that `backfill` admits.

    Other entries can enter no edition and are stored as skeletons; a skeleton remains one.  The
    dates of new entries also update the feed's rhythm, which sets the next poll.
    """
    if not update.sifted:
        return (
            _with_next_poll(connection, update, settings, now)
            if _has_other_window(update)
            else update
        )
    from digest.pipeline import revisions

    sifted = update.sifted
    rows: dict[int, Entry] = {}
    faults: list[Fault] = []

    def clean(at: int, *, whole: bool) -> None:
        rows[at], fault = _cleaned(update, sifted[at], now, whole=whole)
        faults.extend([fault] if fault else [])

    with time_limit():
        if update.first:
            for at in range(len(sifted)):
                clean(at, whole=False)
            chosen = sift.newest(list(rows.values()), update.feed.backfill, _date)
        else:
            chosen = frozenset(
                at
                for at, entry in enumerate(sifted)
                if entry.known is None or not entry.known.backlog
            )
        for at in range(len(sifted)):
            if at in chosen or at not in rows:
                clean(at, whole=at in chosen)
    cleaned = [rows[at] for at in range(len(sifted))]
    if update.feed.fulltext:
        cleaned = article_pages.with_stored_texts(connection, sifted, cleaned)
    marked = revisions.marked(connection, sifted, cleaned, update.held, now)
    update = replace(update, entries=tuple(marked), faults=(*update.faults, *faults))
    return _with_next_poll(connection, update, settings, now)


def _with_next_poll(
    connection: Connection, update: FeedUpdate, settings: fetch.Settings, now: datetime
) -> FeedUpdate:
    """Compute the publishing rhythm of the feed, and plan its next poll."""
    dates = [
        row.published or row.updated or (None if update.first else now)
        for entry, row in zip(update.sifted, update.entries, strict=True)
        if entry.known is None
    ]
    if not dates and not _has_other_window(update):
        return update
    if not update.first:
        dates += feed_rows.last_dates(connection, update.state.id, rhythm.MOST_TIMES)
    window = len(update.items)
    if update.ping is not None:
        window = update.before.rhythm.window if update.before.rhythm else 1
    found = rhythm.rhythm_of([date for date in dates if date], window, now)
    state = replace(update.state, rhythm=found)
    if update.ping is None or polling.is_pushed(state, now):
        state = polling.plan(state, settings=settings, now=now, editions=update.editions)
    return replace(update, state=state)


def _has_other_window(update: FeedUpdate) -> bool:
    """Say whether a complete document has another number of entries than before.

    This happens without new entries where a hub has sent the entries before the poll.
    """
    before = update.before.rhythm
    return (
        bool(update.items)
        and not update.is_partial
        and not update.stopped
        and before is not None
        and before.window != len(update.items)
    )


def _cleaned(
    update: FeedUpdate, entry: sift.Sifted, now: datetime, *, whole: bool
) -> tuple[Entry, Fault | None]:
    """Clean an entry, or make its skeleton; after a bug the skeleton can still be told."""
    try:
        make = _normalized if whole else _skeleton
        return make(update, entry, now), None
    except Exception as bug:  # what strangers write may meet any bug; it is reported
        fault = fault_of("cleaning", update, bug, entry=entry.uid)
    try:
        row = _skeleton(update, entry, now)
    except Exception:  # the same bug, which is reported already
        row = Entry(feed_id=update.state.id, uid=entry.uid, first_seen=now, raw_hash="")
    raw_hash = UNCLEANED + entry.item.raw_hash
    return replace(row, raw_hash=raw_hash, backlog=not whole, notes=(fault.error,)), fault


def _skeleton(update: FeedUpdate, entry: sift.Sifted, now: datetime) -> Entry:
    from digest.normalize.entry import skeleton

    assert update.parsed is not None, "only a parsed feed has entries"
    return skeleton(
        entry.item.entry,
        feed_id=update.state.id,
        uid=entry.uid,
        feed_url=update.url,
        feed_link=update.parsed.link,
        canonical_link=entry.item.canonical_link,
        raw_hash=entry.item.raw_hash,
        first_seen=now,
    )


def _normalized(update: FeedUpdate, entry: sift.Sifted, now: datetime) -> Entry:
    from digest.normalize.entry import normalize

    assert update.parsed is not None, "only a parsed feed has entries"
    article = update.articles.get((update.state.id, entry.item.raw_hash))
    row = normalize(
        article.entry if article else entry.item.entry,
        feed_id=update.state.id,
        uid=entry.uid,
        feed_url=update.url,
        feed_link=update.parsed.link,
        canonical_link=entry.item.canonical_link,
        feed_language=update.parsed.language,
        raw_hash=entry.item.raw_hash,
        first_seen=now,
    )
    return replace(
        row,
        notes=(article.note, *row.notes) if article else row.notes,
        parser=update.parsed.parser,
        flaw=update.parsed.flaw,
    )


def _date(row: Entry) -> datetime | None:
    return row.published or row.updated


# --- match ---------------------------------------------------------------------------------------


def match_keys(update: FeedUpdate) -> FeedUpdate:
    """Compute the keys of each entry, by which entries of the same story are found."""
    hashes: list[tuple[int, ...]] = []
    faults: list[Fault] = []
    with time_limit():
        for entry in update.entries:
            try:
                hashes.append(tuple(key.hash for key in match.keys(entry)))
            except Exception as bug:  # the entry is saved, and compared with no other
                hashes.append(())
                faults.append(fault_of("looking for what to compare", update, bug, entry=entry.uid))
    return replace(update, keys=tuple(hashes), faults=(*update.faults, *faults))
