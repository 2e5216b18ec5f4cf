"""Entries by feed and uid, their bodies and the keys that they are matched by.

An entry is never deleted, so that it is never new twice; only its body is, after a while.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, or_, select

from digest.model import Body, Entry, Known
from digest.store._many import portions, rows
from digest.store.tables import bodies as bodies_table
from digest.store.tables import entries, insert_into
from digest.store.tables import keys as keys_table

FOUND = 50
"""How many entries `find` gives at most."""

FIELDS = tuple(field.name for field in fields(Entry) if field.name != "body")
COLUMNS = tuple(entries.c[name] for name in FIELDS)
_KEPT = frozenset({"id", "feed_id", "uid", "first_seen", "backlog"})
"""What an entry keeps from its first saving."""

_KNOWN = select(
    entries.c.id,
    entries.c.uid,
    entries.c.raw_hash,
    entries.c.canonical_link.label("link"),
    entries.c.title,
).where(
    entries.c.feed_id == bindparam("feed"),
    entries.c.uid.in_(bindparam("values", expanding=True)),
)
_BY_ID = select(*COLUMNS).where(entries.c.id.in_(bindparam("values", expanding=True)))
_BODIES = select(bodies_table).where(
    bodies_table.c.entry_id.in_(bindparam("values", expanding=True))
)
_DROP_BODIES = delete(bodies_table).where(
    bodies_table.c.entry_id.in_(bindparam("values", expanding=True))
)
_DROP_KEYS = delete(keys_table).where(
    keys_table.c.entry_id.in_(bindparam("values", expanding=True))
)


def known(conn: Connection, uids: Mapping[int, Collection[str]]) -> dict[tuple[int, str], Known]:
    """Tell what is stored of the entries with these uids, given by feed id; by (feed id, uid)."""
    return {
        (feed_id, row.uid): Known(**row._asdict())
        for feed_id, wanted in uids.items()
        for row in rows(conn, _KNOWN, wanted, {"feed": feed_id})
    }


def save(
    conn: Connection, batch: Sequence[Entry], keys: Sequence[Sequence[int]], *, now: datetime
) -> list[int]:
    """Insert the entries that are new, replace the others; return their ids, in order.

    `keys` holds each entry's.  No two of `batch` may share feed and uid.  An entry keeps its
    first_seen and backlog; its body and keys are replaced as a whole.
    """
    if not batch:
        return []
    values = [_values(entry, now) for entry in batch]
    saved = conn.execute(_upsert(conn.dialect.name), values)
    by_name = {(feed_id, uid): entry_id for entry_id, feed_id, uid in saved}
    assert len(by_name) == len(batch), "a batch holds an entry twice"
    ids = [by_name[entry.feed_id, entry.uid] for entry in batch]
    for portion in portions(ids):
        conn.execute(_DROP_BODIES, {"values": portion})
        conn.execute(_DROP_KEYS, {"values": portion})
    bodies = [
        {
            "entry_id": entry_id,
            "saved_at": now,
            "verbatim": entry.body.verbatim,
            "text": entry.body.text,
            "html": entry.body.html,
        }
        for entry_id, entry in zip(ids, batch, strict=True)
        if entry.body
    ]
    if bodies:
        conn.execute(bodies_table.insert(), bodies)
    held = [
        {"hash": key, "entry_id": entry_id}
        for entry_id, own in zip(ids, keys, strict=True)
        for key in dict.fromkeys(own)
    ]
    if held:
        conn.execute(keys_table.insert(), held)
    return ids


def by_ids(conn: Connection, ids: Iterable[int]) -> dict[int, Entry]:
    """Give the entries with these ids, without their bodies."""
    return {row.id: entry_of(row) for row in rows(conn, _BY_ID, ids)}


def bodies(conn: Connection, ids: Iterable[int]) -> dict[int, Body]:
    """Give the bodies of these entries, as far as they are kept."""
    return {
        row.entry_id: Body(html=row.html, text=row.text, verbatim=row.verbatim)
        for row in rows(conn, _BODIES, ids)
    }


def drop_bodies(conn: Connection, before: datetime) -> int:
    """Drop the bodies that were saved before `before`; return how many."""
    return conn.execute(delete(bodies_table).where(bodies_table.c.saved_at < before)).rowcount


def find(conn: Connection, needle: str) -> list[Entry]:
    """Find entries by id, link, canonical link or uid, else by a part of the title.

    The newest first, `FOUND` at most.
    """
    statement = select(*COLUMNS).order_by(entries.c.id.desc()).limit(FOUND)
    exact = [entries.c[name] == needle for name in ("link", "canonical_link", "uid")]
    if needle.isdecimal() and len(needle) < 19:  # which is surely below 2**63
        exact.append(entries.c.id == int(needle))
    in_title = entries.c.title.icontains(needle, autoescape=True)
    for condition in (or_(*exact), in_title):
        if found := conn.execute(statement.where(condition)).all():
            return [entry_of(row) for row in found]
    return []


def entry_of(row: Row[Any]) -> Entry:
    """Make the entry of a row that holds `COLUMNS`."""
    return Entry(**row._asdict())


def _values(entry: Entry, now: datetime) -> dict[str, object]:
    values = {name: getattr(entry, name) for name in FIELDS if name != "id"}
    values["changed_at"] = now
    return values


@cache
def _upsert(dialect: str) -> Any:
    insert = insert_into(entries, dialect)
    new = insert.excluded
    replaced: dict[str, Any] = {name: new[name] for name in FIELDS if name not in _KEPT}
    replaced["changed_at"] = case(
        (entries.c.raw_hash == new.raw_hash, entries.c.changed_at), else_=new.changed_at
    )
    return insert.on_conflict_do_update(
        index_elements=[entries.c.feed_id, entries.c.uid], set_=replaced
    ).returning(entries.c.id, entries.c.feed_id, entries.c.uid)
