"""Shards: the hosts of all feeds are dealt into groups, and one worker at a time asks a group.

So the limits of a host (two requests at a time, their spacing, refusals) hold over all workers
though each worker only knows its own requests.  A redirect or an article's page may lead to a host
of another shard: then the worker takes the lease of that shard as well, or leaves the host alone
until later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from digest.errors import BusyError
from digest.model import HostState
from digest.store import feeds as feed_rows
from digest.store import leases

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store

_VALID = 0.75
"""The part of a lease after which a worker that could not renew it asks no host any more."""


def shard_of(host: str, shards: int) -> int:
    """Return the number of a host's shard, from 0; a name with and without "www." is one host.

    >>> shard_of("www.example.org", 64) == shard_of("example.org", 64)
    True
    """
    name = host.removeprefix("www.")
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "big") % shards


def lease_name(shard: int) -> str:
    """Return the name of the lease of a shard."""
    return f"shard {shard}"


class ShardAccess:
    """The shards whose hosts a job may ask, each by a lease."""

    def __init__(
        self,
        store: Store,
        shards: int,
        lease: timedelta,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.holder = leases.new_holder("worker")
        self._store = store
        self._shards = shards
        self._lease = lease
        self._timer = timer
        self._held: set[int] = set()
        self._lock = threading.Lock()
        self._renewed = timer()

    def take(self, shard: int) -> bool:
        """Take the lease of a shard; return False where another worker has it."""
        with self._lock:
            if shard in self._held:
                return True
            begun = self._timer()
            with self._store.write(alone=False) as connection:
                if not leases.take(connection, lease_name(shard), self.holder, self._lease):
                    return False
            if not self._held:
                self._renewed = begun
            self._held.add(shard)
            return True

    def enter(self, host: str) -> HostState | None:
        """Return None where a host may be asked, or why it is left alone.

        Raises BusyError where another worker asks the hosts of its shard.
        """
        shard = shard_of(host, self._shards)
        if shard in self._held:
            return None
        if not self.take(shard):
            raise BusyError(f"another worker asks {host} now")
        with self._store.read() as connection:
            closed = feed_rows.closed_hosts(connection, leases.database_time(connection))
        return next((state for state in closed if state.name == host), None)

    def is_valid(self) -> bool:
        """Return whether nobody else can have taken the shards since they were renewed."""
        return self._timer() - self._renewed < _VALID * self._lease.total_seconds()

    def renew(self, connection: Connection) -> None:
        """Prolong the leases; raise BusyError where one was taken over."""
        begun = self._timer()
        if leases.renew(connection, self.holder, self._lease) < len(self._held):
            raise BusyError("another worker has taken over the feeds of this one")
        self._renewed = begun

    def release(self) -> None:
        """Give back all leases."""
        with self._store.write(alone=False) as connection:
            leases.release(connection, self.holder)
