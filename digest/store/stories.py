"""What a digest has yet to decide about, what it has decided and told, and what shares a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)

from digest.model import Decision, Entry, KeyHolder, Redirect, Retelling, Verdict
from digest.store.entries import ENTRY, entry_of
from digest.store.statements import portions, rows
from digest.store.tables import (
    decisions,
    digests,
    editions,
    entries,
    feeds,
    keys,
    redirects,
    retellings,
)

HOLDERS = 200
"""How many holders of one key `sharing` gives, the newest; what more share tells no story."""
OLDEST = 20
"""How many of its oldest holders `shared_by` gives beside these."""

_DECIDED = and_(decisions.c.digest == bindparam("digest"), decisions.c.entry_id == entries.c.id)
_ELIGIBLE = ENTRY.where(
    entries.c.feed_id.in_(bindparam("values", expanding=True)),
    ~entries.c.backlog,
    ~exists().where(_DECIDED),
)
_SEEN_BY = select(feeds.c.id).where(
    exists().where(entries.c.feed_id == feeds.c.id, ~entries.c.backlog, _DECIDED)
)
_DECISIONS = select(decisions).where(
    decisions.c.digest == bindparam("digest"),
    decisions.c.entry_id.in_(bindparam("values", expanding=True)),
)
_DECIDED_FOR = select(decisions).where(
    decisions.c.digest == bindparam("digest"),
    decisions.c.edition_id.in_(bindparam("values", expanding=True)),
)
_TOLD_IN = (
    select(
        decisions.c.entry_id,
        editions.c.slot,
        editions.c.composed_at,
        decisions.c.rank,
        decisions.c.story,
    )
    .join(editions, editions.c.id == decisions.c.edition_id)
    .where(
        decisions.c.digest == bindparam("digest"),
        decisions.c.entry_id.in_(bindparam("values", expanding=True)),
        decisions.c.verdict == Verdict.TOLD.value,
    )
)
_RETOLD_IN = (
    select(
        retellings.c.entry_id,
        editions.c.slot,
        editions.c.composed_at,
        null().label("rank"),
        null().label("story"),
    )
    .join(editions, editions.c.id == retellings.c.edition_id)
    .where(
        retellings.c.digest == bindparam("digest"),
        retellings.c.entry_id.in_(bindparam("values", expanding=True)),
    )
    .order_by(editions.c.number)
)
_RETOLD_FOR = (
    select(retellings)
    .where(
        retellings.c.digest == bindparam("digest"),
        retellings.c.edition_id.in_(bindparam("values", expanding=True)),
    )
    .order_by(retellings.c.edition_id, retellings.c.entry_id)
)
_REVISED = select(entries.c.id).where(
    entries.c.revised_at >= bindparam("since"),
    exists().where(_DECIDED, decisions.c.verdict == Verdict.TOLD.value),
)
_DUPLICATES = select(decisions.c.entry_id, decisions.c.of_entry).where(
    decisions.c.digest == bindparam("digest"),
    decisions.c.of_entry.in_(bindparam("values", expanding=True)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What one digest decided about an entry, and for which edition.

    `settled` is the slot where there was nothing to tell, and so no edition.
    """

    digest: str
    slot: str | None
    settled: str | None = None
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected(Redirect):
    """A redirect, and the slot since which it holds."""

    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTelling:
    """An edition that tells an entry; of the first that did, its rank and `Story.key` there."""

    slot: str
    composed_at: datetime
    rank: int | None = None
    story: str | None = None


def eligible(connection: Connection, digest: str, feed_ids: Iterable[int]) -> list[Entry]:
    """Give the entries of these feeds that `digest` may tell and has not decided about, by id.

    Their bodies are left out.
    """
    found = rows(connection, _ELIGIBLE, feed_ids, {"digest": digest})
    return sorted((entry_of(row) for row in found), key=lambda entry: entry.id or 0)


def seen_by(connection: Connection, digest: str) -> set[int]:
    """Name the feeds that `digest` has decided about any entry of."""
    return set(connection.scalars(_SEEN_BY, {"digest": digest}))


