"""What an edition left out, a page at a time: by reason, with words of titles."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from digest.model import Decision, Entry, Verdict
from digest.store import stories
from digest.store.entries import ENTRY
from digest.store.tables import decisions, editions, entries

_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionCount:
    """How many entries an edition left out for one reason."""

    verdict: Verdict
    rule: str | None
    entries: int


def counts(connection: Connection, digest: str, edition_id: int) -> list[OmissionCount]:
    """Return the reasons for which an edition left entries out, the most frequent first.

    All duplicates count as one reason.
    """
    statement = (
        select(decisions.c.verdict, decisions.c.rule, func.count().label("entries"))
        .where(
            decisions.c.digest == digest,
            decisions.c.edition_id == edition_id,
            decisions.c.verdict != Verdict.TOLD.value,
        )
        .group_by(decisions.c.verdict, decisions.c.rule)
    )
    found: dict[tuple[Verdict, str | None], int] = {}
    for row in connection.execute(statement):
        verdict = Verdict(row.verdict)
        key = (verdict, None if verdict is Verdict.DUPLICATE else row.rule)
        found[key] = found.get(key, 0) + row.entries
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return [OmissionCount(verdict=key[0], rule=key[1], entries=number) for key, number in ordered]


def size(connection: Connection, digest: str, edition_id: int) -> int:
    """Return how many decisions were made for an edition."""
    statement = select(func.count()).where(
        decisions.c.digest == digest, decisions.c.edition_id == edition_id
    )
    return connection.scalar(statement) or 0


def page(
    connection: Connection,
    digest: str,
    edition_id: int,
    *,
    verdict: Verdict | None = None,
    rule: str | None = None,
    words: str = "",
    before: int | None = None,
    most: int,
) -> list[tuple[Decision, Entry]]:
    """Return entries that an edition left out, those with the greatest ids first.

    `verdict` and `rule` choose a reason, `words` must all be in the title.  `before` is the id at
    which the last page ended.
    """
    conditions = [
        decisions.c.digest == digest,
        decisions.c.edition_id == edition_id,
        decisions.c.verdict != Verdict.TOLD.value,
    ]
    if verdict is not None:
        conditions.append(decisions.c.verdict == verdict.value)
    if rule is not None:
        conditions.append(decisions.c.rule == rule)
    if before is not None:
        conditions.append(decisions.c.entry_id < before)
    conditions += [_in_title(word) for word in words.split()[:_WORDS]]
    statement: Select[tuple[object, ...]] = (
        ENTRY.add_columns(*(column.label(f"d_{column.name}") for column in decisions.c))
        .join(decisions, decisions.c.entry_id == entries.c.id)
        .where(and_(*conditions))
        .order_by(decisions.c.entry_id.desc())
        .limit(most)
    )
    found = []
    for row in connection.execute(statement):
        values = row._asdict()
        own = {name[2:]: value for name, value in values.items() if name.startswith("d_")}
        entry = {name: value for name, value in values.items() if not name.startswith("d_")}
        found.append((stories.decision_of(own), Entry(**entry)))
    return found


def _in_title(word: str) -> ColumnElement[bool]:
    return entries.c.title.icontains(word, autoescape=True)


def edition_id(connection: Connection, digest: str, slot: str) -> int | None:
    """Return the id of the edition of a slot; ``None`` if it has none."""
    found: int | None = connection.scalar(
        select(editions.c.id).where(editions.c.digest == digest, editions.c.slot == slot)
    )
    return found
