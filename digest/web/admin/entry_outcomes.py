"""What became of the entries of a feed, in each digest that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from digest.model import Decision, Feed, Verdict
from digest.store import stories
from digest.store.feed_overview import ListedEntry
from digest.web.admin.request import AdminRequest

LONGEST_TITLE = 160
VERDICTS = {
    Verdict.TOLD: "told",
    Verdict.DUPLICATE: "told already, by another entry",
    Verdict.FILTERED: "left out by a rule",
    Verdict.CAPPED: "left out for want of room",
    Verdict.TOO_OLD: "too old",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An entry of a feed, and what each digest did with it."""

    entry: ListedEntry
    title: str
    outcomes: tuple[tuple[str, str], ...]
    """The title of each digest, and what became of the entry in it."""


def lines(
    request: AdminRequest, connection: Connection, feed: Feed, listed: Sequence[ListedEntry]
) -> list[EntryLine]:
    """Return the entries with their outcomes."""
    following = [digest for digest in request.config.digests if feed in digest.feeds]
    ids = [entry.id for entry in listed]
    decided = {
        digest.name: stories.decisions_of(connection, digest.name, ids) for digest in following
    }
    return [
        EntryLine(
            entry=entry,
            title=entry.title[:LONGEST_TITLE] or "(without a title)",
            outcomes=tuple(
                (digest.title, _words(decided[digest.name].get(entry.id))) for digest in following
            ),
        )
        for entry in listed
    ]


def _words(decision: Decision | None) -> str:
    if decision is None:
        return "waits for the next edition"
    rule = f" ({decision.rule})" if decision.rule and decision.verdict != Verdict.TOLD else ""
    return f"{VERDICTS[decision.verdict]}{rule}"
