"""Entries by feed and uid, their bodies, and the keys that they are matched by.

An entry is never deleted, so that it is never new twice; only its body is deleted, after a while.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from digest.model import Body, Entry, StoredEntry
from digest.store import tables
from digest.store.column_types import Utc
from digest.store.statements import portions, prepared, returned, rows
from digest.store.tables import entries

DROPPED_AT_ONCE = 2_000
"""Most bodies that a transaction drops, each with some twenty keys: a tenth of a second."""
FOUND = 50
"""How many entries `find` and `titled` return at most."""
WORDS = 20
"""How many words of a title `titled` looks for at most."""

OF_TEXTS = (1 << 48) - 1
"""The greatest key of a text or a title; the least is 0.  Keys of links are outside this range."""

_FIELDS = tuple(field.name for field in fields(Entry) if field.name not in {"id", "body"})
_CHANGED_AT = "changed_at"
_KEPT = frozenset({"feed_id", "uid", "first_seen", "backlog"})
"""The columns that an entry keeps from its first saving."""

ENTRY = select(entries.c.id, *(entries.c[name] for name in _FIELDS))
"""All entries, without their bodies: rows for `entry_of`."""

_BY_ID = ENTRY.where(entries.c.id.in_(bindparam("values", expanding=True)))
_KNOWN = select(
    entries.c.id,
    entries.c.uid,
    entries.c.raw_hash,
    entries.c.canonical_link.label("link"),
    entries.c.title,
    entries.c.backlog,
    entries.c.published,
    entries.c.updated,
    entries.c.fingerprint,
)
_KNOWN_BY_TITLE = _KNOWN.where(
    entries.c.feed_id == bindparam("feed"),
    entries.c.title.in_(bindparam("values", expanding=True)),
).order_by(entries.c.id.desc())
_KNOWN_BY_UID = _KNOWN.where(
    entries.c.feed_id == bindparam("feed"),
    entries.c.uid.in_(bindparam("values", expanding=True)),
)
_ANY = select(entries.c.id).where(entries.c.feed_id == bindparam("feed")).limit(1)
_BODIES = select(tables.bodies).where(
    tables.bodies.c.entry_id.in_(bindparam("values", expanding=True))
)
_TEXTS = select(
    tables.bodies.c.entry_id,
    func.substr(tables.bodies.c.text, 1, bindparam("most")).label("text"),
).where(tables.bodies.c.entry_id.in_(bindparam("values", expanding=True)))
_RESTED = select(entries.c.id).where(
    entries.c.id.in_(bindparam("values", expanding=True)),
    entries.c.changed_at <= bindparam("since"),
)
_VERSIONS = select(entries.c.id, entries.c.raw_hash, entries.c.revised_at).where(
    entries.c.id.in_(bindparam("values", expanding=True))
)
_CLEAR = tuple(
    delete(table).where(table.c.entry_id.in_(bindparam("values", expanding=True)))
    for table in (tables.bodies, tables.keys)
)
_INSERT_BODY = insert(tables.bodies)
_INSERT_KEY = insert(tables.keys)


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """The version of an entry: two equal versions have the same text."""

    raw_hash: str
    revised_at: datetime | None


def versions_of(loaded: Iterable[Entry]) -> dict[int, EntryVersion]:
    """Return the versions of these entries, by entry id."""
    return {
        entry.id: EntryVersion(entry.raw_hash, entry.revised_at)
        for entry in loaded
        if entry.id is not None
    }


def versions(connection: Connection, ids: Iterable[int]) -> dict[int, EntryVersion]:
    """Return the stored versions of the entries with these ids, by entry id."""
    return {
        row.id: EntryVersion(row.raw_hash, row.revised_at)
        for row in rows(connection, _VERSIONS, ids)
    }


def known(
    connection: Connection, uids: Mapping[int, Collection[str]]
) -> dict[int, dict[str, StoredEntry]]:
    """Return the stored entries with these uids, by feed id and uid; `uids` is by feed id."""
    return {
        feed_id: {
            row.uid: StoredEntry(**row._asdict())
            for row in rows(connection, _KNOWN_BY_UID, wanted, {"feed": feed_id})
        }
        for feed_id, wanted in uids.items()
    }


def has_any(connection: Connection, feed_id: int) -> bool:
    """Return whether any entry of a feed is stored."""
    return connection.scalar(_ANY, {"feed": feed_id}) is not None


def titled_alike(
    connection: Connection, feed_id: int, titles: Collection[str]
) -> dict[str, list[StoredEntry]]:
    """Return a feed's stored entries with these titles, by title, the newest first."""
    by_title: defaultdict[str, list[StoredEntry]] = defaultdict(list)
    for row in rows(connection, _KNOWN_BY_TITLE, titles, {"feed": feed_id}):
        by_title[row.title].append(StoredEntry(**row._asdict()))
    return dict(by_title)