def decisions_of(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, Decision]:
    """Give what `digest` has decided about these entries, by entry id."""
    found = rows(connection, _DECISIONS, entry_ids, {"digest": digest})
    return {row.entry_id: _decision(row) for row in found}


def decided_for(
    connection: Connection, digest: str, edition_ids: Iterable[int]
) -> dict[int, list[Decision]]:
    """Give what `digest` has decided for these editions, by edition id."""
    decided: defaultdict[int, list[Decision]] = defaultdict(list)
    for row in rows(connection, _DECIDED_FOR, edition_ids, {"digest": digest}):
        decided[row.edition_id].append(_decision(row))
    return dict(decided)


def settled_for(connection: Connection, digest: str, slot: str) -> list[Decision]:
    """Give what `digest` has decided for a slot that had nothing to tell."""
    statement = select(decisions).where(decisions.c.digest == digest, decisions.c.slot == slot)
    return [_decision(row) for row in connection.execute(statement)]


def trail(connection: Connection, entry_id: int) -> list[Trail]:
    """Give what every digest has decided about an entry, by name."""
    statement = (
        select(decisions, editions.c.slot.label("of_edition"))
        .select_from(digests)  # through their names, so that the primary key serves
        .join(decisions, decisions.c.digest == digests.c.name)
        .outerjoin(editions, editions.c.id == decisions.c.edition_id)
        .where(decisions.c.entry_id == entry_id)
        .order_by(digests.c.name)
    )
    return [
        Trail(digest=row.digest, slot=row.of_edition, settled=row.slot, decision=_decision(row))
        for row in connection.execute(statement)
    ]


def tellings(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, list[StoredTelling]]:
    """Give the editions that told these entries, the first and those that told them again."""
    asked = list(entry_ids)
    found: defaultdict[int, list[StoredTelling]] = defaultdict(list)
    for statement in (_TOLD_IN, _RETOLD_IN):
        for row in rows(connection, statement, asked, {"digest": digest}):
            values = row._asdict()
            found[values.pop("entry_id")].append(StoredTelling(**values))
    return dict(found)


def revised(connection: Connection, digest: str, since: datetime) -> list[int]:
    """Name the entries that `digest` has told and that were revised since `since`."""
    return sorted(connection.scalars(_REVISED, {"digest": digest, "since": since}))


