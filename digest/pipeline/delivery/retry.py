"""Decide the state of a delivery after an attempt, and the time of the next attempt.

    accepted                     sent
    refused for now              deferred: 5 minutes, then twice as long each time, up to 5 hours,
                                 or as long as the server asks; failed after 5 days of attempts
    refused for good             failed
    sent, and no answer          unknown: sent again at once, once a run, and then deferred as
                                 above; or held

No delivery is given up before its fourth attempt, and the five days begin anew after a gap of more
than three days: a clock that jumps must not end the attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.errors import DeliveryError
from digest.model import Delivery, DeliveryState, Receipt

FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=5)
MOST_ASKED = timedelta(hours=24)
"""The longest time for which a delivery is put off, whatever the server asks for."""
PATIENCE = timedelta(days=5)
"""How long a delivery is tried; RFC 5321, 4.5.4.1, asks for at least four to five days."""
_LEAST_ATTEMPTS = 4
_MOST_ATTEMPTS = 60
"""Twice as many attempts as five days have: this ends the attempts of a weekly run."""
_MOST_REPEATS = 6
"""How many copies a server gets at most that never answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """The state of a delivery after an attempt."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    error: str | None = None
    receipt: str | None = None
    at_once: bool = False
    """Whether this run is to try again at once."""


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
    """Return the decision to try a delivery again later, whatever the outcome was."""
    later = now + back_off(tried.attempts)
    return RetryDecision(state=DeliveryState.DEFERRED, next_attempt_at=later, error=error)


def _wait(error: DeliveryError, tried: Delivery) -> timedelta:
    """Return how long to wait: at least as long as the server asks, within `MOST_ASKED`."""
    wait = back_off(tried.attempts)
    return max(wait, min(error.retry_after, MOST_ASKED)) if error.retry_after else wait


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after `attempts` attempts."""
    return min(FIRST * 2 ** min(attempts - 1, 10), LONGEST) if attempts > 0 else FIRST
