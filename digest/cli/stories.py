"""`digest stories`: say which entries tell one story, and which do not."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli.context import Context, common_options, pass_context
from digest.cli.terminal import CommandGroup
from digest.errors import DigestError
from digest.model import Judgment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.diagnostics.explain import EntryNames, NamedEntry
    from digest.pipeline.story_verdicts import JudgedStories
    from digest.settings import Config
    from digest.store.story_verdicts import LabelledPair

SHOWN = 50
"""The most verdicts that are listed; --json and --export have all."""

_WORDS = {
    Judgment.SAME: "the same story",
    Judgment.APART: "not the same story",
    Judgment.WITHDRAWN: "withdrawn",
}


@click.group(cls=CommandGroup)
@common_options
def stories() -> None:
    """Say which entries tell one story and which do not, where the program is wrong.

    A verdict holds from then on in every digest, for both entries, whatever their texts become, and
    for copies of their texts.  A newer verdict about the same entries replaces it.
    """


@stories.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@common_options
@pass_context
def same(context: Context, one: str, other: str) -> None:
    """Say that A and B tell the same story.

    A and B are links, ids or titles, as `digest explain` takes them.  If only one of them was told,
    the other is never told.  If both were told, the later story goes on under the earlier.
    """
    _judge(context, one, other, Judgment.SAME)


@stories.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@common_options
@pass_context
def apart(context: Context, one: str, other: str) -> None:
    """Say that A and B do not tell the same story.

    No evidence joins them again, and no chain of other entries does.  If one of them was left out
    as a copy of the other, the next edition may tell it.
    """
    _judge(context, one, other, Judgment.APART)


@stories.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@common_options
@pass_context
def withdraw(context: Context, one: str, other: str) -> None:
    """Withdraw the verdict about A and B: their texts decide again."""
    _judge(context, one, other, Judgment.WITHDRAWN)


@stories.command()
@click.option(
    "--export",
    is_flag=True,
    help="Print both texts of each pair and its label as JSON lines, a set to score matching with.",
)
@common_options
@pass_context
def verdicts(context: Context, export: bool) -> None:
    """List the verdicts, the newest first."""
    from digest.store import story_verdicts

    config = context.config()
    with context.store(config) as store, store.read() as connection:
        if export:
            labelled = story_verdicts.labelled(connection)
        else:
            most = 1_000_000 if context.as_json else SHOWN + 1
            labelled = story_verdicts.page(connection, most=most)
    if export:
        for pair in labelled:
            context.put(json.dumps(_as_line(pair), default=_written) + "\n")
        return
    context.report([_as_line(pair) for pair in labelled])
    zone = ZoneInfo(config.timezone)
    for pair in labelled[:SHOWN]:
        verdict, texts = pair.verdict, pair.texts
        context.say(
            f"{verdict.id:>6}  {verdict.at.astimezone(zone):%Y-%m-%d %H:%M}  "
            f"{_WORDS[verdict.judgment]}"
        )
        for judged, text in zip((verdict.one, verdict.other), texts, strict=True):
            title = text.title or (text.text or "")[:60] or text.link or "untitled"
            context.say(f"        {title} ({text.feed}, entry {judged.entry_id})")
    if len(labelled) > SHOWN:
        context.say(f"The {SHOWN} newest are shown; --json has all.")
    if not labelled:
        context.say("No verdict yet; `digest stories apart A B` gives one.")


def _judge(context: Context, one: str, other: str, judgment: Judgment) -> None:
    from digest.diagnostics.explain import EntryNames
    from digest.pipeline import story_verdicts

    config = context.config()
    with context.store(config) as store:
        with store.read() as connection:
            ids = [_entry_id(config, connection, needle, context.now) for needle in (one, other)]
        judged = story_verdicts.judge(store, ids[0], ids[1], judgment, context.now)
        with store.read() as connection:
            names = EntryNames(config, connection)
            first, second = (names.entries(ids)[entry_id] for entry_id in ids)
            context.report({**asdict(judged), "judgment": judgment, "entries": ids})
            context.say(f"{_WORDS[judgment].capitalize()}: {_named(first)} and {_named(second)}.")
            for line in _changes(judged, names):
                context.say(line)


def _entry_id(config: Config, connection: Connection, needle: str, now: datetime) -> int:
    """Return the id of the one entry that `needle` names; raise DigestError for none or several."""
    from digest.diagnostics import explain

    found = explain.follow(config, connection, needle, now)
    if not found:
        raise DigestError(f"no entry has the link, id or title {needle!r}")
    if len(found) > 1:
        several = "; ".join(
            f"{trail.entry.id} {trail.title} ({trail.feed_title})" for trail in found[:5]
        )
        more = ", ..." if len(found) > 5 else ""
        raise DigestError(f"{needle!r} names {len(found)} entries: {several}{more}; give a number")
    assert found[0].entry.id is not None
    return found[0].entry.id


def _changes(judged: JudgedStories, names: EntryNames) -> list[str]:
    """Return a line for each story that the verdict changes."""
    changes = (
        (judged.eligible, "the next edition may tell {}, which was left out as a copy"),
        (judged.separated, "the story of {} is separate again"),
        (judged.joined, "the story of {} goes on under the other, which was told first"),
    )
    lines = []
    for pairs, words in changes:
        named = names.entries(entry_id for _, entry_id in pairs)
        lines += [f"{digest}: {words.format(_named(named[id]))}" for digest, id in pairs]
    return lines


def _named(item: NamedEntry) -> str:
    return f"“{item.title}” ({item.feed}, entry {item.id})"


def _as_line(pair: LabelledPair) -> dict[str, Any]:
    verdict = pair.verdict
    return {
        "id": verdict.id,
        "at": verdict.at,
        "label": verdict.judgment.value,
        "entries": [verdict.one.entry_id, verdict.other.entry_id],
        "texts": [asdict(text) for text in pair.texts],
    }


def _written(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
