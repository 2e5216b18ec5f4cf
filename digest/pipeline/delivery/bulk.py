"""One edition on its way over one channel that carries mail, one message after the other.

A message is claimed before it is given to the crew, and what became of it is written in the
transaction that claims the next one: so a crash leaves at most one message for each connection of
which nobody knows.  Only the thread that called speaks with the database, and nothing here grows
with the number of recipients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import DeliveryError
from digest.model import Delivery, DeliveryState, Envelope
from digest.pipeline.delivery.messages import PreparedMessage, prepared_messages
from digest.pipeline.delivery.retry import decide
from digest.store import deliveries, letters

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.pipeline.delivery.letters import MailTemplate
    from digest.pipeline.delivery.rate_limit import RateLimiter
    from digest.pipeline.delivery.report import ReportBuilder
    from digest.pipeline.delivery.workers import SendOutcome, WorkerPool
    from digest.store import Store

PAUSE = timedelta(minutes=5)
"""For so long a service leaves a channel alone that failed as a whole."""
ENOUGH = 50
"""After so many refusals in a row it is not the recipients that the server refuses."""
_WEIGHT = {DeliveryState.DEFERRED: 1, DeliveryState.UNKNOWN: 10}
"""Silence weighs more than a refusal: it takes longer, and may bring copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """How a run goes about it."""

    now: datetime
    pace: RateLimiter
    stop: Callable[[], bool]
    step: Callable[[], None]
    """Called for each message that is done with."""


class BulkMail:
    """Sends what is due of an edition and counts it in `tally`."""

    def __init__(
        self,
        store: Store,
        stationery: MailTemplate,
        named: frozenset[str],
        crew: WorkerPool,
        tally: ReportBuilder,
        terms: SendOptions,
    ) -> None:
        self._store = store
        self._stationery = stationery
        self._settings = stationery.settings
        self._crew = crew
        self._tally = tally
        self._terms = terms
        self._letter = stationery.letter if stationery.is_new else None
        """Still to be stored."""
        self._drafts = prepared_messages(store, stationery, named, terms.now)
        self._ready: deque[PreparedMessage] = deque()
        self._repeated: set[int] = set()
        self._flying: dict[int, PreparedMessage] = {}
        self._width = 1
        """How many may be on their way: one, until the server has shown that it takes mail."""
        self._refused = 0
        self._untold = 0

    def carry(self) -> None:
        """Send until nothing is due, the channel fails as a whole, or `stop` says so."""
        self._prepare()
        landed: list[tuple[int, SendOutcome]] = []
        while True:
            if landed or self._may_start():
                started = []
                with self._store.write() as connection:
                    for number, outcome in landed:
                        self._land(connection, number, outcome)
                    for _ in range(len(self._ready)):
                        if self._may_start() and (envelope := self._start(connection)):
                            started.append(envelope)
                for envelope in started:
                    self._crew.give(*envelope)
                landed = []
                self._tell()
                self._prepare()
            elif self._flying:
                pause = self._terms.pace.delay() if self._has_room() else None
                landed = self._crew.landed(pause)
            elif self._wants():
                self._terms.pace.wait()
            else:
                return

    def _prepare(self) -> None:
        """Write the messages that are next, while others are on their way."""
        while len(self._ready) < self._width and (draft := next(self._drafts, None)):
            self._ready.append(draft)

    def _wants(self) -> bool:
        return bool(self._ready) and self._tally.trouble is None and not self._terms.stop()

    def _has_room(self) -> bool:
        return self._wants() and len(self._flying) < self._width

    def _may_start(self) -> bool:
        return self._has_room() and self._terms.pace.delay() <= 0

    def _start(self, connection: Connection) -> tuple[int, Envelope] | None:
        """Claim the next message, unless it cannot be written or its recipient has left."""
        draft = self._ready.popleft()
        delivery, envelope = draft.delivery, draft.envelope
        if draft.flaw is not None:
            failed = DeliveryState.FAILED
            deliveries.mark(connection, delivery.id, failed, error=draft.flaw, now=self._terms.now)
            self._count(delivery, failed, draft.flaw)
            return None
        if envelope is None or not self._claim(connection, draft, envelope):
            if deliveries.withdraw(connection, delivery.id, now=self._terms.now):
                self._count(delivery, DeliveryState.WITHDRAWN, None)
            return None
        if self._letter is not None:
            letters.keep(connection, delivery.edition_id, delivery.channel, self._letter)
            self._letter = None
        self._flying[delivery.id] = draft
        self._terms.pace.took()
        return delivery.id, envelope

    def _claim(self, connection: Connection, draft: PreparedMessage, envelope: Envelope) -> bool:
        return draft.recipient is not None and deliveries.claim(
            connection,
            draft.delivery.id,
            draft.recipient,
            message_id=envelope.message_id,
            message=draft.compressed,
            now=self._terms.now,
        )

    def _land(self, connection: Connection, number: int, outcome: SendOutcome) -> None:
        """Write down what became of a message."""
        draft = self._flying.pop(number)
        if isinstance(outcome, DeliveryError) and outcome.channel_down:
            self._fail(connection, draft.delivery, str(outcome))
            return
        claimed = tried(draft.delivery, self._terms.now)
        after = decide(
            outcome,
            claimed,
            unknown=self._settings.unknown,
            repeated=number in self._repeated,
            now=self._terms.now,
        )
        deliveries.mark(
            connection,
            number,
            after.state,
            error=after.error,
            receipt=after.receipt,
            next_attempt_at=after.next_attempt_at,
            now=self._terms.now,
        )
        if after.at_once:
            self._repeated.add(number)
            self._ready.appendleft(replace(draft, delivery=replace(claimed, state=after.state)))
            return
        self._count(draft.delivery, after.state, after.error)
        if after.state is DeliveryState.SENT:
            self._width = min(self._width + 1, self._settings.connections)
        weight = _WEIGHT.get(after.state, 0)
        self._refused = self._refused + weight if weight else 0
        if self._refused >= ENOUGH and self._ready:
            self._fail(connection, self._ready[0].delivery, after.error or "")

    def _count(self, delivery: Delivery, state: DeliveryState, error: str | None) -> None:
        self._tally.add(state, delivery.recipient, error)
        self._untold += 1

    def _tell(self) -> None:
        while self._untold:
            self._untold -= 1
            self._terms.step()

    def _fail(self, connection: Connection, delivery: Delivery, error: str) -> None:
        """Leave the channel alone: `delivery` is again what it was before, and says why."""
        deliveries.give_back(
            connection,
            delivery,
            error=error,
            rest_until=self._terms.now + PAUSE,
            now=self._terms.now,
        )
        self._tally.trouble = self._tally.trouble or error


def tried(delivery: Delivery, now: datetime) -> Delivery:
    """Return a delivery as claiming left it."""
    return replace(
        delivery,
        state=DeliveryState.SENDING,
        attempts=delivery.attempts + 1,
        attempted_at=delivery.attempted_at or now,
    )
