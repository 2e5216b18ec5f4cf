"""Subscriptions at hubs (WebSub), and the pings that no refresh has read yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from digest.model.hubs import HubState, HubSubscription, Ping
from digest.store.tables import feeds, hubs, insert_into, pings

MOST_WAITING = 20
"""How many documents of one feed may wait; beyond them the feed itself is fetched."""
MOST_BYTES_WAITING = 50_000_000
"""How many bytes of documents may wait, for all feeds together."""
PROOFS = 3
"""After so many proofs in a row, a hub's pings are relied upon."""

_COLUMNS = tuple(column.name for column in hubs.c)

HubOffer = tuple[str, str]
"""A hub, and the topic that names the feed to the hub."""


def subscriptions(connection: Connection) -> list[HubSubscription]:
    """Return the subscriptions of all feeds, by feed id."""
    return [_subscription(row) for row in connection.execute(select(hubs).order_by(hubs.c.feed_id))]


def by_token(connection: Connection, token: str) -> HubSubscription | None:
    """Return the subscription whose callback ends in `token`, if there is one."""
    row = connection.execute(select(hubs).where(hubs.c.token == token)).one_or_none()
    return _subscription(row) if row else None


def _subscription(row: Row[Any]) -> HubSubscription:
    return HubSubscription(**row._asdict() | {"state": HubState(row.state)})


def save(connection: Connection, subscription: HubSubscription) -> None:
    """Store a subscription in place of the feed's stored one."""
    values = {name: getattr(subscription, name) for name in _COLUMNS}
    insert = insert_into(hubs, connection.dialect.name).values(values)
    connection.execute(insert.on_conflict_do_update(index_elements=["feed_id"], set_=values))


def forget(connection: Connection, feed_id: int) -> None:
    """Delete the subscription of a feed, and the pings that its hub has sent."""
    connection.execute(delete(pings).where(pings.c.feed_id == feed_id))
    connection.execute(delete(hubs).where(hubs.c.feed_id == feed_id))
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(pushed_until=None))


def note_offers(connection: Connection, offers: Mapping[int, HubOffer | None]) -> None:
    """Store the hub that each of these feeds, by id, names in its newest document."""
    statement = select(hubs).where(hubs.c.feed_id.in_(offers))
    known = {row.feed_id: row for row in connection.execute(statement)}
    for feed_id, offer in offers.items():
        hub, topic = offer or (None, None)
        before = known.get(feed_id)
        if before is None and offer is not None:
            save(connection, HubSubscription(feed_id=feed_id, hub=hub, topic=topic))
        elif before is not None and (before.hub, before.topic) != (hub, topic):
            own = hubs.c.feed_id == feed_id
            connection.execute(update(hubs).where(own).values(hub=hub, topic=topic))


# --- pings ---------------------------------------------------------------------------------------


def receive(
    connection: Connection,
    subscription: HubSubscription,
    body: bytes | None,
    media_type: str | None,
    now: datetime,
) -> None:
    """Store a ping until the next refresh; `body` is ``None`` where the feed is to be fetched.

    Where too many pings wait already, one ping without a body stands for all that follow.
    """
    feed_id = subscription.feed_id
    own = pings.c.feed_id == feed_id
    waiting = connection.scalar(select(func.count()).select_from(pings).where(own)) or 0
    size = connection.scalar(select(func.coalesce(func.sum(func.length(pings.c.body)), 0))) or 0
    if waiting >= MOST_WAITING or size + len(body or b"") > MOST_BYTES_WAITING:
        body = None
    bodiless = select(pings.c.id).where(own, pings.c.body.is_(None)).limit(1)
    if body is not None or connection.scalar(bodiless) is None:
        values = {"feed_id": feed_id, "received_at": now, "media_type": media_type, "body": body}
        connection.execute(pings.insert().values(values))
    counted = {"pings": hubs.c.pings + 1, "pinged_at": now}
    connection.execute(update(hubs).where(hubs.c.feed_id == feed_id).values(counted))


def refuse(connection: Connection, subscription: HubSubscription) -> None:
    """Count a ping whose signature was wrong or missing."""
    own = hubs.c.feed_id == subscription.feed_id
    connection.execute(update(hubs).where(own).values(refused=hubs.c.refused + 1))


def waiting(connection: Connection) -> list[Ping]:
    """Return the pings that no refresh has read yet, in the order of their arrival."""
    result = connection.execute(select(pings).order_by(pings.c.id))
    return [Ping(**row._asdict()) for row in result]


def drop(connection: Connection, ping_ids: Sequence[int]) -> None:
    """Drop pings that were read."""
    if ping_ids:
        connection.execute(delete(pings).where(pings.c.id.in_(ping_ids)))


# --- reliance on pings ---------------------------------------------------------------------------


def prove(connection: Connection, news: Mapping[int, bool]) -> dict[int, datetime | None]:
    """Store how the new entries of feeds came; return until when each hub is relied upon.

    `news` holds the feeds with new entries, by id: True where a hub brought or announced the
    entries, False where only a poll has found them.  The result holds, by feed id, the end of the
    lease, or None where the hub is not relied upon.
    """
    statement = select(hubs).where(hubs.c.feed_id.in_(news), hubs.c.state == HubState.ACTIVE)
    relied_until: dict[int, datetime | None] = {}
    for row in connection.execute(statement).all():
        proven = row.proven + 1 if news[row.feed_id] else 0
        own = update(hubs).where(hubs.c.feed_id == row.feed_id)
        connection.execute(own.values(proven=proven))
        relied_until[row.feed_id] = row.lease_until if proven >= PROOFS else None
    return relied_until
