"""Every state and every event: what becomes of somebody on a list."""

from __future__ import annotations

import pytest

from digest.mailing_list.states import SubscriberEvent, after
from digest.model import SubscriberState

COLUMNS = (None, *SubscriberState)

ROWS = {
    #                nobody       requested    active       suspended    unsubscribed removed
    "added": "       active       active       active       suspended    unsubscribed active",
    "added again": " active       active       active       active       active       active",
    "imported": "    active       active       active       suspended    unsubscribed removed",
    "named": "       active       active       active       suspended    unsubscribed active",
    "requested": "   requested    requested    active       suspended    unsubscribed removed",
    "confirmed": "   nobody       active       active       active       active       active",
    "left": "        nobody       unsubscribed unsubscribed unsubscribed unsubscribed unsubscribed",
    "complained": "  nobody       unsubscribed unsubscribed unsubscribed unsubscribed unsubscribed",
    "removed": "     nobody       removed      removed      removed      unsubscribed removed",
    "suspended": "   nobody       requested    suspended    suspended    unsubscribed removed",
    "forgotten": "   nobody       unsubscribed unsubscribed unsubscribed unsubscribed unsubscribed",
    "bounced": "     nobody       requested    active       suspended    unsubscribed removed",
    "delayed": "     nobody       requested    active       suspended    unsubscribed removed",
    "refused": "     nobody       requested    active       suspended    unsubscribed removed",
    "unsent": "      nobody       requested    active       suspended    unsubscribed removed",
}  # fmt: skip


def test_every_event_stands_in_the_table() -> None:
    assert {event.value for event in SubscriberEvent} == ROWS.keys()


@pytest.mark.parametrize(
    ("state", "event", "then"),
    [
        pytest.param(state, event, then, id=f"{state or 'nobody'}: {event}")
        for event, row in ROWS.items()
        for state, then in zip(COLUMNS, row.split(), strict=True)
    ],
)
def test_what_becomes_of_somebody(state: SubscriberState | None, event: str, then: str) -> None:
    expected = None if then == "nobody" else SubscriberState(then)
    assert after(state, SubscriberEvent(event)) == expected


def test_only_the_person_or_the_operator_for_them_ends_having_left() -> None:
    left = SubscriberState.UNSUBSCRIBED
    assert {event for event in SubscriberEvent if after(left, event) != left} == {
        SubscriberEvent.CONFIRMED,
        SubscriberEvent.ADDED_AGAIN,
    }


@pytest.mark.parametrize("event", SubscriberEvent)
def test_the_same_event_twice_is_once(event: SubscriberEvent) -> None:
    for state in COLUMNS:
        once = after(state, event)
        assert after(once, event) == once
