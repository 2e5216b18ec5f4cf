"""An entry's whole trail: when it was seen, how it was cleaned, what each digest decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest.model import Entry, FeedState, Verdict
from digest.store import entries, feeds, stories
from digest.urls import canonical_link, without_login

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one digest made of the entry."""

    digest: str
    verdict: str
    rule: str | None = None
    edition: str | None = None
    rank: int | None = None
    of: str | None = None
    """Title or link of the entry that it duplicates."""

    def line(self) -> str:
        words = [f"  {self.digest}: {self.verdict}"]
        if self.of:
            words.append(f"of {self.of}")
        if self.rule:
            words.append(f"by the rule {self.rule!r}")
        if self.edition:
            words.append(
                f"in edition {self.edition}" + (f", rank {self.rank}" if self.rank else "")
            )
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """An entry and all that is known of its way."""

    entry: Entry
    feed: FeedState
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        entry, feed = self.entry, self.feed
        return {
            "id": entry.id,
            "uid": entry.uid,
            "title": entry.title,
            "link": entry.link,
            "canonical_link": entry.canonical_link,
            "feed": without_login(feed.url),
            "feed_title": feed.title,
            "published": entry.published,
            "updated": entry.updated,
            "first_seen": entry.first_seen,
            "revised": entry.revised_at,
            "language": entry.language,
            "backlog": entry.backlog,
            "notes": entry.notes,
            "digests": [
                {
                    "digest": step.digest,
                    "verdict": step.verdict,
                    "rule": step.rule,
                    "edition": step.edition,
                    "rank": step.rank,
                    "of": step.of,
                }
                for step in self.steps
            ],
        }

    def lines(self) -> list[str]:
        entry, feed = self.entry, self.feed
        lines = [
            entry.title or entry.link or entry.uid,
            f"  link: {entry.link or 'none'}",
            f"  feed: {feed.title or without_login(feed.url)} ({without_login(feed.url)})",
            f"  id: {' '.join(entry.uid.split())}",
            f"  published: {_shown(entry.published)}; first seen: {_shown(entry.first_seen)}",
            f"  language: {entry.language or 'unknown'}",
        ]
        if entry.revised_at:
            lines.append(f"  revised: {_shown(entry.revised_at)}")
        lines += [f"  cleaned: {note}" for note in entry.notes]
        lines += [step.line() for step in self.steps]
        return lines


def follow(config: Config, connection: Connection, needle: str) -> list[Trail]:
    """Find the entries that `needle` names (link, id, or words of a title), newest first."""
    found = entries.find(connection, needle)
    if not found and (link := canonical_link(needle)):
        found = entries.find(connection, link)
    states = {state.id: state for state in feeds.states(connection)}
    return [
        Trail(
            entry=entry,
            feed=states[entry.feed_id],
            steps=_steps(config, connection, entry, states[entry.feed_id]),
        )
        for entry in found
    ]


def _steps(
    config: Config, connection: Connection, entry: Entry, feed: FeedState
) -> tuple[Step, ...]:
    assert entry.id is not None
    decided = {one.digest: one for one in stories.trail(connection, entry.id)}
    told = [one.decision.of for one in decided.values() if one.decision.of is not None]
    others = entries.by_ids(connection, told)
    retold = stories.retold(connection, entry.id)
    steps = []
    for digest in config.digests:
        one = decided.get(digest.name)
        if one is not None:
            other = others.get(one.decision.of or 0)
            steps.append(
                Step(
                    digest=digest.name,
                    verdict=one.decision.verdict.value,
                    rule=one.decision.rule,
                    edition=one.slot,
                    rank=one.decision.rank,
                    of=(other.title or other.link or other.uid) if other else None,
                )
            )
            steps += [
                Step(digest=name, verdict="told again", rule=reason, edition=slot)
                for name, slot, reason in retold
                if name == digest.name
            ]
        elif feed.url not in {one.url for one in digest.feeds}:
            steps.append(Step(digest=digest.name, verdict="does not follow this feed"))
        elif entry.backlog:
            rule = "backfill"
            steps.append(Step(digest=digest.name, verdict=Verdict.TOO_OLD.value, rule=rule))
        else:
            steps.append(Step(digest=digest.name, verdict="waits for the next edition"))
    return tuple(steps)


def _shown(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "unknown"