def duplicates(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, list[int]]:
    """Name what `digest` has found to be duplicates of these entries, by the id of each."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows(connection, _DUPLICATES, entry_ids, {"digest": digest}):
        found[row.of_entry].append(row.entry_id)
    return dict(found)


def redirected(connection: Connection, digest: str) -> dict[int, int]:
    """Give the leads whose story has gone into another one of `digest`, as lead -> lead."""
    statement = select(redirects.c.entry_id, redirects.c.of_entry).where(
        redirects.c.digest == digest
    )
    return {row.entry_id: row.of_entry for row in connection.execute(statement)}


def redirects_of(connection: Connection, digest: str, lead: int) -> list[Redirected]:
    """Give where the story of `lead` has gone, and which stories have gone into it."""
    statement = (
        select(redirects)
        .where(redirects.c.digest == digest)
        .where(or_(redirects.c.entry_id == lead, redirects.c.of_entry == lead))
        .order_by(redirects.c.slot, redirects.c.entry_id)
    )
    return [
        Redirected(entry_id=row.entry_id, of=row.of_entry, by=row.by_entry, slot=row.slot)
        for row in connection.execute(statement)
    ]


def told_as(connection: Connection, key: str) -> list[int]:
    """Name the entries that any digest has told as the story with this key."""
    statement = select(decisions.c.entry_id).where(decisions.c.story == key).distinct()
    return list(connection.scalars(statement))


def retold_in(
    connection: Connection, digest: str, edition_ids: Iterable[int]
) -> dict[int, list[Retelling]]:
    """Give what these editions of `digest` told again, by edition id."""
    found: defaultdict[int, list[Retelling]] = defaultdict(list)
    for row in rows(connection, _RETOLD_FOR, edition_ids, {"digest": digest}):
        found[row.edition_id].append(Retelling(entry_id=row.entry_id, reason=row.reason))
    return dict(found)


def retold(connection: Connection, entry_id: int) -> list[tuple[str, str, str]]:
    """Give who told an entry again, in which slot and why, in the order of both."""
    statement = (
        select(retellings.c.digest, editions.c.slot, retellings.c.reason)
        .select_from(digests)  # through their names, so that the primary key serves
        .join(retellings, retellings.c.digest == digests.c.name)
        .join(editions, editions.c.id == retellings.c.edition_id)
        .where(retellings.c.entry_id == entry_id)
        .order_by(digests.c.name, editions.c.number)
    )
    return [(row.digest, row.slot, row.reason) for row in connection.execute(statement)]


def sharing(connection: Connection, hashes: Iterable[int]) -> dict[int, list[KeyHolder]]:
    """Give the entries that bear each of these keys, by id; a key that none bears is left out.

    At most `HOLDERS` of a key, at a cost that their number hardly changes.
    """
    shared: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for row in rows(connection, _SHARING, hashes):
        shared[row.hash].append(KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id))
    return dict(shared)


def shared_by(connection: Connection, entry_ids: Iterable[int]) -> dict[int, list[KeyHolder]]:
    """Give the keys that these entries share with any others, and who bears them, as `sharing`.

    Of a key that more bear, the `OLDEST` are given as well, which may have been told, and all of
    these entries that bear it.
    """
    shared: dict[int, list[KeyHolder]] = {}
    asked: dict[int, set[int]] = {}
    for portion in portions(dict.fromkeys(entry_ids)):
        found: defaultdict[int, list[KeyHolder]] = defaultdict(list)
        for row in connection.execute(_SHARED_BY, {"values": portion}):
            found[row.hash].append(KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id))
        for hash, holders in found.items():
            if len(holders) == HOLDERS:
                asked.setdefault(hash, set()).update(portion)
        shared.update(found)
    for hash, ids in asked.items():
        further = {holder.entry_id: holder for holder in shared[hash]}
        oldest = connection.execute(_OLDEST, {"hash": hash})
        ours = rows(connection, _HOLDING, ids, {"hash": hash})
        for row in (*oldest, *ours):
            further[row.entry_id] = KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id)
        shared[hash] = [further[entry_id] for entry_id in sorted(further)]
    return shared


def _holders(wanted: Subquery) -> Any:
    newest = keys.alias()
    oldest_given = (
        select(newest.c.entry_id)
        .where(newest.c.hash == wanted.c.hash)
        .order_by(newest.c.entry_id.desc())
        .limit(literal_column("1"))
        .offset(literal_column(str(HOLDERS - 1)))
        .scalar_subquery()
    )
    return (
        select(keys.c.hash, keys.c.entry_id, entries.c.feed_id)
        .select_from(wanted)
        .join(keys, keys.c.hash == wanted.c.hash)
        .join(entries, entries.c.id == keys.c.entry_id)
        .where(keys.c.entry_id >= func.coalesce(oldest_given, literal_column("0")))
        .order_by(keys.c.hash, keys.c.entry_id)
    )


_HOLDER = (
    select(keys.c.entry_id, entries.c.feed_id)
    .join(entries, entries.c.id == keys.c.entry_id)
    .where(keys.c.hash == bindparam("hash"))
)
_OLDEST = _HOLDER.order_by(keys.c.entry_id).limit(OLDEST)
_HOLDING = _HOLDER.where(keys.c.entry_id.in_(bindparam("values", expanding=True)))
_OTHER = keys.alias()
_SHARING = _holders(
    select(keys.c.hash)
    .where(keys.c.hash.in_(bindparam("values", expanding=True)))
    .distinct()
    .subquery()
)
_SHARED_BY = _holders(
    select(keys.c.hash)
    .where(
        keys.c.entry_id.in_(bindparam("values", expanding=True)),
        exists().where(_OTHER.c.hash == keys.c.hash, _OTHER.c.entry_id != keys.c.entry_id),
    )
    .distinct()
    .subquery()
)


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        entry_id=row.entry_id,
        verdict=Verdict(row.verdict),
        of=row.of_entry,
        rule=row.rule,
        rank=row.rank,
        score=row.score,
        tied_to=row.tied_to,
        story=row.story,
    )
