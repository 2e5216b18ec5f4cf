"""A queue for work after the response, so that no response depends on its time or result."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digest.errors import DigestError

ROOM = 100
"""The most items of work in the queue; more are refused."""
_GRACE = 5.0
"""Seconds for the queued work when the service ends."""

Work = Callable[[], object]

logger = logging.getLogger("digest.web")


@contextmanager
def background_queue(stop: threading.Event, room: int = ROOM) -> Iterator[Callable[[Work], bool]]:
    """Return a function that queues work for one thread; the function returns False when full.

    Expected errors are logged.  A bug sets `stop` and is raised at the end of the block.
    """
    waiting: queue.Queue[Work | None] = queue.Queue(room)
    bugs: list[BaseException] = []

    def run() -> None:
        while (work := waiting.get()) is not None:
            try:
                work()
            except DigestError as error:
                logger.error("%s", error)
            except BaseException as bug:
                bugs.append(bug)  # raised again at the end of the block
                stop.set()
                return

    def take(work: Work) -> bool:
        try:
            waiting.put_nowait(work)
        except queue.Full:
            return False
        return True

    thread = threading.Thread(target=run, daemon=True, name="web background queue")
    thread.start()
    try:
        yield take
    finally:
        try:
            waiting.put(None, timeout=_GRACE)
        except queue.Full:
            logger.warning("some sign-ups are left; whoever made them gets no mail")
        thread.join(_GRACE)
    if bugs:
        raise bugs[0]
