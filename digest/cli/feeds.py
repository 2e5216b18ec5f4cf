"""`digest feeds`: add, remove, mute, rename, import and export subscriptions.

These commands edit config.toml; the database holds no list of subscriptions.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.completion import complete_feed
from digest.cli.context import Context, common_options, named_feed, no_other_run, pass_context
from digest.cli.feed_list import list_
from digest.cli.feed_manners import manners
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError, DigestError, StoreError
from digest.net.secret_urls import without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.diagnostics.add_feeds import AddedFeed
    from digest.settings import Config
    from digest.settings.opml import OpmlOutline, SkippedOutline


@click.group(cls=CommandGroup)
@common_options
def feeds() -> None:
    """Show, add, remove, mute, rename, import and export feeds.

    FEED is the name of a feed, the beginning of its name, its title, its number in `digest feeds
    list`, or its address.
    """


feeds.add_command(list_)
feeds.add_command(manners)


# --- adding --------------------------------------------------------------------------------------


def keep_what_was_fetched(context: Context, added: Sequence[AddedFeed]) -> bool:
    """Store the documents fetched to find the feeds, so that the next poll is conditional.

    Returns False where the database cannot be written now; the next run then fetches them.
    """
    from digest.diagnostics.add_feeds import keep_fetched

    config = context.config()
    try:
        with context.store(config) as store:
            return keep_fetched(config, store, added, context.now)
    except StoreError:
        return False


@feeds.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--name", help="A name for it in commands.")
@click.option("--title", help="The title in digests; by default its own.")
@click.option("--category", help="The section of the digest for it.")
@common_options
@pass_context
def add(
    context: Context,
    urls: tuple[str, ...],
    name: str | None,
    title: str | None,
    category: str | None,
) -> None:
    """Add a feed, or the feed of a page, to the configuration.

    URL may be as copied: with blanks or brackets around it, without https://, as feed:...,
    @user@host or r/python.
    """
    from digest.diagnostics.add_feeds import add_address
    from digest.settings import locate

    if len(urls) > 1 and (name or title):
        raise click.UsageError("--name and --title are for one feed at a time")
    path = locate(context.file)
    added, failed = [], 0
    for words in urls:
        try:
            feed = add_address(path, words, context.now, name=name, title=title, category=category)
        except DigestError as error:
            if len(urls) == 1:
                raise
            failed += 1
            context.complain(f"digest: {without_secrets(words)}: {error}")
        else:
            added.append(feed)
            context.say(feed.sentence)
    reports = [{"added": feed.url, "title": feed.title, "entries": feed.entries} for feed in added]
    context.report(reports[0] if len(urls) == 1 else reports)
    if added and keep_what_was_fetched(context, added):
        context.say("The next `digest run` tells what is new.")
    elif added:
        context.say(
            "The next `digest run` reads it."
            if len(added) == 1
            else "The next `digest run` reads them."
        )
    if failed:
        raise SystemExit(1)


# --- changing ------------------------------------------------------------------------------------


@feeds.command()
@click.argument("name", metavar="FEED", shell_complete=complete_feed)
@common_options
@pass_context
def remove(context: Context, name: str) -> None:
    """Remove a feed, or a folder of feeds, from the configuration."""
    from digest.settings import read_text, replace_config
    from digest.settings.edit import remove_feed

    config = context.config()
    url = _url(config, name)
    replace_config(config.path, remove_feed(read_text(config.path), url))
    context.report({"removed": without_secrets(url)})
    context.say(f"Removed {without_secrets(url)}. Its stories stay in the editions.")


@feeds.command()
@click.argument("name", metavar="FEED", shell_complete=complete_feed)
@click.option("--until", metavar="DATE", help="The day when it is fetched again (2026-12-24).")
@click.option("--off", is_flag=True, help="End the muting now.")
@common_options
@pass_context
def mute(context: Context, name: str, until: str | None, off: bool) -> None:
    """Mute a feed until a date: it is neither fetched nor told."""
    from digest.settings import read_text, replace_config
    from digest.settings.edit import mute_feed

    if off == bool(until):
        raise click.UsageError("say --until DATE, or --off")
    config = context.config()
    url = _url(config, name)
    today = context.now.astimezone(ZoneInfo(config.timezone)).date()
    day = _day(until, today) if until else None
    replace_config(config.path, mute_feed(read_text(config.path), url, day))
    context.report({"feed": without_secrets(url), "muted_until": day})
    called = without_secrets(url)
    context.say(f"{called} is muted until {day}." if day else f"{called} is no longer muted.")


@feeds.command()
@click.argument("old", metavar="FEED", shell_complete=complete_feed)
@click.argument("new", metavar="ADDRESS")
@common_options
@pass_context
def rename(context: Context, old: str, new: str) -> None:
    """Give a feed another ADDRESS; its old entries are not told again.

    Its entries, and the decisions of the digests about them, stay with it.  If the configuration
    has the new address already, name the feed by its old address.
    """
    from digest.settings import read_text, replace_config
    from digest.settings.edit import is_web, move_feed
    from digest.settings.feed_addresses import feed_address
    from digest.store import feeds as feed_rows

    config = context.config()
    address = feed_address(new)
    by_hand = any(feed.url == address for feed in config.feeds)
    url = old if by_hand else _url(config, old)
    if not is_web(address) and not (config.root / address).exists():
        raise ConfigError(f"{new!r} is neither a web address nor a file")
    text = read_text(config.path)
    changed = text if by_hand else move_feed(text, url, address)
    with context.store(config) as store, no_other_run(store), store.write() as connection:
        known = {state.url for state in feed_rows.states(connection)}
        if url in known:
            feed_rows.rename(connection, url, address)
        elif by_hand:
            raise DigestError(f"no feed with the address {without_secrets(url)} was ever fetched")
        if not by_hand:
            replace_config(config.path, changed)
    context.report({"feed": without_secrets(url), "url": without_secrets(address)})
    context.say(
        f"{without_secrets(url)} is now {without_secrets(address)}; "
        "its old entries are not told again."
    )


# --- OPML lists ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionList:
    """The content of an OPML file."""

    feeds: tuple[OpmlOutline, ...]
    skipped: tuple[SkippedOutline, ...]


@feeds.command("import")
@click.argument("file")
@common_options
@pass_context
def import_(context: Context, file: str) -> None:
    """Add the feeds of an OPML subscription list; nested folders become categories.

    FILE is a path, or - for standard input.  The command names each outline that it leaves out,
    with the reason.
    """
    from digest.settings import locate, read_text, replace_config
    from digest.settings.edit import import_feeds

    path = locate(context.file)
    outlines = read_outlines(file)
    text, added, already = import_feeds(read_text(path), outlines.feeds)
    replace_config(path, text)
    skipped = [{"label": outline.label, "reason": outline.reason} for outline in outlines.skipped]
    context.report({"added": added, "already": already, "skipped": skipped})
    for outline in outlines.skipped:
        context.say(f"Skipped {outline.label}: {outline.reason}.")
    left_out = f"; {len(skipped)} were skipped" if skipped else ""
    context.say(f"Added {added} feeds; {already} were there already{left_out}.")


@feeds.command()
@click.argument("file", required=False)
@click.option(
    "--with-secrets",
    is_flag=True,
    help="Include private addresses.",
)
@common_options
@pass_context
def export(context: Context, file: str | None, with_secrets: bool) -> None:
    """Write the feeds as OPML, to FILE or to standard output (-).

    Addresses with a login, a token or another key in them are left out, because such lists are
    often passed on.
    """
    from digest.net.secret_urls import without_secrets
    from digest.settings.edit import is_web
    from digest.settings.file import replace_file
    from digest.settings.opml import OpmlOutline, write

    config = context.config()
    private = [
        feed for feed in config.feeds if is_web(feed.url) and without_secrets(feed.url) != feed.url
    ]
    left_out = frozenset() if with_secrets else frozenset(feed.url for feed in private)
    chosen = [feed for feed in config.feeds if feed.url not in left_out]
    outlines = [
        OpmlOutline(url=feed.url, title=feed.title or feed.name, category=feed.category)
        for feed in chosen
    ]
    text = write(outlines, config.title)
    if file in (None, "-"):
        context.put(text)
    else:
        replace_file(Path(str(file)), text, private=with_secrets and bool(private))
        context.say(f"Wrote {len(outlines)} feeds to {file}.")
    if context.quiet:
        return
    if left_out:
        names = ", ".join(feed.name for feed in private[:5])
        context.complain(
            f"{len(left_out)} feeds were left out ({names}{', ...' if len(private) > 5 else ''}): "
            "their addresses are private; --with-secrets writes them too"
        )
    if files := sum(not is_web(feed.url) for feed in chosen):
        context.complain(f"{files} of them are files, which `feeds import` leaves out elsewhere")


def read_outlines(file: str | Path) -> SubscriptionList:
    """Read an OPML list from a file, or from standard input for ``-``.

    Raises ConfigError where the file is missing or is no such list.
    """
    from digest.settings.opml import read

    skipped: list[SkippedOutline] = []
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else Path(file).read_bytes()
        outlines = read(data, skip=skipped.append)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except ConfigError as error:
        raise ConfigError(error.message, file=str(file)) from error
    return SubscriptionList(feeds=outlines, skipped=tuple(skipped))


# --- the file ------------------------------------------------------------------------------------


def _url(config: Config, name: str) -> str:
    """Return the URL, or the name of the table, of the feed or folder of feeds called `name`."""
    from digest.settings import read_text
    from digest.settings.edit import has_feed

    return name if has_feed(read_text(config.path), name) else named_feed(config, name).url


def _day(text: str, today: date) -> date:
    """Read the day of ``--until``, which must be in the future."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day such as 2026-12-24") from None
    if day <= today:
        raise click.BadParameter(
            f"{day} is past: name a day in the future, or use --off to end the muting"
        )
    return day
