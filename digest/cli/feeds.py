"""`digest feeds`: the subscriptions and how they fare; adding and removing edits config.toml."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.context import Context, common_options, pass_context
from digest.errors import ConfigError
from digest.net.urls import without_login

if TYPE_CHECKING:
    from digest.settings import Config
    from digest.settings.opml import Outline

NAME_WIDTH = 40
"""Columns of a name in the list; the whole of it is in ``--json``."""


@click.group()
@common_options
def feeds() -> None:
    """Show, add, remove, mute, import and export feeds."""


@feeds.command("list")
@common_options
@pass_context
def list_(context: Context) -> None:
    """Show each feed's health: last success, next fetch, entries a week, and what is wrong."""
    from digest.store import feeds as feed_rows

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        states = {state.url: state for state in feed_rows.states(connection)}
        health = feed_rows.health(connection, context.now)
    rows: list[dict[str, Any]] = []
    for feed in config.feeds:
        state = states.get(feed.url)
        figures = health.get(state.id) if state else None
        rows.append(
            {
                "name": feed.name,
                "url": without_login(feed.url),
                "title": feed.title or (state.title if state else None),
                "category": feed.category,
                "muted_until": feed.muted_until,
                "last_success": state.succeeded_at if state else None,
                "next_fetch": state.next_fetch_at if state else None,
                "entries": figures.entries if figures else 0,
                "entries_a_week": round(figures.a_week, 1) if figures else 0.0,
                "failures": state.failures if state else 0,
                "error": state.error if state else None,
                "moved_to": (state.fetch_url or state.moved_to) if state else None,
                "gone": state.gone if state else False,
            }
        )
    context.report(rows)
    if context.as_json:
        return
    names = [_short(row["name"]) for row in rows]
    width = max(map(len, ["FEED", *names]))
    context.say(f"{'FEED':{width}}  {'LAST SUCCESS':16}  {'NEXT FETCH':16}  A WEEK  STATE")
    for name, row in zip(names, rows, strict=True):
        context.say(
            f"{name:{width}}  {_shown(row['last_success']):16}  "
            f"{_shown(row['next_fetch'], 'at once'):16}  {row['entries_a_week']:6}  "
            f"{_condition(row, context.now)}"
        )


def _short(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"


def _shown(moment: datetime | None, otherwise: str = "never") -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else otherwise


def _condition(row: dict[str, Any], now: datetime) -> str:
    if row["gone"]:
        return f"gone: {row['error']}"
    if row["muted_until"] and row["muted_until"] > now.date():
        return f"muted until {row['muted_until']}"
    if row["error"]:
        times = f" ({row['failures']} times)" if row["failures"] != 1 else ""
        return f"failing{times}: {row['error']}"
    if row["last_success"] is None:
        return "not fetched yet"
    return f"moved to {row['moved_to']}" if row["moved_to"] else "well"


@feeds.command()
@click.argument("url")
@click.option("--name", help="How commands may call it.")
@click.option("--title", help="How digests call it; otherwise its own title.")
@click.option("--category", help="The section it belongs to.")
@common_options
@pass_context
def add(
    context: Context, url: str, name: str | None, title: str | None, category: str | None
) -> None:
    """Add a feed, or the feed of a page, to the configuration."""
    from digest.diagnostics import try_feeds
    from digest.settings import interpret, locate, read_text
    from digest.settings.edit import add_feed

    path = locate(context.file)
    text = read_text(path)
    address = try_feeds.address_of(url, path.parent)
    settings = interpret(add_feed(text, address), path).fetch
    found = try_feeds.find_feed(address, settings=settings, root=path.parent, now=context.now)
    _replace(path, add_feed(text, found.url, name=name, title=title, category=category))
    titled = f" ({found.title})" if found.title else ""
    context.report({"added": found.url, "title": found.title, "entries": found.entries})
    context.say(
        f"Added {found.url}{titled}, {found.entries} entries. It is fetched by the next run."
    )


@feeds.command()
@click.argument("name")
@common_options
@pass_context
def remove(context: Context, name: str) -> None:
    """Remove a feed, or a folder of feeds, (by name or URL) from the configuration."""
    from digest.settings import read_text
    from digest.settings.edit import remove_feed

    config = context.config()
    url = _url(config, name)
    _replace(config.path, remove_feed(read_text(config.path), url))
    context.report({"removed": without_login(url)})
    context.say(f"Removed {without_login(name)}. What it told stays in the editions.")


@feeds.command()
@click.argument("name")
@click.option("--until", metavar="DATE", help="The day it is heard again (2026-12-24).")
@click.option("--off", is_flag=True, help="Hear it again now.")
@common_options
@pass_context
def mute(context: Context, name: str, until: str | None, off: bool) -> None:
    """Leave a feed out, neither fetched nor told, until a date."""
    from digest.settings import read_text
    from digest.settings.edit import mute_feed

    if off == bool(until):
        raise click.UsageError("say --until DATE, or --off")
    config = context.config()
    url = _url(config, name)
    day = _day(until) if until else None
    _replace(config.path, mute_feed(read_text(config.path), url, day))
    context.report({"feed": without_login(url), "muted_until": day})
    called = without_login(name)
    context.say(f"{called} is muted until {day}." if day else f"{called} is heard again.")


@feeds.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
@pass_context
def import_(context: Context, file: Path) -> None:
    """Add the feeds of an OPML subscription list; nested folders become categories."""
    from digest.settings import locate, read_text
    from digest.settings.edit import import_feeds

    path = locate(context.file)
    text, added, already = import_feeds(read_text(path), read_outlines(file))
    _replace(path, text)
    context.report({"added": added, "already": already})
    context.say(f"Added {added} feeds; {already} were there already.")


@feeds.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@common_options
@pass_context
def export(context: Context, file: Path | None) -> None:
    """Write the feeds as OPML, to FILE or to standard output."""
    from digest.settings.edit import is_web, replace_file
    from digest.settings.opml import Outline, write

    config = context.config()
    outlines = [
        Outline(url=feed.url, title=feed.title or feed.name, category=feed.category)
        for feed in config.feeds
    ]
    text = write(outlines, config.title)
    if file is None:
        context.put(text)
    else:
        replace_file(file, text)
        context.say(f"Wrote {len(outlines)} feeds to {file}.")
    if (files := sum(not is_web(feed.url) for feed in config.feeds)) and not context.quiet:
        context.complain(f"{files} of them are files, which `feeds import` elsewhere passes over")


def read_outlines(file: Path) -> tuple[Outline, ...]:
    """Read a subscription list; raise ConfigError where it is missing or none."""
    from digest.settings.opml import read

    try:
        return read(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except ConfigError as error:
        raise ConfigError(error.message, file=str(file)) from error


def _url(config: Config, name: str) -> str:
    """Return the URL of the feed that is called `name`; `name` itself may be that of a folder."""
    return next((feed.url for feed in config.feeds if name in (feed.name, feed.url)), name)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day such as 2026-12-24") from None


def _replace(path: Path, text: str) -> None:
    """Write a new configuration, unless it would be one with mistakes."""
    from digest.settings import interpret
    from digest.settings.edit import replace_file

    interpret(text, path)
    try:
        replace_file(path, text)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
