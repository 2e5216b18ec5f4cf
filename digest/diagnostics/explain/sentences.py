"""Format trails of entries and omissions of editions as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.diagnostics.explain import (
    HELD,
    MUTED,
    NOT_FOLLOWED,
    WAITS,
    DigestOutcome,
    EditionOmissions,
    EntryTrail,
    JoinedStory,
    NamedEntry,
    OmittedEntry,
    TrailVerdict,
)
from digest.model import Judgment, Verdict
from digest.model.stories import BY_EDITOR
from digest.net.secret_urls import without_secrets

SHOWN = 20
"""Most entries that are named for one reason; `--json` lists all."""

RUN = 90
"""Most characters of a shared run of words that are shown."""

_PARSERS = {
    "xml": "as XML",
    "feedparser": "by the tolerant parser, because it is not valid XML",
    "jsonfeed": "as JSON Feed",
    "transmission": "as a transmission page",
}
_UPDATE_REASONS = {"revised": "it was revised", "more feeds": "many more feeds carry it"}
_HELD = {
    Verdict.TOLD.value: "told",
    Verdict.DUPLICATE.value: "a duplicate",
    Verdict.FILTERED.value: "filtered",
    Verdict.CAPPED.value: "over the limit",
    Verdict.TOO_OLD.value: "too old",
}
"""The words for what a held edition decided about an entry."""
_REASONS = {
    Verdict.CAPPED.value: "Over the limit",
    Verdict.FILTERED.value: "Filtered by",
    Verdict.TOO_OLD.value: "Too old:",
}


def full(trail: EntryTrail, timezone: str) -> Iterator[str]:
    """Yield the lines of an entry's full trail, with times in `timezone`."""
    yield trail.title
    yield f"  {trail.entry.link or 'without a link'}"
    yield ""
    for name, lines in facts(trail, timezone):
        yield from _rows(name, lines)
    for outcome in trail.outcomes:
        yield ""
        yield from _rows(outcome.digest, outcome_lines(outcome))


def facts(trail: EntryTrail, timezone: str) -> list[tuple[str, list[str]]]:
    """Return what is known of an entry, as pairs of a name and its lines."""
    entry, zone = trail.entry, ZoneInfo(timezone)
    return [
        ("fetched", _fetched(trail, zone)),
        ("read", _read(trail)),
        ("dates", _dates(trail, zone)),
        ("cleaned", ["; ".join(entry.notes) or "nothing to remove"]),
        ("language", [entry.language or "unknown"]),
        ("entry", [f"{entry.id}, known to its feed as {' '.join(entry.uid.split())}"]),
        ("verdicts", [judged(verdict, zone) for verdict in trail.verdicts]),
    ]


def judged(verdict: TrailVerdict, zone: ZoneInfo) -> str:
    """Return a line about what a person said."""
    what = "the same story as" if verdict.judgment is Judgment.SAME else "not the same story as"
    copy = f"; its text is that of {_named(verdict.copy_of)}" if verdict.copy_of else ""
    return (
        f"{what} {_named(verdict.other)}: somebody said so {_time(verdict.at, zone)} "
        f"(no. {verdict.id}){copy}"
    )


def choices(trails: Sequence[EntryTrail], needle: str) -> Iterator[str]:
    """Yield a list of entries from which a person chooses one."""
    yield f"{len(trails)} entries match {needle!r}, the newest first:"
    yield ""
    for trail in trails:
        entry = trail.entry
        yield f"{entry.id:>8}  {trail.title} ({trail.feed_title})"
        told = "; ".join(f"{outcome.digest}: {_short(outcome)}" for outcome in trail.outcomes)
        yield f"          {told}"
    yield ""
    yield f"Name one by its number: digest explain {trails[0].entry.id}"


