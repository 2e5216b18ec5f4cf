"""Worker threads that send messages; each has a session of its own.

A worker is started, and its session opened, only when a message waits and all other workers are
busy.  A worker that gets no connection while others have one puts its message back into the queue
and ends: many servers allow a few connections at once and refuse the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from digest.deliver import MailChannel, MailSession, MailSettings
from digest.errors import DeliveryError
from digest.model import Envelope, Receipt
from digest.pipeline.delivery.unforeseen import unforeseen

SendOutcome = Receipt | DeliveryError
_Job = tuple[int, Envelope]


class WorkerPool:
    """Sends the messages that its owner gives it, at most `limit` at a time."""

    def __init__(self, channel: MailChannel, settings: MailSettings, name: str) -> None:
        self._channel = channel
        self._settings = settings
        self._name = name
        """The channel's name, for errors."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[int, SendOutcome] | BaseException] = SimpleQueue()
        self._threads: list[Thread] = []
        self._busy = 0
        self._lock = Lock()
        self._working = 0
        """How many workers have not given up."""
        self.limit = settings.connections
        """How many messages may be sent at once; fewer where the server refused a connection."""

    def give(self, number: int, envelope: Envelope) -> None:
        """Queue a message; `outcomes` returns its `number` with its outcome."""
        self._busy += 1
        with self._lock:
            needs_worker = self._busy > self._working < self.limit
            self._working += needs_worker
        if needs_worker:
            thread = Thread(target=self._work, name="digest-mail", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((number, envelope))

    def outcomes(self, timeout: float | None = None) -> list[tuple[int, SendOutcome]]:
        """Wait for an outcome, at most `timeout` seconds; return all outcomes so far."""
        done: list[tuple[int, SendOutcome]] = []
        with suppress(Empty):
            done.append(self._taken(self._outcomes.get(timeout=timeout)))
            while True:
                done.append(self._taken(self._outcomes.get_nowait()))
        return done

    @property
    def busy(self) -> int:
        """How many messages were given whose outcome has not been returned."""
        return self._busy

    def _taken(self, done: tuple[int, SendOutcome] | BaseException) -> tuple[int, SendOutcome]:
        self._busy -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def end(self, *, wait: bool) -> None:
        """End the workers, each after its message; `wait` until they have closed their sessions."""
        for _ in self._threads:
            self._jobs.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        try:
            job = self._jobs.get()
            while job:
                job = self._send_from(job)
        except BaseException as error:  # the end of the process: raised in the main thread
            self._outcomes.put(error)

    def _send_from(self, job: _Job) -> _Job | None:
        """Send `job` and the jobs after it over one session.

        Returns the job to send over a new session, or None where the worker is to end.
        """
        current: _Job | None = job
        try:
            with self._channel.connect(self._settings) as session:
                while current:
                    outcome = self._sent(session, current[1])
                    if self._gives_up(outcome):
                        self._jobs.put(current)
                        return None
                    self._outcomes.put((current[0], outcome))
                    current = self._jobs.get()
                return None
        except DeliveryError as error:
            failure = error
        except Exception as error:  # a channel may be a plugin: no channel stops another
            failure = unforeseen(error, channel=self._name, channel_down=True)
        if current is None:
            return None  # all messages were sent: only closing failed
        failure.not_connected = True
        if self._gives_up(failure):
            self._jobs.put(current)
            return None
        self._outcomes.put((current[0], failure))
        return self._jobs.get()

    def _gives_up(self, outcome: SendOutcome) -> bool:
        """Return whether this worker ends for want of a connection that others have."""
        if not (isinstance(outcome, DeliveryError) and outcome.not_connected):
            return False
        with self._lock:
            if self._working < 2:
                return False
            self._working -= 1
            self.limit = self._working
            return True

    def _sent(self, session: MailSession, envelope: Envelope) -> SendOutcome:
        try:
            return session.send(envelope)
        except DeliveryError as error:
            return error
        except Exception as error:  # the message may have been sent: others still go out
            return unforeseen(error, channel=self._name, recipient=envelope.recipient, unknown=True)


@contextmanager
def worker_pool(channel: MailChannel, settings: MailSettings, name: str) -> Iterator[WorkerPool]:
    """Yield a pool of workers, which end with the context."""
    pool = WorkerPool(channel, settings, name)
    try:
        yield pool
    except BaseException:
        pool.end(wait=False)
        raise
    pool.end(wait=True)
