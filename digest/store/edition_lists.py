"""Lists of a digest's frozen editions: outlines, months, and counts of their deliveries."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, func, select

from digest.model import Headline, Outline
from digest.store import delivery_lists
from digest.store.delivery_lists import DeliveryTotals
from digest.store.folding import delivery_states
from digest.store.tables import editions

logger = logging.getLogger(__name__)

HEADLINES = 3
"""How many of an edition's stories are named in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEdition:
    """An edition in a list."""

    id: int
    digest: str
    slot: str
    number: int
    composed_at: datetime
    stories: int
    deliveries: Mapping[str, int]
    """State -> how many deliveries are in it."""


def months(connection: Connection, digest: str) -> dict[str, int]:
    """Count the editions by month (``2026-01``), the newest month first."""
    month = func.substr(editions.c.slot, 1, 7)
    statement = (
        select(month, func.count())
        .where(editions.c.digest == digest)
        .group_by(month)
        .order_by(month.desc())
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def outlines(
    connection: Connection,
    digest: str,
    *,
    month: str | None = None,
    limit: int | None = None,
    headlines: bool = True,
) -> list[Outline]:
    """List the editions of `digest`, or those of a `month`, by their slots, the newest first."""
    columns = [editions.c.slot, editions.c.number, editions.c.stories]
    if headlines:
        columns.append(editions.c.document)
    statement = (
        select(*columns)
        .where(editions.c.digest == digest)
        .order_by(editions.c.slot.desc())
        .limit(limit)
    )
    if month is not None:
        statement = statement.where(editions.c.slot.startswith(month, autoescape=True))
    return [
        Outline(
            slot=row.slot,
            number=row.number,
            stories=row.stories,
            headlines=_headlines(row.document) if headlines else (),
        )
        for row in connection.execute(statement)
    ]


def delivered(connection: Connection, digest: str, slot: str) -> set[str]:
    """Return the channels that have delivered the edition for `slot` to all their recipients."""
    states = delivery_states(
        select(editions.c.id).where(editions.c.digest == digest, editions.c.slot == slot)
    )
    statement = select(states.c.channel, func.count(case((states.c.state != "sent", 1)))).group_by(
        states.c.channel
    )
    return {channel for channel, lacking in connection.execute(statement) if not lacking}


def listing(connection: Connection, digest: str | None = None) -> list[ListedEdition]:
    """List the editions of one digest, or of all digests by name, the newest first."""
    columns = [column for column in editions.c if column.name not in ("document", "approved_at")]
    statement = select(*columns).order_by(editions.c.digest, editions.c.number.desc())
    chosen = select(editions.c.id)
    if digest is not None:
        statement = statement.where(editions.c.digest == digest)
        chosen = chosen.where(editions.c.digest == digest)
    found = delivery_states(chosen)
    counts = (
        select(found.c.edition_id, found.c.state, func.sum(found.c.number))
        .group_by(found.c.edition_id, found.c.state)
        .order_by(found.c.state)
    )
    states: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for edition_id, state, count in connection.execute(counts):
        states[edition_id][state] = int(count)
    return [
        ListedEdition(**row._asdict(), deliveries=states[row.id])
        for row in connection.execute(statement)
    ]


def page(
    connection: Connection,
    digest: str | None,
    *,
    before: int | None,
    most: int,
    totals: DeliveryTotals | None = None,
) -> list[ListedEdition]:
    """Return at most `most` editions that were frozen before the one of id `before`, newest first.

    The deliveries of each are counted from an index.
    """
    columns = [column for column in editions.c if column.name not in ("document", "approved_at")]
    statement = select(*columns).limit(most)
    if digest is None:
        statement = statement.order_by(editions.c.id.desc())
        if before is not None:
            statement = statement.where(editions.c.id < before)
    else:
        statement = statement.where(editions.c.digest == digest).order_by(editions.c.number.desc())
        if before is not None:
            number = select(editions.c.number).where(editions.c.id == before).scalar_subquery()
            statement = statement.where(editions.c.number < number)
    return [_with_counts(connection, row, totals) for row in connection.execute(statement).all()]


def named(connection: Connection, digest: str, slot: str) -> ListedEdition | None:
    """Return the edition of a slot, or the newest for ``latest``; ``None`` where there is none."""
    columns = [column for column in editions.c if column.name not in ("document", "approved_at")]
    statement = select(*columns).where(editions.c.digest == digest)
    if slot == "latest":
        statement = statement.order_by(editions.c.number.desc()).limit(1)
    else:
        statement = statement.where(editions.c.slot == slot)
    row = connection.execute(statement).one_or_none()
    return _with_counts(connection, row) if row else None


def _with_counts(
    connection: Connection, row: Row[*tuple[Any, ...]], totals: DeliveryTotals | None = None
) -> ListedEdition:
    states: Counter[str] = Counter()
    for channel in delivery_lists.counts(connection, row.id, totals).values():
        states.update({state.value: count for state, count in channel.items()})
    return ListedEdition(**row._asdict(), deliveries=dict(sorted(states.items())))


def tallies(
    connection: Connection, digest: str, slots: Iterable[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """Count the deliveries of these editions, by slot, channel and state."""
    states = delivery_states(
        select(editions.c.id).where(editions.c.digest == digest, editions.c.slot.in_(list(slots)))
    )
    columns = (editions.c.slot, states.c.channel, states.c.state)
    statement = (
        select(*columns, func.sum(states.c.number))
        .join(states, states.c.edition_id == editions.c.id)
        .group_by(*columns)
        .order_by(*columns)
    )
    found: dict[str, dict[str, dict[str, int]]] = {}
    for slot, channel, state, count in connection.execute(statement):
        found.setdefault(slot, {}).setdefault(channel, {})[state] = count
    return found


class _SectionHeadlines(msgspec.Struct):
    """The part of a section that a list needs; the decoder skips the rest."""

    stories: list[Headline]


class _EditionHeadlines(msgspec.Struct):
    sections: list[_SectionHeadlines]


_decode_headlines = msgspec.json.Decoder(_EditionHeadlines).decode


def _headlines(document: str) -> tuple[Headline, ...]:
    try:
        sections = _decode_headlines(document).sections
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        logger.warning("the database is damaged, and headlines are left out: %s", error)
        return ()
    return tuple([story for section in sections for story in section.stories][:HEADLINES])
