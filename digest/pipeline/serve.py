"""Wake the two lines when it is time: `digest serve`.

The ticks are APScheduler's; each line has a thread of its own, so that a long refresh keeps no
edition from being looked at.  A tick that finds its line at work is not lost and not counted: the
line runs once more when it is done.  What is wrong in the world is logged and the ticks go on; a
bug of ours ends the service.
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

    The first refresh is at once, and publishing is looked at after each.  The lines run side by
    side, in threads: where they must not, they take a lock and raise BusyError, and are called
    again.  `stop` is set when the service is to end: by SIGTERM or SIGINT, by a bug, or by the
    caller; a line at work may look at it.  What has not ended after `grace` is left, as in a
    crash.  A second signal ends the process at once.

    Must be called in the main thread.  Raises what a line raised, if it was no DigestError.
    """
    stop = stop or threading.Event()
    publishing = _Line(run=publish)
    refreshing = _Line(run=refresh, then=publishing)
    lines = (refreshing, publishing)
    bugs: list[BaseException] = []
    workers = [
        threading.Thread(target=_work, args=(line, clock, stop, bugs), daemon=True)
        for line in lines
    ]
    with _stopping_on_signals(stop):
        with _ticking(lines, every):
            for worker in workers:
                worker.start()
            refreshing.wake.set()
            _notify("READY=1")
            _wait(stop)
        _notify("STOPPING=1")
        for line in lines:
            line.wake.set()
        deadline = time.monotonic() + grace.total_seconds()
        for worker in workers:
            worker.join(max(0, deadline - time.monotonic()))
    if any(worker.is_alive() for worker in workers):
        logger.warning("the work in hand is left; what is not saved of it is done again next time")
        _exit(bugs)
    if bugs:
        raise bugs[0]


def _work(
    line: _Line,
    clock: Callable[[], datetime],
    stop: threading.Event,
    bugs: list[BaseException],
) -> None:
    """Run a line each time it is woken, until the service stops."""
    while line.wake.wait() and not stop.is_set():
        line.wake.clear()
        try:
            line.run(clock())
        except BusyError as busy:
            logger.info("%s", busy)
        except DigestError as error:
            logger.error("%s", error)
        except BaseException as bug:
            bugs.append(bug)  # travels up in the main thread
            stop.set()
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
