"""Trails and what editions left out, as lines for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.diagnostics.explain import (
    MUTED,
    NOT_FOLLOWED,
    WAITS,
    Fate,
    Joined,
    LeftOut,
    Named,
    Omitted,
    Trail,
)
from digest.model import Verdict
from digest.net.private_addresses import without_secrets

SHOWN = 20
"""Entries of one reason that are named; `--json` has all."""

RUN = 90
"""Characters of the words that two texts share."""

_PARSERS = {
    "xml": "as XML",
    "feedparser": "by the forgiving parser, as it is no sound XML",
    "jsonfeed": "as JSON Feed",
    "transmission": "as a transmission page",
}
_AGAIN = {"revised": "it was revised", "more feeds": "many more feeds carry it"}
_REASONS = {
    Verdict.CAPPED.value: "Over the limit",
    Verdict.FILTERED.value: "Filtered by",
    Verdict.TOO_OLD.value: "Too old:",
}


def whole(trail: Trail, timezone: str) -> Iterator[str]:
    """Tell one entry's whole trail; times are shown in `timezone`."""
    entry, zone = trail.entry, ZoneInfo(timezone)
    yield trail.title
    yield f"  {entry.link or 'without a link'}"
    yield ""
    yield from _rows("fetched", _fetched(trail, zone))
    yield from _rows("read", _read(trail))
    yield from _rows("dates", _dates(trail, zone))
    yield from _rows("cleaned", ["; ".join(entry.notes) or "nothing to remove"])
    yield from _rows("language", [entry.language or "unknown"])
    yield from _rows("entry", [f"{entry.id}, known to its feed as {' '.join(entry.uid.split())}"])
    for fate in trail.fates:
        yield ""
        yield from _rows(fate.digest, _fate(fate))


def several(trails: Sequence[Trail], needle: str) -> Iterator[str]:
    """List entries of which one is to be chosen."""
    yield f"{len(trails)} entries match {needle!r}, the newest first:"
    yield ""
    for one in trails:
        entry = one.entry
        yield f"{entry.id:>8}  {one.title} ({one.feed_title})"
        yield f"          {'; '.join(f'{fate.digest}: {_short(fate)}' for fate in one.fates)}"
    yield ""
    yield f"Name one by its number: digest explain {trails[0].entry.id}"


def omissions(found: LeftOut) -> Iterator[str]:
    """Tell what was left out of an edition, and why."""
    told = f"{found.stories} {'story' if found.stories == 1 else 'stories'}"
    edition = f"no. {found.number}, {told}" if found.number else "no edition, nothing was told"
    yield f"{found.digest} {found.slot}  {edition}; left out: {_entries(found.count)}"
    for reason in found.reasons:
        yield ""
        rule = _filter(reason.rule) if reason.verdict == Verdict.FILTERED.value else reason.rule
        yield f"{_REASONS[reason.verdict]} {rule or 'a rule'} ({_entries(len(reason.entries))})"
        yield from _listed(reason.entries)
    if found.repeated:
        copies = sum(len(one.entries) for one in found.repeated)
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


def _fetched(trail: Trail, zone: ZoneInfo) -> list[str]:
    feed = trail.feed
    address = without_secrets(feed.fetch_url or feed.url)
    lines = [f"from {trail.feed_title}, {address}"]
    if not trail.subscribed:
        lines.append("which is no feed of this configuration any more")
    if feed.gone:
        lines.append("which its server calls gone for good")
    asked = _time(feed.checked_at, zone)
    if feed.error:
        times = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
        lines.append(f"last asked {asked}; it has failed {times}: {feed.error}")
    elif feed.read_at and feed.checked_at and feed.read_at < feed.checked_at:
        lines.append(f"last asked {asked}; nothing new in it since {_time(feed.read_at, zone)}")
    else:
        lines.append(f"last asked {asked}")
    return lines


def _read(trail: Trail) -> list[str]:
    entry = trail.entry
    if entry.backlog:
        return ["as far as to know it again: it was old when its feed was read first"]
    size = "text no longer kept"
    if trail.characters is not None:
        size = f"{trail.characters:,} characters of text"
    lines = [f"{_PARSERS.get(entry.parser or '', entry.parser or 'before this was noted')}; {size}"]
    if entry.flaw:
        lines.append(f"with a flaw: {entry.flaw}")
    return lines


