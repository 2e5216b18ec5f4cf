"""Frozen editions, the decisions made for them, and the settled slots of each digest."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, and_, case, delete, func, insert, literal, select, update

from digest.errors import BusyError
from digest.model import Decision, Edition, Redirect, Retelling, Verdict
from digest.store import tables
from digest.store.column_types import Utc
from digest.store.errors import DamagedValueError
from digest.store.statements import portions
from digest.store.tables import (
    digests,
    editions,
    insert_into,
    redirects,
    retellings,
)

_decode_edition = msgspec.json.Decoder(Edition).decode

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestState:
    """What the store remembers of a digest."""

    name: str
    authority: str
    """The authority of the digest's `tag:` URIs (RFC 4151)."""
    since: date
    """The date in the digest's `tag:` URIs."""
    settled: str | None
    """The newest slot that needs no edition any more."""
    number: int
    """The number of the newest edition; 0 before the first."""
    composed_at: datetime | None = None
    """When the newest edition was composed."""
    settled_at: datetime | None = None
    """The time of the newest settled slot; unknown where an older version settled it."""
    approved_at: datetime | None = None
    """When the newest edition was approved, where it was held."""
    weekly_at: datetime | None = None
    """The time that the last weekly mails were due at."""

    @property
    def published_at(self) -> datetime | None:
        """When the newest edition was published."""
        return self.approved_at or self.composed_at


def _decode(document: str) -> Edition:
    try:
        return _decode_edition(document)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise DamagedValueError(f"an edition cannot be read ({error})") from error


def _sound(documents: Iterable[str]) -> Iterator[Edition]:
    """Decode editions; leave out those that cannot be read, and warn of them."""
    for document in documents:
        try:
            yield _decode(document)
        except DamagedValueError as error:
            logger.warning("the database is damaged, and an edition is left out: %s", error)


def decode_sound(document: str) -> Edition | None:
    """Decode an edition; return ``None``, and warn, where it cannot be read."""
    return next(_sound([document]), None)


def name_authority(connection: Connection, digest: str, authority: str, since: date) -> DigestState:
    """Fix the authority of a digest's `tag:` URIs, unless it is fixed; return the digest's state.

    Call this before anything of the digest is frozen or settled.
    """
    connection.execute(
        insert_into(digests, connection.dialect.name).on_conflict_do_nothing(),
        {"name": digest, "authority": authority, "since": since},
    )
    state = digest_state(connection, digest)
    assert state is not None
    return state


