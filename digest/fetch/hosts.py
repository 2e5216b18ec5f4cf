"""A host and an address in one run: the requests that wait for it, and the limits that it gets.

Times are those of a `Timer`, in seconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network
from typing import Protocol

from digest.fetch.http import PendingRequest
from digest.net.public_addresses import Address

WORKERS = 2
"""The most requests to one host at a time."""
STRIKES = 3
"""After so many requests in a row without an answer, a host is left alone for this run."""
QUEUE_LASTS, SHORTEST_SPACING = 300.0, 0.25
"""Where a queue would last longer than 300 s at the usual spacing, it is worked off faster, but
at no more than four requests a second."""
PATIENCE = 90.0
"""Seconds: a host that wants to be left alone for no longer is waited for within the run."""
MOST_WAITED = 900.0
"""Seconds that one host is waited for in one run, all in all."""
REFUSALS = 3
"""After so many refusals in a row a host is left alone for this run, however short its times."""
REST = timedelta(hours=1)
"""How long a host rests that refuses us and does not say until when."""
IDLE = 2.0
"""Seconds that a connection is kept open for the next request."""
MOST_NAMES = 16
"""With more host names than these behind it, an address has limits of its own."""
ADDRESS_WORKERS = 8
"""The most requests at a time to all the names behind such an address."""
ADDRESS_STRIKES = 8
"""After so many requests in a row without an answer, all names behind it are left alone."""


class Timer(Protocol):
    """A clock that never goes back, and the waiting by it."""

    def time(self) -> float:
        """Return the seconds since some moment."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""


class LoopTimer:
    """The clock of the running event loop."""

    def __init__(self) -> None:
        self.time = asyncio.get_running_loop().time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class SharedAddress:
    """A network address and the host names behind it that are asked in this run.

    Behind one address may be a thousand sites of one hoster, or a thousand names of one machine in
    a hostile list.  Up to `MOST_NAMES` names it has no limits but those of its hosts.
    """

    names: set[str] = field(default_factory=set)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ADDRESS_WORKERS))
    next_at: float = 0.0
    silent: int = 0
    """Requests in a row without an answer."""

    @property
    def is_crowded(self) -> bool:
        return len(self.names) > MOST_NAMES

    @property
    def is_silent(self) -> bool:
        return self.is_crowded and self.silent >= ADDRESS_STRIKES

    def turn(self, now: float) -> float:
        """Take the next turn; return the seconds until it comes."""
        if not self.is_crowded:
            return 0.0
        turn = max(self.next_at, now)
        self.next_at = turn + SHORTEST_SPACING
        return turn - now


def network_of(address: Address) -> str:
    """Name the network that an address is counted with: itself, or the /64 of an IPv6 address."""
    if isinstance(address, IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return str(address)


@dataclass(slots=True)
class Host:
    """A host and the requests that wait for it."""

    name: str
    spacing: float
    """Between the beginnings of two requests."""
    queue: deque[PendingRequest] = field(default_factory=deque)
    workers: int = 0
    address: SharedAddress | None = None
    """Where it is; ``None`` until it was looked up, and for what has no limits of its own."""
    is_looked_up: bool = False
    next_at: float = 0.0
    """When the next request may begin."""
    window_began: float = 0.0
    """When the requests in `answered` began: since the host last refused one."""
    answered: int = 0
    refusals: int = 0
    """Refusals in a row."""
    waited: float = 0.0
    silent: int = 0
    """Requests in a row without an answer."""
    closed_until: datetime | None = None
    """The host is left alone for the rest of the run, and until then."""
    reason: str = ""

    def close(self, until: datetime, reason: str) -> None:
        """Leave the host alone for the rest of the run, and until then."""
        self.closed_until, self.reason = until, reason
