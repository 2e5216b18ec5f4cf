"""A mail server that takes everything and keeps nothing, in a process of its own.

    python bench/_sink.py

Prints its port; says how many messages it took when its standard input ends.
"""

from __future__ import annotations

import socket
import sys
from threading import Lock, Thread

_END = b"\r\n.\r\n"
taken = 0
lock = Lock()


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    Thread(target=_accept, args=(listening,), daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()
    print(taken)


def _accept(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    connection.sendall(b"220 sink\r\n")
    received = b""
    while True:
        while b"\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece
        line, _, received = received.partition(b"\r\n")
        verb = line[:4].upper()
        if verb == b"DATA":
            connection.sendall(b"354 go on\r\n")
            received = _message(connection, received)
            connection.sendall(b"250 taken\r\n")
        elif verb == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 ok\r\n")


def _message(connection: socket.socket, received: bytes) -> bytes:
    """Read a message to its final dot; return what came after it."""
    global taken
    tail = b"\r\n" + received
    while _END not in tail:
        piece = connection.recv(1 << 18)
        if not piece:
            raise SystemExit
        tail = tail[-4:] + piece
    with lock:
        taken += 1
    return tail.partition(_END)[2]


if __name__ == "__main__":
    main()
