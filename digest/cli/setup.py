"""The commands of the first minute: init, check, try."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.progress import progress
from digest.errors import ConfigError, DigestError


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--opml",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Begin with the feeds of this subscription list.",
)
@common_options
@pass_context
def init(context: Context, folder: Path, opml: Path | None) -> None:
    """Write a commented config.toml and say what to do next."""
    from digest.cli.feeds import read_outlines
    from digest.settings.edit import initial, replace_file

    path = folder / "config.toml"
    if os.path.exists(path):  # which no name is too long for
        raise ConfigError(f"{path} is there already; move it away, or use another folder")
    outlines = read_outlines(opml) if opml else ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, initial(outlines))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    option = "" if folder == Path() else f"--config {shlex.quote(str(path))} "
    context.say(f"Wrote {path} with {len(outlines)} feeds." if outlines else f"Wrote {path}.")
    context.say("Next:")
    if not outlines:
        context.say(
            f"  digest {option}feeds add https://example.org   # a feed, or a page that has one"
        )
    context.say(f"  digest {option}run                              # an edition, now")
    context.say("and as a line for `crontab -e`:")
    context.say(f"  17 * * * *  digest -q --config {shlex.quote(str(path.absolute()))} run")


@click.command()
@common_options
@pass_context
def check(context: Context) -> None:
    """Validate the configuration: every mistake at once, with its place.

    What it names on this machine is looked for as well: files of passwords and keys, folders that
    are written to, programs.
    """
    from digest.settings import read_text
    from digest.settings.surroundings import missing

    try:
        config = context.config()
        if lacks := missing(config, read_text(config.path)):
            lacks[0].others = lacks[1:]
            raise lacks[0]
    except ConfigError as error:
        context.report(
            {
                "errors": [
                    {"file": one.file, "line": one.line, "key": one.key, "message": one.message}
                    for one in error.all
                ]
            }
        )
        if context.as_json:
            raise SystemExit(2) from None
        raise
    context.report({"errors": [], "feeds": len(config.feeds), "digests": len(config.digests)})
    figures = f"feeds: {len(config.feeds)}, digests: {len(config.digests)}"
    context.say(f"{config.path}: all is well ({figures}).")


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
    help="A private host, address or network that may be fetched.",
)
@common_options
@pass_context
def try_(
    context: Context, urls: tuple[str, ...], format_: str, entries: int, allow: tuple[str, ...]
) -> None:
    """Fetch these feeds, or the feeds of these pages, and show a digest of them here.

    Needs no configuration and leaves nothing behind.
    """
    from digest.diagnostics import try_feeds

    with progress(context) as watch:
        rendition, failed = try_feeds.show(
            urls,
            now=context.now,
            format_="json" if context.as_json else format_,
            entries=entries,
            allow_hosts=allow,
            watch=watch,
        )
    for feed in failed:
        context.complain(f"digest: {feed.url}: {feed.error}")
    if rendition is None:
        raise DigestError("none of these gave an entry to show")
    context.put(rendition.body)
