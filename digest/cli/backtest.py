"""`digest backtest`: show how a changed configuration would have changed past editions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.context import Context, common_options, pass_context

if TYPE_CHECKING:
    from digest.compose.replay import EditionDifference
    from digest.diagnostics.backtest import BacktestResult
    from digest.model import Entry
    from digest.settings import Config


@click.command()
@click.argument("new", metavar="NEW.toml", type=click.Path(path_type=Path))
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="How far back.",
)
@common_options
@pass_context
def backtest(context: Context, new: Path, days: int) -> None:
    """Show which stories would enter (+) or leave (-) past editions under another configuration.

    Stories told before come back (^) or stay away (v).  Nothing is written.  Duplicates and entries
    that came too late are as they were decided then.  The entries of a feed that is only in
    NEW.toml are not known, nor are texts from before their last revision.  Where a text is no
    longer kept, no rule about texts applies to it.
    """
    from digest.diagnostics.backtest import backtest as test
    from digest.settings import load

    config = context.config()
    changed = load(new)
    with context.store(config) as store, store.read() as connection:
        tested = test(config, changed, connection, context.now, days)
    context.report([_as_dict(result) for result in tested])
    for result in tested:
        for edition in result.editions:
            _tell(context, result, edition)
    both = {result.digest for result in tested}
    for name in [digest.name for digest in config.digests if digest.name not in both]:
        context.say(f"{name}: {new} has no such digest")
    made = [edition for result in tested for edition in result.editions]
    differ = sum(edition.differs for edition in made)
    entered = sum(len(edition.entered) for edition in made)
    left = sum(len(edition.left) for edition in made)
    returned = sum(len(edition.returned) for edition in made)
    stayed = sum(len(edition.stayed) for edition in made)
    updates = f", {returned} came back (^), {stayed} stayed away (v)" if returned or stayed else ""
    context.say(
        f"{len(made)} {'edition' if len(made) == 1 else 'editions'} in {days} days, "
        f"{differ} would differ: {entered} entered (+), {left} left (-){updates}."
    )
    for name in sorted(_not_known(config, changed)):
        context.say(f"Not known: what {name} would have brought.")


def _tell(context: Context, tested: BacktestResult, edition: EditionDifference) -> None:
    if not edition.differs:
        return
    context.say(f"{tested.digest} {edition.slot}: {edition.before} -> {edition.after} stories")
    for entry in edition.entered:
        context.say(f"  + {_name(tested, entry)}")
    for entry, reason in edition.left:
        context.say(f"  - {_name(tested, entry)}: {reason}")
    for entry, reason in edition.returned:
        context.say(f"  ^ {_name(tested, entry)}: {reason}")
    for entry, reason in edition.stayed:
        context.say(f"  v {_name(tested, entry)}: {reason}")


def _not_known(present: Config, new: Config) -> set[str]:
    """Return the titles of feeds that only the new configuration has; no entries are stored."""
    known = {feed.url for feed in present.feeds}
    return {feed.title or feed.name for feed in new.feeds if feed.url not in known}


def _name(tested: BacktestResult, entry: Entry) -> str:
    return f"{entry.title or entry.link or entry.uid} ({tested.titles[entry.feed_id]})"


def _as_dict(tested: BacktestResult) -> dict[str, object]:
    def named(entry: Entry) -> dict[str, object]:
        return {
            "title": entry.title,
            "link": entry.link,
            "feed": tested.titles[entry.feed_id],
        }

    return {
        "digest": tested.digest,
        "editions": [
            {
                "slot": edition.slot,
                "before": edition.before,
                "after": edition.after,
                "entered": [named(entry) for entry in edition.entered],
                "left": [{**named(entry), "rule": reason} for entry, reason in edition.left],
                "returned": [
                    {**named(entry), "reason": reason} for entry, reason in edition.returned
                ],
                "stayed_away": [
                    {**named(entry), "rule": reason} for entry, reason in edition.stayed
                ],
            }
            for edition in tested.editions
        ],
    }
