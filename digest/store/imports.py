"""Import many addresses into a list, with a few statements for each thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from digest.mailing_list.states import SubscriberEvent
from digest.model import SubscriberState
from digest.store import people
from digest.store.people import NO_DIGEST
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
"""The field of `ImportResult` that counts an address, by the subscriber's state before the import.
`digest.mailing_list.states` holds the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """How many addresses an import added, and how many it did not, by reason."""

    added: int = 0
    known: int = 0
    """Subscribers on the list already, and addresses that are twice in the file."""
    left: int = 0
    """Subscribers who left before, and stay away."""
    suspended: int = 0
    """Subscribers who are suspended, and stay so."""
    removed: int = 0
    """Subscribers whom the operator removed, and who stay removed."""


def import_(
    connection: Connection,
    digest: str,
    addresses: Sequence[str],
    *,
    now: datetime,
    seen: set[str] | None = None,
    step: Callable[[int], None] = lambda count: None,
) -> ImportResult:
    """Add many addresses, in the form of `mail_addresses.parse`, to the list of a digest.

    A subscriber who left, is suspended or was removed stays so.  `step` is called with the number
    of addresses that were done since its last call.  `seen` holds the keys of the addresses that an
    earlier part of the same list had; those of this part are added to it.
    """
    count: Counter[str] = Counter()
    seen = set() if seen is None else seen
    any_forgotten = select(subscribers.c.id).where(subscribers.c.digest == NO_DIGEST).limit(1)
    key_of = secret(connection) if connection.scalar(any_forgotten) else None
    for portion in portions(addresses):
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
    rows = connection.execute(_KNOWN, {"digest": NO_DIGEST, "keys": [*hashes]})
    forgotten = {hashes[row.key] for row in rows} - {
        key for key, row in known.items() if row.state != SubscriberState.REQUESTED
    }
    count = Counter(left=len(forgotten))
    for key, row in known.items():
        if key in forgotten:
            continue
        if row.state == SubscriberState.REQUESTED:
            subscriber = people.by_id(connection, row.id)
            people.apply_event(
                connection, subscriber, SubscriberEvent.IMPORTED, now, origin="import"
            )
        count[_OUTCOMES[row.state]] += 1
    new = [
        people.row_of(digest, address, SubscriberState.ACTIVE, "import", now)
        for key, address in fresh.items()
        if key not in known and key not in forgotten
    ]
    if new:
        ids = connection.scalars(insert(subscribers).returning(subscribers.c.id), new).all()
        events = [
            {"subscriber_id": subscriber_id, "event": SubscriberEvent.IMPORTED, "at": now}
            for subscriber_id in ids
        ]
        connection.execute(insert(subscriber_events), events)
        people.tally(
            connection,
            digest,
            now,
            SubscriberEvent.IMPORTED,
            None,
            SubscriberState.ACTIVE,
            len(new),
        )
    return count + Counter(added=len(new))