def _dates(trail: Trail, zone: ZoneInfo) -> list[str]:
    entry = trail.entry
    lines = [f"first seen {_time(entry.first_seen, zone)} ({zone.key})"]
    if entry.published or entry.updated:
        lines.append(f"published {_time(entry.published or entry.updated, zone)}")
    else:
        lines.append("it bears no date")
    if entry.revised_at:
        lines.append(f"revised {_time(entry.revised_at, zone)}: it says something else since")
    return lines


def _fate(fate: Fate) -> list[str]:
    lines = [_verdict(fate), *_repetition(fate)]
    for one in fate.again:
        lines.append(f"told again in {one.slot} as an update: {_AGAIN.get(one.reason, one.reason)}")
    if fate.into:
        lines.append(_joined(fate.into, "its story goes on under that of"))
    lines += [_joined(one, "its story has taken in that of") for one in fate.took]
    for slot, channels in fate.deliveries.items():
        for channel, states in channels.items():
            counts = ", ".join(f"{count} {state}" for state, count in states.items())
            lines.append(f"delivered {slot} by {channel}: {counts}")
    if fate.story:
        lines.append(f"story {fate.story}")
    return lines


def _verdict(fate: Fate) -> str:
    where = ""
    if fate.edition:
        where = f" in {fate.edition}"
    elif fate.settled:
        where = f" in {fate.settled}, which had nothing to tell"
    match fate.verdict:
        case Verdict.TOLD.value:
            return f"told{where}, rank {fate.rank}"
        case Verdict.DUPLICATE.value:
            return f"duplicate{where}, of {_named(fate.of)}"
        case Verdict.FILTERED.value:
            return f"left out{where}: filtered by {_filter(fate.rule)}"
        case Verdict.CAPPED.value:
            return f"left out{where}: over the limit {fate.rule}"
        case Verdict.TOO_OLD.value:
            return f"left out{where}: too old, {_age(fate.rule)}"
    if fate.verdict == WAITS:
        return f"not decided yet; waits for the edition {fate.settled}"
    if fate.verdict == MUTED:
        return f"not decided yet; its feed is muted ({fate.rule})"
    return fate.verdict


def _age(rule: str | None) -> str:
    if rule == "before the first edition":
        return "seen before the digest had its first edition"
    return f"its feed had it before, and only the newest of that are told ({rule})"


def _repetition(fate: Fate) -> list[str]:
    """Say by what a duplicate was found to be one, and where its story is told."""
    if fate.of is None:
        return []
    lines = [f"by {_tie(fate.rule, fate.score)}"]
    if fate.tied_to:
        lines[0] += f", which it has from {_named(fate.tied_to)}"
    lines += [f"both have: {_cut(run)}" for run in fate.shared]
    if fate.told:
        lines.append(f"that story is told in {fate.told}")
    return lines


def _tie(rule: str | None, score: float | None) -> str:
    whole = score is None or score == 1.0
    match rule:
        case "link":
            return "its link"
        case "title":
            return "its title and date"
        case "text" if whole:
            return "its text"
        case "text" | "excerpt":
            place = "at the beginning of" if rule == "excerpt" else "in"
            return f"its text: {score:.0%} of the shorter is {place} the longer"
    return f"the rule {rule}"


def _filter(rule: str | None) -> str:
    return rule if rule and rule.startswith("none of") else f'"{rule}"'


def _short(fate: Fate) -> str:
    if fate.verdict == WAITS:
        return f"waits for {fate.settled}"
    if fate.verdict in (MUTED, NOT_FOLLOWED):
        return fate.verdict
    more = f" {fate.rule}" if fate.verdict in (Verdict.CAPPED, Verdict.FILTERED) else ""
    more += f" of {fate.of.id}" if fate.of else ""
    return f"{fate.verdict}{more} in {fate.edition}" if fate.edition else f"{fate.verdict}{more}"


def _joined(one: Joined, how: str) -> str:
    return f"{how} {_named(one.other)} since {one.slot}: {_named(one.by)} tells both"


def _listed(entries: Sequence[Omitted], indent: str = "  ") -> Iterator[str]:
    for one in entries[:SHOWN]:
        tie = f": {_tie(one.rule, one.score)}" if indent.strip() else ""
        yield f"{indent}{one.title} ({one.feed}){tie}"
    if len(entries) > SHOWN:
        yield f"{indent}and {len(entries) - SHOWN} more (--json names all)"


def _named(one: Named | None) -> str:
    return f"“{one.title}” ({one.feed}, entry {one.id})" if one else "one that is not there"


def _cut(run: str) -> str:
    return run if len(run) <= RUN else (run[:RUN].rpartition(" ")[0] or run[:RUN]) + " …"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "never"
