"""A clock that is wrong for one run neither ends the tries of a delivery nor puts it off."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import DeliveryState
from support.house import DAY, NOW
from support.mailhouse import SLOT, MailHouse, by_recipient
from support.smtpserver import Fault, SmtpServer

HOUR = timedelta(hours=1)
STEP = 12 * HOUR
ILL = 3 * DAY
"""For so long the server takes nothing."""


@pytest.mark.parametrize("wrong_run", [0, 1, 5])
@pytest.mark.parametrize(
    "offset",
    [
        pytest.param(timedelta(), id="never"),
        pytest.param(HOUR, id="an hour ahead"),
        pytest.param(DAY, id="a day ahead"),
        pytest.param(30 * DAY, id="a month ahead"),
        pytest.param(3650 * DAY, id="ten years ahead"),
        pytest.param(-HOUR, id="an hour behind"),
        pytest.param(-DAY, id="a day behind"),
        pytest.param(-3650 * DAY, id="ten years behind"),
    ],
)
def test_a_delivery_that_waits_outlives_a_wrong_clock(
    tmp_path: Path, offset: timedelta, wrong_run: int
) -> None:
    people = ["ann@example.com", "bob@example.com"]
    refusing = Fault("rcpt", "450 4.3.0 not now")
    with SmtpServer(refusing) as server:
        house = MailHouse(tmp_path, server.port)
        house.subscribe(*people)
        house.freeze()
        run, real = 0, NOW
        while real < NOW + ILL:
            house.deliver(real + offset if run == wrong_run else real)
            assert DeliveryState.FAILED not in house.states(SLOT).values()
            run, real = run + 1, real + STEP
        server.faults.clear()
        house.deliver(real)
        house.deliver(real + STEP)
        assert set(house.states(SLOT).values()) == {DeliveryState.SENT}
        taken = by_recipient(server.messages)
        assert {name: len(messages) for name, messages in taken.items()} == dict.fromkeys(people, 1)
