"""An end to the computing time that one document may take, whatever stands in it.

Every reader of foreign documents is written to be linear; this is for what nobody foresaw.  A
document that would keep a processor busy for minutes is given up, and the feeds beside it go on.

The main thread is interrupted by a timer of the operating system: this also ends a regular
expression that does not come to an end.  Another thread has a watchdog beside it, which can
interrupt Python code alone.  What is counted is computing time and not the time of day, so a busy
or suspended machine gives up nothing.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

MOST_SECONDS = 10.0
"""Of computing, for each of two steps: reading a document, and cleaning its entries.

The largest document that is fetched takes about two seconds.
"""
AGAIN = 1.0
"""Seconds after which work that has ignored its end is told again."""


class TimeIsUp(BaseException):
    """The work has had its time.

    Like KeyboardInterrupt it is an interruption and no error: no guard against unforeseen errors
    may take it for one and go on.
    """

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_SECONDS:g} s of computing time")


@contextmanager
def time_limit(seconds: float | None = None) -> Iterator[None]:
    """Raise `TimeIsUp` in the block as soon as it has computed for `seconds`.

    The exception may come between any two steps of the block: keep out of it whatever others go on
    to use, such as a connection to the database.
    """
    most = MOST_SECONDS if seconds is None else seconds
    if threading.current_thread() is threading.main_thread():
        with _interrupted_by_timer(most):
            yield
    else:
        with _interrupted_by_watchdog(most):
            yield


@contextmanager
def _interrupted_by_timer(seconds: float) -> Iterator[None]:
    running = True

    def ring(_number: int, _frame: FrameType | None) -> None:
        if running:
            raise TimeIsUp

    handler = signal.signal(signal.SIGPROF, ring)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
            yield
        finally:
            running = False
    finally:  # once more, where the timer rang in the line above
        running = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)


@contextmanager
def _interrupted_by_watchdog(seconds: float) -> Iterator[None]:
    thread = threading.get_ident()
    lock = threading.Lock()
    ended = threading.Event()
    now = _computing_time_of(thread)
    until = now() + seconds

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            if (left := until - now()) > 0:
                wait = left
                continue
            with lock:
                if not ended.is_set():
                    _raise_in(thread, TimeIsUp)
            wait = AGAIN

    watchdog = threading.Thread(target=watch, name="time limit", daemon=True)
    watchdog.start()
    try:
        yield
    finally:
        with lock:
            ended.set()
        _raise_in(thread, None)  # what was to be raised after the end
        watchdog.join()


def _computing_time_of(thread: int) -> Callable[[], float]:
    """Return a clock of the computing time of a thread; of all time where there is none."""
    try:
        clock = time.pthread_getcpuclockid(thread)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock)


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise an exception in a thread, before its next step; ``None`` takes it back."""
    import ctypes  # hardly ever wanted

    raised = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
