"""Ask many hosts side by side, each of them kindly: the limits that hold for one host.

A host is a name, whatever the port and the scheme.  It gets at most two requests at a time, the
first at once and the others at a bounded rate.  A host that says that we ask too often (429; 503
or 403 with the time to wait) is left alone for that time: within the run where it is short, for
the rest of the run where it is not.  A redirect is put into the queue of the host it leads to, so
all of this holds there as well; waiting in a queue costs a feed nothing of its deadline.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TypeAlias

from digest.errors import FetchError, HostClosedError, UnforeseenFetchError
from digest.fetch import http
from digest.fetch.connection import OriginConnection
from digest.fetch.guard import Guard, Resolve
from digest.fetch.http import Origin, PendingRequest
from digest.fetch.settings import Settings
from digest.model import Document, FeedRequest, NotModified
from digest.net.public_addresses import AllowList, special

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

Outcome: TypeAlias = Document | NotModified | FetchError
Put: TypeAlias = Callable[[tuple[FeedRequest, Outcome]], Awaitable[None]]


@dataclass(slots=True)
class Host:
    """A host and the requests that wait for it; times are the event loop's, in seconds."""

    name: str
    spacing: float
    """Between the beginnings of two requests."""
    queue: deque[PendingRequest] = field(default_factory=deque)
    workers: int = 0
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


