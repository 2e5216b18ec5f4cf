"""The entries that a digest may tell, its decisions and tellings, and the holders of each key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
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
"""How many holders of one key `sharing` returns, the newest; a key with more tells no story."""
OLDEST = 20
"""How many of the oldest holders of such a key `shared_by` returns as well."""

_DECIDED = and_(decisions.c.digest == bindparam("digest"), decisions.c.entry_id == entries.c.id)
_ELIGIBLE = ENTRY.where(
    entries.c.feed_id.in_(bindparam("values", expanding=True)),
    ~entries.c.backlog,
    ~exists().where(_DECIDED),
)
# An EXISTS within the other: a join of both may begin with all decisions of the digest.
_SEEN_BY = select(feeds.c.id).where(
    exists().where(entries.c.feed_id == feeds.c.id, ~entries.c.backlog, exists().where(_DECIDED))
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
    """The decision of one digest about an entry, and the slot of the edition it was made for.

    `settled` is the slot where there was nothing to tell, and so no edition.
    """

    digest: str
    slot: str | None
    settled: str | None = None
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected(Redirect):
    """A redirect, and the slot from which on it holds."""

    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTelling:
    """An edition that tells an entry.

    The first edition that told it has the entry's rank and `Story.key` there.
    """

    slot: str
    composed_at: datetime
    rank: int | None = None
    story: str | None = None


def eligible(connection: Connection, digest: str, feed_ids: Iterable[int]) -> list[Entry]:
    """Return the entries of these feeds that `digest` may tell and has not decided about, by id.

    Their bodies are left out.
    """
    undecided = rows(connection, _ELIGIBLE, feed_ids, {"digest": digest})
    return sorted((entry_of(row) for row in undecided), key=lambda entry: entry.id or 0)


def seen_by(connection: Connection, digest: str) -> set[int]:
    """Return the ids of the feeds with an entry that `digest` has decided about."""
    return set(connection.scalars(_SEEN_BY, {"digest": digest}))


def decisions_of(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, Decision]:
    """Return the decisions of `digest` about these entries, by entry id."""
    decided = rows(connection, _DECISIONS, entry_ids, {"digest": digest})
    return {row.entry_id: decision_of(row._asdict()) for row in decided}


def decided_for(
    connection: Connection, digest: str, edition_ids: Iterable[int]
) -> dict[int, list[Decision]]:
    """Return the decisions of `digest` for these editions, by edition id."""
    decided: defaultdict[int, list[Decision]] = defaultdict(list)
    for row in rows(connection, _DECIDED_FOR, edition_ids, {"digest": digest}):
        decided[row.edition_id].append(decision_of(row._asdict()))
    return dict(decided)


def settled_for(connection: Connection, digest: str, slot: str) -> list[Decision]:
    """Return the decisions of `digest` for a slot without an edition."""
    statement = select(decisions).where(decisions.c.digest == digest, decisions.c.slot == slot)
    return [decision_of(row._asdict()) for row in connection.execute(statement)]


def trail(connection: Connection, entry_id: int) -> list[Trail]:
    """Return the decisions of all digests about an entry, by the digest's name."""
    statement = (
        select(decisions, editions.c.slot.label("of_edition"))
        .select_from(digests)  # the names of the digests let the primary key serve
        .join(decisions, decisions.c.digest == digests.c.name)
        .outerjoin(editions, editions.c.id == decisions.c.edition_id)
        .where(decisions.c.entry_id == entry_id)
        .order_by(digests.c.name)
    )
    return [
        Trail(
            digest=row.digest,
            slot=row.of_edition,
            settled=row.slot,
            decision=decision_of(row._asdict()),
        )
        for row in connection.execute(statement)
    ]


def tellings(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, list[StoredTelling]]:
    """Return the editions that told these entries, by entry id, the first telling first."""
    ids = list(entry_ids)
    by_entry: defaultdict[int, list[StoredTelling]] = defaultdict(list)
    for statement in (_TOLD_IN, _RETOLD_IN):
        for row in rows(connection, statement, ids, {"digest": digest}):
            values = row._asdict()
            by_entry[values.pop("entry_id")].append(StoredTelling(**values))
    return dict(by_entry)


def revised(connection: Connection, digest: str, since: datetime) -> list[int]:
    """Return the ids of the entries that `digest` has told and that were revised since `since`."""
    return sorted(connection.scalars(_REVISED, {"digest": digest, "since": since}))