def rested(connection: Connection, ids: Iterable[int], since: datetime) -> frozenset[int]:
    """Return the ids of those of these entries that have not changed after `since`."""
    return frozenset(row.id for row in rows(connection, _RESTED, ids, {"since": since}))


def rename(connection: Connection, entry_id: int, uid: str) -> None:
    """Give an entry a new uid, because its publisher has changed its id."""
    connection.execute(update(entries).where(entries.c.id == entry_id).values(uid=uid))


def save(
    connection: Connection, batch: Sequence[Entry], keys: Sequence[Sequence[int]], now: datetime
) -> list[int]:
    """Insert the new entries and replace the known ones; return their ids, in order.

    `keys` holds the keys of each entry of `batch`.  No two entries of `batch` may share feed and
    uid.  A known entry keeps its first_seen and backlog, and its revised_at where the new one is
    None; its body and keys are replaced.
    """
    if not batch:
        return []
    names = {(entry.feed_id, entry.uid) for entry in batch}
    assert len(names) == len(batch), "a batch holds an entry twice"
    ids = _upsert_entries(connection, batch, now)
    for portion in portions(ids):
        for clear in _CLEAR:
            connection.execute(clear, {"values": portion})
    _insert(
        connection,
        _INSERT_BODY,
        ("entry_id", "saved_at", "verbatim", "text", "html"),
        [
            (entry_id, now, entry.body.verbatim, entry.body.text, entry.body.html)
            for entry_id, entry in zip(ids, batch, strict=True)
            if entry.body
        ],
    )
    _insert(
        connection,
        _INSERT_KEY,
        ("hash", "entry_id"),
        [
            (key, entry_id)
            for entry_id, own in zip(ids, keys, strict=True)
            for key in dict.fromkeys(own)
        ],
    )
    return ids


def _upsert_entries(connection: Connection, batch: Sequence[Entry], now: datetime) -> list[int]:
    """Insert or replace the rows of entries; return their ids, in order."""
    columns = (*_FIELDS, _CHANGED_AT)
    values_of = attrgetter(*_FIELDS)
    saved = returned(
        connection,
        _upsert(connection.dialect.name),
        columns,
        [(*values_of(entry), now) for entry in batch],
    )
    by_name = {(feed_id, uid): entry_id for entry_id, feed_id, uid in saved}
    return [by_name[entry.feed_id, entry.uid] for entry in batch]


