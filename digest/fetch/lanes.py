"""Many requests, a few at a time: at most two lanes to a host, `concurrency` lanes in all.

A lane is one connection that works off its host's queue and is closed with it.  A redirect is
put into the queue of the host it leads to, so the two hold there as well; waiting in a queue
costs a feed nothing of its deadline.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from digest.errors import FetchError, UnforeseenFetchError
from digest.fetch import http
from digest.fetch.connection import Wire
from digest.fetch.guard import Guard, Resolve
from digest.fetch.http import Errand, Origin
from digest.fetch.settings import Settings
from digest.model import Document, FeedRequest, NotModified
from digest.net.public_addresses import AllowList

LANES = 2
"""The most connections to one host (name and port)."""
STRIKES = 3
"""After so many requests in a row without an answer, a host is left alone for this run."""

Outcome: TypeAlias = Document | NotModified | FetchError
Put: TypeAlias = Callable[[tuple[FeedRequest, Outcome]], Awaitable[None]]


class Lanes:
    """The hosts that are being asked, each with its queue."""

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
        self._queues: defaultdict[Origin, deque[Errand]] = defaultdict(deque)
        self._lanes: Counter[Origin] = Counter()
        self._silent: Counter[Origin] = Counter()
        self._closed: dict[Origin, FetchError] = {}

    async def run(self, requests: Iterable[FeedRequest]) -> None:
        """Work all requests off, each into one `put`; the hosts with most of them first."""
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="resolve")
        )
        errands = []
        for request in requests:
            try:
                errands.append(http.set_out(request, self._settings.timeout))
            except FetchError as error:
                await self._put((request, error))
            except Exception as bug:
                await self._put((request, UnforeseenFetchError(bug, url=request.url)))
        load = Counter(errand.origin for errand in errands)
        async with self._group:
            for errand in sorted(errands, key=lambda errand: -load[errand.origin]):
                self._enqueue(errand)

    def _enqueue(self, errand: Errand) -> None:
        origin = errand.origin
        self._queues[origin].append(errand)
        if self._lanes[origin] < LANES:
            self._lanes[origin] += 1
            self._group.create_task(self._lane(origin))

    async def _lane(self, origin: Origin) -> None:
        queue = self._queues[origin]
        async with self._slots:
            try:
                wire = Wire(self._guard, self._tls_for(origin))
            except Exception as bug:
                self._lanes[origin] -= 1
                while queue:
                    errand = queue.popleft()
                    await self._put(
                        (errand.request, UnforeseenFetchError(bug, url=str(errand.url)))
                    )
                return
            try:
                while queue:
                    await self._attempt(queue.popleft(), wire)
            finally:
                self._lanes[origin] -= 1
                with suppress(Exception):  # a connection that cannot be closed is given up
                    await wire.aclose()

    async def _attempt(self, errand: Errand, wire: Wire) -> None:
        result: Outcome | Errand
        try:
            result = await self._ask(errand, wire)
        except FetchError as error:
            result = error
        except Exception as bug:  # an error of ours stops no other feed
            result = UnforeseenFetchError(bug, url=str(errand.url))
        if isinstance(result, Errand):
            self._enqueue(result)
        else:
            await self._put((errand.request, result))

    async def _ask(self, errand: Errand, wire: Wire) -> Document | NotModified | Errand:
        origin = errand.origin
        if reason := self._closed.get(origin):
            raise FetchError(
                f"not asked: {reason}",
                url=str(errand.url),
                status=reason.status,
                retry_after=reason.retry_after,
            )
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            async with asyncio.timeout(errand.left):
                result = await http.take(
                    errand,
                    wire,
                    headers=self._headers,
                    max_bytes=self._settings.max_bytes,
                    now=self._now,
                )
        except TimeoutError as error:
            late = FetchError(
                f"no complete answer within {self._settings.timeout.total_seconds():g} s "
                "(fetch.timeout)",
                url=str(errand.url),
            )
            self._note(origin, late, answered=wire.answered)
            raise late from error
        except FetchError as error:
            self._note(origin, error, answered=wire.answered)
            raise
        self._silent[origin] = 0
        if isinstance(result, Errand):
            return replace(result, left=max(0.0, errand.left - (clock() - begun)))
        return result

    def _note(self, origin: Origin, error: FetchError, *, answered: bool) -> None:
        """Leave a host alone that is silent, or says that we ask too often."""
        silent = error.temporary and not answered
        self._silent[origin] = self._silent[origin] + 1 if silent else 0
        host = origin[1]
        if error.status == 429:
            self._closed[origin] = FetchError(
                f"{host} answers 429 Too Many Requests to another feed",
                url=error.url,
                status=429,
                retry_after=error.retry_after,
            )
        elif self._silent[origin] >= STRIKES:
            self._closed[origin] = FetchError(
                f"{host} gave {STRIKES} other feeds no answer", url=error.url
            )

    def _tls_for(self, origin: Origin) -> ssl.SSLContext:
        """Make the real context only once, and only for https: it takes 20 ms of reading."""
        if origin[0] != "https":
            return self._no_tls
        if self._tls is None:
            self._tls = self._make_tls()
        return self._tls
