"""`digest run`, `refresh`, `publish` and `preview`: do the work once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from digest.cli.completion import complete_digest, complete_feed
from digest.cli.context import (
    Context,
    common_options,
    log_option,
    named_digests,
    named_feeds,
    pass_context,
)
from digest.cli.progress import mailing, progress
from digest.cli.signals import stopping
from digest.cli.summary import finish, waiting_feeds
from digest.errors import BusyError, ConfigError

if TYPE_CHECKING:
    from digest.model import Feed
    from digest.settings import Config
    from digest.store import Store


@click.command()
@log_option
@common_options
@pass_context
def run(context: Context) -> None:
    """Refresh the feeds, then publish the digests that are due; cron calls this command."""
    from digest import pipeline

    config = context.config()
    refreshed = None
    with context.store(config) as store:
        try:
            with store.lock("refresh"), progress(context) as watch:
                refreshed = pipeline.refresh(config, store, context.now, watch=watch)
        except (
            BusyError
        ) as busy:  # another run refreshes; this one publishes the entries stored so far
            if not context.quiet:
                context.complain(f"digest: {busy}")
        with mailing(context) as step, stopping(context) as stop:
            published = pipeline.publish(config, store, context.now, step=step, stop=stop)
        waiting = tuple(waiting_feeds(context, config, store))
    finish(context, refreshed, published, broken_off=stop(), waiting=waiting)


@click.command()
@click.argument("names", metavar="[FEED]...", nargs=-1, shell_complete=complete_feed)
@click.option("--failed", is_flag=True, help="Fetch the feeds that failed the last time.")
@click.option("--all", "everything", is_flag=True, help="Fetch every feed, due or not.")
@log_option
@common_options
@pass_context
def refresh(context: Context, names: tuple[str, ...], failed: bool, everything: bool) -> None:
    """Fetch the feeds that are due, or the named ones even if they are not.

    FEED is a name, the beginning of one, a number in `digest feeds list`, or an address.  No feed
    is fetched before the time until which its server asked us to wait.
    """
    from digest import pipeline

    if bool(names) + failed + everything > 1:
        raise click.UsageError("name feeds, or say --failed, or --all")
    config = context.config()
    with context.store(config) as store, store.lock("refresh"), progress(context) as watch:
        only: tuple[Feed, ...] | None = None
        if names:
            only = named_feeds(config, names)
        elif failed:
            only = _failed_feeds(config, store)
        elif everything:
            only = config.feeds
        refreshed = pipeline.refresh(config, store, context.now, only=only, watch=watch)
        waiting = tuple(waiting_feeds(context, config, store))
    finish(context, refreshed, None, waiting=waiting)


def _failed_feeds(config: Config, store: Store) -> tuple[Feed, ...]:
    from digest.store import feeds as feed_rows

    with store.read() as connection:
        failed = {state.url for state in feed_rows.states(connection) if state.error}
    return tuple(feed for feed in config.feeds if feed.url in failed)


@click.command()
@click.argument("names", metavar="[DIGEST]...", nargs=-1, shell_complete=complete_digest)
@click.option("--force", is_flag=True, help="Make an edition now, even if none is due.")
@log_option
@common_options
@pass_context
def publish(context: Context, names: tuple[str, ...], force: bool) -> None:
    """Publish the digests that are due, from the entries fetched so far."""
    from digest import pipeline

    config = context.config()
    only = named_digests(config, names) if names else None
    with context.store(config) as store, mailing(context) as step, stopping(context) as stop:
        published = pipeline.publish(
            config, store, context.now, only=only, force=force, step=step, stop=stop
        )
    finish(context, None, published, broken_off=stop())


@click.command()
@click.argument("name", metavar="[DIGEST]", required=False, shell_complete=complete_digest)
@click.option(
    "--format", "format_", default="text", show_default=True, help="html, text, json, ..."
)
@common_options
@pass_context
def preview(context: Context, name: str | None, format_: str) -> None:
    """Show the next edition as it would be now; fetch nothing, write nothing.

    DIGEST may be left out where there is only one.
    """
    from digest import pipeline
    from digest.pipeline.delivery.leaving import check_templates
    from digest.settings.surroundings import has_database

    config = context.config()
    if name is None and len(config.digests) > 1:
        known = ", ".join(digest.name for digest in config.digests)
        raise ConfigError(f"which digest? There are: {known}")
    (digest,) = named_digests(config, (name,)) if name else config.digests
    if not has_database(config):  # opening a missing database would create it
        config = replace(config, store=replace(config.store, url="sqlite://"))
    with context.store(config) as store:
        edition = pipeline.preview(config, store, context.now, digest)
        wanted = "json" if context.as_json else format_
        rendition = pipeline.render_edition(config, store, digest, edition, wanted)
    check_templates(config, digest, context.now)
    context.put(rendition.body)