def _insert(
    connection: Connection,
    statement: Insert,
    columns: tuple[str, ...],
    values: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows whose values are given in the order of `columns`."""
    insertion = prepared(statement, connection.dialect, columns)
    if values:
        connection.exec_driver_sql(insertion.sql, insertion.rows(values))


def bodies_limit(connection: Connection, before: datetime, most: timedelta) -> datetime | None:
    """Return the moment up to which bodies may be dropped; ``None`` where none is that old.

    It lies at most `most` after the oldest body, so that a clock that is ahead for one run does not
    empty the table.
    """
    oldest: datetime | None = connection.scalar(
        select(func.min(tables.bodies.c.saved_at, type_=Utc))
    )
    return min(before, oldest + most) if oldest is not None and oldest < before else None


def drop_bodies(connection: Connection, before: datetime, most: int = DROPPED_AT_ONCE) -> int:
    """Drop at most `most` bodies from before `before`, with the keys of their texts.

    Returns how many were dropped.
    """
    old = connection.scalars(
        select(tables.bodies.c.entry_id)
        .where(tables.bodies.c.saved_at < before)
        .order_by(tables.bodies.c.saved_at)
        .limit(most)
    ).all()
    for ids in portions(old):
        connection.execute(
            delete(tables.keys).where(
                tables.keys.c.entry_id.in_(ids), tables.keys.c.hash.between(0, OF_TEXTS)
            )
        )
        connection.execute(delete(tables.bodies).where(tables.bodies.c.entry_id.in_(ids)))
    return len(old)


def by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Entry]:
    """Return the entries with these ids, without their bodies."""
    return {row.id: entry_of(row) for row in rows(connection, _BY_ID, ids)}


def newest(
    connection: Connection, feed_id: int | None, *, before: int | None, most: int
) -> list[Entry]:
    """Return the entries of one feed or of all that were stored last, those below id `before`."""
    statement = ENTRY.order_by(entries.c.id.desc()).limit(most)
    if feed_id is not None:
        statement = statement.where(entries.c.feed_id == feed_id)
    if before is not None:
        statement = statement.where(entries.c.id < before)
    return [entry_of(row) for row in connection.execute(statement)]


def bodies(connection: Connection, ids: Iterable[int]) -> dict[int, Body]:
    """Return the stored bodies of these entries, by entry id."""
    return {
        row.entry_id: Body(html=row.html, text=row.text, verbatim=row.verbatim)
        for row in rows(connection, _BODIES, ids)
    }


def texts(connection: Connection, ids: Iterable[int], most: int) -> dict[int, str]:
    """Return the first `most` characters of these entries' stored texts, by entry id."""
    return {row.entry_id: row.text for row in rows(connection, _TEXTS, ids, {"most": most})}


def find(connection: Connection, needle: str) -> list[Entry]:
    """Return the entry with this id, else those with this link, canonical link or uid.

    The newest entries come first, at most `FOUND`.
    """
    needle = _sound(needle)
    exact = [or_(*(entries.c[name] == needle for name in ("link", "canonical_link", "uid")))]
    if needle.isdecimal() and len(needle) < 19:  # which is surely below 2**63
        exact.insert(0, entries.c.id == int(needle))
    return _first(connection, exact)


def titled(connection: Connection, needle: str, among: int | None = None) -> list[Entry]:
    """Return the entries with this title, else those whose title holds its words.

    Order and case of the words do not matter.  The newest entries come first, at most `FOUND`;
    `among` limits the search to the so many newest entries.
    """
    words = _sound(needle).split()[:WORDS]
    if not words:
        return []
    title = " ".join(words)
    whole = or_(*(entries.c.title == form for form in _cases(title)))
    found = [whole, and_(*map(_in_title, words))]
    if among is not None:
        last = select(func.max(entries.c.id)).scalar_subquery()
        found = [and_(condition, entries.c.id > last - among) for condition in found]
    return _first(connection, found)


def _in_title(word: str) -> ColumnElement[bool]:
    """Return the condition that a word is in the title; SQLite folds the case of ASCII only."""
    return or_(*(entries.c.title.icontains(form, autoescape=True) for form in _cases(word)))


def _cases(text: str) -> list[str]:
    return list(dict.fromkeys((text, text.lower(), text.upper(), text.capitalize())))


def _first(connection: Connection, conditions: Iterable[ColumnElement[bool]]) -> list[Entry]:
    """Return the newest entries that meet the first condition that any entry meets."""
    for condition in conditions:
        statement = ENTRY.where(condition).order_by(entries.c.id.desc()).limit(FOUND)
        if found := connection.execute(statement).all():
            return [entry_of(row) for row in found]
    return []


def _sound(needle: str) -> str:
    return needle.encode("utf-8", "replace").decode()  # a command line may hold any bytes


def entry_of(row: Row[Any]) -> Entry:
    """Return the entry of a row of `ENTRY`."""
    return Entry(**row._asdict())


@cache
def _upsert(dialect: str) -> Any:
    statement = tables.insert_into(entries, dialect)
    new = statement.excluded
    replaced: dict[str, Any] = {name: new[name] for name in _FIELDS if name not in _KEPT}
    replaced[_CHANGED_AT] = case(
        (entries.c.raw_hash == new.raw_hash, entries.c.changed_at), else_=new.changed_at
    )
    replaced["revised_at"] = func.coalesce(new.revised_at, entries.c.revised_at)
    return statement.on_conflict_do_update(
        index_elements=[entries.c.feed_id, entries.c.uid], set_=replaced
    ).returning(entries.c.id, entries.c.feed_id, entries.c.uid)
