"""`digest serve`: refresh and publish when due, and with ``--web`` serve pages."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, RLock
from types import FrameType
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, log_option, pass_context
from digest.cli.summary import tell
from digest.errors import ConfigError
from digest.resources import install_command

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.store import Store

logger = logging.getLogger(__name__)


@click.command()
@click.option("--web", is_flag=True, help="Also serve pages and feeds, and let people sign up.")
@click.option(
    "--no-work", is_flag=True, help="With --web: only serve pages, and leave the work to workers."
)
@log_option
@common_options
@pass_context
def serve(context: Context, web: bool, no_work: bool) -> None:
    """Stay up, and refresh feeds and publish digests when they are due.

    The configuration is read again when its file changes, and at SIGHUP.  If it has mistakes, they
    go to the log, and the configuration before stays in force.
    """
    if context.logical_now is not None:
        raise click.UsageError("serve does not take --now, because it follows the clock")
    if no_work and not web:
        raise click.UsageError("--no-work leaves nothing to do without --web")
    context.stamped = True
    try:
        _serve(context, LiveConfig(context), web=web, work=not no_work)
    finally:
        context.stamped = False  # later messages are not part of the log


def _serve(context: Context, live: LiveConfig, *, web: bool, work: bool) -> None:
    from digest import pipeline
    from digest.pipeline import serve as schedule

    stop = Event()

    def wake_refresh(now: datetime) -> None:
        config = live.current()
        if not work:
            return
        with context.store(config) as store, store.lock("refresh"):
            refreshed = pipeline.refresh(config, store, now, stop=stop.is_set)
            if not stop.is_set():
                _keep_hubs(config, store, now, web=web)
        live.refreshed = datetime.now(UTC)
        if refreshed.due or refreshed.pushed:
            tell(context, refreshed, None)

    def wake_publish(now: datetime) -> None:
        config = live.current()
        if not work:
            return
        with context.store(config) as store:
            published = pipeline.publish(config, store, now, patient=True, stop=stop.is_set)
        tell(context, None, published)

    figures = f"feeds: {len(live.config.feeds)}, digests: {len(live.config.digests)}"
    pages = _pages(context, live, stop, works=work) if web else nullcontext("")
    with reloading_on_hangup(live), pages as place:
        context.say(f"Serving ({figures}){place}; Ctrl-C ends it.")
        schedule.serve(wake_refresh, wake_publish, stop=stop)


def _keep_hubs(config: Config, store: Store, now: datetime, *, web: bool) -> None:
    """Renew the subscriptions at hubs; without the web side, end them."""
    from digest.pipeline.hubs import keep_subscriptions

    if not web:
        config = replace(config, web=replace(config.web, hubs=False))
    for answer in keep_subscriptions(config, store, now):
        if answer.error:
            logger.info("hub %s: %s", answer.request.hub, answer.error)


class LiveConfig:
    """The current configuration of a service, and the time of its last refresh."""

    def __init__(self, context: Context) -> None:
        """Read the configuration; raise ConfigError if it has mistakes."""
        self._context = context
        self._lock = RLock()  # a signal may come while the main thread reads
        self.config = context.config()
        """The last configuration without mistakes."""
        self._version = _file_version(self.config)
        self.mistakes: tuple[ConfigError, ...] = ()
        """The mistakes in the file, where the configuration before stays in force."""
        self.refreshed: datetime | None = None
        """The time when the last refresh ended."""

    def current(self) -> Config:
        """Return the configuration; read it again if its file has changed."""
        with self._lock:
            if (version := _file_version(self.config)) != self._version:
                self._version = version
                self._read_again()
            return self.config

    def reload(self) -> None:
        """Read the configuration again; keep the one before if it has mistakes."""
        with self._lock:
            self._version = _file_version(self.config)
            self._read_again()

    def _read_again(self) -> None:
        try:
            config = self._context.config()
        except ConfigError as error:
            self.mistakes = error.all
            for mistake in error.all:
                logger.error("%s", mistake)
            logger.error("the configuration has mistakes: the one before stays in force")
            return
        self.mistakes = ()
        before = self.config
        if _startup_settings(config) != _startup_settings(before):
            logger.warning(
                "changes of store.url, web.host and web.port take effect at the next start only"
            )
        self.config = replace(config, store=replace(config.store, url=before.store.url))
        self._context.say(
            f"Read {config.path} again (feeds: {len(config.feeds)}, "
            f"digests: {len(config.digests)})."
        )


def _startup_settings(config: Config) -> tuple[object, ...]:
    """Return the settings that take effect at the start only."""
    return (config.store.url, config.web.host, config.web.port)


def _file_version(config: Config) -> tuple[int, ...] | None:
    """Return values that change with the file; ``None`` where the file is missing."""
    try:
        found = os.stat(config.path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@contextmanager
def reloading_on_hangup(live: LiveConfig) -> Iterator[None]:
    """Read the configuration again at each SIGHUP, until the context ends."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        live.reload()

    previous = signal.signal(signal.SIGHUP, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, previous)


@contextmanager
def _pages(context: Context, live: LiveConfig, stop: Event, *, works: bool) -> Iterator[str]:
    """Serve pages until the context ends; yield the end of a sentence with their address."""
    try:
        from digest import web
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        needed = install_command("web")
        raise ConfigError(f"--web needs starlette and uvicorn: {needed}") from error
    config = live.current()
    with (
        web.open_socket(config) as listener,
        context.store(config) as store,
        web.serving(
            live.current,
            store,
            listener,
            clock=lambda: datetime.now(UTC),
            refreshed=lambda: live.refreshed,
            mistakes=lambda: live.mistakes,
            works=works,
            stop=stop,
        ),
    ):
        yield f" at {web.address(config)}"
