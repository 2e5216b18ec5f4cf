"""The stages of a feed between its parsed document and the rows to save: sift, normalize, match.

Each is a function of one feed.  What is known of its entries is read from the store, and nothing
is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest import fetch, match, sift
from digest.model import Entry, Known
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
"""Entries of one title among which one that has another id now is looked for, the newest."""
UNCLEANED = "error:"
"""Stands before the content hash of an entry that an error of ours kept from being cleaned.

So the entry counts as changed, and is tried again, whenever its feed brings a new document.
"""


# --- sift ----------------------------------------------------------------------------------------


def sift_feed(
    connection: Connection, update: FeedUpdate, settings: fetch.Settings, now: datetime
) -> FeedUpdate:
    """Keep the entries that are new or changed, and find those whose feed changed their ids.

    A document that a redirect led to has to prove that it is the feed's.
    """
    is_moved = moved_feeds.needs_proof(update)
    if not update.items:
        return moved_feeds.left_waiting(update, settings, now) if is_moved else update
    known: Mapping[str, Known] = {}
    if not update.first or entry_rows.has_any(connection, update.state.id):
        wanted = {update.state.id: sift.uids_to_look_up(update.items)}
        known = entry_rows.known(connection, wanted)[update.state.id]
    if is_moved and not moved_feeds.is_same_feed(connection, update, known):
        return moved_feeds.left_waiting(update, settings, now)
    if is_moved and update.before.moved_sightings == ON_TRIAL:
        update = replace(update, state=replace(update.state, moved_sightings=0))
    cut = update.parsed is not None and update.parsed.cut
    with time_limit():
        sifted = sift.sift(update.items, known, now, cut=cut)
    renamings: tuple[Renaming, ...] = ()
    if sifted and not update.first:
        sifted, renamings = _recognized(connection, update, sifted, now)
    held = sum(not entry.backlog for entry in known.values())
    met = len(known) + len(renamings)
    return replace(update, sifted=sifted, met=met, held=held, renamings=renamings)


def _recognized(
    connection: Connection, update: FeedUpdate, sifted: Sequence[sift.Sifted], now: datetime
) -> tuple[tuple[sift.Sifted, ...], tuple[Renaming, ...]]:
    """Find the entries whose feed changed their ids or links: their rows are to be renamed.

    A document that is not the whole feed proves nothing by what is absent: what may be a known
    entry there is left for the next one.
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
    gone: Sequence[Known],
    present: frozenset[str],
    now: datetime,
) -> Known | None:
    """Find which of the entries that are `gone` is this one under another id, if one is."""
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
    """Find the entries that may enter an edition and whose feed gives no more than a teaser."""
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
    """Clean what is new or changed; of a first fetch, only what `backfill` lets in.

    The rest can enter no edition and stays a skeleton, as does what has been one.  The new entries
    also tell how the feed publishes, and so when it is asked again.
    """
    if not update.sifted:
        return _timed(connection, update, settings, now) if _has_other_window(update) else update
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
    return _timed(connection, update, settings, now)


def _timed(
    connection: Connection, update: FeedUpdate, settings: fetch.Settings, now: datetime
) -> FeedUpdate:
    """Work out how the feed publishes, and plan its next poll by that."""
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
    """Say whether a document shows another number of entries, though none that is new.

    That is so where a hub brings the entries, and polls find no new ones.
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
    """Clean an entry, or make its skeleton; an error of ours leaves a skeleton that can be told."""
    try:
        make = _normalized if whole else _skeleton
        return make(update, entry, now), None
    except Exception as bug:
        fault = fault_of("cleaning", update, bug, entry=entry.uid)
    try:
        row = _skeleton(update, entry, now)
    except Exception:
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
    """Give each entry the keys by which entries that tell the same story are found."""
    hashes: list[tuple[int, ...]] = []
    faults: list[Fault] = []
    with time_limit():
        for entry in update.entries:
            try:
                hashes.append(tuple(key.hash for key in match.keys(entry)))
            except Exception as bug:
                hashes.append(())
                faults.append(fault_of("looking for what to compare", update, bug, entry=entry.uid))
    return replace(update, keys=tuple(hashes), faults=(*update.faults, *faults))
