"""Messages in, their outcomes out: threads of which each holds a way for mail and only sends.

A thread is started, and a connection opened, only when a message waits and all others are busy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread

from digest.deliver import MailChannel, MailSession, MailSettings
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt

SendOutcome = Receipt | DeliveryError


class WorkerPool:
    """What its owner gives it is sent, at most ``settings.connections`` messages at a time."""

    def __init__(self, carrier: MailChannel, settings: MailSettings) -> None:
        self._carrier = carrier
        self._settings = settings
        self._given: SimpleQueue[tuple[int, Envelope] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, SendOutcome] | BaseException] = SimpleQueue()
        self._threads: list[Thread] = []
        self._busy = 0

    def give(self, number: int, envelope: Envelope) -> None:
        """Have a message sent; `number` comes back with what became of it."""
        self._busy += 1
        if self._busy > len(self._threads):
            thread = Thread(target=self._work, name="digest-mail", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._given.put((number, envelope))

    def landed(self, timeout: float | None = None) -> list[tuple[int, SendOutcome]]:
        """Wait for an outcome, at most `timeout` seconds, and give all there are.

        Raises what is a bug of ours.
        """
        done: list[tuple[int, SendOutcome]] = []
        with suppress(Empty):
            done.append(self._taken(self._done.get(timeout=timeout)))
            while True:
                done.append(self._taken(self._done.get_nowait()))
        return done

    def _taken(self, done: tuple[int, SendOutcome] | BaseException) -> tuple[int, SendOutcome]:
        self._busy -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def dismiss(self, *, wait: bool) -> None:
        """End the threads, each after the message in its hands; `wait` until they say goodbye."""
        for _ in self._threads:
            self._given.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        try:
            job = self._given.get()
            while job:
                try:
                    with self._carrier.connect(self._settings) as post:
                        while job:
                            self._done.put((job[0], _sent(post, job[1])))
                            job = self._given.get()
                except DeliveryError as error:
                    if job is None:
                        return  # only the goodbye failed
                    self._done.put((job[0], error))
                    job = self._given.get()
        except BaseException as bug:
            self._done.put(bug)  # travels up in the main thread


def _sent(post: MailSession, envelope: Envelope) -> SendOutcome:
    try:
        return post.send(envelope)
    except DeliveryError as error:
        return error


@contextmanager
def worker_pool(carrier: MailChannel, settings: MailSettings) -> Iterator[WorkerPool]:
    """Give a crew for as long as the context lasts."""
    hired = WorkerPool(carrier, settings)
    try:
        yield hired
    except BaseException:
        hired.dismiss(wait=False)
        raise
    hired.dismiss(wait=True)
