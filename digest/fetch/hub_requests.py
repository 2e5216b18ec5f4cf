"""Ask hubs to begin or to end a subscription (WebSub, 5.1), guarded as feeds are."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from digest.fetch import http
from digest.fetch.connection import NoAnswerError, OriginConnection
from digest.fetch.guard import Guard, Resolve, lookup
from digest.fetch.hosts import MOST_SILENT_REQUESTS
from digest.fetch.proxy import ProxyDownError, ProxyRoute
from digest.fetch.settings import Settings
from digest.fetch.time_headers import retry_after
from digest.net.public_addresses import AllowList
from digest.net.url_parts import WebAddress, web_address

logger = logging.getLogger(__name__)

AHEAD = 16
MOST_HOPS = 2
"""The most redirects of a hub that are followed; only 307 and 308 keep the method POST."""
MOST_REASON = 200
"""The most bytes of an answer that are kept: hubs explain their refusals there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """A request to a hub, with its form fields."""

    feed_id: int
    hub: str
    form: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAnswer:
    """The answer of a hub; `error` is ``None`` if it accepts the request."""

    request: HubRequest
    error: str | None = None
    retry_after: datetime | None = None


def ask_hubs(
    requests: Iterable[HubRequest],
    settings: Settings,
    *,
    now: datetime,
    resolve: Resolve = lookup,
    tls: Callable[[], ssl.SSLContext] | None = None,
) -> Iterator[HubAnswer]:
    """Send each request to its hub, and yield the answers in the order of arrival.

    After some requests without an answer, a hub is not asked for its other feeds.
    """
    from digest.fetch.background_loop import iterate
    from digest.fetch.connection import default_tls

    by_hub: defaultdict[str, list[HubRequest]] = defaultdict(list)
    for request in requests:
        by_hub[request.hub].append(request)
    if not by_hub:
        return

    async def work(put: Callable[[HubAnswer], object]) -> None:
        client = _HubClient(settings, now, Guard(AllowList.parse(settings.allow_hosts), resolve))
        client.make_tls = tls or default_tls
        places = asyncio.Semaphore(settings.concurrency)

        async def ask_hub(hub: str, hub_requests: Sequence[HubRequest]) -> None:
            async with places:
                silent = 0
                for request in hub_requests:
                    answer = (
                        HubAnswer(request=request, error="not asked: the hub does not answer")
                        if silent >= MOST_SILENT_REQUESTS
                        else await client.ask(request)
                    )
                    silent = silent + 1 if answer.error and answer.retry_after is None else 0
                    await put(answer)  # type: ignore[misc]

        async with asyncio.TaskGroup() as group:
            for hub, hub_requests in by_hub.items():
                group.create_task(ask_hub(hub, hub_requests))

    yield from iterate(work, ahead=AHEAD)


class _HubClient:
    """Sends requests to hubs, each over a connection of its own."""

    def __init__(self, settings: Settings, now: datetime, guard: Guard) -> None:
        self.make_tls: Callable[[], ssl.SSLContext]
        self._settings = settings
        self._now = now
        self._guard = guard
        self._tls: ssl.SSLContext | None = None
        self._headers = [
            *http.own_headers(settings.contact),
            (b"Content-Type", b"application/x-www-form-urlencoded"),
        ]

    async def ask(self, request: HubRequest) -> HubAnswer:
        """Send one request; an error of any kind is returned as an answer."""
        address = web_address(request.hub)
        if address is None:
            return HubAnswer(request=request, error="the hub is no web address")
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                return await self._ask(request, address)
        except TimeoutError:
            error = f"{address.host} did not answer in time"
        except (NoAnswerError, ProxyDownError) as failure:
            error = str(failure)
        except Exception as bug:  # a bug stops no other hub
            logger.exception("the hub at %s cannot be asked", address.host)
            error = f"an error in digest itself ({type(bug).__name__})"
        return HubAnswer(request=request, error=error)

    async def _ask(self, request: HubRequest, address: WebAddress) -> HubAnswer:
        content = urlencode(request.form).encode()
        headers = [*self._headers, (b"Content-Length", b"%d" % len(content))]
        for _ in range(MOST_HOPS + 1):
            proxy = self._settings.proxies.proxy_for(address)
            route = ProxyRoute(proxy, self._context) if proxy else None
            connection = OriginConnection(self._guard, self._context(), route)
            try:
                answer = await connection.ask("POST", address, headers, content)
                reason = b""
                async with aclosing(answer.pieces):
                    async for piece in answer.pieces:
                        reason += piece
                        if len(reason) >= MOST_REASON:
                            break
            finally:
                connection.close()
            if answer.status in (307, 308):
                target = web_address(answer.headers.get("location", ""), address)
                if target is not None and target.scheme == address.scheme:
                    address = target
                    continue
            if 200 <= answer.status < 300:
                return HubAnswer(request=request)
            first_line = reason[:MOST_REASON].decode("utf-8", "replace").split("\n")[0].strip()
            words = "".join(sign for sign in first_line if sign.isprintable())
            return HubAnswer(
                request=request,
                error=f"{address.host} answers {answer.status}" + (f": {words}" if words else ""),
                retry_after=retry_after(answer.headers, self._now, limited=answer.status == 429),
            )
        return HubAnswer(request=request, error=f"{address.host} redirects too often")

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = self.make_tls()
        return self._tls
