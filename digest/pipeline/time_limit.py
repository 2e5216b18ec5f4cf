"""Limit the computing time for one document.

All code that reads foreign documents is meant to take linear time; this limit is for unforeseen
cases.  A document that would take minutes is given up, and other feeds go on.

In the main thread a timer of the operating system interrupts the work, even a regular expression
without end.  In another thread a watchdog thread does so, which can interrupt Python code only.
The limit is for computing time and not for wall-clock time, so a busy or suspended machine gives up
no document.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

MOST_SECONDS = 10.0
"""The computing time for each of two steps: parsing a document, and cleaning its entries.

The largest document that is fetched takes about two seconds.
"""
AGAIN = 1.0
"""Seconds after which work that has caught the exception is interrupted again."""


class TimeIsUp(BaseException):
    """The work has reached its time limit.

    Like KeyboardInterrupt this is no Exception, so that no handler of unforeseen errors catches it
    and goes on.
    """

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_SECONDS:g} s of computing time")


@contextmanager
def time_limit(seconds: float | None = None) -> Iterator[None]:
    """Raise `TimeIsUp` in the block once it has used `seconds` of computing time.

    The exception may come between any two steps of the block, so the block must not use objects
    that are needed afterwards, such as a database connection.
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
    finally:  # again, in case the timer fired in the line above
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
        _raise_in(thread, None)  # cancel an exception that is not raised yet
        watchdog.join()


def _computing_time_of(thread: int) -> Callable[[], float]:
    """Return a clock of a thread's computing time; the monotonic clock if there is none."""
    try:
        clock = time.pthread_getcpuclockid(thread)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock)


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise an exception in a thread, before its next step; ``None`` takes it back."""
    import ctypes  # rarely needed

    raised = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
