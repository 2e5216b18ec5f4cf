"""Work in, done after the answer: so that no answer waits for it or tells how it went."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digest.errors import DigestError

ROOM = 100
"""How much may be waiting; what is beyond it is refused."""
_GRACE = 5.0
"""Seconds for what is waiting when the service ends."""

Work = Callable[[], object]

logger = logging.getLogger("digest.web")


@contextmanager
def later(stop: threading.Event, room: int = ROOM) -> Iterator[Callable[[Work], bool]]:
    """Give a function that takes work to be done, in order, in one thread; or says it is full.

    What is wrong in the world is logged.  A bug sets `stop`, and is raised where the block is left.
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
                bugs.append(bug)  # travels up in the thread that waits
                stop.set()
                return

    def take(work: Work) -> bool:
        try:
            waiting.put_nowait(work)
        except queue.Full:
            return False
        return True

    thread = threading.Thread(target=run, daemon=True, name="web, later")
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
