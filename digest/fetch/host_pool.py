"""Send requests to many hosts at a time, and keep the limits of each host.

A host is a name, with any port and scheme.  It gets at most two requests at a time, the first at
once and the others at a bounded rate.  A host that answers that it is asked too often (429; 503 or
403 with Retry-After) gets the pause that it asks for: within the run if the pause is short, else
for the rest of the run.  A redirect joins the queue of the host it leads to, so the same limits
apply there; the time in a queue does not count for a feed's deadline.  If one address has many host
names, they also share the limits of the address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import TypeAlias

from digest.errors import (
    BusyError,
    FetchError,
    HostClosedError,
    StoreError,
    UnforeseenFetchError,
)
from digest.fetch import http
from digest.fetch.connection import OriginConnection
from digest.fetch.guard import Guard, Resolve
from digest.fetch.hosts import (
    ACCESS_LATER,
    ACCESS_PAUSE,
    ACCESS_WAITED,
    DEFAULT_PAUSE,
    IDLE,
    LONGEST_PAUSE,
    MOST_REFUSALS,
    MOST_SILENT_REQUESTS,
    MOST_WAITED,
    QUEUE_LASTS,
    SHORTEST_SPACING,
    WORKERS,
    Host,
    HostAccess,
    LoopTimer,
    SharedAddress,
    Timer,
    network_of,
)
from digest.fetch.http import Origin, PendingRequest
from digest.fetch.proxy import ProxyDownError
from digest.fetch.proxy_pool import RETRY, ProxyPool, ProxyState
from digest.fetch.settings import Settings
from digest.model import Document, FeedRequest, NotModified
from digest.net.public_addresses import AllowList, special

MOST_RESOLVERS = 32
"""The most names that are looked up at a time: each look-up blocks a thread."""

Outcome: TypeAlias = Document | NotModified | FetchError
Put: TypeAlias = Callable[[tuple[FeedRequest, Outcome]], Awaitable[None]]
Connections: TypeAlias = dict[tuple[Origin, str], OriginConnection]
"""The open connections of one worker, by origin and proxy."""


class HostPool:
    """The hosts of one run, with their queues and workers."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: datetime,
        put: Put,
        resolve: Resolve,
        tls: Callable[[], ssl.SSLContext],
        timer: Timer | None = None,
        access: HostAccess | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._put = put
        self._access = access
        self._guard = Guard(AllowList.parse(settings.allow_hosts), resolve)
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without any trusted certificate
        self._headers = http.own_headers(settings.contact)
        self._group = asyncio.TaskGroup()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, Host] = {}
        self._addresses: dict[str, SharedAddress] = {}
        self._proxies = ProxyPool(settings.proxies, partial(self._tls_for, "https"))
        self._timer = timer or LoopTimer()
        self._clock = self._timer.time

    async def run(self, requests: Iterable[FeedRequest]) -> None:
        """Process all requests and `put` the result of each; the hosts with most requests first."""
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(
                min(self._settings.concurrency, MOST_RESOLVERS), thread_name_prefix="resolve"
            )
        )
        waiting = []
        for request in requests:
            try:
                pending = http.pending_request(request, self._settings.timeout)
                self._proxies.state_for(pending)
                waiting.append(pending)
            except FetchError as error:
                await self._put((request, error))
            except Exception as bug:  # a bug stops no other feed
                await self._put((request, UnforeseenFetchError(bug, url=request.url)))
        load = Counter(_host_name(pending) for pending in waiting)
        async with self._group:
            for pending in sorted(waiting, key=lambda pending: -load[_host_name(pending)]):
                self._enqueue(pending, load[_host_name(pending)])
        for unasked in self._proxies.release():
            await self._put(unasked)

    # --- queues and spacing ---

    def _enqueue(self, pending: PendingRequest, load: int = 1) -> None:
        name = _host_name(pending)
        if (host := self._hosts.get(name)) is None:
            host = self._hosts[name] = Host(name, self._spacing(name, load))
            host.window_began = self._clock()
            if pending.request.follows:
                host.next_at = self._clock() + host.spacing
        host.queue.append(pending)
        if host.workers < WORKERS:
            host.workers += 1
            self._group.create_task(self._work(host))

    def _spacing(self, name: str, load: int) -> float:
        """Return the usual spacing for a host with `load` requests."""
        usual = self._settings.spacing.total_seconds()
        if _is_local(name):
            return 0.0
        return min(usual, max(SHORTEST_SPACING, QUEUE_LASTS / max(load, 1)))

    async def _work(self, host: Host) -> None:
        """Process a host's queue, over one connection to each of its origins."""
        connections: Connections = {}
        try:
            while host.queue and await self._may_ask(host, connections):
                async with AsyncExitStack() as places:
                    if host.address is not None and host.address.is_crowded:
                        await places.enter_async_context(host.address.places)
                    await places.enter_async_context(self._slots)
                    if not host.queue or host.closed_until or host.next_at > self._clock():
                        continue  # another worker was faster
                    if host.address is not None and host.address.is_silent:
                        continue
                    if self._access is not None and not self._access.is_valid():
                        host.close(
                            self._now + ACCESS_LATER, f"another worker goes on with {host.name}"
                        )
                        continue
                    host.next_at = self._clock() + host.spacing
                    await self._attempt(host, host.queue.popleft(), connections)
        finally:
            host.workers -= 1
            await _close(connections)
        if host.queue and host.closed_until:
            await self._give_up(host)

    async def _may_ask(self, host: Host, connections: Connections) -> bool:
        """Wait until the host may be asked; return False if it may not be asked in this run."""
        await self._end_unasked(host)
        while host.closed_until is None and (wait := host.next_at - self._clock()) > 0:
            if wait > IDLE:
                if host.workers > 1:
                    return False  # the other worker is enough
                await _close(connections)
                host.waited += wait
                if host.waited > MOST_WAITED:
                    until = self._now + timedelta(seconds=wait)
                    host.close(
                        until, f"{host.name} allows too few requests for all its feeds in one run"
                    )
                    break
            await self._timer.sleep(wait)
        if host.closed_until is None:
            await self._wait_for_address(host)
        if host.closed_until is None and self._access is not None and not host.is_entered:
            await self._enter(host, self._access)
        return host.closed_until is None

    async def _enter(self, host: Host, access: HostAccess) -> None:
        """Wait until no other process asks the host; leave it alone where that takes too long."""
        end = self._clock() + ACCESS_WAITED
        while host.closed_until is None:
            try:
                closed = await asyncio.to_thread(access.enter, host.name)
            except BusyError as error:
                if self._clock() >= end:
                    host.close(self._now + ACCESS_LATER, str(error))
                    return
                await self._timer.sleep(ACCESS_PAUSE)
            except StoreError as error:
                host.close(self._now + ACCESS_LATER, str(error))
            else:
                if closed is not None:
                    host.close(closed.closed_until, closed.reason)
                host.is_entered = True
                return

    async def _wait_for_address(self, host: Host) -> None:
        """Wait for the host's turn among the host names of its address."""
        if not host.is_looked_up and host.queue:
            await self._look_up(host, host.queue[0])
            host.is_looked_up = True
        address = host.address
        if address is None:
            return
        if (wait := address.turn(self._clock())) > 0:
            await self._timer.sleep(wait)
        if address.is_silent:
            host.close(
                self._now + DEFAULT_PAUSE, f"the address of {host.name} gave other hosts no answer"
            )

    async def _look_up(self, host: Host, pending: PendingRequest) -> None:
        """Look up the address that a host shares with others; connecting repeats any error."""
        if self._settings.spacing == timedelta() or self._proxies.state_for(pending) is not None:
            return
        with suppress(OSError, ValueError):
            addresses = await self._guard.look_up(host.name, pending.origin[2])
            if addresses and special(addresses[0]) is None:
                shared = self._addresses.setdefault(network_of(addresses[0]), SharedAddress())
                shared.names.add(host.name)
                host.address = shared

    async def _end_unasked(self, host: Host) -> None:
        """End the requests whose proxy is down, without waiting."""
        if not self._proxies.has_trouble:
            return
        waiting = [(pending, self._proxies.state_for(pending)) for pending in host.queue]
        unasked = [(pending, proxy) for pending, proxy in waiting if proxy and proxy.trouble]
        if unasked:
            host.queue = deque(
                pending for pending, proxy in waiting if not (proxy and proxy.trouble)
            )
        for pending, proxy in unasked:
            await self._put((pending.request, proxy.refusal(pending)))

    async def _give_up(self, host: Host) -> None:
        assert host.closed_until is not None
        while host.queue:
            pending = host.queue.popleft()
            message = f"not asked: {host.reason}"
            error = HostClosedError(message, url=str(pending.url), until=host.closed_until)
            await self._put((pending.request, error))

    # --- one request ---

    async def _attempt(self, host: Host, pending: PendingRequest, connections: Connections) -> None:
        result: Outcome | PendingRequest
        proxy = None
        try:
            proxy = self._proxies.state_for(pending)
            if proxy is not None and proxy.trouble:
                raise proxy.refusal(pending)
            result = await self._ask(host, pending, self._connection(pending, proxy, connections))
        except ProxyDownError as error:
            assert proxy is not None, "only a proxy is down"
            if not proxy.failed(error):
                host.queue.appendleft(pending)
                host.next_at = max(host.next_at, self._clock() + RETRY)
                return
            result = proxy.refusal(pending)
        except FetchError as error:
            if self._waits_for(host, error):
                host.queue.appendleft(pending)
                return
            result = error
        except Exception as bug:  # a bug stops no other feed
            result = UnforeseenFetchError(bug, url=str(pending.url))
        await self._end(pending, result, proxy)

    async def _end(
        self,
        pending: PendingRequest,
        result: Outcome | PendingRequest,
        proxy: ProxyState | None,
    ) -> None:
        """Put the result of a request, or enqueue the request for its next host."""
        if proxy is not None and isinstance(result, FetchError) and proxy.holds(pending, result):
            for unasked in proxy.release() if proxy.trouble else ():
                await self._put(unasked)
            return
        if proxy is not None and not isinstance(result, FetchError):
            for unasked in proxy.answered():
                await self._put(unasked)
        if isinstance(result, PendingRequest):
            self._enqueue(result)
        else:
            await self._put((pending.request, result))

    def _connection(
        self, pending: PendingRequest, proxy: ProxyState | None, connections: Connections
    ) -> OriginConnection:
        """Return the worker's connection for a request, which need not be open."""
        key = (pending.origin, str(proxy.route.proxy) if proxy else "")
        if (connection := connections.get(key)) is None:
            connection = connections[key] = OriginConnection(
                self._guard,
                self._tls_for(pending.origin[0]),
                proxy.route if proxy else None,
            )
        return connection

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
            # A host that sends very slowly costs as much as a silent one.
            self._note_silence(host, late, answered=False)
            raise late from error
        except FetchError as error:
            self._note_silence(host, error, answered=connection.answered)
            raise
        host.silent = host.refusals = 0
        if host.address is not None:
            host.address.silent = 0
        host.answered += 1
        if isinstance(result, PendingRequest):
            return replace(result, left=max(0.0, pending.left - (self._clock() - begun)))
        return result

    def _note_silence(self, host: Host, error: FetchError, *, answered: bool) -> None:
        is_silent = error.temporary and not answered
        host.silent = host.silent + 1 if is_silent else 0
        if host.address is not None:
            host.address.silent = host.address.silent + 1 if is_silent else 0
        if host.silent >= MOST_SILENT_REQUESTS:
            host.close(
                self._now + DEFAULT_PAUSE,
                f"{host.name} gave {MOST_SILENT_REQUESTS} other feeds no answer",
            )

    def _waits_for(self, host: Host, error: FetchError) -> bool:
        """Return whether a refused request is repeated in this run; else close the host.

        If the host answered requests before it refused one, the spacing grows to the rate of those
        answers, so that the host need not refuse again.
        """
        if not _is_refusal(error):
            return False
        until = error.retry_after or self._now + DEFAULT_PAUSE
        wait = (until - self._now).total_seconds()
        host.refusals += 1
        if (
            wait <= LONGEST_PAUSE
            and host.refusals <= MOST_REFUSALS
            and host.waited + wait <= MOST_WAITED
        ):
            if host.answered:
                period = self._clock() - host.window_began + wait
                host.spacing = max(host.spacing, min(period / host.answered, LONGEST_PAUSE))
            host.next_at = self._clock() + wait
            host.window_began, host.answered = host.next_at, 0
            return True
        host.close(
            until, f"{host.name} answers {error.status} to another feed: it is asked too often"
        )
        error.closes = host.name, until
        return False

    def _tls_for(self, scheme: str) -> ssl.SSLContext:
        """Return the TLS context, made once and only for https: making it takes 20 ms."""
        if scheme != "https":
            return self._no_tls
        if self._tls is None:
            self._tls = self._make_tls()
        return self._tls


def _host_name(pending: PendingRequest) -> str:
    return pending.origin[1]


def _is_local(name: str) -> bool:
    """Return whether a host is this machine, or is written as a special-purpose address."""
    try:
        return special(ip_address(name)) is not None
    except ValueError:
        return name == "localhost"


def _is_refusal(error: FetchError) -> bool:
    """Return whether an answer means that the host is asked too often or is overloaded."""
    if error.status == 429:
        return True
    return error.status in (403, 503) and error.retry_after is not None


async def _close(connections: Connections) -> None:
    while connections:
        _, connection = connections.popitem()
        with suppress(Exception):  # a connection that cannot be closed is given up
            await connection.aclose()
