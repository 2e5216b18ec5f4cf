"""Repair the times in the database after a run whose clock was ahead."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from digest.schedule import slots
from digest.settings import Config
from digest.store import clock, editions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.model import Digest
    from digest.store import Store

logger = logging.getLogger(__name__)


def set_back(config: Config, store: Store, now: datetime) -> None:
    """Set times that lie in the future back to `now`, and log a warning for each kind."""
    with store.read() as connection:
        if not clock.in_future(connection, now):
            return
    with store.write() as connection:
        found = clock.in_future(connection, now)
        for digest in config.digests:
            _settle_back(connection, digest, now)
        clock.set_back(connection, now)
    for times in found:
        logger.warning(
            "this machine's clock was ahead, or is behind now: %d %s until %s; set back to %s",
            times.count,
            times.what,
            f"{times.latest:%Y-%m-%d %H:%M} UTC",
            f"{now:%Y-%m-%d %H:%M} UTC",
        )


def _settle_back(connection: Connection, digest: Digest, now: datetime) -> None:
    """Set the settled slot to the latest slot if it has its edition, else to the slot before."""
    state = editions.digest_state(connection, digest.name)
    if state is None or state.settled is None:
        return
    schedule = slots.parse_schedule(digest.schedule)
    slot = slots.latest_slot(schedule, digest.timezone, now)
    settled = state.settled_at or slots.parse_slot_name(state.settled, digest.timezone)
    if settled <= now and (state.composed_at is None or state.composed_at <= now):
        return
    last = editions.composed_before(connection, digest.name, now)
    if last is None or last < slot:
        slot = slots.slot_before(schedule, digest.timezone, slot)
    editions.settle_back(connection, digest.name, slots.slot_name(slot), slot)
