"""The hosts and addresses of one run: waiting requests, and the limits of each host.

Times are seconds of a `Timer`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network
from typing import Protocol

from digest.fetch.http import PendingRequest
from digest.model import HostState
from digest.net.public_addresses import Address

WORKERS = 2
"""The most requests to one host at a time."""
MOST_SILENT_REQUESTS = 3
"""After so many requests in a row without an answer, a host is not asked again in this run."""
QUEUE_LASTS, SHORTEST_SPACING = 300.0, 0.25
"""A queue that would last longer than `QUEUE_LASTS` seconds at the usual spacing gets a shorter
spacing, but not less than `SHORTEST_SPACING` seconds."""
LONGEST_PAUSE = 90.0
"""If a host asks for a pause of at most so many seconds, the run waits for it."""
MOST_WAITED = 900.0
"""The most seconds that one run waits for one host in total."""
MOST_REFUSALS = 3
"""After so many refusals in a row a host is not asked again in this run."""
DEFAULT_PAUSE = timedelta(hours=1)
"""The pause for a host that refuses requests without saying for how long."""
ACCESS_WAITED, ACCESS_PAUSE = 20.0, 0.5
"""How many seconds to wait for a host that another process asks, and between two attempts."""
ACCESS_LATER = timedelta(minutes=1)
"""The pause for a host that another process asks for longer."""
IDLE = 2.0
"""Seconds that a connection is kept open for the next request."""
MOST_NAMES = 16
"""An address with more host names than this has limits of its own."""
ADDRESS_WORKERS = 8
"""The most requests at a time to all host names of such an address."""
MOST_SILENT_OF_ADDRESS = 8
"""After so many requests in a row without an answer, none of its host names is asked again."""


class Timer(Protocol):
    """A monotonic clock with a sleep."""

    def time(self) -> float:
        """Return the seconds since a fixed moment."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""


class LoopTimer:
    """The clock of the running event loop."""

    def __init__(self) -> None:
        self.time = asyncio.get_running_loop().time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class HostAccess(Protocol):
    """Says which hosts this process may ask, where other processes ask hosts as well."""

    def enter(self, host: str) -> HostState | None:
        """Return None where the host may be asked from now on, or until when it is left alone.

        Raises BusyError where another process asks it now.
        """

    def is_valid(self) -> bool:
        """Return whether the hosts that were entered may still be asked."""


@dataclass(slots=True)
class SharedAddress:
    """A network address and the host names behind it that are asked in this run.

    One address may serve a thousand sites of one hoster, or a thousand names of one machine in a
    hostile list.  With up to `MOST_NAMES` names it has only the limits of its hosts.
    """

    names: set[str] = field(default_factory=set)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ADDRESS_WORKERS))
    next_at: float = 0.0
    silent: int = 0
    """The number of requests in a row without an answer."""

    @property
    def is_crowded(self) -> bool:
        return len(self.names) > MOST_NAMES

    @property
    def is_silent(self) -> bool:
        return self.is_crowded and self.silent >= MOST_SILENT_OF_ADDRESS

    def turn(self, now: float) -> float:
        """Take the next turn; return the seconds until it comes."""
        if not self.is_crowded:
            return 0.0
        turn = max(self.next_at, now)
        self.next_at = turn + SHORTEST_SPACING
        return turn - now


def network_of(address: Address) -> str:
    """Return the network that an address counts for: the address, or the /64 of an IPv6 address."""
    if isinstance(address, IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return str(address)


@dataclass(slots=True)
class Host:
    """A host and the requests that wait for it."""

    name: str
    spacing: float
    """The seconds between the beginnings of two requests."""
    queue: deque[PendingRequest] = field(default_factory=deque)
    workers: int = 0
    address: SharedAddress | None = None
    """The address of the host; ``None`` before the look-up, and if no address limits apply."""
    is_looked_up: bool = False
    is_entered: bool = False
    """Whether `HostAccess` has let this process ask the host."""
    next_at: float = 0.0
    """The time at which the next request may begin."""
    window_began: float = 0.0
    """The time from which `answered` counts: the end of the last refusal."""
    answered: int = 0
    refusals: int = 0
    """The number of refusals in a row."""
    waited: float = 0.0
    silent: int = 0
    """The number of requests in a row without an answer."""
    closed_until: datetime | None = None
    """The host is not asked again in this run, nor before this time."""
    reason: str = ""

    def close(self, until: datetime, reason: str) -> None:
        """Stop asking the host for the rest of the run and until `until`."""
        self.closed_until, self.reason = until, reason
