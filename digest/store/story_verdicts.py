"""What people say about two entries: whether they tell one story.

A verdict is never changed or deleted: a later one replaces it.  It keeps both entries as they were
judged, with the beginnings of their texts, so that the labelled pairs outlive the texts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, or_, select

from digest.model import Entry, JudgedEntry, Judgment, StoryVerdict
from digest.store.errors import DamagedValueError
from digest.store.statements import sound_rows
from digest.store.tables import entries, story_verdicts

_ENTRY, _OTHER = entries.alias(), entries.alias()
_STORED = (
    select(
        story_verdicts.c.id,
        story_verdicts.c.judgment,
        story_verdicts.c.at,
        story_verdicts.c.entry_id,
        story_verdicts.c.fingerprint,
        story_verdicts.c.link,
        story_verdicts.c.other_entry,
        story_verdicts.c.other_fingerprint,
        story_verdicts.c.other_link,
        _ENTRY.c.fingerprint.label("current"),
        _OTHER.c.fingerprint.label("other_current"),
    )
    .join(_ENTRY, _ENTRY.c.id == story_verdicts.c.entry_id)
    .join(_OTHER, _OTHER.c.id == story_verdicts.c.other_entry)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedText:
    """An entry of a verdict as a person saw it: one text of a labelled pair."""

    title: str
    feed: str
    link: str | None = None
    canonical_link: str | None = None
    published: datetime | None = None
    language: str | None = None
    fingerprint: str | None = None
    text: str | None = None
    """The beginning of its text; ``None`` if that was dropped before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """A verdict with both of its texts."""

    verdict: StoryVerdict
    texts: tuple[JudgedText, JudgedText]


_decode = msgspec.json.Decoder(tuple[JudgedText, JudgedText]).decode


def save(
    connection: Connection,
    one: Entry,
    other: Entry,
    texts: tuple[JudgedText, JudgedText],
    judgment: Judgment,
    now: datetime,
) -> int:
    """Store a verdict about two entries; return its id."""
    stored = connection.scalar(
        insert(story_verdicts).returning(story_verdicts.c.id),
        {
            "judgment": judgment.value,
            "at": now,
            "entry_id": one.id,
            "fingerprint": one.fingerprint,
            "link": one.canonical_link,
            "other_entry": other.id,
            "other_fingerprint": other.fingerprint,
            "other_link": other.canonical_link,
            "document": msgspec.json.encode(texts).decode(),
        },
    )
    return int(stored or 0)


def newest(connection: Connection) -> int:
    """Return the id of the newest verdict; 0 before the first."""
    return connection.scalar(select(func.max(story_verdicts.c.id))) or 0


def all_of_them(connection: Connection) -> list[StoryVerdict]:
    """Return all verdicts, the oldest first."""
    statement = _STORED.order_by(story_verdicts.c.id)
    return [_verdict(row) for row in sound_rows(connection, statement, {})]


def since(connection: Connection, moment: datetime) -> list[StoryVerdict]:
    """Return the verdicts given at `moment` or later, the oldest first."""
    statement = _STORED.where(story_verdicts.c.at >= moment).order_by(story_verdicts.c.id)
    return [_verdict(row) for row in sound_rows(connection, statement, {})]


def about(connection: Connection, entry: Entry) -> list[StoryVerdict]:
    """Return the verdicts about an entry, and about entries of the same text; the newest first."""
    conditions = [
        story_verdicts.c.entry_id == entry.id,
        story_verdicts.c.other_entry == entry.id,
    ]
    if entry.fingerprint:
        conditions += [
            story_verdicts.c.fingerprint == entry.fingerprint,
            story_verdicts.c.other_fingerprint == entry.fingerprint,
        ]
    statement = _STORED.where(or_(*conditions)).order_by(story_verdicts.c.id.desc())
    return [_verdict(row) for row in sound_rows(connection, statement, {})]


def page(connection: Connection, *, before: int | None = None, most: int) -> list[LabelledPair]:
    """Return the newest verdicts with their texts; `before` is the id where the last page ended."""
    statement = _STORED.add_columns(story_verdicts.c.document).order_by(story_verdicts.c.id.desc())
    if before is not None:
        statement = statement.where(story_verdicts.c.id < before)
    return _pairs(connection, statement.limit(most))


def labelled(connection: Connection) -> list[LabelledPair]:
    """Return the pairs of entries that are judged, each with its newest verdict, the oldest first.

    Withdrawn verdicts are left out.
    """
    newest_of = {
        frozenset((verdict.one.entry_id, verdict.other.entry_id)): verdict
        for verdict in all_of_them(connection)
    }
    wanted = sorted(
        verdict.id for verdict in newest_of.values() if verdict.judgment is not Judgment.WITHDRAWN
    )
    statement = _STORED.add_columns(story_verdicts.c.document).order_by(story_verdicts.c.id)
    return [pair for pair in _pairs(connection, statement) if pair.verdict.id in set(wanted)]


def _pairs(connection: Connection, statement: Select[Any]) -> list[LabelledPair]:
    return [
        LabelledPair(verdict=_verdict(row), texts=_texts(row.document))
        for row in sound_rows(connection, statement, {})
    ]


def _texts(document: str) -> tuple[JudgedText, JudgedText]:
    try:
        return _decode(document)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedValueError(f"a verdict cannot be read ({error})") from error


def _verdict(row: Row[Any]) -> StoryVerdict:
    return StoryVerdict(
        id=row.id,
        judgment=Judgment(row.judgment),
        at=row.at,
        one=JudgedEntry(
            entry_id=row.entry_id,
            fingerprint=row.fingerprint,
            current=row.current,
            link=row.link,
        ),
        other=JudgedEntry(
            entry_id=row.other_entry,
            fingerprint=row.other_fingerprint,
            current=row.other_current,
            link=row.other_link,
        ),
    )


def entries_of(verdicts: Sequence[StoryVerdict]) -> Collection[int]:
    """Return the ids of the entries that these verdicts name."""
    return {side.entry_id for verdict in verdicts for side in (verdict.one, verdict.other)}
