"""Many addresses on a list at once: a statement for a thousand of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from digest.mailing_list.states import SubscriberEvent
from digest.model import SubscriberState
from digest.store import people
from digest.store.people import NOWHERE
from digest.store.secrets import secret
from digest.store.statements import portions
from digest.store.tables import subscriber_events, subscribers

_KNOWN = select(subscribers.c.key, subscribers.c.id, subscribers.c.state).where(
    subscribers.c.digest == bindparam("digest"),
    subscribers.c.key.in_(bindparam("keys", expanding=True)),
)

_OUTCOMES = {
    SubscriberState.REQUESTED: "added",
    SubscriberState.ACTIVE: "known",
    SubscriberState.SUSPENDED: "suspended",
    SubscriberState.UNSUBSCRIBED: "left",
    SubscriberState.REMOVED: "removed",
}
"""What an import does with whom it finds, as `ImportResult` calls it (`membership` says why)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What an import did, in numbers of addresses."""

    added: int = 0
    known: int = 0
    """On the list already, or twice in the file."""
    left: int = 0
    """Left, and stay away."""
    suspended: int = 0
    """Stay suspended."""
    removed: int = 0
    """Were taken off by the operator, and stay off."""


def import_(
    connection: Connection,
    digest: str,
    found: Sequence[str],
    *,
    now: datetime,
    step: Callable[[int], None] = lambda count: None,
) -> ImportResult:
    """Put many on the list; `found` are addresses as `addresses.parse` gives them.

    Whoever left, is suspended or was taken off stays so.  `step` hears how many more are done.
    """
    count: Counter[str] = Counter()
    seen: set[str] = set()
    any_forgotten = select(subscribers.c.id).where(subscribers.c.digest == NOWHERE).limit(1)
    key_of = secret(connection) if connection.scalar(any_forgotten) else None
    for portion in portions(found):
        fresh = {key: address for address in portion if (key := address.casefold()) not in seen}
        seen |= fresh.keys()
        hashes = {people.hashed(key_of, key): key for key in fresh} if key_of else {}
        count["known"] += len(portion) - len(fresh)
        count += _import(connection, digest, fresh, hashes, now)
        step(len(portion))
    return ImportResult(**count)


def _import(
    connection: Connection,
    digest: str,
    fresh: Mapping[str, str],
    hashes: Mapping[str, str],
    now: datetime,
) -> Counter[str]:
    """Import a portion: addresses by key, and their keys by hash where any are forgotten."""
    rows = connection.execute(_KNOWN, {"digest": digest, "keys": [*fresh, *hashes]})
    known = {hashes.get(row.key, row.key): row for row in rows}
    rows = connection.execute(_KNOWN, {"digest": NOWHERE, "keys": [*hashes]})
    away = {hashes[row.key] for row in rows} - {
        key for key, one in known.items() if one.state != SubscriberState.REQUESTED
    }
    count = Counter(left=len(away))
    for key, one in known.items():
        if key in away:
            continue
        if one.state == SubscriberState.REQUESTED:
            held = people.held(connection, one.id)
            people.happen(connection, held, SubscriberEvent.IMPORTED, now, origin="import")
        count[_OUTCOMES[one.state]] += 1
    new = [
        people.row_of(digest, address, SubscriberState.ACTIVE, "import", now)
        for key, address in fresh.items()
        if key not in known and key not in away
    ]
    if new:
        made = connection.scalars(insert(subscribers).returning(subscribers.c.id), new).all()
        events = [
            {"subscriber_id": number, "event": SubscriberEvent.IMPORTED, "at": now}
            for number in made
        ]
        connection.execute(insert(subscriber_events), events)
    return count + Counter(added=len(new))
