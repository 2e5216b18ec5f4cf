"""The engine that hands jobs to workers: procrastinate, which only this module imports.

Rules that keep it simple: no job is ever retried, none has a lock or a result, and all are deleted
when they end.  A job that was lost, or whose worker died, is dropped; the next tick finds what is
due in the tables.  Each kind has a queue of its own, so that long mailings keep no feed waiting.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import procrastinate
from procrastinate import exceptions, jobs, schema
from psycopg import Error as PsycopgError
from psycopg_pool import PoolTimeout

from digest.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store

JOB_VERSION = 1
"""The form of the jobs that this version of the program writes and reads."""
TICK = "tick"
_TASK = "digest.job"
_TICK_TASK = "digest.tick"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two attempts to begin again when the server went away."""
_POLLS = 1.0
"""Seconds between two looks into a queue that was empty."""
_WAIT = 30.0
"""How many seconds to wait for the queue to take a job."""

_AWAY = (exceptions.ConnectorException, PsycopgError, PoolTimeout, OSError)
"""What is raised while the server is away."""

Handler = Callable[[str, Mapping[str, Any]], object]
"""Does a job of a kind with its arguments, in a thread of its own."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hint:
    """A job to be queued: its kind, and the ids that it carries."""

    kind: str
    arguments: Mapping[str, Any]

    @property
    def name(self) -> str:
        """A name that two like hints share; one of them is queued at a time."""
        return " ".join((self.kind, *map(str, self.arguments.values())))


def prepare(store: Store, connection: Connection) -> None:
    """Make or upgrade the tables of the engine; the connection is that of an upgrade.

    The engine's own files are run, each once; the table ``engine_revisions`` remembers which.
    """
    cursor = connection.connection.cursor()
    cursor.execute("SELECT to_regclass('procrastinate_jobs'), to_regclass('engine_revisions')")
    has_jobs, has_revisions = cursor.fetchone() or (None, None)
    known = [path.name for path in sorted(schema.migrations_path.glob("*.sql"))]
    if not has_jobs:
        cursor.execute(schema.SchemaManager.get_schema())
    elif not has_revisions:
        raise StoreError(
            f"the database {store.name} has a queue of procrastinate that is not of this program: "
            "name another schema in store.url (?schema=NAME)"
        )
    if not has_revisions:
        cursor.execute("CREATE TABLE engine_revisions (name text PRIMARY KEY)")
        cursor.executemany("INSERT INTO engine_revisions VALUES (%s)", [(name,) for name in known])
    cursor.execute("SELECT name FROM engine_revisions")
    applied = {name for (name,) in cursor.fetchall()}
    if newer := sorted(applied - set(known)):
        raise StoreError(
            f"the queue of the database {store.name} was made by a newer procrastinate "
            f"({newer[-1]}) than {version('procrastinate')}: install that one"
        )
    for name in known:
        if name not in applied:
            cursor.execute((schema.migrations_path / name).read_text())
            cursor.execute("INSERT INTO engine_revisions VALUES (%s)", (name,))
    cursor.close()


class Engine:
    """The queue of a database, and the jobs that this process does."""

    def __init__(self, address: str, options: Mapping[str, Any], lease: timedelta) -> None:
        self._lease = lease.total_seconds()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=address, kwargs=dict(options), min_size=1, max_size=6, timeout=10.0
            )
        )
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)

    # --- called from the threads of jobs ---

    def enqueue(self, hints: Iterable[Hint]) -> None:
        """Queue jobs, each unless one like it waits."""
        self._wait_for(self._enqueue(hints))

    def drop_stalled(self) -> int:
        """Drop the jobs whose workers died; return how many.  What is due is found by the tick."""
        found: int = self._wait_for(self._drop_stalled())
        return found

    def _wait_for(self, work: Any) -> Any:
        assert self._loop is not None, "the engine runs"
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_WAIT)
        except (*_AWAY, TimeoutError) as error:
            raise StoreError(f"the queue cannot be reached ({_said(error)})") from error

    async def _enqueue(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            job = self._app.configure_task(_TASK, queue=hint.kind, queueing_lock=hint.name)
            with suppress(exceptions.AlreadyEnqueued):
                await job.defer_async(
                    kind=hint.kind, version=JOB_VERSION, arguments=dict(hint.arguments)
                )

    async def _drop_stalled(self) -> int:
        manager = self._app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=self._lease))
        for job in stalled:
            with suppress(exceptions.ConnectorException):  # another tick was quicker
                await manager.finish_job(job, status=jobs.Status.FAILED, delete_job=True)
        return len(stalled)

    # --- called by the command ---

    def run(
        self, handler: Handler, queues: Mapping[str, int], every: int, stop: threading.Event
    ) -> None:
        """Do jobs of these queues, each so many at a time, until `stop` is set.

        All workers together tick once in `every` seconds.
        """
        self._define(handler, every)
        asyncio.run(self._run(queues, stop))

    def _define(self, handler: Handler, every: int) -> None:
        @self._app.task(name=_TASK, retry=False)
        def job(kind: str = "", version: int = 0, arguments: Any = None) -> None:
            if version != JOB_VERSION or not isinstance(arguments, dict):
                logger.warning(
                    "a job of the kind %r has the form %s, and %d is known here: it is left to "
                    "workers of another version",
                    kind,
                    version,
                    JOB_VERSION,
                )
                return
            handler(kind, arguments)

        # In procrastinate's cron lines the seconds come last.
        @self._app.periodic(cron=f"* * * * * */{every}")
        @self._app.task(
            name=_TICK_TASK, retry=False, queue=TICK, queueing_lock=TICK, pass_context=False
        )
        def tick(timestamp: int) -> None:
            handler(TICK, {"timestamp": timestamp})

    async def _run(self, queues: Mapping[str, int], stop: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_note_loss)
        threads = ThreadPoolExecutor(sum(queues.values()) + 4, thread_name_prefix="digest-job")
        self._loop.set_default_executor(threads)
        ended = asyncio.Event()

        async def watch() -> None:
            while not stop.is_set():
                await asyncio.sleep(0.2)
            ended.set()

        watching = asyncio.create_task(watch())
        working = [
            asyncio.create_task(self._work(queue, limit, ended)) for queue, limit in queues.items()
        ]
        await asyncio.gather(watching, *working)
        with suppress(Exception):  # the pool may not have been opened
            await self._app.close_async()

    async def _work(self, queue: str, limit: int, ended: asyncio.Event) -> None:
        """Work on one queue; begin again, ever more slowly, when the server went away."""
        pause = _FIRST_PAUSE
        while not ended.is_set():
            begun = asyncio.get_running_loop().time()
            try:
                await self._app.open_async()
                worker = asyncio.create_task(
                    self._app.run_worker_async(
                        queues=[queue],
                        concurrency=limit,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        listen_notify=False,  # it takes a connection for each queue
                        fetch_job_polling_interval=_POLLS,
                        update_heartbeat_interval=self._lease / 6,
                        stalled_worker_timeout=self._lease,
                    )
                )
                ending = asyncio.create_task(ended.wait())
                await asyncio.wait({worker, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not worker.done():
                    worker.cancel()  # it finishes the jobs in hand
                ending.cancel()
                await worker
            except asyncio.CancelledError:
                if ended.is_set():
                    return
                raise
            except _AWAY as error:
                logger.warning("the queue cannot be reached, and is tried again (%s)", _said(error))
            lasted = asyncio.get_running_loop().time() - begun
            pause = _FIRST_PAUSE if lasted > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), pause)


def _note_loss(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task of the engine raised that nobody waits for.

    A job whose end could not be noted is dropped by a tick.
    """
    error = context.get("exception")
    if isinstance(error, _AWAY):
        logger.info("the end of a job could not be noted (%s)", _said(error))
    else:
        loop.default_exception_handler(context)


def _said(error: BaseException) -> str:
    """Return the first line of what the server or its driver said."""
    lines = str(error.__cause__ or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