class HostPool:
    """The hosts that are being asked."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: datetime,
        put: Put,
        resolve: Resolve,
        tls: Callable[[], ssl.SSLContext],
    ) -> None:
        self._settings = settings
        self._now = now
        self._put = put
        self._guard = Guard(AllowList.parse(settings.allow_hosts), resolve)
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
        self._headers = http.own_headers(settings.contact)
        self._group = asyncio.TaskGroup()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, Host] = {}
        self._clock = asyncio.get_running_loop().time

    async def run(self, requests: Iterable[FeedRequest]) -> None:
        """Work all requests off, each into one `put`; the hosts with most of them first."""
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="resolve")
        )
        waiting = []
        for request in requests:
            try:
                waiting.append(http.pending_request(request, self._settings.timeout))
            except FetchError as error:
                await self._put((request, error))
            except Exception as bug:
                await self._put((request, UnforeseenFetchError(bug, url=request.url)))
        load = Counter(_host_name(pending) for pending in waiting)
        async with self._group:
            for pending in sorted(waiting, key=lambda pending: -load[_host_name(pending)]):
                self._enqueue(pending, load[_host_name(pending)])

    def _enqueue(self, pending: PendingRequest, load: int = 1) -> None:
        name = _host_name(pending)
        if (host := self._hosts.get(name)) is None:
            host = self._hosts[name] = Host(name, self._spacing(name, load))
            host.window_began = self._clock()
            if pending.request.follows:
                host.next_at = self._clock() + host.spacing
        host.queue.append(pending)
        self._employ(host)

    def _employ(self, host: Host) -> None:
        if host.workers < WORKERS:
            host.workers += 1
            self._group.create_task(self._work(host))

    def _spacing(self, name: str, load: int) -> float:
        """Return the usual spacing for a host of which `load` feeds are asked."""
        usual = self._settings.spacing.total_seconds()
        if _is_own(name):
            return 0.0
        return min(usual, max(SHORTEST_SPACING, QUEUE_LASTS / max(load, 1)))

    async def _work(self, host: Host) -> None:
        """Work off a host's queue, over one connection to each of its ports."""
        connections: dict[Origin, OriginConnection] = {}
        try:
            while host.queue and await self._may_ask(host, connections):
                async with self._slots:
                    if not host.queue or host.closed_until or host.next_at > self._clock():
                        continue  # another worker was faster
                    host.next_at = self._clock() + host.spacing
                    await self._attempt(host, host.queue.popleft(), connections)
        finally:
            host.workers -= 1
            await _close(connections)
        if host.queue and host.closed_until:
            await self._give_up(host)

    async def _may_ask(self, host: Host, connections: dict[Origin, OriginConnection]) -> bool:
        """Wait until the host may be asked; return False where it may not be in this run."""
        while host.closed_until is None and (wait := host.next_at - self._clock()) > 0:
            if wait > IDLE:
                if host.workers > 1:
                    return False  # the other one is enough
                await _close(connections)
                host.waited += wait
                if host.waited > MOST_WAITED:
                    host.closed_until = self._now + timedelta(seconds=wait)
                    host.reason = (
                        f"{host.name} allows too few requests for all its feeds in one run"
                    )
                    break
            await asyncio.sleep(wait)
        return host.closed_until is None

    async def _give_up(self, host: Host) -> None:
        assert host.closed_until is not None
        while host.queue:
            pending = host.queue.popleft()
            message = f"not asked: {host.reason}"
            error = HostClosedError(message, url=str(pending.url), until=host.closed_until)
            await self._put((pending.request, error))

    async def _attempt(
        self, host: Host, pending: PendingRequest, connections: dict[Origin, OriginConnection]
    ) -> None:
        result: Outcome | PendingRequest
        try:
            if (connection := connections.get(pending.origin)) is None:
                connection = connections[pending.origin] = OriginConnection(
                    self._guard, self._tls_for(pending.origin)
                )
            result = await self._ask(host, pending, connection)
        except FetchError as error:
            if self._waits_for(host, error):
                host.queue.appendleft(pending)
                return
            result = error
        except Exception as bug:  # an error of ours stops no other feed
            result = UnforeseenFetchError(bug, url=str(pending.url))
        if isinstance(result, PendingRequest):
            self._enqueue(result)
        else:
            await self._put((pending.request, result))

    async def _ask(
        self, host: Host, pending: PendingRequest, connection: OriginConnection
    ) -> Document | NotModified | PendingRequest:
        begun = self._clock()
        try:
            async with asyncio.timeout(pending.left):
                result = await http.send(
                    pending,
                    connection,
                    headers=self._headers,
                    max_bytes=self._settings.max_bytes,
                    now=self._now,
                )
        except TimeoutError as error:
            late = FetchError(
                f"no complete answer within {self._settings.timeout.total_seconds():g} s "
                "(fetch.timeout)",
                url=str(pending.url),
            )
            # A host that drips costs as much as a silent one.
            self._note_silence(host, late, answered=False)
            raise late from error
        except FetchError as error:
            self._note_silence(host, error, answered=connection.answered)
            raise
        host.silent = host.refusals = 0
        host.answered += 1
        if isinstance(result, PendingRequest):
            return replace(result, left=max(0.0, pending.left - (self._clock() - begun)))
        return result

    def _note_silence(self, host: Host, error: FetchError, *, answered: bool) -> None:
        silent = error.temporary and not answered
        host.silent = host.silent + 1 if silent else 0
        if host.silent >= STRIKES:
            host.closed_until = self._now + REST
            host.reason = f"{host.name} gave {STRIKES} other feeds no answer"

    def _waits_for(self, host: Host, error: FetchError) -> bool:
        """Tell whether a refused request is repeated in this run; else close the host.

        Where the host has answered before it refused, it is asked no faster from now on than it
        answered, so that it need not refuse again.
        """
        if not _is_refusal(error):
            return False
        until = error.retry_after or self._now + REST
        wait = (until - self._now).total_seconds()
        host.refusals += 1
        if wait <= PATIENCE and host.refusals <= REFUSALS and host.waited + wait <= MOST_WAITED:
            if host.answered:
                period = self._clock() - host.window_began + wait
                host.spacing = max(host.spacing, min(period / host.answered, PATIENCE))
            host.next_at = self._clock() + wait
            host.window_began, host.answered = host.next_at, 0
            return True
        host.closed_until = until
        host.reason = f"{host.name} answers {error.status} to another feed: it is asked too often"
        error.closes = host.name, until
        return False

    def _tls_for(self, origin: Origin) -> ssl.SSLContext:
        """Make the real context only once, and only for https: it takes 20 ms of reading."""
        if origin[0] != "https":
            return self._no_tls
        if self._tls is None:
            self._tls = self._make_tls()
        return self._tls


def _host_name(pending: PendingRequest) -> str:
    return pending.origin[1]


def _is_own(name: str) -> bool:
    """Tell whether a host is this machine or one beside it, written as an address."""
    try:
        return special(ip_address(name)) is not None
    except ValueError:
        return name == "localhost"


def _is_refusal(error: FetchError) -> bool:
    """Tell whether an answer means that the host is asked too often, or is not up to it."""
    if error.status == 429:
        return True
    return error.status in (403, 503) and error.retry_after is not None


async def _close(connections: dict[Origin, OriginConnection]) -> None:
    while connections:
        _, connection = connections.popitem()
        with suppress(Exception):  # a connection that cannot be closed is given up
            await connection.aclose()
