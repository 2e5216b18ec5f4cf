"""`digest serve`: stay up, wake both lines when they are due, and serve pages where asked to."""

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

from digest.cli.context import Context, common_options, pass_context
from digest.cli.summary import tell
from digest.errors import ConfigError
from digest.resources import install_command

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.store import Store

logger = logging.getLogger(__name__)


@click.command()
@click.option("--web", is_flag=True, help="Serve pages and feeds as well, and let people sign up.")
@common_options
@pass_context
def serve(context: Context, web: bool) -> None:
    """Stay up and wake both lines when they are due.

    The configuration is read again when its file changes, and at SIGHUP.  One with mistakes is
    refused: the mistakes go to the log, and what was read before stays in force.
    """
    if context.logical_now is not None:
        raise click.UsageError("--now is not for serve: it lives by the clock")
    context.stamped = True
    try:
        _serve(context, LiveConfig(context), web=web)
    finally:
        context.stamped = False  # what the command itself says is no line of a log


def _serve(context: Context, live: LiveConfig, *, web: bool) -> None:
    from digest import pipeline
    from digest.pipeline import serve as schedule

    stop = Event()

    def wake_refresh(now: datetime) -> None:
        config = live.current()
        with context.store(config) as store, store.lock("refresh"):
            refreshed = pipeline.refresh(config, store, now, stop=stop.is_set)
            if not stop.is_set():
                _keep_hubs(config, store, now, web=web)
        live.refreshed = datetime.now(UTC)
        if refreshed.due or refreshed.pushed:
            tell(context, refreshed, None)

    def wake_publish(now: datetime) -> None:
        config = live.current()
        with context.store(config) as store:
            published = pipeline.publish(config, store, now, patient=True, stop=stop.is_set)
        tell(context, None, published)

    figures = f"feeds: {len(live.config.feeds)}, digests: {len(live.config.digests)}"
    pages = _pages(context, live, stop) if web else nullcontext("")
    with reloading_on_hangup(live), pages as place:
        context.say(f"Serving ({figures}){place}; Ctrl-C ends it.")
        schedule.serve(wake_refresh, wake_publish, stop=stop)


def _keep_hubs(config: Config, store: Store, now: datetime, *, web: bool) -> None:
    """Keep the subscriptions at hubs; without the web side, end them."""
    from digest.pipeline.hubs import keep_subscriptions

    if not web:
        config = replace(config, web=replace(config.web, hubs=False))
    for answer in keep_subscriptions(config, store, now):
        if answer.error:
            logger.info("hub %s: %s", answer.request.hub, answer.error)


class LiveConfig:
    """The configuration of a service, and when its feeds were last refreshed."""

    def __init__(self, context: Context) -> None:
        """Read the configuration; raise ConfigError for its mistakes."""
        self._context = context
        self._lock = RLock()  # a signal may come while the main thread reads
        self.config = context.config()
        """The newest configuration without mistakes."""
        self._version = _version(self.config)
        self.refreshed: datetime | None = None
        """When a refresh ended."""

    def current(self) -> Config:
        """Return the configuration, read again where its file has changed."""
        with self._lock:
            if (version := _version(self.config)) != self._version:
                self._version = version
                self._read_again()
            return self.config

    def reload(self) -> None:
        """Read the configuration again; keep what was read before where there are mistakes."""
        with self._lock:
            self._version = _version(self.config)
            self._read_again()

    def _read_again(self) -> None:
        try:
            config = self._context.config()
        except ConfigError as error:
            for mistake in error.all:
                logger.error("%s", mistake)
            logger.error("the configuration has mistakes: the one before stays in force")
            return
        before = self.config
        if _bound(config) != _bound(before):
            logger.warning("store.url, web.host and web.port change with the next start alone")
        self.config = replace(config, store=replace(config.store, url=before.store.url))
        self._context.say(
            f"Read {config.path} again (feeds: {len(config.feeds)}, "
            f"digests: {len(config.digests)})."
        )


def _bound(config: Config) -> tuple[object, ...]:
    """Return the settings that are taken up once, at the start."""
    return (config.store.url, config.web.host, config.web.port)


def _version(config: Config) -> tuple[int, ...] | None:
    """Return what changes when the file does; ``None`` where there is none now."""
    try:
        found = os.stat(config.path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@contextmanager
def reloading_on_hangup(live: LiveConfig) -> Iterator[None]:
    """Read the configuration again at each SIGHUP, until the block is left."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        live.reload()

    previous = signal.signal(signal.SIGHUP, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, previous)


@contextmanager
def _pages(context: Context, live: LiveConfig, stop: Event) -> Iterator[str]:
    """Answer on the web, too, until the block is left; give the words for where."""
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
            lambda: live.config,
            store,
            listener,
            clock=lambda: datetime.now(UTC),
            refreshed=lambda: live.refreshed,
            stop=stop,
        ),
    ):
        yield f" at {web.address(config)}"
