"""Serve an application from one socket, in one thread with uvicorn's loop.

- A request has a deadline: from its first byte to the last byte of its answer it has so long,
  however slowly the client speaks or reads (a "slow loris").
- One address has a limit of its own, far below that of all together: nobody takes all places.
- Behind a proxy all come from one address.  So when places become scarce, the connection that has
  kept us waiting longest gives its place up.  Who asks at once is never the one.
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
"""Seconds for a request and its answer."""
IDLE = 5
"""Seconds that a connection is kept open for another request."""
HEAD = 16_384
"""Bytes of a request's line and headers."""
CONNECTIONS = 512
"""Beyond them everybody is told to come later."""
SPARE = 64
"""Places below that limit from which on the slowest connection gives way to a new one."""
OF_ONE = 32
"""Connections of one address, where that is no proxy of ours."""
GRACE = 5
"""Seconds for what is being answered when the service ends."""

_REASONS = {
    errno.EADDRINUSE: "something listens there already: end it, or set another web.port",
    errno.EADDRNOTAVAIL: "this machine has no such address: set web.host to one it has",
    errno.EACCES: "this user may not: set a web.port above 1023 and let a proxy stand before it",
}


def listen(host: str, port: int) -> socket.socket:
    """Open the socket; raise ConfigError for a host that is none, DigestError where it is taken."""
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
    """Answer on `listener`, in a thread, until `stop` is set or the block is left.

    `is_proxy` tells which addresses speak for many.  `patience` is the deadline of a request, in
    seconds, `most` the number of connections, `spare` how many of these are for new ones.
    `stop` is set, too, where the server ends by itself; what ended it is raised then.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # each stray byte is a warning to it

    class Connection(_Connection):
        limit = patience
        crowd = most - spare
        speaks_for_many = staticmethod(is_proxy)

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
        # It counts connections that have given way until the loop has ended them as well.
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
            bugs.append(bug)  # travels up in the thread that waits
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
    """uvicorn, ended by an event."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


class _Connection(H11Protocol):
    """A connection that is cut off where a request and its answer take too long."""

    limit = PATIENCE
    crowd = CONNECTIONS - SPARE
    """With more connections than these, the slowest gives way."""
    speaks_for_many: Callable[[str], bool] = staticmethod(is_loopback)
    _end: asyncio.TimerHandle | None = None
    _answered = False
    """Whether the end is that of an answer which the other side has still to read."""
    _waiting_since = 0.0
    """When the loop's clock saw this request, or the connection, begin."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()
        others = [other for other in self.connections if isinstance(other, _Connection)]
        if self.client and not self.speaks_for_many(self.client[0]):
            own = [other for other in others if other.client and other.client[0] == self.client[0]]
            if len(own) > OF_ONE:
                transport.abort()
                return
        if len(others) > self.crowd:
            slow = [other for other in others if other is not self and other.waits_for_client()]
            if slow:
                min(slow, key=lambda other: other._waiting_since).transport.abort()

    def waits_for_client(self) -> bool:
        """Say whether the client has to speak or to read before anything goes on."""
        if self.transport.is_closing():
            return False
        unread = self.transport.get_write_buffer_size() > 0
        return unread or self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def data_received(self, data: bytes) -> None:
        if self._end is None or self._answered:
            self._begin()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._answered = True
        if self.transport.get_write_buffer_size() == 0:
            self._rest()
        super().on_response_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            self._begin()  # the next request had come along with this one

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._rest()
        self._answered = False
        self._waiting_since = self.loop.time()
        self._end = self.loop.call_later(self.limit, self.transport.abort)

    def _rest(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
