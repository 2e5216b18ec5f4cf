"""`digest feeds list`: the state of each feed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli.context import Context, common_options, harmless, pass_context
from digest.cli.times import stamp, zone_of
from digest.diagnostics.silent_feeds import SILENT
from digest.net.secret_urls import without_secrets

if TYPE_CHECKING:
    from digest.settings import Config

_NARROWEST = 12
"""Fewest columns of a name or a title, on a narrow terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A line of the list."""

    number: int
    name: str
    url: str
    title: str | None
    category: str | None
    muted_until: date | None
    last_success: datetime | None
    next_fetch: datetime | None
    newest: datetime | None
    """The date of its newest entry."""
    entries: int
    entries_a_week: float
    failures: int
    error: str | None
    moved_to: str | None
    gone: bool
    pushed_until: datetime | None
    """The time until which its hub is relied upon to send new entries."""

    @property
    def failing(self) -> bool:
        return self.gone or bool(self.error)

    def is_silent(self, now: datetime) -> bool:
        return self.newest is not None and now - self.newest > SILENT


_ORDERS: dict[str, Callable[[FeedRow], Any]] = {
    "number": lambda row: row.number,
    "name": lambda row: row.name.casefold(),
    "title": lambda row: (row.title or row.name).casefold(),
    "category": lambda row: ((row.category or "").casefold(), row.number),
    "success": lambda row: row.last_success.isoformat() if row.last_success else "",
    "next": lambda row: row.next_fetch.isoformat() if row.next_fetch else "",
    "newest": lambda row: row.newest.isoformat() if row.newest else "",
    "week": lambda row: -row.entries_a_week,
    "failures": lambda row: -row.failures,
}


@click.command("list")
@click.option("--failing", is_flag=True, help="Only feeds that failed the last time.")
@click.option("--silent", is_flag=True, help="Only feeds without an entry for half a year.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(list(_ORDERS)),
    default="number",
    show_default=True,
    help="What to sort by.",
)
@common_options
@pass_context
def list_(context: Context, failing: bool, silent: bool, order: str) -> None:
    """Show the state of each feed: last success, next fetch, entries a week, faults.

    Times are in the time zone of the digests.  A terminal shows long names cut to its width; a pipe
    gets them in full.
    """
    config = context.config()
    rows = [
        row
        for row in feed_rows(context, config)
        if (row.failing or not failing) and (row.is_silent(context.now) or not silent)
    ]
    rows.sort(key=_ORDERS[order])
    context.report([asdict(row) for row in rows])
    if context.as_json:
        return
    for line in table(rows, zone_of(config), context.now, width=_width()):
        context.say(line)
    if not rows:
        context.say("No feed is failing." if failing else "No feed is silent.")


def feed_rows(context: Context, config: Config) -> list[FeedRow]:
    """Return a row for each feed, in the order of the configuration."""
    from digest.store import feeds as stored_feeds

    with context.store(config) as store, store.read() as connection:
        states = {state.url: state for state in stored_feeds.states(connection)}
        health = stored_feeds.health(connection, context.now)
    rows = []
    for number, feed in enumerate(config.feeds, 1):
        state = states.get(feed.url)
        figures = health.get(state.id) if state else None
        rows.append(
            FeedRow(
                number=number,
                name=feed.name,
                url=without_secrets(feed.url),
                title=feed.title or (state.title if state else None),
                category=feed.category,
                muted_until=feed.muted_until,
                last_success=state.succeeded_at if state else None,
                next_fetch=state.next_fetch_at if state else None,
                newest=figures.newest if figures else None,
                entries=figures.entries if figures else 0,
                entries_a_week=round(figures.a_week, 1) if figures else 0.0,
                failures=state.failures if state else 0,
                error=state.error if state else None,
                moved_to=(state.fetch_url or state.moved_to) if state else None,
                gone=state.gone if state else False,
                pushed_until=state.pushed_until if state else None,
            )
        )
    return rows


def table(
    rows: Sequence[FeedRow], zone: ZoneInfo, now: datetime, *, width: int | None
) -> list[str]:
    """Return the list as lines of at most `width` columns; ``None`` means no limit."""
    if not rows:
        return []
    from digest.text.columns import columns

    names = [row.name for row in rows]
    titles = ["" if row.title in (None, row.name) else str(row.title) for row in rows]
    names = [harmless(name) for name in ("FEED", *names)]
    titles = [" ".join(harmless(title).split()) for title in ("TITLE", *titles)]
    digits = len(str(max(row.number for row in rows)))
    room = None if width is None else max(2 * _NARROWEST, width - digits - 62)
    widths = [max(map(columns, column)) for column in (names, titles)]
    if room is not None and sum(widths) > room:
        names_room = max(min(widths[0], room - min(widths[1], room // 2)), _NARROWEST)
        widths = [names_room, max(room - names_room, _NARROWEST)]
    last, following = f"LAST SUCCESS ({now.astimezone(zone):%Z})", "NEXT FETCH"
    lines = [
        f"{'#':>{digits}}  {_cell(names[0], widths[0])}  {_cell(titles[0], widths[1])}  "
        f"{last:22}  {following:16}  A WEEK  STATE"
    ]
    for row, name, title in zip(rows, names[1:], titles[1:], strict=True):
        success = stamp(row.last_success, zone) if row.last_success else "never"
        upcoming = stamp(row.next_fetch, zone) if row.next_fetch else "at once"
        state = _condition(row, now.astimezone(zone).date())
        lines.append(
            f"{row.number:>{digits}}  {_cell(name, widths[0])}  {_cell(title, widths[1])}  "
            f"{success:22}  {upcoming:16}  {row.entries_a_week:6}  {state}"
        )
    return lines


def _width() -> int | None:
    """Return the columns of the terminal; ``None`` where standard output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cell(text: str, width: int) -> str:
    """Fill or cut a text to `width` columns."""
    from digest.text.columns import columns

    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text = f"{text}…"
    return text + " " * (width - columns(text))


def _condition(row: FeedRow, today: date) -> str:
    if row.gone:
        return f"gone: {row.error}"
    if row.muted_until and row.muted_until > today:
        return f"muted until {row.muted_until}"
    if row.error:
        times = f" ({row.failures} times)" if row.failures > 1 else ""
        return f"failing{times}: {row.error}"
    if row.last_success is None:
        return "not fetched yet"
    if row.moved_to:
        return f"moved to {row.moved_to}"
    return "well, pushed by its hub" if row.pushed_until else "well"
