"""The second line: what a digest has not decided about becomes an edition.

An edition is frozen, with all of its decisions, in one transaction, before a byte of it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest import compose, match
from digest.compose import Subscribed, rules
from digest.errors import DigestError
from digest.model import Decision, Digest, Edition, Redirect, Retelling
from digest.pipeline.delivery.queue import (
    DeliveryProgress,
    PostponedDeliveries,
    deliver,
    enlist,
    postponed,
)
from digest.pipeline.delivery.report import DeliveryReport
from digest.pipeline.due_feeds import unmuted
from digest.pipeline.embedder import embedder
from digest.pipeline.feed_health import ailing
from digest.pipeline.grouping import grouped
from digest.pipeline.output import authority_of
from digest.pipeline.resurfacing import returning
from digest.schedule import slots
from digest.settings import Config
from digest.store import editions, entries, stories
from digest.store import feeds as feed_rows
from digest.text.marks import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An edition that was frozen by this run."""

    digest: str
    slot: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A digest that was due and has fewer stories than an edition of it needs."""

    digest: str
    stories: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish did."""

    made: tuple[Made, ...] = ()
    empty: tuple[str, ...] = ()
    """Digests that were due and had nothing to say."""
    waiting: tuple[Waiting, ...] = ()
    sent: tuple[DeliveryReport, ...] = ()
    """Deliveries tried, those left over from earlier runs among them."""
    postponed: tuple[PostponedDeliveries, ...] = ()
    """What was put off and waits; a patient caller, who comes back at once, is not told."""


def publish(
    config: Config,
    store: Store,
    now: datetime,
    *,
    only: Collection[Digest] | None = None,
    force: bool = False,
    patient: bool = False,
    stop: Callable[[], bool] = lambda: False,
    step: DeliveryProgress = lambda done, total: None,
) -> Published:
    """Freeze the editions that are due and deliver what is not delivered yet: the second line.

    With `force`, an edition for `now` of each digest named, though none is due; raises DigestError
    where this minute has one.  `patient`, `stop` and `step` are those of `deliver`.
    """
    made: list[Made] = []
    empty: list[str] = []
    waiting: list[Waiting] = []
    for digest in config.digests if only is None else only:
        outcome = _freeze(config, store, digest, now, force=force)
        if isinstance(outcome, Made):
            made.append(outcome)
        elif isinstance(outcome, Waiting):
            waiting.append(outcome)
        elif outcome:
            empty.append(digest.name)
    return Published(
        made=tuple(made),
        empty=tuple(empty),
        waiting=tuple(waiting),
        sent=deliver(config, store, now, patient=patient, stop=stop, step=step),
        postponed=() if patient else postponed(config, store, now),
    )


