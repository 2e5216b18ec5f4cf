"""Select the stories of an edition: decide about each eligible entry once, within the limits.

`select` decides about every entry: told, a duplicate, filtered, capped, too old.  `ready` says
whether there are enough stories for an edition.  An entry is eligible if it has no decision yet;
times are never compared to find new entries.
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
    CappedFeed,
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

MOST_CAPPED = 10
"""The number of feeds that an edition names as capped: those that lost most stories."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFeed:
    """A feed of the digest: its subscription, its state and its position in the configuration."""

    feed: Feed
    state: FeedState
    position: int
    backlog_until: datetime | None = None
    """Set only if the feed is new to the digest: entries first seen until then are its backlog."""

    @property
    def title(self) -> str:
        return self.feed.title or self.state.title or self.feed.name

    @property
    def url(self) -> str:
        """The address of the feed without a password, so that it may be shown."""
        return without_login(self.feed.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStory:
    """Entries that tell one story: the lead first."""

    lead: Entry
    others: tuple[Entry, ...] = ()
    update: Update | None = None
    """The update that brings the story back, if it was told before."""

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
class EntryGroup:
    """A group of eligible entries that tell one story, as `match` found it.

    `ties` are the reasons by entry id; `told` is the id of the entry that told the story in an
    earlier edition, if one did.
    """

    entries: tuple[Entry, ...]
    ties: Mapping[int, Tie] = field(default_factory=dict)
    told: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The stories of an edition, in no order yet, and the decisions about every entry."""

    stories: tuple[CandidateStory, ...]
    decisions: tuple[Decision, ...]
    damped: tuple[CappedFeed, ...] = ()

    @property
    def retold(self) -> tuple[Retelling, ...]:
        """The stories that were told before; there is no new decision about their leads."""
        return tuple(
            Retelling(entry_id=id_of(telling.lead), reason=telling.update.reason)
            for telling in self.stories
            if telling.update
        )


def too_old(
    entries: Sequence[Entry], feeds: Mapping[int, DigestFeed], since: datetime | None
) -> dict[int, str]:
    """Return the rule by which an entry is too old for this digest, by the id of the entry.

    In the first edition of a digest, entries first seen before `since`, the slot before its own,
    are too old.  In a later one, of the backlog of a feed that is new to the digest, all entries
    but the newest `backfill` are too old.  Entries that appeared later are never too old.
    """
    old: dict[int, str] = {}
    by_newcomer: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if since is not None:
            if entry.first_seen < since:
                old[id_of(entry)] = "before the first edition"
        elif (until := feeds[entry.feed_id].backlog_until) and entry.first_seen <= until:
            by_newcomer[entry.feed_id].append(entry)
    for feed_id, all_of_it in by_newcomer.items():
        keep = feeds[feed_id].feed.backfill
        if keep is not None:
            for entry in sorted(all_of_it, key=_newest_first)[keep:]:
                old[id_of(entry)] = f"backfill = {keep}"
    return old


def select(
    digest: Digest,
    groups: Sequence[EntryGroup],
    old: Mapping[int, str],
    unwanted: Mapping[int, str],
    feeds: Mapping[int, DigestFeed],
    updates: Sequence[Update] = (),
) -> Selection:
    """Decide about every entry of `groups`, and about the `old` and the `unwanted` entries.

    `old` entries are too old for this digest, `unwanted` ones are left out by its rules; both map
    an entry id to the rule, and are in no group.  So a story of which some entries may not be told
    is told by the others.  The `updates` compete for places with the other stories.
    """
    decisions = [
        Decision(entry_id=entry_id, verdict=verdict, rule=rule)
        for verdict, out in ((Verdict.TOO_OLD, old), (Verdict.FILTERED, unwanted))
        for entry_id, rule in out.items()
    ]
    candidates: list[tuple[CandidateStory, Mapping[int, Tie]]] = []
    for grouped in groups:
        if grouped.told is not None:
            decisions += _duplicates(grouped.entries, of=grouped.told, ties=grouped.ties)
        else:
            lead, *others = sorted(grouped.entries, key=lambda entry: lead_order(entry, feeds))
            candidates.append((CandidateStory(lead=lead, others=tuple(others)), grouped.ties))
    for update in updates:
        others = sorted(update.others, key=lambda entry: lead_order(entry, feeds))
        candidates.append(
            (CandidateStory(lead=update.lead, others=tuple(others), update=update), {})
        )
    candidates.sort(key=lambda candidate: latest_first(candidate[0]))
    leads = [telling.lead for telling, _ in candidates]
    limits = caps.limits(leads, digest, {id: subscribed.feed for id, subscribed in feeds.items()})
    stories = []
    for (telling, ties), rule in zip(candidates, limits, strict=True):
        if rule is None:
            stories.append(telling)
        if telling.update:
            continue  # an earlier edition has decided about these entries
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
    """Say whether an edition for `slot` goes out, or waits for more stories.

    `settled` is the last slot that was settled before.  With fewer than `min_entries` stories the
    edition goes out if the weekday of `at_latest` has come since then, or if one of its stories has
    been known for the time span of `at_latest`.
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


def lead_order(entry: Entry, feeds: Mapping[int, DigestFeed]) -> tuple[object, ...]:
    """Return the sort key that puts the lead of a story first, whatever order its entries came in.

    First comes the original before an aggregator's copy; then an entry with a title and a link
    before one without; one that links to its own site before a comment on the page of another; the
    feed of the higher priority; an entry with a text of some length before one without; the
    earliest entry; and the feed that the configuration names first.
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
    """Say whether a link leads to another site than that of its feed; if unknown, it does not."""
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
    leads: Sequence[Entry], limits: Sequence[str | None], feeds: Mapping[int, DigestFeed]
) -> tuple[CappedFeed, ...]:
    """Return the feeds whose own limit left stories out, those that lost most first."""
    cut = {
        lead.feed_id for lead, rule in zip(leads, limits, strict=True) if caps.is_of_one_feed(rule)
    }
    of = Counter(lead.feed_id for lead in leads)
    shown = Counter(lead.feed_id for lead, rule in zip(leads, limits, strict=True) if rule is None)
    most_cut = sorted(cut, key=lambda id: (shown[id] - of[id], feeds[id].position))
    return tuple(
        CappedFeed(feed=feeds[id].title, shown=shown[id], of=of[id])
        for id in most_cut[:MOST_CAPPED]
    )


def _newest_first(entry: Entry) -> tuple[float, int]:
    return (-date_of(entry).timestamp(), id_of(entry))


def latest_first(telling: CandidateStory) -> tuple[float, int]:
    return (-telling.date.timestamp(), id_of(telling.lead))


def date_of(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen


def id_of(entry: Entry) -> int:
    assert entry.id is not None, "an entry that is composed has been stored"
    return entry.id
