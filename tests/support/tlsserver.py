"""A loopback server that misbehaves below HTTP: before, within and after a TLS handshake.

    with TlsServer(lambda connection: connection.sendall(b"HTTP/1.1 400 No\\r\\n\\r\\n")) as server:
        server.url("/a.xml")    # https://127.0.0.1:PORT/a.xml
        server.connections      # how many were taken

The script gets each connection as it was accepted, in a thread of its own.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread

Script = Callable[[socket.socket], object]

PAUSE = 0.05
"""Seconds between the bytes of a server that drips."""


class TlsServer:
    """Gives every connection to `script`, for as long as the context lasts."""

    def __init__(self, script: Script, host: str = "127.0.0.1") -> None:
        self.script = script
        self.connections = 0
        self.ended = Event()
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[Thread] = []
        self._listening = socket.create_server((host, 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}{path}"

    def __enter__(self) -> TlsServer:
        self._accepting = Thread(target=self._accept, name="tlsserver", daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                self._open.add(connection)
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self.script(connection)
        with self._lock:
            self._open.discard(connection)
            connection.close()

    def drip(self, connection: socket.socket, data: bytes) -> None:
        """Send one byte after the other, until the client or the test has had enough."""
        for byte in data:
            if self.ended.wait(PAUSE):
                return
            connection.sendall(bytes([byte]))


def hello(connection: socket.socket) -> None:
    """Take what the client says first."""
    connection.recv(65_536)


def answering(
    context: ssl.SSLContext, answer: bytes, *, notify: bool = False, reset: bool = False
) -> Script:
    """Give an answer after the handshake and close, with or without a word (close_notify)."""

    def serve(connection: socket.socket) -> None:
        # The copy is closed here; the server closes the original.
        with context.wrap_socket(connection.dup(), server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(answer)
            if notify:
                secured.unwrap()
            if reset:
                linger = b"\1\0\0\0\0\0\0\0"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return serve
