"""Send one edition over one mail channel, a message to each recipient.

A message is claimed before a worker gets it, and its outcome is written in the transaction that
claims the next one.  So a crash leaves at most one message for each worker of which it is unknown
whether it was sent.  Only the calling thread uses the database, and no memory grows with the number
of recipients.

A server that refuses for its own reasons is distinguished from recipients that cannot be reached:
the channel stops where a refusal speaks of the sender, where `MANY_REFUSALS` temporary refusals
follow each other, and, for this edition, where `SAME_REFUSALS` recipients in a row are refused for
good in the same unclear words.  A refusal that denies a recipient's mailbox counts as a bounce.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.deliver.mail.refusal_error import MailRefusedError
from digest.errors import BusyError, DeliveryError, StoreError
from digest.model import (
    LONGEST_GAP,
    Delivery,
    DeliveryState,
    Envelope,
    Receipt,
    SubscriberState,
)
from digest.net.smtp_replies import ReplyMeaning
from digest.pipeline.delivery.messages import PreparedMessage, prepared_messages
from digest.pipeline.delivery.retry import RetryDecision, decide, deferred
from digest.pipeline.delivery.sender import Sender
from digest.pipeline.delivery.unforeseen import UnforeseenError
from digest.store import bounces, deliveries, letters

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.pipeline.delivery.letters import MailTemplate
    from digest.pipeline.delivery.rate_limit import RateLimiter
    from digest.pipeline.delivery.report import ReportBuilder
    from digest.pipeline.delivery.workers import SendOutcome, WorkerPool
    from digest.store import Store

PAUSE = timedelta(minutes=5)
"""How long a service leaves a channel alone that failed as a whole."""
LAST_WORDS = 20.0
"""How many seconds to wait for the next answer once the database cannot be reached any more."""
MANY_REFUSALS = 50
"""After so many refusals in a row, the server refuses the sender and not the recipients."""
SAME_REFUSALS = 3
"""After so many recipients refused in the same unclear words, the recipients are not the reason."""
MOST_SLOWDOWNS = 6
"""After so many refusals in a row for sending too fast, the channel stops."""
_WEIGHT = {DeliveryState.DEFERRED: 1, DeliveryState.UNKNOWN: 10}
"""How much an outcome counts: no answer takes longer than a refusal, and may lead to copies."""
_RECIPIENT_WORDS = re.compile(
    r"[^\s<>]*@[^\s<>]*|https?://\S+|[0-9a-f]*[0-9][\w.:-]*", re.IGNORECASE
)
"""The parts of a refusal that differ between recipients: addresses, numbers, ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """The conditions under which a run sends."""

    now: datetime
    rate: RateLimiter
    stop: Callable[[], bool]
    sender: Sender
    step: Callable[[], None]
    """Called for each message that needs no further attempt in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnclearRefusal:
    """A message refused for good in words that do not tell whom or what the server refuses."""

    prepared: PreparedMessage
    claimed: Delivery
    words: str
    error: MailRefusedError


class BulkMail:
    """Sends the due messages of an edition, and counts them in `report`."""

    def __init__(
        self,
        store: Store,
        template: MailTemplate,
        named: frozenset[str],
        workers: WorkerPool,
        report: ReportBuilder,
        options: SendOptions,
    ) -> None:
        self._store = store
        self._template = template
        self._settings = template.settings
        self._workers = workers
        self._report = report
        self._options = options
        self._letter = template.letter if template.is_new else None
        """The letter, where it has still to be stored."""
        self._messages = prepared_messages(
            store, template, named, options.sender.holder, options.now
        )
        self._ready: deque[PreparedMessage] = deque()
        self._repeated: set[int] = set()
        self._sending: dict[int, PreparedMessage] = {}
        self._width = 1
        """How many messages may be sent at once: one, until the server has accepted a message."""
        self._refusals = 0
        self._slowdowns = 0
        self._unclear: list[_UnclearRefusal] = []
        self._anyone_reached = False
        self._uncounted_steps = 0

    def send_all(self) -> None:
        """Send until nothing is due, the channel fails as a whole, or `stop` returns True.

        Raises BusyError where another sender has taken over the deliveries.  Where the database
        cannot be reached any more, what is on its way is waited for, and its receipts are kept if
        the database comes back.
        """
        outcomes: list[tuple[int, SendOutcome]] = []
        try:
            self._send_all(outcomes)
        except (StoreError, BusyError):
            self._keep_receipts(outcomes)
            raise

    def _send_all(self, outcomes: list[tuple[int, SendOutcome]]) -> None:
        self._prepare()
        while True:
            if outcomes or self._may_start():
                started = []
                with self._store.write() as connection:
                    self._options.sender.renew(connection)
                    for number, outcome in outcomes:
                        self._record(connection, number, outcome)
                    for _ in range(len(self._ready)):
                        if self._may_start() and (envelope := self._start(connection)):
                            started.append(envelope)
                outcomes.clear()
                for envelope in started:
                    self._workers.give(*envelope)
                self._tell_progress()
                self._prepare()
            elif self._sending:
                pause = self._options.rate.delay() if self._has_room() else None
                outcomes += self._workers.outcomes(pause)
            elif self._wants_more():
                self._options.rate.wait()
            else:
                break
        if self._unclear:
            with self._store.write() as connection:
                self._end_unclear(connection)

    def _keep_receipts(self, outcomes: list[tuple[int, SendOutcome]]) -> None:
        """Record which messages were sent, though the transaction for their outcomes failed."""
        while self._workers.busy:
            if not (more := self._workers.outcomes(LAST_WORDS)):
                break
            outcomes += more
        sent = [(number, outcome) for number, outcome in outcomes if isinstance(outcome, Receipt)]
        with suppress(StoreError), self._store.write() as connection:
            for number, receipt in sent:
                deliveries.keep_receipt(
                    connection,
                    number,
                    receipt.detail,
                    holder=self._options.sender.holder,
                    now=self._options.now,
                )

    def _prepare(self) -> None:
        """Prepare the next messages, while others are being sent."""
        while len(self._ready) < self._width and (message := next(self._messages, None)):
            self._ready.append(message)

    def _wants_more(self) -> bool:
        return bool(self._ready) and self._report.trouble is None and not self._options.stop()

    def _has_room(self) -> bool:
        return self._wants_more() and len(self._sending) < min(self._width, self._workers.limit)

    def _may_start(self) -> bool:
        return self._has_room() and self._options.rate.delay() <= 0

    # --- starting ---

    def _start(self, connection: Connection) -> tuple[int, Envelope] | None:
        """Claim the next message and return it; record why where it cannot be sent."""
        message = self._ready.popleft()
        delivery, envelope = message.delivery, message.envelope
        if message.flaw is not None:
            self._record_flaw(connection, delivery, message.flaw)
            return None
        if envelope is None or not self._claim(connection, message, envelope):
            if deliveries.withdraw(connection, delivery.id, now=self._options.now):
                self._count(delivery, DeliveryState.WITHDRAWN, None)
            return None
        if self._letter is not None:
            letters.keep(connection, delivery.edition_id, delivery.channel, self._letter)
            self._letter = None
        self._sending[delivery.id] = message
        self._options.rate.took()
        return delivery.id, envelope

    def _claim(self, connection: Connection, message: PreparedMessage, envelope: Envelope) -> bool:
        return message.recipient is not None and deliveries.claim(
            connection,
            message.delivery.id,
            message.recipient,
            message_id=envelope.message_id,
            message=message.compressed,
            holder=self._options.sender.holder,
            now=self._options.now,
        )

    def _record_flaw(self, connection: Connection, delivery: Delivery, flaw: DeliveryError) -> None:
        """Record why a message could not be made."""
        if not flaw.temporary:
            self._mark(connection, delivery.id, decide(flaw, delivery, now=self._options.now))
            self._count(delivery, DeliveryState.FAILED, str(flaw))
            return
        holder = self._options.sender.holder
        if not deliveries.begin(connection, delivery.id, holder=holder, now=self._options.now):
            return
        decision = decide(flaw, tried(delivery, self._options.now), now=self._options.now)
        self._mark(connection, delivery.id, decision)
        self._report.has_fault = True
        self._count(delivery, decision.state, decision.error)

    # --- outcomes ---

    def _record(self, connection: Connection, number: int, outcome: SendOutcome) -> None:
        """Record the outcome of a message."""
        message = self._sending.pop(number)
        self._report.has_fault |= isinstance(outcome, UnforeseenError)
        meaning = outcome.meaning if isinstance(outcome, MailRefusedError) else None
        if isinstance(outcome, DeliveryError) and outcome.channel_down:
            self._stop_channel(connection, message.delivery, outcome)
            return
        claimed = tried(message.delivery, self._options.now)
        if meaning is ReplyMeaning.RATE_LIMIT and self._slowdowns < MOST_SLOWDOWNS:
            self._slow_down(connection, message, claimed, outcome)
            return
        decision = decide(
            outcome,
            claimed,
            unknown=self._settings.unknown,
            repeated=number in self._repeated,
            now=self._options.now,
        )
        if isinstance(outcome, MailRefusedError) and decision.state is DeliveryState.FAILED:
            decision = self._judge_recipient(connection, message, claimed, outcome, decision)
        self._mark(connection, number, decision)
        if decision.at_once:
            self._repeated.add(number)
            self._repeat(message, claimed, decision.state)
            return
        self._count(message.delivery, decision.state, decision.error)
        if decision.state is DeliveryState.SENT:
            self._sent(connection)
        self._weigh(connection, decision)

    def _sent(self, connection: Connection) -> None:
        self._anyone_reached = True
        self._slowdowns = 0
        self._width = min(self._width + 1, self._settings.connections)
        self._end_unclear(connection)

    def _weigh(self, connection: Connection, decision: RetryDecision) -> None:
        """Stop the channel where the server has refused many in a row."""
        weight = _WEIGHT.get(decision.state, 0)
        self._refusals = self._refusals + weight if weight else 0
        if self._refusals >= MANY_REFUSALS and self._ready:
            error = DeliveryError(decision.error or "", channel=self._template.edition.channel)
            self._stop_channel(connection, self._ready[0].delivery, error)

    def _slow_down(
        self,
        connection: Connection,
        message: PreparedMessage,
        claimed: Delivery,
        outcome: SendOutcome,
    ) -> None:
        """Send a message again soon, and all messages after it at a lower rate."""
        self._slowdowns += 1
        self._width = 1
        self._options.rate.slow_down()
        state = deferred(str(outcome), claimed, self._options.now)
        self._mark(connection, message.delivery.id, state)
        self._repeat(message, claimed, state.state)

    def _repeat(self, message: PreparedMessage, claimed: Delivery, state: DeliveryState) -> None:
        self._ready.appendleft(replace(message, delivery=replace(claimed, state=state)))

    def _stop_channel(
        self, connection: Connection, delivery: Delivery, error: DeliveryError
    ) -> None:
        """Stop using the channel: put `delivery` back into its state before, and record why."""
        self._report.is_channel_down = True
        deliveries.give_back(
            connection,
            delivery,
            error=str(error),
            rest_until=self._options.now + (error.retry_after or PAUSE),
            now=self._options.now,
        )
        self._report.trouble = self._report.trouble or str(error)

    # --- recipients that are refused for good ---

    def _judge_recipient(
        self,
        connection: Connection,
        message: PreparedMessage,
        claimed: Delivery,
        error: MailRefusedError,
        decision: RetryDecision,
    ) -> RetryDecision:
        """Count a bounce, or collect an unclear refusal; return the decision on the delivery."""
        if error.meaning in (ReplyMeaning.NO_MAILBOX, ReplyMeaning.UNREACHABLE):
            return self._bounced(connection, message, error, decision)
        if error.meaning is ReplyMeaning.UNCLEAR:
            words = _RECIPIENT_WORDS.sub("", error.words)
            if self._unclear and self._unclear[-1].words != words:
                self._end_unclear(connection)
            unclear = _UnclearRefusal(prepared=message, claimed=claimed, words=words, error=error)
            self._unclear.append(unclear)
            if len(self._unclear) >= SAME_REFUSALS:
                return self._stop_edition(connection, str(error))
        return decision

    def _bounced(
        self,
        connection: Connection,
        message: PreparedMessage,
        error: MailRefusedError,
        decision: RetryDecision,
    ) -> RetryDecision:
        """Count a refusal as a bounce; return the decision, which mentions a suspension."""
        assert message.recipient is not None
        assert message.envelope is not None
        change = bounces.bounce(
            connection,
            message.recipient.number,
            mail=message.envelope.message_id,
            reason=error.words,
            final=error.meaning is ReplyMeaning.NO_MAILBOX,
            now=self._options.now,
        )
        if change is None or change.subscriber.state is not SubscriberState.SUSPENDED:
            return decision
        words = (
            f"{decision.error}; nothing more is sent there (`digest subscribers list` tells why)"
        )
        return replace(decision, error=words)

    def _end_unclear(self, connection: Connection) -> None:
        """Count unclear refusals as bounces where other recipients were reached."""
        unclear, self._unclear = self._unclear, []
        for refused in unclear if self._anyone_reached else ():
            failed = RetryDecision(state=DeliveryState.FAILED, error=str(refused.error))
            self._bounced(connection, refused.prepared, refused.error, failed)

    def _stop_edition(self, connection: Connection, error: str) -> RetryDecision:
        """Defer the recipients refused in the same words, and stop sending this edition now."""
        unclear, self._unclear = self._unclear, []
        for refused in unclear[:-1]:
            again = deferred(str(refused.error), refused.claimed, self._options.now)
            self._mark(connection, refused.prepared.delivery.id, again)
            recipient = refused.claimed.recipient
            self._report.move(recipient, DeliveryState.FAILED, DeliveryState.DEFERRED)
        self._report.trouble = self._report.trouble or (
            f"{len(unclear)} recipients in a row were refused in the same words, so the others are "
            f"tried later: {error}"
        )
        return deferred(error, unclear[-1].claimed, self._options.now)

    # --- steps ---

    def _mark(self, connection: Connection, number: int, decision: RetryDecision) -> None:
        deliveries.mark(
            connection,
            number,
            decision.state,
            error=decision.error,
            receipt=decision.receipt,
            next_attempt_at=decision.next_attempt_at,
            now=self._options.now,
        )

    def _count(self, delivery: Delivery, state: DeliveryState, error: str | None) -> None:
        self._report.add(state, delivery.recipient, error)
        self._uncounted_steps += 1

    def _tell_progress(self) -> None:
        while self._uncounted_steps:
            self._uncounted_steps -= 1
            self._options.step()


def tried(delivery: Delivery, now: datetime) -> Delivery:
    """Return a delivery in the state in which claiming it left it."""
    begun, last = delivery.attempted_at or now, delivery.updated_at or now
    goes_on = begun <= now and last >= now - LONGEST_GAP
    return replace(
        delivery,
        state=DeliveryState.SENDING,
        attempts=delivery.attempts + 1,
        attempted_at=begun if goes_on else now,
    )
