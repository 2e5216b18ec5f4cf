"""`digest worker` and `digest jobs`: share the work of one database among many machines."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, log_option, pass_context
from digest.cli.serve import LiveConfig, reloading_on_hangup
from digest.cli.summary import tell
from digest.errors import ConfigError, DigestError, StoreError
from digest.resources import install_command

if TYPE_CHECKING:
    from digest.pipeline.delivery.report import DeliveryReport
    from digest.pipeline.publish import Outcome
    from digest.pipeline.refresh import Refreshed
    from digest.store.workers import WorkerState

GRACE = 25.0
"""Seconds for the work in hand after a signal: within the 30 that most supervisors give."""
_PATIENCE = 60.0
"""Seconds that work waits for a server that is away."""


@click.command()
@click.option(
    "--only",
    type=click.Choice(["refresh", "publish", "deliver"]),
    multiple=True,
    help="Do only this kind of work; may be given again.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    help="Jobs of each kind at a time; otherwise worker.concurrency.",
)
@log_option
@common_options
@pass_context
def worker(context: Context, only: tuple[str, ...], concurrency: int | None) -> None:
    """Work on a database of PostgreSQL beside other workers, until a signal.

    Any number of workers, on any number of machines, share the feeds, the editions and the
    mailings.  Each needs the same configuration; one with an older file leaves what differs to the
    others.  `digest serve --web --no-work` serves the pages beside them.
    """
    if context.logical_now is not None:
        raise click.UsageError("worker does not take --now, because it follows the clock")
    context.stamped = True
    try:
        _work(context, LiveConfig(context), only, concurrency)
    finally:
        context.stamped = False


def _work(
    context: Context, live: LiveConfig, only: tuple[str, ...], concurrency: int | None
) -> None:
    from digest.store import open_store

    config = live.current()
    if not config.store.url.startswith("postgresql"):
        raise ConfigError(
            "workers share a database of PostgreSQL, and store.url names one of SQLite: "
            "`digest serve` does all the work on one machine"
        )
    try:
        from digest.pipeline.cluster.engine import Engine, prepare
        from digest.pipeline.cluster.worker import EVERY, KINDS, ClusterWorker, queues
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        raise ConfigError(
            f"`digest worker` needs procrastinate: {install_command('cluster')}"
        ) from error
    from digest.pipeline.delivery.sender import kept_alive
    from digest.pipeline.publish import published

    store = open_store(config.store.url, busy_timeout=60, patience=_PATIENCE)
    stop = threading.Event()
    kinds = only or KINDS
    name = f"{socket.gethostname()} {os.getpid()}"
    try:
        store.upgrade_by(lambda connection: prepare(store, connection))
        address, options = store.address()
        engine = Engine(address, options, config.worker.lease)

        def report(
            refreshed: Refreshed | None,
            outcomes: Iterable[Outcome],
            reports: Iterable[DeliveryReport],
        ) -> None:
            tell(context, refreshed, published(outcomes, reports))

        cluster_worker = ClusterWorker(live.current, store, engine, name, report, stop)
        cluster_worker.begin(kinds)
        with (
            reloading_on_hangup(live),
            _ending_on_signals(stop),
            kept_alive(store, cluster_worker.show_life, config.worker.lease),
        ):
            context.say(f"Working ({', '.join(kinds)}); Ctrl-C ends it.")
            limits = queues(kinds, concurrency or config.worker.concurrency)
            every = min(EVERY, max(1, round(config.worker.lease.total_seconds() / 4)))
            engine.run(cluster_worker.do, limits, every, stop)
        with suppress(StoreError):
            cluster_worker.end()
    finally:
        store.close()


@contextmanager
def _ending_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at the first signal; end the process after the grace, or at the second signal."""

    def end_now() -> None:
        logging.getLogger(__name__).warning(
            "the work in hand is left; other workers take it over when its lease ends"
        )
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()
        timer = threading.Timer(GRACE, end_now)
        timer.daemon = True
        timer.start()

    signals = (signal.SIGTERM, signal.SIGINT)
    previous = {number: signal.signal(number, handle) for number in signals}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@click.command()
@common_options
@pass_context
def jobs(context: Context) -> None:
    """List the jobs of workers that wait or are being done, and the workers.

    The queue only holds hints: what is due stands in the other tables, and each tick queues it
    again.
    """
    from digest.store import queued_jobs, workers

    config = context.config()
    with context.store(config) as store:
        if not store.is_shared:
            raise DigestError("there are no workers on a database of SQLite")
        with store.read() as connection:
            states = workers.states(connection)
            queued = queued_jobs.queued(connection)
    context.report(
        {"workers": [asdict(state) for state in states], "jobs": [asdict(job) for job in queued]}
    )
    for state in states:
        context.say(_line_of(state))
    for job in queued:
        values = " ".join(map(str, job.arguments.values()))
        stage = "being done" if job.is_begun else "waits     "
        context.say(f"{stage}  {job.kind} {values}".rstrip())
    if not queued:
        context.say("No job waits.")


def _line_of(state: WorkerState) -> str:
    life = "works" if state.is_alive else ("ended" if state.ended_at else "silent")
    ticked = f", ticked {state.ticked_at:%H:%M:%S} UTC" if state.ticked_at else ""
    return (
        f"{life}  {state.name}  {state.kinds}  configuration {state.configuration}, version "
        f"{state.version}, seen {state.seen_at:%Y-%m-%d %H:%M:%S} UTC{ticked}"
    )