def preview(config: Config, store: Store, now: datetime, digest: Digest) -> Edition:
    """Compose what the next edition would be; write nothing."""
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
        slot = slots.next_slot(slots.parse_schedule(digest.schedule), digest.timezone, now)
        due = _due_slot(digest, state, now)
        return _next_edition(config, connection, digest, due or slots.slot_name(slot), now).edition


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An edition that is not frozen yet."""

    edition: Edition
    decisions: tuple[Decision, ...]
    retold: tuple[Retelling, ...]
    joined: tuple[Redirect, ...]
    ready: bool
    """Whether there is enough to say."""
    first: bool
    unread: bool
    """Whether every feed of the digest failed."""


def _freeze(
    config: Config, store: Store, digest: Digest, now: datetime, *, force: bool
) -> Made | Waiting | bool:
    """Freeze one digest's edition if it is due; else tell whether there was nothing to say.

    Where it waits for more stories its slot is settled and nothing is decided, so that all of
    them are there for the next.

    Everything is read and written in one transaction, so that of two publishers at once the
    second finds the slot settled.
    """
    with store.read() as connection:
        state = editions.digest_state(connection, digest.name)
    if not force and _due_slot(digest, state, now) is None:
        return False
    with store.write() as connection:
        state = editions.digest_state(connection, digest.name)
        slot = slots.slot_name(now.astimezone(ZoneInfo(digest.timezone))) if force else None
        slot = slot or _due_slot(digest, state, now)
        if slot is None:
            return False
        draft = _next_edition(config, connection, digest, slot, now)
        told = sum(len(section.stories) for section in draft.edition.sections)
        if told or not (force or draft.first or draft.unread):
            editions.name_authority(connection, digest.name, *authority_of(config, digest, now))
        if told and not (force or draft.ready):
            if not draft.unread:
                editions.settle(connection, digest.name, slot)
            return Waiting(digest=digest.name, stories=told, needed=digest.min_entries)
        if told and force:
            _check_free(connection, digest, slot)
        if told:
            edition_id = editions.freeze(
                connection, draft.edition, draft.decisions, draft.retold, draft.joined
            )
            enlist(config, connection, digest, edition_id, now)
            return Made(digest=digest.name, slot=slot, stories=told)
        if not force and not draft.first and not draft.unread:
            editions.settle(connection, digest.name, slot, draft.decisions, draft.joined)
        return True


def _check_free(connection: Connection, digest: Digest, slot: str) -> None:
    """Raise DigestError where an edition was made for this minute before."""
    if any(listed.slot == slot for listed in editions.listing(connection, digest.name)):
        raise DigestError(f"{digest.name} has an edition {slot} already; try again in a minute")


def _due_slot(digest: Digest, state: editions.DigestState | None, now: datetime) -> str | None:
    """Name the newest slot that is not after `now`, unless it is settled."""
    schedule = slots.parse_schedule(digest.schedule)
    slot = slots.slot_name(slots.latest_slot(schedule, digest.timezone, now))
    settled = state.settled if state else None
    return slot if settled is None or slot > settled else None


def _next_edition(
    config: Config, connection: Connection, digest: Digest, slot: str, now: datetime
) -> _Draft:
    """Select and compose from all that this digest has not decided about."""
    from digest.excerpt import excerpt

    state = editions.digest_state(connection, digest.name)
    first = state is None or state.number == 0
    feeds = subscriptions(connection, replace(digest, feeds=unmuted(digest.feeds, now)), state)
    eligible = stories.eligible(connection, digest.name, tuple(feeds))
    since = _since(digest, now) if first else None
    old = compose.too_old(eligible, feeds, since)
    fresh = [entry for entry in eligible if entry.id not in old]
    unwanted = rules.unwanted(
        fresh,
        digest,
        {feed_id: subscribed.feed for feed_id, subscribed in feeds.items()},
        now,
        partial(entries.texts, connection, most=rules.SEARCHED),
    )
    found = grouped(
        connection, digest, [entry for entry in fresh if entry.id not in unwanted], feeds
    )
    updates = returning(connection, digest, slot, found, feeds, now) if digest.updates else ()
    selection = compose.select(digest, found.groups, old, unwanted, feeds, updates)
    bodies = entries.bodies(
        connection, [telling.lead.id for telling in selection.stories if telling.lead.id]
    )
    edition, decisions = compose.compose(
        digest,
        selection,
        slot=slot,
        number=state.number + 1 if state else 1,
        now=now,
        feeds=feeds,
        bodies=bodies,
        related=match.relate(
            [telling.lead for telling in selection.stories],
            {entry_id: plain(body.text[: match.COMPARED]) for entry_id, body in bodies.items()},
            embedder(config.match),
            config.match.likeness,
        )
        if digest.related
        else {},
        cut=excerpt,
    )
    # What is new comes at once: while it waited, `too_old` would be asked again, and take more.
    new = first or any(feeds[entry.feed_id].there_until for entry in eligible)
    settled = state.settled if state else None
    return _Draft(
        edition=replace(
            edition,
            ailing=ailing(connection, digest, feeds, now, state.composed_at if state else None),
        ),
        decisions=decisions,
        retold=selection.retold,
        joined=found.joined,
        ready=new
        or settled is None
        or compose.ready(digest, selection, slot=slot, settled=settled),
        first=first,
        unread=all(subscribed.state.error for subscribed in feeds.values()),
    )


def _since(digest: Digest, now: datetime) -> datetime:
    schedule = slots.parse_schedule(digest.schedule)
    latest = slots.latest_slot(schedule, digest.timezone, now)
    return slots.slot_before(schedule, digest.timezone, latest)


def subscriptions(
    connection: Connection, digest: Digest, state: editions.DigestState | None
) -> dict[int, Subscribed]:
    """Look up the digest's feeds by their id; one never fetched is not there yet.

    A feed is new to a digest that has had editions and has decided about no entry of it.  What it
    held when it was read first, or when the digest was last composed, was there before.
    """
    states = {
        state.url: state
        for state in feed_rows.states(connection, [feed.url for feed in digest.feeds])
    }
    since = _composed(digest, state)
    decided = stories.seen_by(connection, digest.name) if since else set()
    return {
        known.id: Subscribed(
            feed=feed,
            state=known,
            position=position,
            there_until=max(since, known.first_read_at or since)
            if since and known.id not in decided
            else None,
        )
        for position, feed in enumerate(digest.feeds)
        if (known := states.get(feed.url))
    }


def _composed(digest: Digest, state: editions.DigestState | None) -> datetime | None:
    """Tell when a digest last took what there was; ``None`` before its first edition."""
    if state is None or state.composed_at is None:
        return None
    settled = state.settled and slots.parse_slot_name(state.settled, digest.timezone)
    return max(state.composed_at, settled.astimezone(UTC)) if settled else state.composed_at
