"""Select what an edition tells: decide about each eligible entry once, and choose within limits.

`select` decides about every entry: told, a duplicate, filtered, capped, too old.  `ready` says
whether what is told suffices.  Times are never compared to find what is new; that an entry has no
decision yet is what makes it eligible.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.compose import limits as caps
from digest.compose.updates import Update
from digest.model import (
    Damped,
    Decision,
    Digest,
    Entry,
    Feed,
    FeedState,
    Retelling,
    Tie,
    Verdict,
)
from digest.net.urls import without_login
from digest.schedule import slots

DAMPED = 10
"""How many of the feeds that were cut most an edition names."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A feed as the digest sees it: its subscription, its state and its place in the list."""

    feed: Feed
    state: FeedState
    position: int
    there_until: datetime | None = None
    """Of a feed that is new to the digest: what was first seen until then had been there before."""

    @property
    def title(self) -> str:
        return self.feed.title or self.state.title or self.feed.name

    @property
    def url(self) -> str:
        """Its address, as far as it may be shown."""
        return without_login(self.feed.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Entries that tell one story: the lead first."""

    lead: Entry
    others: tuple[Entry, ...] = ()
    update: Update | None = None
    """What brings it back, where it was told before."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (self.lead, *self.others)

    @property
    def date(self) -> datetime:
        return self.update.since if self.update else date_of(self.lead)

    @property
    def known_since(self) -> datetime:
        return self.update.since if self.update else min(entry.first_seen for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A group of eligible entries as `match` found it.

    `ties` are the reasons by entry id; `told` is the entry that told the story in an earlier
    edition, if one did.
    """

    entries: tuple[Entry, ...]
    ties: Mapping[int, Tie] = field(default_factory=dict)
    told: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What goes into an edition, in no order yet, and what was decided about every entry."""

    stories: tuple[Telling, ...]
    decisions: tuple[Decision, ...]
    damped: tuple[Damped, ...] = ()

    @property
    def retold(self) -> tuple[Retelling, ...]:
        """The stories that were told before; there is no new decision about their leads."""
        return tuple(
            Retelling(entry_id=id_of(telling.lead), reason=telling.update.reason)
            for telling in self.stories
            if telling.update
        )


def too_old(
    entries: Sequence[Entry], feeds: Mapping[int, Subscribed], since: datetime | None
) -> dict[int, str]:
    """Find the entries that come too late for this digest, as entry id -> rule.

    In a digest's first edition those first seen before `since`, the slot before its own; in a
    later one, of what a feed that is new to the digest had before, all but the newest `backfill`;
    what has appeared since is never too old.
    """
    old: dict[int, str] = {}
    by_newcomer: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if since is not None:
            if entry.first_seen < since:
                old[id_of(entry)] = "before the first edition"
        elif (until := feeds[entry.feed_id].there_until) and entry.first_seen <= until:
            by_newcomer[entry.feed_id].append(entry)
    for feed_id, all_of_it in by_newcomer.items():
        keep = feeds[feed_id].feed.backfill
        if keep is not None:
            for entry in sorted(all_of_it, key=_newest_first)[keep:]:
                old[id_of(entry)] = f"backfill = {keep}"
    return old


def select(
    digest: Digest,
    groups: Sequence[Grouped],
    old: Mapping[int, str],
    unwanted: Mapping[int, str],
    feeds: Mapping[int, Subscribed],
    updates: Sequence[Update] = (),
) -> Selection:
    """Decide about every entry of `groups` and about those that are in none.

    Those are the ones too old for this digest and those that its rules leave out, each as entry
    id -> rule.  So a story that some of its entries may not tell is told by the others.  The
    `updates` compete for places with the rest.
    """
    decisions = [
        Decision(entry_id=entry_id, verdict=verdict, rule=rule)
        for verdict, out in ((Verdict.TOO_OLD, old), (Verdict.FILTERED, unwanted))
        for entry_id, rule in out.items()
    ]
    candidates: list[tuple[Telling, Mapping[int, Tie]]] = []
    for grouped in groups:
        if grouped.told is not None:
            decisions += _duplicates(grouped.entries, of=grouped.told, ties=grouped.ties)
        else:
            lead, *others = sorted(grouped.entries, key=lambda entry: lead_order(entry, feeds))
            candidates.append((Telling(lead=lead, others=tuple(others)), grouped.ties))
    for update in updates:
        others = sorted(update.others, key=lambda entry: lead_order(entry, feeds))
        candidates.append((Telling(lead=update.lead, others=tuple(others), update=update), {}))
    candidates.sort(key=lambda candidate: latest_first(candidate[0]))
    leads = [telling.lead for telling, _ in candidates]
    limits = caps.limits(leads, digest, {id: one.feed for id, one in feeds.items()})
    stories = []
    for (telling, ties), rule in zip(candidates, limits, strict=True):
        if rule is None:
            stories.append(telling)
        if telling.update:
            continue  # what there is to decide about it has been decided
        if rule:
            decisions += [
                Decision(entry_id=id_of(entry), verdict=Verdict.CAPPED, rule=rule)
                for entry in telling.entries
            ]
        else:
            decisions.append(Decision(entry_id=id_of(telling.lead), verdict=Verdict.TOLD))
            decisions += _duplicates(telling.others, of=id_of(telling.lead), ties=ties)
    return Selection(
        stories=tuple(stories),
        decisions=tuple(decisions),
        damped=_damped(leads, limits, feeds),
    )


def ready(digest: Digest, selection: Selection, *, slot: str, settled: str) -> bool:
    """Tell whether an edition for `slot` goes out, or waits for more stories.

    `settled` is the slot before, whose stories it waited with.  With fewer than `min_entries`
    it goes out where the weekday of `at_latest` has come since, or where one of its stories was
    seen so long ago.
    """
    if len(selection.stories) >= digest.min_entries:
        return True
    moment = slots.parse_slot_name(slot, digest.timezone)
    if isinstance(digest.at_latest, timedelta):
        seen = [telling.known_since for telling in selection.stories]
        return bool(seen) and moment - min(seen) >= digest.at_latest
    if digest.at_latest is None:
        return False
    days = (moment.date() - slots.parse_slot_name(settled, digest.timezone).date()).days
    return (moment.weekday() - WEEKDAYS.index(digest.at_latest)) % 7 < days


def lead_order(entry: Entry, feeds: Mapping[int, Subscribed]) -> tuple[object, ...]:
    """Order the entries of a story for its lead: by what they are, never by when they came.

    The original before an aggregator's copy, one with a title and a link before one without, what
    links to its own site before a comment on another's page, the feed of the higher priority, one
    with a text of some length before one without, the earliest, then the feed that the
    configuration names first.
    """
    subscribed = feeds[entry.feed_id]
    return (
        entry.source is not None,
        not entry.title,
        entry.link is None,
        _leads_elsewhere(entry.link, subscribed.state.link),
        -subscribed.feed.priority,
        entry.fingerprint is None,
        date_of(entry),
        feeds[entry.feed_id].position,
        entry.uid,
    )


def _leads_elsewhere(link: str | None, site: str | None) -> bool:
    """Tell whether a link leads to another site than that of its feed, as far as both are known."""
    hosts = [urlsplit(address or "").hostname for address in (link, site)]
    if not all(hosts):
        return False
    first, second = (str(host).split(".")[-2:] for host in hosts)
    return first != second


def _duplicates(entries: Sequence[Entry], *, of: int, ties: Mapping[int, Tie]) -> list[Decision]:
    decisions = []
    for entry in entries:
        tie = ties.get(id_of(entry))
        decisions.append(
            Decision(
                entry_id=id_of(entry),
                verdict=Verdict.DUPLICATE,
                of=of,
                rule=tie.rule if tie else None,
                score=tie.score if tie else None,
                tied_to=tie.other if tie else None,
            )
        )
    return decisions


def _damped(
    leads: Sequence[Entry], limits: Sequence[str | None], feeds: Mapping[int, Subscribed]
) -> tuple[Damped, ...]:
    """Name the feeds that their own limit cut, the most cut first."""
    cut = {
        lead.feed_id for lead, rule in zip(leads, limits, strict=True) if caps.is_of_one_feed(rule)
    }
    of = Counter(lead.feed_id for lead in leads)
    shown = Counter(lead.feed_id for lead, rule in zip(leads, limits, strict=True) if rule is None)
    most_cut = sorted(cut, key=lambda id: (shown[id] - of[id], feeds[id].position))
    return tuple(
        Damped(feed=feeds[id].title, shown=shown[id], of=of[id]) for id in most_cut[:DAMPED]
    )


def _newest_first(entry: Entry) -> tuple[float, int]:
    return (-date_of(entry).timestamp(), id_of(entry))


def latest_first(telling: Telling) -> tuple[float, int]:
    return (-telling.date.timestamp(), id_of(telling.lead))


def date_of(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen


def id_of(entry: Entry) -> int:
    assert entry.id is not None, "an entry that is composed has been stored"
    return entry.id
