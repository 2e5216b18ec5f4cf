"""Run refreshes and publishes periodically: `digest serve`.

APScheduler makes the ticks.  The two pipelines run in parallel threads, so that a long refresh
delays no edition.  A refresh that is running at its tick runs once more afterwards.  Several
publishes may run in parallel: a mailing of hours delays no other digest, because one run at a time
serves each channel of a digest, and other runs skip that channel.  Expected errors are logged and
the ticks go on; a bug ends the service.
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
class _Job:
    """One of the two pipelines, and the event that starts it."""

    run: Callable[[datetime], object]
    event: threading.Event = field(default_factory=threading.Event)
    then: _Job | None = None
    """The pipeline that is started after this one."""
    parallel: bool = False
    """Whether several runs may be in progress at once."""


def serve(
    refresh: Callable[[datetime], object],
    publish: Callable[[datetime], object],
    *,
    every: timedelta = timedelta(minutes=1),
    grace: timedelta = timedelta(seconds=10),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    stop: threading.Event | None = None,
) -> None:
    """Call both pipelines with the time of `clock` each full minute (`every`), until a signal.

    The first refresh begins at once; each refresh is followed by a publish.  `refresh` is never
    called while it runs; `publish` may be, and both may run at once.  A pipeline that raises
    BusyError is called again.  `stop` is set when the service is to end: by SIGTERM or SIGINT, by
    a bug, or by the caller; a running pipeline may check it.  Work that has not ended after `grace`
    is abandoned, as in a crash.  A second signal ends the process at once.

    Must be called in the main thread.  Raises any exception of a pipeline but DigestError.
    """
    stop = stop or threading.Event()
    publishing = _Job(run=publish, parallel=True)
    refreshing = _Job(run=refresh, then=publishing)
    jobs = (refreshing, publishing)
    workers = _Workers(clock, stop)
    with _stopping_on_signals(stop):
        with _ticking(jobs, every):
            for job in jobs:
                workers.start(job)
            refreshing.event.set()
            _notify("READY=1")
            _wait_for(stop)
        _notify("STOPPING=1")
        for job in jobs:
            job.event.set()
        ended = workers.join(time.monotonic() + grace.total_seconds())
    if not ended:
        logger.warning("the work in hand is left; what is not saved of it is done again next time")
        _exit(workers.bugs)
    if workers.bugs:
        raise workers.bugs[0]


class _Workers:
    """The threads: one waiting thread for each pipeline, and the running ones."""

    def __init__(self, clock: Callable[[], datetime], stop: threading.Event) -> None:
        self.bugs: list[BaseException] = []
        """The exceptions of pipelines that were no DigestError."""
        self._clock = clock
        self._stop = stop
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, job: _Job) -> None:
        """Start a new thread that waits for the pipeline's event."""
        thread = threading.Thread(target=self._work, args=(job,), daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def join(self, deadline: float) -> bool:
        """Wait for all threads until `deadline` (monotonic clock); return whether all ended."""
        while alive := self._alive():
            if (left := deadline - time.monotonic()) <= 0:
                return False
            alive[0].join(left)
        return True

    def _alive(self) -> list[threading.Thread]:
        with self._lock:
            self._threads = {thread for thread in self._threads if thread.is_alive()}
            return list(self._threads)

    def _work(self, job: _Job) -> None:
        """Run a pipeline at each of its events, until the service stops.

        If several runs may be in progress, another thread waits for the next event meanwhile.
        """
        while job.event.wait() and not self._stop.is_set():
            job.event.clear()
            if job.parallel:
                self._alive()
                self.start(job)
            self._run(job)
            if job.parallel:
                return

    def _run(self, job: _Job) -> None:
        try:
            job.run(self._clock())
        except BusyError as busy:
            logger.info("%s", busy)
        except DigestError as error:
            logger.error("%s", error)
        except BaseException as bug:
            self.bugs.append(bug)  # raised again in the main thread
            self._stop.set()
        if job.then:
            job.then.event.set()


@contextmanager
def _ticking(jobs: tuple[_Job, ...], every: timedelta) -> Iterator[None]:
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": DebugExecutor()},  # in its own thread: a tick only sets an event
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        trigger = IntervalTrigger(seconds=every.total_seconds(), start_date=_EPOCH, timezone=UTC)
        scheduler.add_job(job.event.set, trigger)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown()


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at the first signal; end the process at the second."""

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


def _wait_for(stop: threading.Event) -> None:
    """Wait for `stop` through a second thread.

    A signal handler runs in the main thread, between any two steps.  If the main thread waited for
    the event itself, the handler could block for ever on the event's lock.  The handler also runs
    only when the main thread wakes up, so that thread must not sleep without end: the system may
    give the signal to another thread.
    """
    waiter = threading.Thread(target=stop.wait, daemon=True)
    waiter.start()
    while waiter.is_alive():
        waiter.join(timeout=1)


def _exit(bugs: list[BaseException]) -> NoReturn:
    """End the process at once: an interpreter exit with running threads may hang or abort."""
    for bug in bugs:
        traceback.print_exception(bug)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if bugs else 0)


def _notify(state: str) -> None:
    """Send a state to systemd, if NOTIFY_SOCKET is set (sd_notify(3))."""
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
