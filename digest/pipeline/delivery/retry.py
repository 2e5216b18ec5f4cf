"""Decide what an attempt makes of a delivery: its next state, and when it is tried again.

    taken                        sent
    refused for now              deferred: 5 minutes, then twice as long each time, up to 5 hours,
                                 or as long as the other side asks; failed after 5 days of tries
    refused for good             failed
    sent, and no answer          unknown: sent again at once, one time a run, and then as above;
                                 or held

No delivery is given up before its fourth attempt, and the five days begin anew after a gap of more
than three: a clock that jumps must not end the tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.errors import DeliveryError
from digest.model import Delivery, DeliveryState, Receipt

FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=5)
MOST_ASKED = timedelta(hours=24)
"""For no longer is a delivery put off, whatever the other side asks for."""
PATIENCE = timedelta(days=5)
"""RFC 5321, 4.5.4.1: at least four to five days."""
_LEAST_ATTEMPTS = 4
_MOST_ATTEMPTS = 60
"""Twice as many as five days of tries take: it ends the tries of a run that comes once a week."""
_MOST_REPEATS = 6
"""A server that never answers gets no more copies than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """The state of a delivery after an attempt."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    error: str | None = None
    receipt: str | None = None
    at_once: bool = False
    """Whether this run is to try again."""


def decide(
    outcome: Receipt | DeliveryError,
    tried: Delivery,
    *,
    unknown: Literal["resend", "hold"] = "resend",
    repeated: bool = False,
    now: datetime,
) -> RetryDecision:
    """Decide what an attempt makes of a delivery, `tried` being how it was claimed.

    `repeated` says that this run has sent the message once more already.
    """
    if isinstance(outcome, Receipt):
        return RetryDecision(state=DeliveryState.SENT, receipt=outcome.detail)
    error = str(outcome)
    later = now + _wait(outcome, tried)
    if outcome.unknown:
        if unknown == "hold" or tried.attempts >= _MOST_REPEATS:
            return RetryDecision(state=DeliveryState.UNKNOWN, error=error)
        again = later if repeated else now
        return RetryDecision(
            state=DeliveryState.UNKNOWN, next_attempt_at=again, error=error, at_once=not repeated
        )
    if not outcome.temporary:
        return RetryDecision(state=DeliveryState.FAILED, error=error)
    begun = tried.attempted_at or now
    is_over = now - begun >= PATIENCE and tried.attempts >= _LEAST_ATTEMPTS
    if is_over or tried.attempts >= _MOST_ATTEMPTS:
        error = f"given up after {(now - begun).days} days: {error}"
        return RetryDecision(state=DeliveryState.FAILED, error=error)
    return RetryDecision(state=DeliveryState.DEFERRED, next_attempt_at=later, error=error)


def deferred(error: str, tried: Delivery, now: datetime) -> RetryDecision:
    """Decide that a delivery is tried again later, whatever became of it."""
    later = now + back_off(tried.attempts)
    return RetryDecision(state=DeliveryState.DEFERRED, next_attempt_at=later, error=error)


def _wait(error: DeliveryError, tried: Delivery) -> timedelta:
    """Return how long to wait: as long as the other side asks, within `MOST_ASKED`."""
    wait = back_off(tried.attempts)
    return max(wait, min(error.retry_after, MOST_ASKED)) if error.retry_after else wait


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(FIRST * 2 ** min(attempts - 1, 10), LONGEST) if attempts > 0 else FIRST
