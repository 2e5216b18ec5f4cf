"""The service: ticks, ends, signals."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from digest.errors import BusyError, StoreError
from digest.pipeline.serve import serve

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)
SOON = timedelta(milliseconds=10)
LONG = timedelta(hours=9)


def nothing(now: datetime) -> None:
    assert now.tzinfo is UTC


def stopping_after(calls: int, stop: threading.Event) -> Callable[[datetime], None]:
    numbers = count(1)

    def line(now: datetime) -> None:
        if next(numbers) >= calls:
            stop.set()

    return line


# --- ticks ----------------------------------------------------------------------------------------


def test_both_lines_are_called_again_and_again() -> None:
    stop, refreshes = threading.Event(), []  # type: ignore[var-annotated]
    serve(refreshes.append, stopping_after(5, stop), every=SOON, clock=lambda: NOW, stop=stop)
    assert len(refreshes) >= 2
    assert set(refreshes) == {NOW}


def test_the_first_refresh_is_at_once_and_publishing_after_it() -> None:
    stop, calls = threading.Event(), []

    def publish(now: datetime) -> None:
        calls.append("publish")
        stop.set()

    serve(lambda now: calls.append("refresh"), publish, every=LONG, stop=stop)
    assert calls == ["refresh", "publish"]


def test_a_long_refresh_keeps_no_edition_waiting() -> None:
    stop, published = threading.Event(), threading.Event()
    line = stopping_after(3, published)

    def refresh(now: datetime) -> None:
        assert published.wait(60)
        stop.set()

    serve(refresh, line, every=SOON, stop=stop)
    assert published.is_set()


def test_a_line_is_never_called_beside_itself() -> None:
    stop, inside = threading.Event(), threading.Lock()

    def refresh(now: datetime) -> None:
        assert inside.acquire(blocking=False)
        stop.wait(0.03)
        inside.release()

    serve(refresh, stopping_after(8, stop), every=SOON / 5, stop=stop)


def test_publishing_runs_beside_itself_so_that_what_takes_long_keeps_nothing_waiting() -> None:
    stop, calls, released = threading.Event(), [], threading.Event()

    def publish(now: datetime) -> None:
        calls.append(now)
        if len(calls) == 1:
            assert released.wait(60)  # a list that is mailed slowly
        elif len(calls) == 3:
            released.set()
            stop.set()

    serve(nothing, publish, every=SOON, stop=stop)
    assert len(calls) >= 3


def test_ticks_in_the_time_of_a_call_make_one_more_call() -> None:
    stop, calls = threading.Event(), []
    late = threading.Event()

    def refresh(now: datetime) -> None:
        calls.append(now)
        if len(calls) == 1:
            assert late.wait(60)  # for many ticks
            calls.append("end")
        else:
            stop.set()

    serve(refresh, stopping_after(20, late), every=SOON, stop=stop)
    assert calls[1] == "end"
    assert len(calls) == 3


# --- what goes wrong ------------------------------------------------------------------------------


def test_what_is_wrong_in_the_world_is_logged_in_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop = threading.Event()
    again = stopping_after(3, stop)

    def publish(now: datetime) -> None:
        again(now)
        raise StoreError("the disk is full")

    with caplog.at_level(logging.INFO, "digest.pipeline.serve"):
        serve(nothing, publish, every=SOON, stop=stop)
    assert caplog.record_tuples.count(
        ("digest.pipeline.serve", logging.ERROR, "the disk is full")
    ) == len(caplog.records)
    assert len(caplog.records) >= 3
    assert not any(record.exc_info for record in caplog.records)


def test_another_run_at_work_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()
    again = stopping_after(2, stop)

    def refresh(now: datetime) -> None:
        again(now)
        raise BusyError("another run is at work")

    with caplog.at_level(logging.INFO, "digest.pipeline.serve"):
        serve(refresh, nothing, every=SOON, stop=stop)
    assert {record.levelno for record in caplog.records} == {logging.INFO}


@pytest.mark.parametrize("bug", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_a_bug_ends_the_service(bug: type[BaseException]) -> None:
    stop = threading.Event()

    def refresh(now: datetime) -> None:
        raise bug

    with pytest.raises(bug) as error:
        serve(refresh, nothing, every=LONG, stop=stop)
    assert error.traceback[-1].name == "refresh"
    assert stop.is_set()


def test_the_handlers_of_signals_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    serve(lambda now: os.kill(os.getpid(), signal.SIGTERM), nothing, every=LONG)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_no_thread_is_left() -> None:
    stop = threading.Event()
    before = set(threading.enumerate())
    serve(nothing, stopping_after(2, stop), every=SOON, stop=stop)
    assert set(threading.enumerate()) <= before


def test_a_signal_that_another_thread_gets_is_seen() -> None:
    serve(lambda now: signal.raise_signal(signal.SIGTERM), nothing, every=LONG)


# --- systemd --------------------------------------------------------------------------------------


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"@digest-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    stop = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name[1:] if abstract else name)
        serve(nothing, stopping_after(1, stop), every=LONG, stop=stop)
        assert receiver.recv(100) == b"READY=1"
        assert receiver.recv(100) == b"STOPPING=1"


def test_a_deaf_systemd_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/socket")
    stop = threading.Event()
    serve(nothing, stopping_after(1, stop), every=LONG, stop=stop)
    assert "systemd cannot be told READY=1" in caplog.text


# --- signals, in a process of its own -------------------------------------------------------------

PROGRAM = """
import sys, threading
from datetime import timedelta
from digest.pipeline.serve import serve

stop = threading.Event()

def say(word):
    print(word, flush=True)

def idle(now):
    say("ready")

def patient(now):
    say("ready")
    stop.wait()
    say("finished")

def stubborn(now):
    say("ready")
    threading.Event().wait()

def buggy(now):
    say("ready")
    stop.wait()
    1 / 0

def nothing(now):
    pass

line, grace = globals()[sys.argv[1]], timedelta(seconds=float(sys.argv[2]))
serve(line, nothing, every=timedelta(hours=9), grace=grace, stop=stop)
say("end")
"""


def run(line: str, *signals: signal.Signals, grace: float = 20) -> tuple[int, str, str]:
    """Start the service, send it signals once a line is at work, return how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, line, str(grace)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        for number in signals:
            process.send_signal(number)
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_cleanly(number: signal.Signals) -> None:
    assert run("idle", number) == (0, "end\n", "")


def test_the_work_in_hand_is_finished() -> None:
    assert run("patient", signal.SIGTERM) == (0, "finished\nend\n", "")


def test_work_without_end_is_left() -> None:
    status, out, err = run("stubborn", signal.SIGTERM, grace=0.05)
    assert (status, out) == (0, "")
    assert err == "the work in hand is left; what is not saved of it is done again next time\n"


def test_a_second_signal_ends_it_at_once() -> None:
    status, out, _ = run("stubborn", signal.SIGTERM, signal.SIGINT)
    assert status in (-signal.SIGTERM, -signal.SIGINT)
    assert out == ""


def test_a_bug_ends_it_with_a_traceback() -> None:
    status, out, err = run("buggy", signal.SIGTERM)
    assert (status, out) == (1, "")
    assert err.startswith("Traceback")
    assert err.endswith("ZeroDivisionError: division by zero\n")
