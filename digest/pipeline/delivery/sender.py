"""The sender of a delivery: the name under which it holds parts of mailings, and how long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import BusyError, StoreError
from digest.store import deliveries, leases, parts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.store import Store

LEASE = timedelta(minutes=1)
"""How long a sender that shows no life keeps its deliveries from others."""
_BEATS = 6
"""How often a lease is renewed before it ends."""
_DIED = "the run that sent it ended before it knew what became of it"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A holder of parts of mailings."""

    holder: str
    lease: timedelta

    def renew(self, connection: Connection) -> None:
        """Prolong the lease; raise BusyError where another sender has taken over the parts."""
        parts.renew(connection, self.holder, self.lease)


@contextmanager
def sender_of_all(
    store: Store, edition_ids: Collection[int], channel: str, now: datetime
) -> Iterator[Sender]:
    """Hold all parts of editions over a channel that no worker holds; take back what was left.

    The caller holds the lock of the digest's channel.
    """
    sender = Sender(holder=leases.new_holder(parts.RUN), lease=LEASE)
    with store.write() as connection:
        for edition_id in sorted(edition_ids):
            parts.cover(connection, edition_id, channel, size=None)
            parts.take_all(connection, edition_id, channel, sender.holder, sender.lease)
            deliveries.recover(
                connection, edition_id, channel, _DIED, holder=sender.holder, now=now
            )
    with _holding(store, sender):
        yield sender


@contextmanager
def sender_of_part(
    store: Store, part: parts.DeliveryPart, lease: timedelta, now: datetime
) -> Iterator[Sender | None]:
    """Hold one part and take back what its former holder left; yield None where it is held."""
    sender = Sender(holder=leases.new_holder("worker"), lease=lease)
    with store.write() as connection:
        taken = parts.take(connection, part.id, sender.holder, lease)
        if taken:
            deliveries.recover(
                connection, part.edition_id, part.channel, _DIED, holder=sender.holder, now=now
            )
    if not taken:
        yield None
        return
    with _holding(store, sender):
        yield sender


@contextmanager
def _holding(store: Store, sender: Sender) -> Iterator[None]:
    """Renew the lease until the block ends, then give the parts back."""
    try:
        with kept_alive(store, sender.renew, sender.lease):
            yield
    finally:
        with suppress(StoreError, BusyError), store.write() as connection:
            parts.release(connection, sender.holder)


@contextmanager
def kept_alive(
    store: Store, renew: Callable[[Connection], object], lease: timedelta
) -> Iterator[None]:
    """Call `renew` several times in the length of a lease, in a thread, until the block ends.

    A database of one machine needs none: its locks end with their process.
    """
    if not store.is_shared:
        yield
        return
    done = threading.Event()
    every = lease.total_seconds() / _BEATS

    def beat() -> None:
        pause = every
        while not done.wait(pause):
            try:
                with store.write(alone=False) as connection:
                    renew(connection)
                pause = every
            except BusyError as error:
                logger.info("%s", error)
                return
            except StoreError as error:
                logger.info("%s", error)
                pause = min(1.0, every)

    thread = threading.Thread(target=beat, name="digest-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