def digest_state(connection: Connection, digest: str) -> DigestState | None:
    """Return the stored state of a digest; ``None`` where no run has worked on it."""
    newest = (
        select(digests, editions.c.number, editions.c.composed_at, editions.c.approved_at)
        .outerjoin(editions, editions.c.digest == digests.c.name)
        .where(digests.c.name == digest)
        .order_by(editions.c.number.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    return None if row is None else DigestState(**{**row._asdict(), "number": row.number or 0})


def last_composed_at(connection: Connection) -> datetime | None:
    """Return when the newest edition of any digest was composed."""
    newest = (
        select(editions.c.digest, func.max(editions.c.number).label("number"))
        .group_by(editions.c.digest)
        .subquery()
    )
    statement = select(func.max(editions.c.composed_at, type_=Utc)).join(
        newest,
        (editions.c.digest == newest.c.digest) & (editions.c.number == newest.c.number),
    )
    last: datetime | None = connection.scalar(statement)
    return last


def freeze(
    connection: Connection,
    edition: Edition,
    decisions: Sequence[Decision],
    retold: Sequence[Retelling] = (),
    joined: Sequence[Redirect] = (),
    *,
    at: datetime | None = None,
) -> int:
    """Store an edition and all its decisions.

    `retold` holds the entries in the edition that an earlier edition has told.  `joined` holds the
    stories, told before, that have turned out to be parts of others.

    The edition gets the digest's next number, whatever number it came with, and its slot is
    settled.  `at` is the time of the slot; the slot may have another name where its own was taken.
    Returns the id of the edition.  Raises BusyError where another run was quicker and the slot has
    an edition, or one of the entries a decision: then the transaction must be rolled back.
    """
    state = digest_state(connection, edition.digest)
    assert state is not None, "a digest's authority is named before its first edition"
    edition = replace(edition, number=state.number + 1)
    edition_id = connection.scalar(
        insert_into(editions, connection.dialect.name)
        .on_conflict_do_nothing()
        .returning(editions.c.id),
        {
            "digest": edition.digest,
            "slot": edition.slot,
            "number": edition.number,
            "composed_at": edition.composed_at,
            "approved_at": edition.approved_at,
            "stories": sum(len(section.stories) for section in edition.sections),
            "document": msgspec.json.encode(edition).decode(),
        },
    )
    if edition_id is None:
        raise BusyError(f"another run has just made the edition {edition.slot} of {edition.digest}")
    _decide(connection, edition.digest, decisions, edition_id)
    join(connection, edition.digest, edition.slot, joined)
    if retold:
        connection.execute(
            insert(retellings),
            [
                {
                    "digest": edition.digest,
                    "entry_id": retelling.entry_id,
                    "edition_id": edition_id,
                    "reason": retelling.reason,
                }
                for retelling in retold
            ],
        )
    _advance(connection, edition.digest, edition.slot, at)
    return int(edition_id)


def settle(
    connection: Connection,
    digest: str,
    slot: str,
    decisions: Sequence[Decision] = (),
    joined: Sequence[Redirect] = (),
    *,
    at: datetime | None = None,
) -> None:
    """Record that `slot`, at the time `at`, has no edition, and the decisions made for it.

    Raises BusyError as `freeze` does.
    """
    _decide(connection, digest, decisions, None, slot)
    join(connection, digest, slot, joined)
    _advance(connection, digest, slot, at)


def settle_back(connection: Connection, digest: str, slot: str, at: datetime) -> None:
    """Make `slot` the newest settled slot where a clock that was ahead has settled a later one."""
    connection.execute(
        update(digests).where(digests.c.name == digest).values(settled=slot, settled_at=at)
    )


def id_of(connection: Connection, digest: str, number: int) -> int:
    """Return the id of the edition of this number, which must exist."""
    statement = select(editions.c.id).where(
        editions.c.digest == digest, editions.c.number == number
    )
    return int(connection.scalars(statement).one())


def between(connection: Connection, digest: str, after: int, last: int) -> list[Edition]:
    """Return the editions after number `after` up to number `last`, the oldest first."""
    statement = (
        select(editions.c.document)
        .where(editions.c.digest == digest)
        .where(editions.c.number > after, editions.c.number <= last)
        .order_by(editions.c.number)
    )
    return list(_sound(connection.scalars(statement)))


def weekly_done(connection: Connection, digest: str, due_at: datetime) -> None:
    """Record the time at which the last enlisted weekly mails of a digest were due."""
    connection.execute(update(digests).where(digests.c.name == digest).values(weekly_at=due_at))


def composed_before(connection: Connection, digest: str, now: datetime) -> datetime | None:
    """Return when the last edition of a digest was composed, not later than `now`."""
    statement = select(func.max(editions.c.composed_at, type_=Utc)).where(
        editions.c.digest == digest, editions.c.composed_at <= now
    )
    last: datetime | None = connection.scalar(statement)
    return last


def has_slot(connection: Connection, digest: str, slot: str) -> bool:
    """Return whether the digest has an edition for this slot."""
    statement = select(editions.c.id).where(editions.c.digest == digest, editions.c.slot == slot)
    return connection.scalar(statement) is not None


def by_id(connection: Connection, edition_id: int) -> Edition:
    """Return the edition with this id, which must exist: a delivery names it."""
    statement = select(editions.c.document).where(editions.c.id == edition_id)
    return _decode(connection.scalars(statement).one())


def by_slot(connection: Connection, digest: str, slot: str) -> Edition | None:
    """Return the edition of a slot, if it has one."""
    statement = select(editions.c.document).where(
        editions.c.digest == digest, editions.c.slot == slot
    )
    document = connection.scalars(statement).one_or_none()
    return None if document is None else _decode(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """An edition beside another one."""

    slot: str
    published_at: datetime


def neighbors(
    connection: Connection, digest: str, slot: str
) -> tuple[Neighbor | None, Neighbor | None]:
    """Return the editions before and after that of `slot`, by their numbers."""
    number = (
        select(editions.c.number)
        .where(editions.c.digest == digest, editions.c.slot == slot)
        .scalar_subquery()
    )
    published_at = func.coalesce(editions.c.approved_at, editions.c.composed_at, type_=Utc)
    columns = select(editions.c.slot, published_at.label("published_at")).where(
        editions.c.digest == digest
    )
    before = columns.where(editions.c.number < number).order_by(editions.c.number.desc())
    after = columns.where(editions.c.number > number).order_by(editions.c.number)
    found = (connection.execute(query.limit(1)).one_or_none() for query in (before, after))
    earlier, later = (Neighbor(**row._asdict()) if row else None for row in found)
    return earlier, later


def first_since(connection: Connection, digest: str, moment: datetime) -> datetime | None:
    """Return when the first edition of `digest` since `moment` was composed."""
    statement = select(func.min(editions.c.composed_at, type_=Utc)).where(
        editions.c.digest == digest, editions.c.composed_at >= moment
    )
    composed_at: datetime | None = connection.scalar(statement)
    return composed_at


def latest(connection: Connection, digest: str, limit: int) -> list[Edition]:
    """Return the last `limit` editions of `digest`, the newest first."""
    statement = (
        select(editions.c.document)
        .where(editions.c.digest == digest)
        .order_by(editions.c.number.desc())
        .limit(limit)
    )
    return list(_sound(connection.scalars(statement)))


def telling(
    connection: Connection, digest: str, stories: int, *, least: int = 1, most: int | None = None
) -> list[Edition]:
    """Return the newest editions that tell `stories` different stories, the newest first.

    Returns at least `least` editions and at most `most`, as far as the digest has so many.
    """
    statement = (
        select(editions.c.document)
        .where(editions.c.digest == digest)
        .order_by(editions.c.number.desc())
        .limit(most)
        .execution_options(yield_per=8)
    )
    found: list[Edition] = []
    told: set[str] = set()
    with connection.execute(statement) as rows:
        for edition in _sound(rows.scalars()):
            found.append(edition)
            told.update(story.key for section in edition.sections for story in section.stories)
            if len(told) >= stories and len(found) >= least:
                break
    return found


def filling(connection: Connection, digest: str, after: int, stories: int) -> list[Edition]:
    """Return the editions after number `after` that hold `stories` stories, the newest first.

    Returns an empty list where they do not hold so many yet.  A story told again counts each time.
    """
    later = (editions.c.digest == digest, editions.c.number > after)
    counts = select(editions.c.number, editions.c.stories).where(*later).order_by(editions.c.number)
    total = 0
    for number, count in connection.execute(counts):
        total += count
        if total >= stories:
            statement = (
                select(editions.c.document)
                .where(*later, editions.c.number <= number)
                .order_by(editions.c.number.desc())
            )
            return list(_sound(connection.scalars(statement)))
    return []


def _decide(
    connection: Connection,
    digest: str,
    decisions: Sequence[Decision],
    edition_id: int | None,
    slot: str | None = None,
) -> None:
    if not decisions:
        return
    made = connection.execute(
        insert_into(tables.decisions, connection.dialect.name)
        .on_conflict_do_nothing()
        .returning(tables.decisions.c.entry_id),
        [
            {
                "digest": digest,
                "entry_id": decision.entry_id,
                "verdict": decision.verdict.value,
                "edition_id": edition_id,
                "of_entry": decision.of,
                "rule": decision.rule,
                "rank": decision.rank,
                "score": decision.score,
                "tied_to": decision.tied_to,
                "story": decision.story,
                "slot": slot,
            }
            for decision in decisions
        ],
    )
    if len(made.all()) != len(decisions):  # drivers differ in the row counts of many statements
        raise BusyError(f"another run has just decided about entries for {digest}")


def join(connection: Connection, digest: str, slot: str, joined: Sequence[Redirect]) -> None:
    """Redirect stories to others from `slot` on; earlier redirects to these stories follow them."""
    for redirect in joined:
        connection.execute(
            update(redirects)
            .where(redirects.c.digest == digest, redirects.c.of_entry == redirect.entry_id)
            .values(of_entry=redirect.of)
        )
        connection.execute(
            insert(redirects),
            {
                "digest": digest,
                "entry_id": redirect.entry_id,
                "of_entry": redirect.of,
                "by_entry": redirect.by,
                "slot": slot,
            },
        )


def part(connection: Connection, digest: str, lead: int) -> None:
    """Withdraw the redirect from the story of `lead` to another story."""
    connection.execute(
        delete(redirects).where(redirects.c.digest == digest, redirects.c.entry_id == lead)
    )


def undecide(connection: Connection, digest: str, entry_ids: Iterable[int]) -> None:
    """Withdraw the decisions on duplicates, so that `digest` may tell these entries."""
    for portion in portions(entry_ids):
        connection.execute(
            delete(tables.decisions).where(
                tables.decisions.c.digest == digest,
                tables.decisions.c.verdict == Verdict.DUPLICATE.value,
                tables.decisions.c.entry_id.in_(portion),
            )
        )


def _advance(connection: Connection, digest: str, slot: str, at: datetime | None) -> None:
    """Settle `slot`, unless a later slot is settled already."""
    later = digests.c.settled > slot
    if at is not None:
        later = case((digests.c.settled_at.is_(None), later), else_=digests.c.settled_at > at)
    keep = and_(digests.c.settled.is_not(None), later)
    known = connection.execute(
        update(digests)
        .where(digests.c.name == digest)
        .values(
            settled=case((keep, digests.c.settled), else_=slot),
            settled_at=case((keep, digests.c.settled_at), else_=literal(at, Utc)),
        )
    )
    assert known.rowcount == 1, "a digest's authority is named before it settles anything"
