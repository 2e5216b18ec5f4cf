"""`digest check` and `digest try`: check a configuration, and show a digest without one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.progress import progress
from digest.errors import ConfigError, DigestError, RenderError

if TYPE_CHECKING:
    from digest.settings import Config


@click.command()
@common_options
@pass_context
def check(context: Context) -> None:
    """Validate the configuration: every mistake at once, with its place.

    The command also checks for the files, folders and programs that the configuration names:
    password files, keys, output folders.
    """
    from digest.settings import read_text
    from digest.settings.surroundings import missing

    try:
        config = context.config()
        if lacks := missing(config, read_text(config.path)):
            lacks[0].others = lacks[1:]
            raise lacks[0]
        _check_leaving(context, config)
    except ConfigError as error:
        context.report(
            {
                "errors": [
                    {
                        "file": mistake.file,
                        "line": mistake.line,
                        "key": mistake.key,
                        "message": mistake.message,
                    }
                    for mistake in error.all
                ]
            }
        )
        if context.as_json:
            raise SystemExit(2) from None
        raise
    lost = _orphans(context, config)
    behind = _templates_behind(config)
    context.report(
        {
            "errors": [],
            "feeds": len(config.feeds),
            "digests": len(config.digests),
            "orphans": [{"what": what, "advice": advice} for what, advice in lost],
            "templates_behind": behind,
        }
    )
    for what, advice in lost:
        context.say(f"{what[:1].upper()}{what[1:]}; {advice}.")
    if behind:
        context.say(
            f"Since you copied {', '.join(behind)}, our originals have changed: your copies are "
            "used as they are. `digest templates list` says more."
        )
    figures = f"feeds: {len(config.feeds)}, digests: {len(config.digests)}"
    context.say(f"{config.path}: all is well ({figures}).")


def _orphans(context: Context, config: Config) -> tuple[tuple[str, str], ...]:
    """Return the orphans of the database, each as a sentence and advice."""
    from digest.diagnostics.orphans import orphans
    from digest.settings.surroundings import has_database

    if not has_database(config):  # opening a missing database would create it
        return ()
    with context.store(config) as store, store.read() as connection:
        return tuple(orphans(config, connection))


def _templates_behind(config: Config) -> list[str]:
    """Return the names of changed copies of templates whose originals have changed since."""
    from digest.render.templating.copies import behind

    return behind(config.render.templates)


def _check_leaving(context: Context, config: Config) -> None:
    """Raise ConfigError where subscribers get mail without a way to leave."""
    from digest.pipeline.delivery.leaving import NO_WAY, channels_without, check_templates
    from digest.settings.surroundings import has_database
    from digest.store import subscribers

    subscribed: frozenset[str] = frozenset()
    if has_database(config):
        with context.store(config) as store, store.read() as connection:
            subscribed = subscribers.subscribed_to(connection)
    for digest in config.digests:
        for channel in channels_without(config, digest):
            if digest.name in subscribed or not getattr(digest.channels[channel], "to", ()):
                key = f"digests.{digest.name}.deliver.{channel}"
                raise ConfigError(NO_WAY, file=str(config.path), key=key)
    for digest in config.digests:
        try:
            check_templates(config, digest, context.now)
        except RenderError as error:
            key = "render.templates"
            raise ConfigError(str(error), file=str(config.path), key=key) from error


@click.command("try")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--format", "format_", default="text", show_default=True, help="html, text, json, ..."
)
@click.option(
    "--entries",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many entries of each feed.",
)
@click.option(
    "--allow",
    metavar="HOST",
    multiple=True,
    help="A private host, address or network to fetch from.",
)
@common_options
@pass_context
def try_(
    context: Context, urls: tuple[str, ...], format_: str, entries: int, allow: tuple[str, ...]
) -> None:
    """Fetch these feeds, or the feeds of these pages, and show a digest of them.

    The command needs no configuration and stores nothing.
    """
    from digest.diagnostics import try_feeds
    from digest.net.proxies import rules_from

    try:
        proxies = rules_from(os.environ)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    with progress(context) as watch:
        rendition, failed = try_feeds.show(
            urls,
            now=context.now,
            format_="json" if context.as_json else format_,
            entries=entries,
            allow_hosts=allow,
            proxies=proxies,
            watch=watch,
        )
    for feed in failed:
        context.complain(f"digest: {feed.url}: {feed.error}")
    if rendition is None:
        raise DigestError("no entry was found at any of these addresses")
    context.put(rendition.body)
