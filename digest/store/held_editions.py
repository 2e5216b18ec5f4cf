"""Editions that are held for the editor, in a table of their own: nothing public can show them.

A digest has at most one edition that waits.  Each change is made only where the edition still
waits: where two editors decide at once, the second is told that it is decided.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, select, update

from digest.errors import BusyError
from digest.model import EditionContent, HeldEdition, HeldState
from digest.store.errors import DamagedValueError
from digest.store.tables import held_editions, insert_into

_COLUMNS = [held_editions.c[field.name] for field in fields(HeldEdition)]
_decode = msgspec.json.Decoder(EditionContent).decode


def hold(connection: Connection, content: EditionContent, slot_at: datetime) -> int:
    """Store an edition for the editor; return the id of the held edition.

    Raises BusyError where another edition of the digest waits already.
    """
    edition = content.edition
    held_id = connection.scalar(
        insert_into(held_editions, connection.dialect.name)
        .on_conflict_do_nothing()
        .returning(held_editions.c.id),
        {
            "digest": edition.digest,
            "slot": edition.slot,
            "slot_at": slot_at,
            "held_at": edition.composed_at,
            "state": HeldState.WAITING,
            "stories": _stories(content),
            "document": msgspec.json.encode(content).decode(),
        },
    )
    if held_id is None:
        raise BusyError(f"another edition of {edition.digest} waits for approval")
    return int(held_id)


def waiting(connection: Connection, digest: str) -> HeldEdition | None:
    """Return the waiting edition of a digest; ``None`` where none waits."""
    statement = select(*_COLUMNS).where(
        held_editions.c.digest == digest, held_editions.c.state == HeldState.WAITING
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _held(row)


def by_id(connection: Connection, held_id: int) -> HeldEdition | None:
    """Return a held edition, in whatever state it is."""
    statement = select(*_COLUMNS).where(held_editions.c.id == held_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _held(row)


def by_slot(connection: Connection, digest: str, slot: str) -> HeldEdition | None:
    """Return the edition that was held last for this slot, in whatever state it is."""
    statement = (
        select(*_COLUMNS)
        .where(held_editions.c.digest == digest, held_editions.c.slot == slot)
        .order_by(held_editions.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _held(row)


def latest(connection: Connection, digest: str) -> HeldEdition | None:
    """Return the edition of a digest that was held last, in whatever state it is."""
    statement = (
        select(*_COLUMNS)
        .where(held_editions.c.digest == digest)
        .order_by(held_editions.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _held(row)


def listing(connection: Connection, digest: str | None = None) -> list[HeldEdition]:
    """List the waiting editions of one digest, or of all."""
    statement = (
        select(*_COLUMNS)
        .where(held_editions.c.state == HeldState.WAITING)
        .order_by(held_editions.c.digest)
    )
    if digest is not None:
        statement = statement.where(held_editions.c.digest == digest)
    return [_held(row) for row in connection.execute(statement)]


def content(connection: Connection, held_id: int) -> EditionContent:
    """Return the content of a waiting edition; raise DamagedValueError where it is unreadable."""
    statement = select(held_editions.c.document).where(held_editions.c.id == held_id)
    document = connection.scalars(statement).one()
    try:
        return _decode(document or "")
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise DamagedValueError(f"a held edition cannot be read ({error})") from error


def change(connection: Connection, held: HeldEdition, content: EditionContent) -> bool:
    """Replace the content of `held` by `content`.

    Returns False, and changes nothing, where an editor has changed or decided it meanwhile.
    """
    changed = connection.execute(
        update(held_editions)
        .where(
            held_editions.c.id == held.id,
            held_editions.c.state == HeldState.WAITING,
            held_editions.c.revision == held.revision,
        )
        .values(
            revision=held.revision + 1,
            stories=_stories(content),
            document=msgspec.json.encode(content).decode(),
        )
    )
    return bool(changed.rowcount)


def decide(
    connection: Connection, held_id: int, state: HeldState, by: str, *, now: datetime
) -> bool:
    """Record the editor's decision, and drop the content.

    Returns False, and changes nothing, where another editor has decided before.
    """
    decided = connection.execute(
        update(held_editions)
        .where(held_editions.c.id == held_id, held_editions.c.state == HeldState.WAITING)
        .values(state=state, decided_at=now, decided_by=by, document=None)
    )
    return bool(decided.rowcount)


def mailed(connection: Connection, held_id: int, *, now: datetime) -> None:
    """Record that the editor was mailed."""
    connection.execute(
        update(held_editions)
        .where(held_editions.c.id == held_id)
        .values(mailed_at=now, mail_error=None)
    )


def mail_failed(connection: Connection, held_id: int, error: str, *, next_at: datetime) -> None:
    """Record that the mail to the editor failed, and the time of the next attempt."""
    connection.execute(
        update(held_editions)
        .where(held_editions.c.id == held_id)
        .values(
            mail_error=error,
            mail_attempts=held_editions.c.mail_attempts + 1,
            mail_next_at=next_at,
        )
    )


def _stories(content: EditionContent) -> int:
    return sum(len(section.stories) for section in content.edition.sections)


def _held(row: Row[tuple[object, ...]]) -> HeldEdition:
    values = row._asdict()
    return HeldEdition(**{**values, "state": HeldState(values["state"])})
