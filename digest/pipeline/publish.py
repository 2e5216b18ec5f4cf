"""The publish pipeline: make editions of undecided entries, and deliver them.

    due -> eligible -> rules -> group -> select -> compose -> freeze -> render -> deliver

An edition is composed from one consistent view of the database, while others may write.  It is
frozen, with all of its decisions, in one short transaction before any of it is delivered.  That
transaction checks the slot and the entries again: if another run was quicker, or an entry was
revised meanwhile, the draft is dropped and composed again.

For a digest that needs approval this transaction holds the edition instead of freezing it
(`digest.pipeline.approval`), until the editor approves it or its deadline comes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.errors import BusyError, DigestError, cause_of
from digest.model import Digest, Edition, HeldEdition
from digest.pipeline import approval, clock, weekly
from digest.pipeline.approval import EditorMail
from digest.pipeline.delivery.queue import (
    DeliveryProgress,
    PostponedDeliveries,
    deliver,
    enlist,
    postponed,
)
from digest.pipeline.delivery.report import DeliveryReport
from digest.pipeline.faulty_entries import FaultyEntry
from digest.pipeline.next_edition import (
    Draft,
    DueSlot,
    compose,
    due,
    eligible,
    group,
    is_settled,
    rules,
    select,
)
from digest.pipeline.output import authority_of, close_pages_or_wait
from digest.schedule import slots
from digest.settings import Config
from digest.store import editions, entries, held_editions, story_verdicts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store

_MOST_DRAFTS = 5
"""How often an edition is composed in one run if the database changes meanwhile."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An edition that was frozen by this run."""

    digest: str
    slot: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An edition that waits for the editor."""

    digest: str
    slot: str
    stories: int
    since: datetime
    goes_at: datetime | None
    """When it goes out without approval, in the digest's zone; ``None`` if it never does."""
    is_new: bool
    """Whether this run composed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A digest that was due and has too few stories for an edition."""

    digest: str
    stories: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """A digest that was due and had no stories."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDigest:
    """A digest whose edition could not be made; the log holds the traceback of a bug."""

    digest: str
    error: str


Outcome = Made | Held | Waiting | Empty | FailedDigest
"""The result of publishing one digest that was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The result of a publish."""

    made: tuple[Made, ...] = ()
    empty: tuple[str, ...] = ()
    """Digests that were due and had no stories."""
    waiting: tuple[Waiting, ...] = ()
    held: tuple[Held, ...] = ()
    """Editions that wait for approval; for a patient caller the new ones only."""
    editor_mails: tuple[EditorMail, ...] = ()
    failed: tuple[FailedDigest, ...] = ()
    faults: tuple[FaultyEntry, ...] = ()
    """Entries that raised an unforeseen error and were left out."""
    sent: tuple[DeliveryReport, ...] = ()
    """All deliveries that were tried, also those of earlier runs."""
    postponed: tuple[PostponedDeliveries, ...] = ()
    """Postponed deliveries; empty for a patient caller, who comes back at once."""

    @property
    def done(self) -> bool:
        """Whether every edition that was due was made, and every delivery has arrived or waits."""
        mails_sent = not any(mail.error for mail in self.editor_mails)
        everything_made = not (self.failed or self.faults)
        return everything_made and mails_sent and all(sent.done for sent in self.sent)


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
    """Freeze the editions that are due, and deliver all undelivered editions.

    With `force`, each digest in `only` gets an edition for `now`, though none is due; a digest that
    has an edition for this minute fails.  `patient`, `stop` and `step` are those of `deliver`.  No
    digest stops another, whatever it raises.
    """
    clock.set_back(config, store, now)
    outcomes: list[Outcome] = []
    faults: list[FaultyEntry] = []
    for digest in config.digests if only is None else only:
        outcome, faulty = make_edition(config, store, digest, now, force=force)
        outcomes += outcome
        faults += faulty
    weekly.enlist_weekly(store, config.digests, now)
    editor_mails = tuple(approval.mail_editors(config, store, now))
    # `deliver` renders each frozen edition for each channel.
    sent = deliver(config, store, now, patient=patient, stop=stop, step=step)
    return published(
        outcomes,
        sent,
        patient=patient,
        editor_mails=editor_mails,
        faults=tuple(faults),
        postponed=() if patient else postponed(config, store, now),
    )


def published(
    outcomes: Iterable[Outcome],
    sent: Iterable[DeliveryReport],
    *,
    patient: bool = True,
    editor_mails: tuple[EditorMail, ...] = (),
    faults: tuple[FaultyEntry, ...] = (),
    postponed: tuple[PostponedDeliveries, ...] = (),
) -> Published:
    """Return the result of publishing digests, from what became of each."""
    outcomes = tuple(outcomes)
    return Published(
        made=tuple(outcome for outcome in outcomes if isinstance(outcome, Made)),
        empty=tuple(outcome.digest for outcome in outcomes if isinstance(outcome, Empty)),
        waiting=tuple(outcome for outcome in outcomes if isinstance(outcome, Waiting)),
        held=tuple(
            outcome
            for outcome in outcomes
            if isinstance(outcome, Held) and (outcome.is_new or not patient)
        ),
        editor_mails=editor_mails,
        failed=tuple(outcome for outcome in outcomes if isinstance(outcome, FailedDigest)),
        faults=faults,
        sent=tuple(sent),
        postponed=postponed,
    )


def make_edition(
    config: Config,
    store: Store,
    digest: Digest,
    now: datetime,
    *,
    slot: str | None = None,
    force: bool = False,
) -> tuple[Sequence[Outcome], Sequence[FaultyEntry]]:
    """Freeze the edition of a digest that is due, or publish a held one whose deadline has come.

    Returns what became of it, nothing where none is due, and the entries that raised an unforeseen
    error.  With `slot`, no edition of another slot is made.  Two runs at once make one edition.
    """
    outcomes: list[Outcome] = []
    with _recording(store, digest, outcomes, force=force), store.lock(f"compose-{digest.name}"):
        if held := approval.waiting(store, digest.name):
            outcomes += _held_outcomes(config, store, digest, held, now, force=force)
            return outcomes, ()
        for _ in range(_MOST_DRAFTS):
            due_slot = _this_minute(digest, now) if force else due(store, digest, now)
            if due_slot is None or slot not in (None, due_slot.name):
                return outcomes, ()
            with store.read() as connection:
                candidates = eligible(connection, digest, due_slot, now)
                left_out = rules(connection, candidates)
                found = group(connection, candidates, left_out)
                material = select(connection, candidates, left_out, found)
            draft = compose(config.match, candidates, material)
            if outcome := freeze(config, store, draft, now, force=force):
                outcomes.append(outcome)
                if isinstance(outcome, Made):
                    close_pages_or_wait(config, store, digest)
                return outcomes, draft.faults
        raise BusyError("its entries change all the time; the next run tries again")
    return outcomes, ()


def _held_outcomes(
    config: Config, store: Store, digest: Digest, held: HeldEdition, now: datetime, *, force: bool
) -> list[Outcome]:
    """Publish a held edition whose deadline has come; otherwise let it wait.

    While an edition waits, no other edition of the digest is composed.
    """
    goes_at = approval.goes_at(digest, held)
    if goes_at is not None and goes_at <= now:
        by: approval.By = "time" if digest.approve else "configuration"
        if not approval.approve(config, store, digest, held, by, now):
            return []  # the editor was quicker
        return [Made(digest=digest.name, slot=held.slot, stories=held.stories)]
    if force:
        raise DigestError(
            f"the edition {held.slot} waits for approval: `digest editions approve {digest.name}`, "
            "or skip or reject it first"
        )
    return [_held(digest, held, is_new=False)]


def preview(config: Config, store: Store, now: datetime, digest: Digest) -> Edition:
    """Compose what the next edition would be; write nothing."""
    return preview_draft(config, store, now, digest).edition


def preview_draft(config: Config, store: Store, now: datetime, digest: Digest) -> Draft:
    """Compose what the next edition would be, with all its decisions; write nothing."""
    following = slots.next_slot(slots.parse_schedule(digest.schedule), digest.timezone, now)
    slot = due(store, digest, now) or DueSlot(name=slots.slot_name(following), at=following)
    with store.read() as connection:
        candidates = eligible(connection, digest, slot, now)
        left_out = rules(connection, candidates)
        found = group(connection, candidates, left_out)
        material = select(connection, candidates, left_out, found)
    return compose(config.match, candidates, material)


def freeze(
    config: Config, store: Store, draft: Draft, now: datetime, *, force: bool
) -> Outcome | None:
    """Freeze a draft as an edition, or settle its slot if it has no or too few stories.

    With too few stories no entry is decided, so that the next edition can tell them all.  Returns
    ``None``, and writes nothing, if the draft is out of date.  Raises DigestError if an edition is
    forced and this minute has one.
    """
    digest, slot, at = draft.digest, draft.slot.name, draft.slot.at
    try:
        with store.write() as connection:
            if not _is_current(connection, draft, force=force):
                return None
            if draft.stories or not (force or draft.is_first or draft.all_failed):
                editions.name_authority(connection, digest.name, *authority_of(config, digest, now))
            if not draft.stories:
                if not (force or draft.is_first or draft.all_failed):
                    editions.settle(
                        connection, digest.name, slot, draft.decisions, draft.joined, at=at
                    )
                return Empty(digest=digest.name)
            if not (force or draft.ready):
                if not draft.all_failed:
                    editions.settle(connection, digest.name, slot, at=at)
                return Waiting(digest=digest.name, stories=draft.stories, needed=digest.min_entries)
            if force:
                _check_free(connection, digest, slot)
            if digest.approve:
                held_editions.hold(connection, draft.content, at)
                held = held_editions.waiting(connection, digest.name)
                return _held(digest, held, is_new=True) if held else None
            edition_id = editions.freeze(
                connection, draft.edition, draft.decisions, draft.retold, draft.joined, at=at
            )
            enlist(config, connection, digest, edition_id, now)
    except BusyError:  # another run has decided about one of the entries
        return None
    return Made(digest=digest.name, slot=slot, stories=draft.stories)


def _held(digest: Digest, held: HeldEdition, *, is_new: bool) -> Held:
    goes_at = approval.goes_at(digest, held)
    return Held(
        digest=digest.name,
        slot=held.slot,
        stories=held.stories,
        since=held.held_at,
        goes_at=goes_at and goes_at.astimezone(ZoneInfo(digest.timezone)),
        is_new=is_new,
    )


@contextmanager
def _recording(
    store: Store, digest: Digest, outcomes: list[Outcome], *, force: bool
) -> Iterator[None]:
    """Record the errors of the block, so that no digest stops another.

    If another run is composing the edition, that is an error only for a forced edition.
    """
    try:
        yield
    except BusyError as error:
        if force:
            outcomes.append(_failed(digest, error))
        logger.info("%s: %s", digest.name, error)
    except Exception as error:  # no digest stops another
        outcomes.append(_failed(digest, store.blamed(error)))


def _is_current(connection: Connection, draft: Draft, *, force: bool) -> bool:
    """Say whether digest, slot, verdicts and shown entries are unchanged since the draft."""
    state = editions.digest_state(connection, draft.digest.name)
    if state != draft.state or (not force and is_settled(draft.digest, state, draft.slot.at)):
        return False
    if story_verdicts.newest(connection) != draft.verdict:
        return False
    return entries.versions(connection, draft.versions) == draft.versions


def _check_free(connection: Connection, digest: Digest, slot: str) -> None:
    """Raise DigestError if the slot has an edition."""
    if editions.has_slot(connection, digest.name, slot):
        raise DigestError(f"there is an edition {slot} already; try again in a minute")


def _this_minute(digest: Digest, now: datetime) -> DueSlot:
    at = now.astimezone(ZoneInfo(digest.timezone))
    return DueSlot(name=slots.slot_name(at), at=at.replace(second=0, microsecond=0))


def _failed(digest: Digest, error: Exception) -> FailedDigest:
    """Record why a digest has no edition; log the traceback of a bug."""
    if isinstance(error, DigestError):
        return FailedDigest(digest=digest.name, error=str(error))
    logger.error("%s: no edition could be made", digest.name, exc_info=error)
    return FailedDigest(digest=digest.name, error=cause_of(error))