def duplicates(
    connection: Connection, digest: str, entry_ids: Iterable[int]
) -> dict[int, list[int]]:
    """Return the ids of the duplicates of these entries in `digest`, by the entry's id."""
    by_entry: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows(connection, _DUPLICATES, entry_ids, {"digest": digest}):
        by_entry[row.of_entry].append(row.entry_id)
    return dict(by_entry)


def redirected(connection: Connection, digest: str) -> dict[int, int]:
    """Return the leads of `digest` whose story was joined to another: lead -> the other's lead."""
    statement = select(redirects.c.entry_id, redirects.c.of_entry).where(
        redirects.c.digest == digest
    )
    return {row.entry_id: row.of_entry for row in connection.execute(statement)}


def redirects_of(connection: Connection, digest: str, lead: int) -> list[Redirected]:
    """Return the redirects from the story of `lead` to another, and from others to it."""
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
    """Return the ids of the entries that any digest has told as the story with this key."""
    statement = select(decisions.c.entry_id).where(decisions.c.story == key).distinct()
    return list(connection.scalars(statement))


def retold_in(
    connection: Connection, digest: str, edition_ids: Iterable[int]
) -> dict[int, list[Retelling]]:
    """Return the retellings in these editions of `digest`, by edition id."""
    by_edition: defaultdict[int, list[Retelling]] = defaultdict(list)
    for row in rows(connection, _RETOLD_FOR, edition_ids, {"digest": digest}):
        by_edition[row.edition_id].append(Retelling(entry_id=row.entry_id, reason=row.reason))
    return dict(by_edition)


def retold(connection: Connection, entry_id: int) -> list[tuple[str, str, str]]:
    """Return digest, slot and reason of each retelling of an entry, by digest and edition."""
    statement = (
        select(retellings.c.digest, editions.c.slot, retellings.c.reason)
        .select_from(digests)  # the names of the digests let the primary key serve
        .join(retellings, retellings.c.digest == digests.c.name)
        .join(editions, editions.c.id == retellings.c.edition_id)
        .where(retellings.c.entry_id == entry_id)
        .order_by(digests.c.name, editions.c.number)
    )
    return [(row.digest, row.slot, row.reason) for row in connection.execute(statement)]


def sharing(connection: Connection, hashes: Iterable[int]) -> dict[int, list[KeyHolder]]:
    """Return the holders of each of these keys, by entry id; a key without holders is left out.

    At most `HOLDERS` of a key are returned; the cost hardly grows with their number.
    """
    shared: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for row in rows(connection, _SHARING, hashes):
        shared[row.hash].append(KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id))
    return dict(shared)


def shared_by(connection: Connection, entry_ids: Iterable[int]) -> dict[int, list[KeyHolder]]:
    """Return the keys that these entries share with other entries, with their holders as `sharing`.

    Of a key with more than `HOLDERS` holders, the oldest `OLDEST` are returned as well, which may
    have been told, and all of these entries that hold it.
    """
    shared: dict[int, list[KeyHolder]] = {}
    crowded: dict[int, set[int]] = {}
    for portion in portions(dict.fromkeys(entry_ids)):
        by_key: defaultdict[int, list[KeyHolder]] = defaultdict(list)
        for row in connection.execute(_SHARED_BY, {"values": portion}):
            by_key[row.hash].append(KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id))
        for hash, holders in by_key.items():
            if len(holders) == HOLDERS:
                crowded.setdefault(hash, set()).update(portion)
        shared.update(by_key)
    for hash, ids in crowded.items():
        further = {holder.entry_id: holder for holder in shared[hash]}
        oldest = connection.execute(_OLDEST, {"hash": hash})
        given = rows(connection, _HOLDING, ids, {"hash": hash})
        for row in (*oldest, *given):
            further[row.entry_id] = KeyHolder(entry_id=row.entry_id, feed_id=row.feed_id)
        shared[hash] = [further[entry_id] for entry_id in sorted(further)]
    return shared


def _holders(wanted: Subquery) -> Any:
    newest = keys.alias()
    oldest_returned = (
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
        .where(keys.c.entry_id >= func.coalesce(oldest_returned, literal_column("0")))
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


def decision_of(values: Mapping[str, Any]) -> Decision:
    """Return the decision with these values of the columns of a row."""
    return Decision(
        entry_id=values["entry_id"],
        verdict=Verdict(values["verdict"]),
        of=values["of_entry"],
        rule=values["rule"],
        rank=values["rank"],
        score=values["score"],
        tied_to=values["tied_to"],
        story=values["story"],
    )
