"""What is done after an answer."""

from __future__ import annotations

import logging
import threading

import pytest

from digest.errors import DeliveryError
from digest.web.background_queue import background_queue

LONG = 60.0


def test_work_is_done_in_order_and_before_the_end() -> None:
    done: list[int] = []
    with background_queue(threading.Event()) as send:
        assert all(send(lambda number=number: done.append(number)) for number in range(50))  # type: ignore[misc]
    assert done == list(range(50))


def test_who_sends_does_not_wait() -> None:
    go_on, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go_on.wait(LONG)

    with background_queue(threading.Event()) as send:
        assert send(slow)
        assert begun.wait(LONG)
        go_on.set()


def test_what_there_is_no_room_for_is_refused() -> None:
    go_on, begun, done = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        assert go_on.wait(LONG)

    with background_queue(threading.Event(), room=2) as send:
        assert send(slow)
        assert begun.wait(LONG)
        assert [send(lambda: done.append(1)) for _ in range(4)] == [True, True, False, False]
        go_on.set()
    assert done == [1, 1]


def test_what_is_wrong_in_the_world_is_logged_and_the_next_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[int] = []

    def fail() -> None:
        raise DeliveryError("the relay is gone", channel="smtp")

    with background_queue(threading.Event()) as send:
        send(fail)
        send(lambda: done.append(1))
    assert done == [1]
    assert caplog.record_tuples == [("digest.web", logging.ERROR, "the relay is gone")]


def test_a_bug_ends_the_service() -> None:
    stop = threading.Event()

    def serve() -> None:
        with background_queue(stop) as send:
            send(lambda: 1 / 0)
            assert stop.wait(LONG)

    with pytest.raises(ZeroDivisionError):
        serve()
