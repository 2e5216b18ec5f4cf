"""Count the outcomes of the deliveries of one edition over one channel, and report them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from digest.model import DeliveryState

_NAMED = 5
"""How many missed recipients a report names, for each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRecipient:
    """A recipient whom an edition did not reach, and why."""

    recipient: str
    state: DeliveryState
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """The deliveries of one edition over one channel that a run tried."""

    digest: str
    slot: str
    channel: str
    done: bool
    """Whether all went well.  Deferred deliveries are no fault once a recipient was reached."""
    detail: str = ""
    """The receipt of a channel that takes the edition as a whole: where the edition went."""
    trouble: str | None = None
    """Why this run stopped using the channel, or put the edition off."""
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    missed: tuple[MissedRecipient, ...] = ()
    """The first few missed recipients of each state."""


@dataclass(kw_only=True)
class ReportBuilder:
    """Counts deliveries, and makes a `DeliveryReport` of them at the end."""

    digest: str
    slot: str
    channel: str
    counts: Counter[DeliveryState] = field(default_factory=Counter)
    missed: list[MissedRecipient] = field(default_factory=list)
    detail: str = ""
    trouble: str | None = None
    has_fault: bool = False
    """Whether something went wrong that people have to mend, such as a defect."""
    is_channel_down: bool = False
    """Whether the channel failed for all editions."""

    def add(self, state: DeliveryState, recipient: str, error: str | None) -> None:
        """Count one delivery."""
        self.counts[state] += 1
        if error is not None and self.counts[state] <= _NAMED:
            self.missed.append(MissedRecipient(recipient=recipient, state=state, error=error))

    def move(self, recipient: str, before: DeliveryState, after: DeliveryState) -> None:
        """Count as `after` a delivery that was counted as `before`."""
        self.counts[before] -= 1
        self.counts[after] += 1
        self.missed = [
            replace(missed, state=after)
            if (missed.recipient, missed.state) == (recipient, before)
            else missed
            for missed in self.missed
        ]

    @property
    def is_empty(self) -> bool:
        return not self.counts and self.trouble is None

    def build(self, *, reached: bool) -> DeliveryReport:
        """Return the report; `reached` says whether any recipient has got the edition so far."""
        counts = self.counts
        return DeliveryReport(
            digest=self.digest,
            slot=self.slot,
            channel=self.channel,
            done=self.trouble is None
            and not self.has_fault
            and not counts[DeliveryState.FAILED]
            and not counts[DeliveryState.UNKNOWN]
            and (reached or not counts[DeliveryState.DEFERRED]),
            detail=self.detail,
            trouble=self.trouble,
            missed=tuple(self.missed),
            **{
                state.value: counts[state]
                for state in (
                    DeliveryState.SENT,
                    DeliveryState.DEFERRED,
                    DeliveryState.FAILED,
                    DeliveryState.UNKNOWN,
                    DeliveryState.WITHDRAWN,
                )
            },
        )
