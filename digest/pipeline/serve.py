"""Wake the two lines when it is time: `digest serve`.

The ticks are APScheduler's.  The lines run side by side in threads, so that a long refresh keeps
no edition from being made.  A refresh that is at work when its tick comes runs once more when it
is done.  Publishing runs beside itself: a list that is mailed for hours keeps no other digest
waiting, because each digest's channel is served by one run at a time and the others pass it by.
What is wrong in the world is logged and the ticks go on; a bug of ours ends the service.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import NoReturn

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.errors import BusyError, DigestError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Line:
    """One of the two lines, and the event that wakes it."""

    run: Callable[[datetime], object]
    wake: threading.Event = field(default_factory=threading.Event)
    then: _Line | None = None
    """The line that has something to look at when this one is done."""
    beside_itself: bool = False
    """Whether it may run again while it is still at work."""


def serve(
    refresh: Callable[[datetime], object],
    publish: Callable[[datetime], object],
    *,
    every: timedelta = timedelta(minutes=1),
    grace: timedelta = timedelta(seconds=10),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    stop: threading.Event | None = None,
) -> None:
    """Call each line with the time of `clock` on the full minute (`every`), until a signal ends it.

    The first refresh is at once, and publishing is looked at after each.  `refresh` is never
    called while it is at work; `publish` is, and both may be at work at once.  A line that raises
    BusyError is called again.  `stop` is set when the service is to end: by SIGTERM or SIGINT, by
    a bug, or by the caller; a line at work may look at it.  What has not ended after `grace` is
    left, as in a crash.  A second signal ends the process at once.

    Must be called in the main thread.  Raises what a line raised, if it was no DigestError.
    """
    stop = stop or threading.Event()
    publishing = _Line(run=publish, beside_itself=True)
    refreshing = _Line(run=refresh, then=publishing)
    lines = (refreshing, publishing)
    workers = _Workers(clock, stop)
    with _stopping_on_signals(stop):
        with _ticking(lines, every):
            for line in lines:
                workers.start(line)
            refreshing.wake.set()
            _notify("READY=1")
            _wait(stop)
        _notify("STOPPING=1")
        for line in lines:
            line.wake.set()
        ended = workers.join(time.monotonic() + grace.total_seconds())
    if not ended:
        logger.warning("the work in hand is left; what is not saved of it is done again next time")
        _exit(workers.bugs)
    if workers.bugs:
        raise workers.bugs[0]


class _Workers:
    """The threads of the lines: for each line one that waits to be woken, and those at work."""

    def __init__(self, clock: Callable[[], datetime], stop: threading.Event) -> None:
        self.bugs: list[BaseException] = []
        """What a line raised that was no DigestError."""
        self._clock = clock
        self._stop = stop
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, line: _Line) -> None:
        """Let a new thread wait for the line's turn."""
        thread = threading.Thread(target=self._work, args=(line,), daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def join(self, deadline: float) -> bool:
        """Wait for all threads until `deadline`, of the monotonic clock; tell whether all ended."""
        while alive := self._alive():
            if (left := deadline - time.monotonic()) <= 0:
                return False
            alive[0].join(left)
        return True

    def _alive(self) -> list[threading.Thread]:
        with self._lock:
            self._threads = {thread for thread in self._threads if thread.is_alive()}
            return list(self._threads)

    def _work(self, line: _Line) -> None:
        """Run a line each time it is woken, until the service stops.

        Where it may run beside itself, another thread waits for its next turn meanwhile.
        """
        while line.wake.wait() and not self._stop.is_set():
            line.wake.clear()
            if line.beside_itself:
                self._alive()
                self.start(line)
            self._run(line)
            if line.beside_itself:
                return

    def _run(self, line: _Line) -> None:
        try:
            line.run(self._clock())
        except BusyError as busy:
            logger.info("%s", busy)
        except DigestError as error:
            logger.error("%s", error)
        except BaseException as bug:
            self.bugs.append(bug)  # travels up in the main thread
            self._stop.set()
        if line.then:
            line.then.wake.set()


@contextmanager
def _ticking(lines: tuple[_Line, ...], every: timedelta) -> Iterator[None]:
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": DebugExecutor()},  # in its own thread: a tick only sets an event
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for line in lines:
        trigger = IntervalTrigger(seconds=every.total_seconds(), start_date=_EPOCH, timezone=UTC)
        scheduler.add_job(line.wake.set, trigger)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown()


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at the first signal, die at the second."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _wait(stop: threading.Event) -> None:
    """Wait for `stop`, in a thread of its own.

    A handler runs in the main thread, between any two steps of it: were that thread to wait for
    the event itself, setting it might wait for ever for the event's own lock.  And it runs only
    when that thread wakes, which a signal that the system gives to another thread does not do.
    """
    waiter = threading.Thread(target=stop.wait, daemon=True)
    waiter.start()
    while waiter.is_alive():
        waiter.join(timeout=1)


def _exit(bugs: list[BaseException]) -> NoReturn:
    """End the process: an interpreter that ends beside threads at work may hang or abort."""
    for bug in bugs:
        traceback.print_exception(bug)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if bugs else 0)


def _notify(state: str) -> None:
    """Tell systemd, where it asks to be told (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket (unix(7))
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(state.encode(), address)
        except OSError as error:
            logger.warning("systemd cannot be told %s: %s", state, error)