def omissions(found: EditionOmissions) -> Iterator[str]:
    """Yield the lines about the entries that an edition left out."""
    told = f"{found.stories} {'story' if found.stories == 1 else 'stories'}"
    edition = f"no. {found.number}, {told}" if found.number else "no edition, nothing was told"
    yield f"{found.digest} {found.slot}  {edition}; left out: {_entries(found.count)}"
    for reason in found.reasons:
        yield ""
        rule = _filter(reason.rule) if reason.verdict == Verdict.FILTERED.value else reason.rule
        yield f"{_REASONS[reason.verdict]} {rule or 'a rule'} ({_entries(len(reason.entries))})"
        yield from _listed(reason.entries)
    if found.repeated:
        copies = sum(len(item.entries) for item in found.repeated)
        yield ""
        yield f"Told by another entry ({_entries(copies)})"
    for repeated in found.repeated:
        before = "" if repeated.slot == found.slot else f", told in {repeated.slot}"
        yield f"  {_named(repeated.story)}{before}"
        yield from _listed(repeated.entries, indent="    = ")
    if found.failed:
        yield ""
        yield f"Could not be read ({len(found.failed)})"
        for feed in found.failed:
            yield f"  {feed.title}: {feed.error}"
    yield ""


def _rows(name: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {'' if number else name:<10}{line}"


def _fetched(trail: EntryTrail, zone: ZoneInfo) -> list[str]:
    feed = trail.feed
    address = without_secrets(feed.fetch_url or feed.url)
    lines = [f"from {trail.feed_title}, {address}"]
    if not trail.subscribed:
        lines.append("which is no longer a feed of this configuration")
    if feed.gone:
        lines.append("whose server answers that it is gone for good")
    asked = _time(feed.checked_at, zone)
    if feed.error:
        times = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
        lines.append(f"last asked {asked}; it has failed {times}: {feed.error}")
    elif feed.read_at and feed.checked_at and feed.read_at < feed.checked_at:
        lines.append(f"last asked {asked}; nothing new in it since {_time(feed.read_at, zone)}")
    else:
        lines.append(f"last asked {asked}")
    return lines


def _read(trail: EntryTrail) -> list[str]:
    entry = trail.entry
    if entry.backlog:
        return ["only to recognize it later: it was old when its feed was first read"]
    size = "text no longer kept"
    if trail.characters is not None:
        size = f"{trail.characters:,} characters of text"
    lines = [f"{_PARSERS.get(entry.parser or '', entry.parser or 'before this was noted')}; {size}"]
    if entry.flaw:
        lines.append(f"with a flaw: {entry.flaw}")
    return lines


def _dates(trail: EntryTrail, zone: ZoneInfo) -> list[str]:
    entry = trail.entry
    lines = [f"first seen {_time(entry.first_seen, zone)} ({zone.key})"]
    if entry.published or entry.updated:
        lines.append(f"published {_time(entry.published or entry.updated, zone)}")
    else:
        lines.append("it has no date")
    if entry.revised_at:
        lines.append(f"revised {_time(entry.revised_at, zone)}: its text has changed since")
    return lines


def outcome_lines(outcome: DigestOutcome) -> list[str]:
    """Return the lines about what a digest has decided."""
    lines = [_verdict(outcome), *_repetition(outcome)]
    for item in outcome.again:
        reason = _UPDATE_REASONS.get(item.reason, item.reason)
        lines.append(f"told again in {item.slot} as an update: {reason}")
    if outcome.into:
        lines.append(_joined(outcome.into, "its story goes on under that of"))
    lines += [_joined(item, "its story has taken in that of") for item in outcome.took]
    for slot, channels in outcome.deliveries.items():
        for channel, states in channels.items():
            counts = ", ".join(f"{count} {state}" for state, count in states.items())
            lines.append(f"delivered {slot} by {channel}: {counts}")
    if outcome.story:
        lines.append(f"story {outcome.story}")
    return lines


def _verdict(outcome: DigestOutcome) -> str:
    where = ""
    if outcome.edition:
        where = f" in {outcome.edition}"
    elif outcome.settled:
        where = f" in {outcome.settled}, which had nothing to tell"
    match outcome.verdict:
        case Verdict.TOLD.value:
            return f"told{where}, rank {outcome.rank}"
        case Verdict.DUPLICATE.value:
            return f"duplicate{where}, of {_named(outcome.of)}"
        case Verdict.FILTERED.value:
            return f"left out{where}: filtered by {_filter(outcome.rule)}"
        case Verdict.CAPPED.value:
            return f"left out{where}: over the limit {outcome.rule}"
        case Verdict.TOO_OLD.value:
            return f"left out{where}: too old, {_age(outcome.rule)}"
    if outcome.verdict == WAITS:
        return f"not decided yet; waits for the edition {outcome.settled}"
    if outcome.verdict == HELD:
        return (
            f"{_HELD.get(outcome.rule or '', outcome.rule)} in {outcome.settled}, an edition that "
            f"waits for approval: `digest editions approve {outcome.digest}`"
        )
    if outcome.verdict == MUTED:
        return f"not decided yet; its feed is muted ({outcome.rule})"
    return outcome.verdict


def _age(rule: str | None) -> str:
    if rule == "before the first edition":
        return "seen before the digest had its first edition"
    return f"its feed had it before, and only the newest of that are told ({rule})"


def _repetition(outcome: DigestOutcome) -> list[str]:
    """Return lines about how a duplicate was recognized, and where its story is told."""
    if outcome.of is None:
        return []
    lines = [f"by {tie(outcome.rule, outcome.score)}"]
    if outcome.tied_to:
        lines[0] += f", which it has from {_named(outcome.tied_to)}"
    lines += [f"both have: {_cut(run)}" for run in outcome.shared]
    if outcome.told:
        lines.append(f"that story is told in {outcome.told}")
    return lines


def tie(rule: str | None, score: float | None) -> str:
    """Return what a copy and its story have in common, in words."""
    is_exact = score is None or score == 1.0
    match rule:
        case "link":
            return "its link"
        case "verdict":
            return "what somebody said: the same story"
        case "title":
            return "its title and date"
        case "text" if is_exact:
            return "its text"
        case "text" | "excerpt":
            place = "at the beginning of" if rule == "excerpt" else "in"
            return f"its text: {score:.0%} of the shorter is {place} the longer"
    return f"the rule {rule}"


def _filter(rule: str | None) -> str:
    return rule if rule == BY_EDITOR or (rule and rule.startswith("none of")) else f'"{rule}"'


def _short(outcome: DigestOutcome) -> str:
    if outcome.verdict == WAITS:
        return f"waits for {outcome.settled}"
    if outcome.verdict == HELD:
        return f"{_HELD.get(outcome.rule or '', outcome.rule)} in {outcome.settled} (held)"
    if outcome.verdict in (MUTED, NOT_FOLLOWED):
        return outcome.verdict
    more = f" {outcome.rule}" if outcome.verdict in (Verdict.CAPPED, Verdict.FILTERED) else ""
    more += f" of {outcome.of.id}" if outcome.of else ""
    return (
        f"{outcome.verdict}{more} in {outcome.edition}"
        if outcome.edition
        else f"{outcome.verdict}{more}"
    )


def _joined(item: JoinedStory, how: str) -> str:
    if item.by_verdict:
        return f"{how} {_named(item.other)} since {item.slot}: somebody said they are the same"
    return f"{how} {_named(item.other)} since {item.slot}: {_named(item.by)} tells both"


def _listed(entries: Sequence[OmittedEntry], indent: str = "  ") -> Iterator[str]:
    for item in entries[:SHOWN]:
        evidence = f": {tie(item.rule, item.score)}" if indent.strip() else ""
        yield f"{indent}{item.title} ({item.feed}){evidence}"
    if len(entries) > SHOWN:
        yield f"{indent}and {len(entries) - SHOWN} more (--json names all)"


def _named(item: NamedEntry | None) -> str:
    return f"“{item.title}” ({item.feed}, entry {item.id})" if item else "an entry that is gone"


def _cut(run: str) -> str:
    return run if len(run) <= RUN else (run[:RUN].rpartition(" ")[0] or run[:RUN]) + " …"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "never"
