"""The commands that wake the two lines: run, refresh, publish, preview, serve."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from digest.cli.context import (
    Context,
    common_options,
    named_digests,
    named_feeds,
    pass_context,
)
from digest.cli.delivery_report import tell_deliveries
from digest.cli.progress import mailing, progress
from digest.cli.signals import stopping
from digest.errors import ConfigError, DigestError
from digest.resources import install_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.pipeline import Published, Refreshed
    from digest.settings import Config
    from digest.store import Store


@click.command()
@common_options
@pass_context
def run(context: Context) -> None:
    """Refresh the feeds, then publish what is due: the cron line."""
    from digest import pipeline

    config = context.config()
    with opened(context, config) as store:
        with progress(context) as watch:
            refreshed = pipeline.refresh(config, store, context.now, watch=watch)
        with mailing(context) as step, stopping(context) as stop:
            published = pipeline.publish(config, store, context.now, step=step, stop=stop)
    finish(context, refreshed, published, broken_off=stop())


@click.command()
@click.argument("names", metavar="[FEED]...", nargs=-1)
@common_options
@pass_context
def refresh(context: Context, names: tuple[str, ...]) -> None:
    """Fetch the feeds that are due, or those named (by name or URL) though they are not.

    Never before the time that a server asked us to wait for.
    """
    from digest import pipeline

    config = context.config()
    only = named_feeds(config, names) if names else None
    with opened(context, config) as store, progress(context) as watch:
        refreshed = pipeline.refresh(config, store, context.now, only=only, watch=watch)
    finish(context, refreshed, None)


@click.command()
@click.argument("names", metavar="[DIGEST]...", nargs=-1)
@click.option("--force", is_flag=True, help="Make an edition for now, though none is due.")
@common_options
@pass_context
def publish(context: Context, names: tuple[str, ...], force: bool) -> None:
    """Publish the digests that are due, from what has been fetched."""
    from digest import pipeline

    config = context.config()
    only = named_digests(config, names) if names else None
    with opened(context, config) as store, mailing(context) as step, stopping(context) as stop:
        published = pipeline.publish(
            config, store, context.now, only=only, force=force, step=step, stop=stop
        )
    finish(context, None, published, broken_off=stop())


@click.command()
@click.argument("name", metavar="DIGEST")
@click.option(
    "--format", "format_", default="text", show_default=True, help="html, text, json, ..."
)
@common_options
@pass_context
def preview(context: Context, name: str, format_: str) -> None:
    """Show what the next edition would be; fetch nothing, write nothing."""
    from digest import pipeline
    from digest.settings.surroundings import database

    config = context.config()
    (digest,) = named_digests(config, (name,))
    if (path := database(config)) and not path.exists():  # what is opened is created
        config = replace(config, store=replace(config.store, url="sqlite://"))
    with context.store(config) as store:
        edition = pipeline.preview(config, store, context.now, digest)
        wanted = "json" if context.as_json else format_
        rendition = pipeline.render_edition(config, store, digest, edition, wanted)
    context.put(rendition.body)


@click.command()
@click.option("--web", is_flag=True, help="Serve pages and feeds as well, and let people sign up.")
@common_options
@pass_context
def serve(context: Context, web: bool) -> None:
    """Stay up and wake both lines when they are due."""
    if context.logical_now is not None:
        raise click.UsageError("--now is not for serve: it lives by the clock")
    from digest import pipeline
    from digest.pipeline import serve as schedule

    config = context.config()
    stop = Event()
    seen = _Seen(config)

    def wake_refresh(now: datetime) -> None:
        seen.config = config = context.config()  # read again: a feed may have been added
        with opened(context, config) as store:
            refreshed = pipeline.refresh(config, store, now, stop=stop.is_set)
        seen.refreshed = datetime.now(UTC)
        if refreshed.due:
            _tell(context, refreshed, None)

    def wake_publish(now: datetime) -> None:
        config = context.config()
        with opened(context, config) as store:
            published = pipeline.publish(config, store, now, patient=True, stop=stop.is_set)
        _tell(context, None, published)

    figures = f"feeds: {len(config.feeds)}, digests: {len(config.digests)}"
    with _pages(context, seen, stop) if web else nullcontext("") as where:
        context.say(f"Serving ({figures}){where}; Ctrl-C ends it.")
        schedule.serve(wake_refresh, wake_publish, stop=stop)


@dataclass
class _Seen:
    """What the service saw last."""

    config: Config
    refreshed: datetime | None = None
    """When a refresh ended."""


@contextmanager
def _pages(context: Context, seen: _Seen, stop: Event) -> Iterator[str]:
    """Answer on the web, too, until the block is left; give the words for where."""
    try:
        from digest import web
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("digest"):
            raise
        needed = install_command("web")
        raise ConfigError(f"--web needs starlette and uvicorn: {needed}") from error
    with (
        web.open_socket(seen.config) as listener,
        context.store(seen.config) as store,
        web.serving(
            lambda: seen.config,
            store,
            listener,
            clock=lambda: datetime.now(UTC),
            refreshed=lambda: seen.refreshed,
            stop=stop,
        ),
    ):
        yield f" at {web.address(seen.config)}"


@contextmanager
def opened(context: Context, config: Config) -> Iterator[Store]:
    """Open the store for a run that writes: one at a time on one database."""
    from digest.settings.surroundings import database
    from digest.store.lock import run_lock

    lock = Path(f"{database(config) or config.path}.lock")
    with context.store(config) as store, run_lock(lock):
        yield store


def finish(
    context: Context,
    refreshed: Refreshed | None,
    published: Published | None,
    *,
    broken_off: bool = False,
) -> None:
    """Tell what was done and end with the status it deserves."""
    _tell(context, refreshed, published)
    context.report(
        {
            name: part
            for name, part in (("refresh", refreshed), ("publish", published))
            if part is not None
        }
    )
    if broken_off:
        raise DigestError("broken off; the next run goes on where this one ended")
    if published and not published.done:
        raise SystemExit(1)
    if refreshed and refreshed.faults:
        raise SystemExit(1)
    if refreshed and refreshed.nothing_read:
        raise DigestError("not one feed could be read; `digest feeds list` says why")


def _tell(context: Context, refreshed: Refreshed | None, published: Published | None) -> None:
    if refreshed:
        for fault in refreshed.faults:
            context.complain(f"  {fault.feed}: {fault.error}; -v shows more")
        told = {(fault.url, fault.error) for fault in refreshed.faults}
        for failed in refreshed.failed:
            if not context.quiet and (failed.url, failed.error) not in told:
                context.complain(f"  {failed.title}: {failed.error}")
        context.say(
            f"Feeds: {refreshed.fetched} read, {refreshed.unchanged} unchanged, "
            f"{len(refreshed.failed)} failed, {refreshed.waiting} not due. "
            f"Entries: {refreshed.new} new, {refreshed.changed} changed."
        )
    if published:
        for made in published.made:
            stories = "1 story" if made.stories == 1 else f"{made.stories} stories"
            context.say(f"Edition: {made.digest} {made.slot}, {stories}.")
        for name in published.empty:
            context.say(f"Nothing new: {name}.")
        for missing in published.failed:
            context.complain(f"No edition of {missing.digest}: {missing.error}")
        for one in published.waiting:
            context.say(f"Waiting: {one.digest} has {one.stories} of {one.needed} stories.")
        tell_deliveries(context, published.sent, published.postponed)
