"""List the entries that an edition left out, and why; the most useful ones come first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from digest.diagnostics.explain.names import EntryNames, NamedEntry
from digest.model import Decision, Edition, Entry, FailedFeed, Verdict
from digest.store import edition_lists, editions, entries, stories

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.settings import Config

_WORTH = (Verdict.CAPPED, Verdict.FILTERED, Verdict.TOO_OLD)
"""Reasons in the order in which a reader may have missed something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedEntry:
    """An entry that is not in an edition; a duplicate has a rule and a score."""

    id: int
    title: str
    feed: str
    link: str | None
    rule: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionReason:
    """A reason, and the entries that it kept out, the newest first."""

    verdict: str
    rule: str | None
    entries: tuple[OmittedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedStory:
    """A story and its other entries; `slot` is the first edition that told it."""

    story: NamedEntry
    slot: str | None
    entries: tuple[OmittedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionOmissions:
    """The entries that an edition left out; ``number`` is ``None`` where no edition was made."""

    digest: str
    slot: str
    number: int | None
    stories: int
    reasons: tuple[OmissionReason, ...]
    repeated: tuple[RepeatedStory, ...]
    failed: tuple[FailedFeed, ...]

    @property
    def count(self) -> int:
        """The number of entries that are not in the edition, including duplicates."""
        groups = [reason.entries for reason in self.reasons]
        groups += [repeated.entries for repeated in self.repeated]
        return sum(map(len, groups))

    def as_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary for JSON."""
        return {
            "digest": self.digest,
            "slot": self.slot,
            "number": self.number,
            "stories": self.stories,
            "left_out": self.count,
            "reasons": [
                {**asdict(reason), "count": len(reason.entries)} for reason in self.reasons
            ],
            "duplicates": [asdict(repeated) for repeated in self.repeated],
            "failed": [asdict(feed) for feed in self.failed],
        }


def left_out(
    config: Config, connection: Connection, digest: str, slot: str
) -> EditionOmissions | None:
    """Return what the edition of `digest` for `slot` left out; ``None`` if none was decided."""
    edition = None
    decisions = stories.settled_for(connection, digest, slot)
    for listed in edition_lists.listing(connection, digest):
        if listed.slot == slot:
            edition = editions.by_id(connection, listed.id)
            decisions = stories.decided_for(connection, digest, [listed.id]).get(listed.id, [])
    if edition is None and not decisions:
        return None
    known = entries.by_ids(connection, [decision.entry_id for decision in decisions])
    names = EntryNames(config, connection)
    names.read(known.values())
    return EditionOmissions(
        digest=digest,
        slot=slot,
        number=edition.number if edition else None,
        stories=_stories(edition),
        reasons=_reasons(decisions, known, names),
        repeated=_repeated(connection, digest, decisions, known, names),
        failed=edition.failed if edition else (),
    )


def _stories(edition: Edition | None) -> int:
    return sum(len(section.stories) for section in edition.sections) if edition else 0


def _reasons(
    decisions: Sequence[Decision], known: dict[int, Entry], names: EntryNames
) -> tuple[OmissionReason, ...]:
    by_rule: defaultdict[tuple[Verdict, str | None], list[Entry]] = defaultdict(list)
    for decision in decisions:
        if decision.verdict in _WORTH:
            by_rule[decision.verdict, decision.rule].append(known[decision.entry_id])
    order = sorted(
        by_rule, key=lambda key: (_WORTH.index(key[0]), -len(by_rule[key]), key[1] or "")
    )
    return tuple(
        OmissionReason(
            verdict=verdict.value,
            rule=rule,
            entries=tuple(
                _omitted(entry, names)
                for entry in sorted(by_rule[verdict, rule], key=_date, reverse=True)
            ),
        )
        for verdict, rule in order
    )


def _repeated(
    connection: Connection,
    digest: str,
    decisions: Sequence[Decision],
    known: dict[int, Entry],
    names: EntryNames,
) -> tuple[RepeatedStory, ...]:
    """Put the duplicates under their stories: those told here by rank, then those told before."""
    by_story: defaultdict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.of is not None:
            by_story[decision.of].append(decision)
    ranks = {
        decision.entry_id: decision.rank or 0
        for decision in decisions
        if decision.verdict is Verdict.TOLD
    }
    tellings = stories.tellings(connection, digest, by_story)
    titles = names.entries(by_story)
    found = []
    for lead in sorted(by_story, key=lambda lead: (lead not in ranks, ranks.get(lead, 0), lead)):
        copies = sorted(by_story[lead], key=lambda copy: _date(known[copy.entry_id]), reverse=True)
        told = tellings.get(lead)
        found.append(
            RepeatedStory(
                story=titles[lead],
                slot=told[0].slot if told else None,
                entries=tuple(
                    _omitted(known[decision.entry_id], names, decision) for decision in copies
                ),
            )
        )
    return tuple(found)


def _omitted(entry: Entry, names: EntryNames, tie: Decision | None = None) -> OmittedEntry:
    named = names.entry(entry)
    return OmittedEntry(
        id=named.id,
        title=named.title,
        feed=named.feed,
        link=entry.link,
        rule=tie.rule if tie else None,
        score=tie.score if tie else None,
    )


def _date(entry: Entry) -> tuple[str, int]:
    date = entry.published or entry.updated or entry.first_seen
    return date.isoformat(), entry.id or 0
