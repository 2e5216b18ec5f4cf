"""Serve an application from one socket, in one thread with uvicorn's loop.

- A request has a deadline, from its first byte to the last byte of its response, against clients
  that send or read slowly ("slow loris").
- Each client address has a limit of connections far below the total limit, so no client can use all
  connections.
- Behind a proxy all clients share an address.  So near the total limit, the connection that has
  waited longest for its client is closed for a new one.  Prompt clients are never closed.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from digest.errors import ConfigError, DigestError
from digest.web.request_origin import is_loopback

PATIENCE = 20.0
"""Seconds for a request and its response."""
IDLE = 5
"""Seconds that an idle connection is kept open."""
HEAD = 16_384
"""The most bytes of a request's line and headers."""
CONNECTIONS = 512
"""The most connections; further requests get 503."""
SPARE = 64
"""How far below that limit the slowest connection is closed for a new one."""
PER_ADDRESS = 32
"""The most connections of one address that is no trusted proxy."""
GRACE = 5
"""Seconds for open requests when the service ends."""

_REASONS = {
    errno.EADDRINUSE: "something listens there already: end it, or set another web.port",
    errno.EADDRNOTAVAIL: "this machine has no such address: set web.host to one it has",
    errno.EACCES: "this user may not: set a web.port above 1023 and let a proxy stand before it",
}


def listen(host: str, port: int) -> socket.socket:
    """Open the socket; raise ConfigError for an unknown host, DigestError for a taken port."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise ConfigError(
            f"there is no host {host!r}: expected an address of this machine", key="web.host"
        ) from error
    try:
        return socket.create_server(address[:2], family=family, backlog=CONNECTIONS)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror)
        raise DigestError(f"cannot listen at port {port} of {host}: {reason}") from error


@contextmanager
def answering(
    app: ASGIApp,
    listener: socket.socket,
    stop: threading.Event,
    *,
    is_proxy: Callable[[str], bool],
    patience: float = PATIENCE,
    most: int = CONNECTIONS,
    spare: int = SPARE,
) -> Iterator[None]:
    """Serve on `listener`, in a thread, until `stop` is set or the block is left.

    `is_proxy` says which addresses are trusted proxies.  `patience` is the deadline of a request,
    in seconds; `most` is the most connections, `spare` how many are reserved for new ones.  `stop`
    is also set if the server ends by itself; its exception is raised at the end of the block.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of each malformed request

    class Connection(_Connection):
        limit = patience
        soft_limit = most - spare
        is_trusted_proxy = staticmethod(is_proxy)

    config = uvicorn.Config(
        app,
        interface="asgi3",
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        forwarded_allow_ips=[],
        server_header=False,
        workers=1,
        # uvicorn also counts aborted connections until the loop has closed them.
        limit_concurrency=most + 2 * spare,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=HEAD,
    )
    server = _Server(config, stop)
    bugs: list[BaseException] = []

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except BaseException as bug:
            bugs.append(bug)  # raised again at the end of the block
        finally:
            stop.set()

    thread = threading.Thread(target=run, daemon=True, name="web")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(GRACE * 2)
    if bugs:
        raise bugs[0]


class _Server(uvicorn.Server):
    """A uvicorn server that an event ends."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


class _Connection(H11Protocol):
    """A connection that is aborted if a request and its response take too long."""

    limit = PATIENCE
    soft_limit = CONNECTIONS - SPARE
    """With more connections than this, the slowest is closed."""
    is_trusted_proxy: Callable[[str], bool] = staticmethod(is_loopback)
    _deadline: asyncio.TimerHandle | None = None
    _answered = False
    """Whether the response is complete and the client still has to read it."""
    _waiting_since = 0.0
    """The loop's time when this request, or the connection, began."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_deadline()
        others = [other for other in self.connections if isinstance(other, _Connection)]
        if self.client and not self.is_trusted_proxy(self.client[0]):
            own = [other for other in others if other.client and other.client[0] == self.client[0]]
            if len(own) > PER_ADDRESS:
                transport.abort()
                return
        if len(others) > self.soft_limit:
            slow = [other for other in others if other is not self and other.waits_for_client()]
            if slow:
                min(slow, key=lambda other: other._waiting_since).transport.abort()

    def waits_for_client(self) -> bool:
        """Say whether the server waits for the client to send or read."""
        if self.transport.is_closing():
            return False
        unread = self.transport.get_write_buffer_size() > 0
        return unread or self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None or self._answered:
            self._start_deadline()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._answered = True
        if self.transport.get_write_buffer_size() == 0:
            self._cancel_deadline()
        super().on_response_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_deadline()  # the next request was sent together with this one

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def _start_deadline(self) -> None:
        self._cancel_deadline()
        self._answered = False
        self._waiting_since = self.loop.time()
        self._deadline = self.loop.call_later(self.limit, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
