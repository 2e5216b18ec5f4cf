"""Ports for programs that cannot be told port 0, and ports where nobody listens."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = range(20_000, 30_000)
"""Below the ports that Linux, macOS and BSD hand out to whoever asks for port 0."""
_chosen: set[int] = set()


def free_port() -> int:
    """Return a port that nobody has and that the system gives to no other test meanwhile."""
    chance = random.Random(os.urandom(8))
    while True:
        port = chance.choice(_USUAL)
        if port in _chosen:
            continue
        try:
            with socket.create_server(("127.0.0.1", port)):
                _chosen.add(port)
                return port
        except OSError:
            continue


@contextmanager
def closed_port() -> Iterator[int]:
    """Hold a port that refuses connections, so that no other test gets it meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])
