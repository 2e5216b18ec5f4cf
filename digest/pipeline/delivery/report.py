"""Report what became of the deliveries of one edition over one channel, while they go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from digest.model import DeliveryState

_NAMED = 5
"""How many of those that were not reached are told by name, of each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRecipient:
    """Somebody, or some place, that an edition did not reach, and why."""

    recipient: str
    state: DeliveryState
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """The deliveries that a run tried of one edition over one channel."""

    digest: str
    slot: str
    channel: str
    done: bool
    """Whether all is well: what is put off is, unless it has reached nobody yet."""
    detail: str = ""
    """Where the edition went, over a channel that takes it as a whole."""
    trouble: str | None = None
    """Why the channel was given up for this run."""
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    missed: tuple[MissedRecipient, ...] = ()
    """The first few of each state."""


@dataclass(kw_only=True)
class ReportBuilder:
    """Counts deliveries; makes a `DeliveryReport` of them in the end."""

    digest: str
    slot: str
    channel: str
    counts: Counter[DeliveryState] = field(default_factory=Counter)
    missed: list[MissedRecipient] = field(default_factory=list)
    detail: str = ""
    trouble: str | None = None
    has_fault: bool = False
    """Whether something went wrong that somebody has to mend, a defect for instance."""
    is_channel_down: bool = False
    """Whether the channel cannot be used for other editions either."""

    def add(self, state: DeliveryState, recipient: str, error: str | None) -> None:
        """Count one delivery."""
        self.counts[state] += 1
        if error is not None and self.counts[state] <= _NAMED:
            self.missed.append(MissedRecipient(recipient=recipient, state=state, error=error))

    def move(self, recipient: str, before: DeliveryState, after: DeliveryState) -> None:
        """Count a delivery that was counted as `before` as `after` instead."""
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

    def sent(self, *, reached: bool) -> DeliveryReport:
        """Sum up; `reached` says whether anybody has got the edition over the channel."""
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
