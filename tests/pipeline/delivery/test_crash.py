"""Runs that die while they send: nobody is left out, and repeats are few and the same bytes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from digest.model import DeliveryState
from support.house import NOW
from support.mailhouse import POINTS, MailHouse, assert_each_got_one
from support.smtpserver import Fault, SmtpServer

TIME = NOW.isoformat()
LATER = NOW + timedelta(minutes=1)
SENT, UNKNOWN = DeliveryState.SENT, DeliveryState.UNKNOWN
MANY = tuple(f"{number}@example.com" for number in range(6))
THIRD = MANY[2]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(server: SmtpServer, tmp_path: Path) -> MailHouse:
    house = MailHouse(tmp_path, server.port)
    house.subscribe(*MANY)
    return house


def assert_whole(house: MailHouse) -> None:
    assert house.is_sound()
    assert set(house.states().values()) == {SENT}
    assert house.query("SELECT count(message) FROM deliveries") == [(0,)]


@pytest.mark.parametrize(
    ("point", "repeats"),
    [
        ("after freezing", 0),
        ("before the first claim", 0),
        ("before the first claim is committed", 0),
        ("after the first claim", 0),
        ("after a later claim", 0),
        ("when connected", 0),
        ("after the answer", 1),
        ("before the answer is committed", 1),
        ("when all is done", 0),
    ],
)
def test_a_run_that_dies_is_completed_by_the_next_one(
    house: MailHouse, server: SmtpServer, point: str, repeats: int
) -> None:
    assert point in POINTS
    if point != "after freezing":
        house.freeze()
    house.killed(point)
    house.deliver(LATER)
    assert assert_each_got_one(server.messages, MANY, repeats=repeats) == repeats
    assert_whole(house)


@pytest.mark.parametrize(
    ("fault", "repeats"),
    [
        pytest.param(Fault("connect", "stall", times=1), 0, id="while it connects"),
        pytest.param(Fault("mail", "stall", after=2, times=1), 0, id="after MAIL"),
        pytest.param(Fault("rcpt", "stall", to=THIRD, times=1), 0, id="after RCPT"),
        pytest.param(Fault("data", "stall", to=THIRD, times=1), 0, id="after DATA"),
        pytest.param(Fault("body", "stall", to=THIRD, times=1), 1, id="in the message"),
        pytest.param(
            Fault("dot", "stall", to=THIRD, times=1, taken=True), 1, id="after the dot, and taken"
        ),
        # The run goes on when the connection is closed, and may be killed after it repeated it.
        pytest.param(
            Fault("dot", "close", to=THIRD, times=1), 1, id="after the dot, and not taken"
        ),
    ],
)
def test_a_run_that_dies_in_the_dialog_is_completed_by_the_next_one(
    house: MailHouse, server: SmtpServer, fault: Fault, repeats: int
) -> None:
    server.faults.append(fault)
    house.freeze()
    process = house.start()
    server.wait(fault.stage)
    process.kill()
    process.join()
    server.release()
    house.deliver(LATER)
    assert assert_each_got_one(server.messages, MANY, repeats=repeats) <= repeats
    assert_whole(house)


def test_where_the_policy_is_to_hold_a_crash_repeats_nothing(
    house: MailHouse, server: SmtpServer
) -> None:
    house.set('unknown = "hold"')
    house.freeze()
    house.killed("after the answer")
    (sent,) = house.deliver(LATER)
    assert (sent.sent, sent.unknown, sent.done) == (3, 1, False)
    assert [one.recipient for one in sent.missed] == [THIRD]
    assert house.deliver(LATER + timedelta(days=1)) == ()
    assert_each_got_one(server.messages, MANY)
    assert house.states()[THIRD] is UNKNOWN


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_broken_off_waits_for_what_is_on_its_way(
    house: MailHouse, server: SmtpServer, number: int
) -> None:
    server.faults.append(Fault("dot", "stall", to=THIRD, times=1, taken=True))
    house.freeze()
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "publish", "-c", str(house.file), "--now", TIME],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    server.wait("dot")
    process.send_signal(number)
    assert "on its way" in process.stderr.readline()
    server.release()
    assert "broken off" in process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert list(house.states().values()) == [SENT] * 3 + [DeliveryState.PENDING] * 3
    house.deliver(LATER)
    assert_each_got_one(server.messages, MANY)
    assert_whole(house)


def test_a_run_that_is_broken_off_twice_ends_at_once(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("dot", "stall", to=THIRD, times=1, taken=True))
    house.freeze()
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "publish", "-c", str(house.file), "--now", TIME],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    server.wait("dot")
    process.send_signal(signal.SIGTERM)
    assert "again: at once" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGTERM
    server.release()
    house.deliver(LATER)
    assert_each_got_one(server.messages, MANY, repeats=1)
    assert_whole(house)


def test_of_two_runs_at_once_one_sends(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("dot", "stall", to=THIRD, times=1, taken=True))
    house.freeze()
    first = house.start()
    server.wait("dot")
    second = house.start()
    second.join(30)
    assert second.exitcode == 0
    assert len(server.messages) < len(MANY), "the second run left the channel to the first"
    server.release()
    first.join(30)
    assert first.exitcode == 0
    assert_each_got_one(server.messages, MANY)
    assert_whole(house)


# --- at any moment -------------------------------------------------------------------------------


def wait_for_commands(server: SmtpServer, process: ForkServerProcess, count: int) -> None:
    """Wait until the server has heard so many more commands, or the process has ended."""
    until = len(server.commands) + count
    while process.exitcode is None and len(server.commands) < until:
        process.join(0.001)


def kill_at_random(
    folder: Path, server: SmtpServer, *, seed: int, kills: int, recipients: int
) -> tuple[int, int]:
    """Kill runs of one edition after another; return how many were killed and what repeated."""
    chance = random.Random(seed)
    connections = chance.choice((1, 1, 2, 4))
    many = [f"{number}@example.com" for number in range(recipients)]
    house = MailHouse(folder, server.port, f"connections = {connections}")
    house.subscribe(*many)
    killed = repeated = edition = 0
    while killed < kills:
        slot = f"2026-11-20T{edition // 60:02}{edition % 60:02}"
        house.freeze(slot)
        before, died = len(server.messages), 0
        while killed < kills and set(house.states(slot).values()) != {SENT}:
            process = house.start(now=NOW + timedelta(minutes=killed))
            if chance.random() < 0.2:
                process.join(chance.uniform(0, 0.5))
            else:
                wait_for_commands(server, process, chance.randrange(1, 60))
            if process.exitcode is None:
                process.kill()
                process.join()
                killed, died = killed + 1, died + 1
        house.deliver(LATER + timedelta(minutes=killed))
        repeated += assert_each_got_one(server.messages[before:], many, repeats=died * connections)
        assert set(house.states(slot).values()) == {SENT}
        edition += 1
    assert house.is_sound()
    return killed, repeated


def test_runs_that_are_killed_at_any_moment_leave_nobody_out(
    tmp_path: Path, server: SmtpServer
) -> None:
    killed, repeated = kill_at_random(tmp_path, server, seed=1, kills=25, recipients=60)
    assert killed == 25
    print(f"{killed} kills, {len(server.messages)} messages, {repeated} repeats, none lost")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_kills_leave_none_of_five_hundred_out(
    tmp_path: Path, server: SmtpServer, seed: int
) -> None:
    killed, repeated = kill_at_random(tmp_path, server, seed=seed, kills=100, recipients=500)
    print(f"\n{killed} kills, {len(server.messages)} messages, {repeated} repeats, none lost")
