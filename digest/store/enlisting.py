"""Enlist the deliveries of a frozen edition: one for each recipient of each channel."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, literal, or_, select

from digest.store.statements import portions
from digest.store.tables import deliveries, insert_into, subscribers

GETS_DIGEST = and_(
    subscribers.c.state == "active",
    or_(and_(bindparam("as_subscriber"), subscribers.c.origin != "config"), bindparam("as_named")),
)
"""Whether a row of `subscribers` gets the digest: as a subscriber, or as one named in `to`."""


def enlist(
    connection: Connection,
    edition_id: int,
    channel: str,
    recipients: Iterable[str],
    *,
    now: datetime,
) -> None:
    """Add a delivery to each recipient of a channel that takes an edition as a whole."""
    row = {"edition_id": edition_id, "channel": channel, "state": "pending", "attempts": 0}
    rows = [{**row, "recipient": recipient, "updated_at": now} for recipient in recipients]
    if rows:
        connection.execute(insert(deliveries), rows)


def enlist_recipients(
    connection: Connection,
    edition_id: int,
    digest: str,
    channel: str,
    *,
    subscribed: bool,
    named: Collection[str],
    now: datetime,
    weekly_after: int | None = None,
    only: int | None = None,
) -> None:
    """Add a delivery for each recipient of an edition over a mail channel.

    The recipients are the digest's subscribers, if `subscribed`, and the subscribers whose keys are
    in `named`.  Each is added once, however often named.  With `weekly_after`, only those are added
    who get a weekly mail of the editions after that number.  With `only`, only the subscriber of
    that id is added.
    """
    columns = ("edition_id", "channel", "recipient", "state", "attempts", "updated_at")
    recipients = (
        select(
            literal(edition_id),
            literal(channel),
            subscribers.c.address,
            literal("pending"),
            literal(0),
            literal(now, deliveries.c.updated_at.type),
        )
        .where(subscribers.c.digest == digest, GETS_DIGEST)
        .order_by(subscribers.c.id)
    )
    if weekly_after is None:
        recipients = recipients.where(subscribers.c.weekly_after.is_(None))
    else:
        recipients = recipients.where(subscribers.c.weekly_after == weekly_after)
    if only is not None:
        recipients = recipients.where(subscribers.c.id == only)
    known = recipients.where(subscribers.c.key.in_(bindparam("keys", expanding=True)))
    add = insert_into(deliveries, connection.dialect.name).on_conflict_do_nothing()
    if subscribed:
        connection.execute(
            add.from_select(columns, recipients), {"as_subscriber": True, "as_named": False}
        )
    for keys in portions(named):
        connection.execute(
            add.from_select(columns, known),
            {"as_subscriber": False, "as_named": True, "keys": keys},
        )
