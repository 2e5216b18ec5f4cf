"""What an attempt makes of a delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DeliveryError
from digest.model import Delivery, DeliveryState, Receipt
from digest.pipeline.delivery.retry import LONGEST, RetryDecision, back_off, decide
from support.house import DAY, NOW

MINUTE = timedelta(minutes=1)


def tried(attempts: int = 1, since: datetime = NOW) -> Delivery:
    return Delivery(
        id=1,
        edition_id=1,
        channel="smtp",
        recipient="a@example.org",
        state=DeliveryState.SENDING,
        attempts=attempts,
        attempted_at=since,
    )


def refused(*, temporary: bool = True, unknown: bool = False) -> DeliveryError:
    return DeliveryError("451 no", channel="smtp", temporary=temporary, unknown=unknown)


def test_what_is_taken_is_sent_with_the_receipt() -> None:
    assert decide(Receipt(detail="250 OK"), tried(), now=NOW) == RetryDecision(
        state=DeliveryState.SENT, receipt="250 OK"
    )


def test_what_is_refused_for_good_has_failed() -> None:
    assert decide(refused(temporary=False), tried(), now=NOW) == RetryDecision(
        state=DeliveryState.FAILED, error="451 no"
    )


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300), (59, 300)],
)
def test_what_is_put_off_waits_longer_each_time(attempts: int, minutes: int) -> None:
    assert decide(refused(), tried(attempts), now=NOW) == RetryDecision(
        state=DeliveryState.DEFERRED, next_attempt_at=NOW + minutes * MINUTE, error="451 no"
    )


@pytest.mark.parametrize(
    ("attempts", "since", "state"),
    [
        pytest.param(20, NOW - 5 * DAY, DeliveryState.FAILED, id="after five days"),
        pytest.param(20, NOW - 5 * DAY + MINUTE, DeliveryState.DEFERRED, id="just before"),
        pytest.param(3, NOW - 400 * DAY, DeliveryState.DEFERRED, id="the clock jumped forward"),
        pytest.param(20, NOW + 400 * DAY, DeliveryState.DEFERRED, id="the clock jumped back"),
    ],
)
def test_patience_ends(attempts: int, since: datetime, state: DeliveryState) -> None:
    after = decide(refused(), tried(attempts, since), now=NOW)
    assert after.state is state
    assert after.error
    assert after.error.startswith("given up after 5 days: 451 no") is (
        state is DeliveryState.FAILED
    )


@pytest.mark.parametrize(
    ("policy", "repeated", "attempts", "after", "at_once"),
    [
        pytest.param("resend", False, 1, 0, True, id="is repeated at once"),
        pytest.param("resend", True, 2, 10, False, id="only once a run, and then later"),
        pytest.param("resend", False, 5, 0, True, id="and at once by that run"),
        pytest.param("resend", False, 6, None, False, id="but not for ever"),
        pytest.param("hold", False, 1, None, False, id="is held, where that is the policy"),
    ],
)
def test_what_was_sent_without_an_answer(
    policy: Literal["resend", "hold"],
    repeated: bool,
    attempts: int,
    after: int | None,
    at_once: bool,
) -> None:
    outcome = refused(unknown=True)
    assert decide(
        outcome, tried(attempts), unknown=policy, repeated=repeated, now=NOW
    ) == RetryDecision(
        state=DeliveryState.UNKNOWN,
        next_attempt_at=None if after is None else NOW + after * MINUTE,
        error="451 no",
        at_once=at_once,
    )


@given(st.integers(0, 10**9))
def test_no_wait_is_longer_than_five_hours(attempts: int) -> None:
    assert 5 * MINUTE <= back_off(attempts) <= LONGEST
    assert back_off(attempts) <= back_off(attempts + 1)
