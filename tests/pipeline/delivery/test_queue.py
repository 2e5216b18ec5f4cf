"""Editions on their way to a mail server that does what servers do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from digest import pipeline
from digest.cli.context import _plain
from digest.errors import StoreError
from digest.mailing_list import token_signatures
from digest.model import DeliveryState
from digest.pipeline import DeliveryReport, MonotonicClock
from digest.pipeline.delivery.bulk import MANY_REFUSALS, MOST_SLOWDOWNS
from digest.pipeline.delivery.leaving import NO_WAY
from digest.store.secrets import secret
from digest.store.tables import subscribers
from support.house import DAY, NOW
from support.mailhouse import SLOT, MailHouse, assert_each_got_one, by_recipient, message_id
from support.smtpserver import Fault, SmtpServer

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
A, B, C, D = (f"{name}@example.com" for name in "abcd")
ALL = (A, B, C, D)
SENT, DEFERRED, FAILED = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED
UNKNOWN, PENDING = DeliveryState.UNKNOWN, DeliveryState.PENDING
WITHDRAWN = DeliveryState.WITHDRAWN


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(server: SmtpServer, tmp_path: Path) -> MailHouse:
    """Four subscribers, whose edition is frozen and not sent."""
    house = MailHouse(tmp_path, server.port)
    house.subscribe(*ALL)
    house.freeze()
    return house


def only(sent: tuple[DeliveryReport, ...]) -> DeliveryReport:
    (one,) = sent
    return one


# --- when all goes well --------------------------------------------------------------------------


def test_everyone_gets_the_edition_once(house: MailHouse, server: SmtpServer) -> None:
    assert only(house.deliver()) == DeliveryReport(
        digest="daily", slot=SLOT, channel="smtp", done=True, sent=4
    )
    assert_each_got_one(server.messages, ALL)
    assert [message.recipient for message in server.messages] == list(ALL)
    assert set(house.states().values()) == {SENT}
    assert house.deliveries()[A].receipt == "250 2.0.0 queued as 1"
    assert house.query("SELECT count(message) FROM deliveries") == [(0,)]
    assert house.deliver(NOW + DAY) == ()
    assert server.connections == 1


def test_a_message_bears_what_is_the_recipients_own(house: MailHouse, server: SmtpServer) -> None:
    house.set('bounces = "bounces@example.org"\nunsubscribe = "leave@example.org"')
    house.deliver()
    with house.store() as store, store.read() as connection:
        key_of = secret(connection)
    numbers = dict(house.query("SELECT address, id FROM subscribers"))
    for message in server.messages:
        number = numbers[message.recipient]
        leave = token_signatures.sign(key_of, "unsubscribe", number)
        assert (
            message.sender
            == f"bounces+{token_signatures.sign(key_of, 'bounce', number)}@example.org"
        )
        text = message.data.decode("ascii").replace("=\r\n", "").replace("\r\n ", " ")
        assert f"https://news.example.org/daily/unsubscribe/{leave}" in text
        assert f"mailto:leave+{leave}@example.org?subject=unsubscribe" in text
        assert message_id(message) == house.deliveries()[message.recipient].message_id
        assert message_id(message).endswith("@example.org>")


def test_nobody_is_told_of_others(house: MailHouse, server: SmtpServer) -> None:
    house.deliver()
    for message in server.messages:
        others = set(ALL) - {message.recipient}
        assert not any(other.encode() in message.data for other in others)


def test_who_is_named_gets_it_beside_the_subscribers_and_once(
    tmp_path: Path, server: SmtpServer
) -> None:
    house = MailHouse(tmp_path, server.port, f'to = ["me@example.com", "{A.upper()}"]')
    house.subscribe(A, B)
    house.freeze()
    house.deliver()
    assert_each_got_one(server.messages, ["me@example.com", A, B])
    house.set(f'to = ["{A}"]\nsubscribers = false')
    house.freeze("2026-11-21T0700")
    house.deliver(NOW + DAY)
    assert [message.recipient for message in server.messages[3:]] == [A]


def test_several_connections_share_the_work(tmp_path: Path, server: SmtpServer) -> None:
    server.faults.append(Fault("dot", "stall", after=4, times=3, taken=True))
    house = MailHouse(tmp_path, server.port, "connections = 4")
    many = [f"{number}@example.com" for number in range(40)]
    house.subscribe(*many)
    house.freeze()
    release = iter([False] * 35)  # three stall, and the fourth goes on with all others

    def step(done: int, total: int) -> None:
        assert total == 40
        if next(release, True):
            server.release()

    assert only(house.deliver(step=step)).sent == 40
    assert server.connections == 4
    assert_each_got_one(server.messages, many)


def test_a_channel_opens_no_second_connection_before_the_first_one_works(
    tmp_path: Path, server: SmtpServer
) -> None:
    server.faults.append(Fault("ehlo", "554 5.7.1 go away"))
    house = MailHouse(tmp_path, server.port, "connections = 20")
    house.subscribe(*ALL)
    house.freeze()
    house.deliver()
    assert server.connections == 1


class FakeClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1
        self.time += seconds
        self.slept += seconds

    @property
    def clock(self) -> MonotonicClock:
        return MonotonicClock(lambda: self.time, self.sleep)


@pytest.mark.sqlite  # the server's own clock is no fake: test_rate_limit.py
def test_a_rate_is_kept_and_what_was_answered_is_written_down_before_the_wait(
    house: MailHouse, server: SmtpServer
) -> None:
    house.set("rate = 30\nconnections = 2")
    fake = FakeClock()
    seen: list[tuple[float, int]] = []

    def step(done: int, total: int) -> None:
        seen.append((fake.slept, done))

    house.deliver(step=step, clock=fake.clock)
    assert fake.slept == pytest.approx(6)
    assert seen == [(pytest.approx(2 * number), number + 1) for number in range(4)]


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        (stage, reply)
        for stage in ("mail", "rcpt", "data", "dot")
        for reply in ("450 4.2.1 x", "451 4.7.1 x", "452 4.3.1 x")
    ],
)
def test_who_is_refused_for_now_gets_it_later_and_the_others_at_once(
    house: MailHouse, server: SmtpServer, stage: str, reply: str
) -> None:
    server.faults.append(Fault(stage, reply, after=1, times=1))
    sent = only(house.deliver())
    assert (sent.sent, sent.deferred, sent.done) == (3, 1, True)
    assert house.states() == {A: SENT, B: DEFERRED, C: SENT, D: SENT}
    assert reply in (house.deliveries()[B].error or "")
    assert house.deliver(NOW + 4 * MINUTE) == ()
    assert only(house.deliver(NOW + 5 * MINUTE)).sent == 1
    assert_each_got_one(server.messages, ALL)


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("reply", ["550 5.1.1 no", "552 5.2.2 no", "554 5.7.1 no"])
def test_who_is_refused_for_good_is_told_and_not_tried_again(
    house: MailHouse, server: SmtpServer, stage: str, reply: str
) -> None:
    server.faults.append(Fault(stage, reply, to=B))
    sent = only(house.deliver())
    assert (sent.sent, sent.failed, sent.done) == (3, 1, False)
    (missed,) = sent.missed
    assert (missed.recipient, missed.state) == (B, FAILED)
    assert reply in missed.error
    assert house.deliver(NOW + DAY) == ()
    assert_each_got_one(server.messages, [A, C, D])


def subscriber_state(house: MailHouse, address: str) -> str:
    ((state,),) = house.query(f"SELECT state FROM subscribers WHERE address = '{address}'")
    return str(state)


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "550 5.1.10 RecipientNotFound"])
def test_a_recipient_without_a_mailbox_is_suspended_as_by_a_bounce(
    house: MailHouse, server: SmtpServer, stage: str, reply: str
) -> None:
    server.faults.append(Fault(stage, reply, to=B))
    sent = only(house.deliver())
    assert (sent.sent, sent.failed, sent.done) == (3, 1, False)
    assert "nothing more is sent there" in sent.missed[0].error
    assert subscriber_state(house, B) == "suspended"
    house.freeze("2026-11-21T0700")
    assert only(house.deliver(NOW + DAY)).done
    assert B not in house.states("2026-11-21T0700")


@pytest.mark.parametrize("reply", ["550 5.2.1 disabled", "550 no such user here", "552 5.2.2 full"])
def test_a_recipient_who_cannot_be_reached_is_suspended_the_second_time(
    house: MailHouse, server: SmtpServer, reply: str
) -> None:
    server.faults.append(Fault("rcpt", reply, to=B))
    house.deliver()
    assert subscriber_state(house, B) == "active"
    house.freeze("2026-11-21T0700")
    house.deliver(NOW + DAY)
    assert subscriber_state(house, B) == "suspended"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    "reply", ["550 5.4.5 Daily user sending limit exceeded", "550 5.7.1 Hourly sending limit"]
)
def test_a_limit_of_the_sender_costs_no_recipient_the_edition(
    house: MailHouse, server: SmtpServer, stage: str, reply: str
) -> None:
    server.faults.append(Fault(stage, reply, after=2, times=3))
    hours = [NOW + timedelta(hours=hour) for hour in range(4)]
    reports = [only(house.deliver(now)) for now in hours]
    assert [report.sent for report in reports] == [2, 0, 0, 2]
    assert [report.done for report in reports] == [False, False, False, True]
    assert all("a limit on sending is reached" in (report.trouble or "") for report in reports[:3])
    assert_each_got_one(server.messages, ALL)
    assert subscriber_state(house, C) == "active"


def test_a_service_leaves_a_channel_at_its_limit_alone_for_an_hour(
    house: MailHouse, server: SmtpServer
) -> None:
    server.faults.append(Fault("rcpt", "550 5.4.5 Daily user sending limit exceeded", times=1))
    house.deliver(patient=True)
    assert house.deliver(NOW + 59 * MINUTE, patient=True) == ()
    assert only(house.deliver(NOW + 60 * MINUTE, patient=True)).sent == 4


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("reply", ["421 4.7.0 closing", "451 mails per session"])
@pytest.mark.parametrize("stage", ["mail", "dot"])
def test_a_server_with_a_limit_for_each_session_takes_all_in_one_run(
    house: MailHouse, server: SmtpServer, most: int, reply: str, stage: str
) -> None:
    server.faults.append(Fault(stage, reply, after=most, every_connection=True))
    assert only(house.deliver()).sent == 4
    assert_each_got_one(server.messages, ALL)


@pytest.mark.parametrize("does", ["421 4.7.0 too many connections", "554 no", "reset", "close"])
@pytest.mark.parametrize("allowed", [1, 2])
def test_an_extra_connection_that_is_refused_stops_nobody(
    tmp_path: Path, server: SmtpServer, does: str, allowed: int
) -> None:
    many = [f"{number}@example.com" for number in range(30)]
    house = MailHouse(tmp_path, server.port, "connections = 5")
    house.subscribe(*many)
    house.freeze()
    server.faults.append(Fault("connect", does, after=allowed))
    report = only(house.deliver())
    assert (report.sent, report.trouble, report.done) == (30, None, True)
    assert_each_got_one(server.messages, many)


@pytest.mark.parametrize("times", [2, MOST_SLOWDOWNS])
def test_a_server_that_wants_them_slower_gets_them_slower(
    times: int, house: MailHouse, server: SmtpServer
) -> None:
    fake = FakeClock()
    throttled = "454 Throttling failure: Maximum sending rate exceeded."
    server.faults.append(Fault("dot", throttled, after=1, times=times))
    assert only(house.deliver(clock=fake.clock)).sent == 4
    assert fake.slept >= 3
    assert_each_got_one(server.messages, ALL)


def test_a_server_that_is_never_slow_enough_is_left_alone(
    house: MailHouse, server: SmtpServer
) -> None:
    throttled = "454 Throttling failure: Maximum sending rate exceeded."
    server.faults.append(Fault("dot", throttled))
    report = only(house.deliver(clock=FakeClock().clock))
    assert (report.sent, report.failed, report.deferred) == (0, 0, 4)


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_what_many_are_refused_alike_is_held_against_none_of_them(
    tmp_path: Path, server: SmtpServer, stage: str
) -> None:
    many = [f"{number}@example.com" for number in range(8)]
    house = MailHouse(tmp_path, server.port)
    house.subscribe(*many)
    house.freeze()
    server.faults.append(Fault(stage, "550 5.7.1 computer says no", after=2, times=3))
    report = only(house.deliver())
    assert (report.sent, report.failed, report.deferred) == (2, 0, 3)
    assert "3 recipients in a row were refused in the same words" in (report.trouble or "")
    house.deliver(NOW + 5 * MINUTE)
    assert_each_got_one(server.messages, many)
    assert {state for (state,) in house.query("SELECT state FROM subscribers")} == {"active"}


def test_what_one_is_refused_among_others_is_final(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("rcpt", "550 computer says no", to=B))
    for day in range(2):
        house.freeze(f"2026-11-2{day + 1}T0700")
        house.deliver(NOW + day * DAY)
    assert subscriber_state(house, B) == "suspended"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body", "dot"])
@pytest.mark.parametrize("does", ["reset", "close"])
def test_a_connection_that_breaks_before_the_message_is_taken_repeats_nothing(
    house: MailHouse, server: SmtpServer, stage: str, does: str
) -> None:
    server.faults.append(Fault(stage, does, after=1, times=1))
    sent = only(house.deliver())
    assert (sent.sent + sent.deferred, sent.failed, sent.unknown) == (4, 0, 0)
    house.deliver(NOW + 5 * MINUTE)
    assert_each_got_one(server.messages, ALL)
    assert set(house.states().values()) == {SENT}


def patience(does: str) -> str:
    """Wait shortly where no answer comes, and as long as it takes where one does."""
    seconds = 3 if does in ("stall", "drip") else 60
    return f'timeout = "{seconds}s"\ntimeout_after_message = "{seconds}s"'


@pytest.mark.parametrize("does", ["reset", "close", "stall"])
def test_a_message_that_was_taken_without_an_answer_is_repeated_once_as_it_was(
    house: MailHouse, server: SmtpServer, does: str
) -> None:
    house.set(patience(does))
    server.faults.append(Fault("dot", does, to=B, times=1, taken=True))
    sent = only(house.deliver())
    assert (sent.sent, sent.unknown, sent.done) == (4, 0, True)
    assert assert_each_got_one(server.messages, ALL, repeats=1) == 1


def test_a_server_that_never_answers_gets_two_copies_a_run_and_six_in_all(
    house: MailHouse, server: SmtpServer
) -> None:
    server.faults.append(Fault("dot", "close", to=B, taken=True))
    assert only(house.deliver()).unknown == 1
    assert len(server.to(B)) == 2
    while at := house.deliveries()[B].next_attempt_at:
        house.deliver(at)
    assert assert_each_got_one(server.messages, ALL, repeats=5) == 5
    assert house.states()[B] is UNKNOWN


def test_where_the_policy_is_to_hold_nothing_is_repeated(
    house: MailHouse, server: SmtpServer
) -> None:
    house.set('unknown = "hold"')
    server.faults.append(Fault("dot", "close", to=B, times=1, taken=True))
    sent = only(house.deliver())
    assert (sent.sent, sent.unknown, sent.done) == (3, 1, False)
    assert [one.recipient for one in sent.missed] == [B]
    assert house.deliver(NOW + DAY) == ()
    assert_each_got_one(server.messages, ALL)


def test_ten_of_sixty_that_fail_are_told_by_number_and_the_first_by_name(
    tmp_path: Path, server: SmtpServer
) -> None:
    house = MailHouse(tmp_path, server.port)
    good = [f"{number}@example.com" for number in range(50)]
    bad = [f"{number}@gone.example" for number in range(10)]
    house.subscribe(*good[:25], *bad, *good[25:])
    house.freeze()
    server.faults.append(Fault("rcpt", "550 5.1.1 no such user", to="gone"))
    sent = only(house.deliver())
    assert (sent.sent, sent.failed, len(sent.missed), sent.done) == (50, 10, 5, False)
    assert_each_got_one(server.messages, good)


def test_what_is_put_off_is_given_up_after_five_days(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("rcpt", "450 4.2.2 mailbox full", to=B))
    now = NOW
    house.deliver(now)
    while at := house.deliveries()[B].next_attempt_at:
        now = at
        house.deliver(now)
    assert timedelta(days=5) <= now - NOW < timedelta(days=5, hours=5)
    assert house.states()[B] is FAILED
    assert "given up after 5 days" in (house.deliveries()[B].error or "")
    assert house.deliveries()[B].attempts == 30
    assert_each_got_one(server.messages, [A, C, D])


@pytest.mark.parametrize("jump", [-400 * DAY, -3 * HOUR, 26 * HOUR, 400 * DAY])
def test_a_clock_that_jumps_loses_and_repeats_nothing(
    house: MailHouse, server: SmtpServer, jump: timedelta
) -> None:
    server.faults.append(Fault("rcpt", "450 4.2.1 later", to=B, times=2))
    house.deliver(NOW)
    house.deliver(NOW + jump)
    for minutes in (15, 30, 24 * 60):
        house.deliver(NOW + minutes * MINUTE)
    assert set(house.states().values()) == {SENT}
    assert_each_got_one(server.messages, ALL)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_server_does_everyone_gets_it_who_is_not_refused_for_good(
    tmp_path: Path, server: SmtpServer, seed: int
) -> None:
    chance = random.Random(seed)
    many = [f"{number}@example.com" for number in range(30)]
    refused = set()
    for address in chance.sample(many, 20):
        for _ in range(chance.choice((1, 1, 2))):
            stage = chance.choice(("rcpt", "data", "body", "dot"))
            does = chance.choice(("451 4.3.0 x", "421 4.3.2 x", "550 5.1.1 x", "reset", "close"))
            if stage == "body" and does[0].isdigit():
                does = "reset"
            if does.startswith("550"):
                refused.add(address)
            server.faults.append(
                Fault(
                    stage,
                    does,
                    to=f"^{address}$",
                    after=chance.choice((0, 0, 1)),
                    times=1,
                    taken=stage == "dot" and not does[0].isdigit() and chance.random() < 0.5,
                )
            )
    house = MailHouse(tmp_path, server.port, f"connections = {chance.choice((1, 3))}")
    house.subscribe(*many)
    house.freeze()
    now = NOW
    for _ in range(12):
        house.deliver(now)
        now += 5 * HOUR
    states = house.states()
    assert set(states.values()) <= {SENT, FAILED}
    failed = {address for address, state in states.items() if state is FAILED}
    assert failed <= refused
    taken = by_recipient(server.messages)
    assert taken.keys() >= states.keys() - failed
    silent = sum(fault.taken for fault in server.faults)
    assert_each_got_one(server.messages, taken, repeats=silent)


@pytest.mark.parametrize("does", ["drip", "half-close"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_server_that_drips_or_ends_its_side_holds_up_one_message_and_loses_none(
    house: MailHouse, server: SmtpServer, stage: str, does: str
) -> None:
    house.set(patience(does))
    server.faults.append(Fault(stage, does, after=1, times=1, taken=stage == "dot"))
    house.deliver()
    states = list(house.states().values())
    assert states.count(SENT) >= len(ALL) - 1
    assert FAILED not in states
    for hours in (1, 6):
        house.deliver(NOW + hours * HOUR)
    assert set(house.states().values()) == {SENT}
    assert_each_got_one(server.messages, ALL, repeats=stage == "dot")


@pytest.mark.parametrize("does", ["drip", "half-close"])
@pytest.mark.parametrize("stage", ["connect", "ehlo"])
def test_a_server_that_greets_in_drips_stops_no_other_channel(
    tmp_path: Path, server: SmtpServer, stage: str, does: str
) -> None:
    with SmtpServer(Fault(stage, does)) as other:
        house = MailHouse(
            tmp_path,
            other.port,
            'timeout = "3s"',
            rest='[digests.other.deliver.smtp]\nhost = "127.0.0.1"\n'
            f'port = {server.port}\nfrom = "o@example.org"\n',
        )
        house.subscribe(A, B)
        house.subscribe(C, digest="other")
        house.freeze()
        house.freeze("2026-11-20T0600", digest="other")
        sent = {report.digest: report for report in house.deliver()}
        assert (sent["daily"].sent, sent["daily"].done) == (0, False)
        assert (sent["other"].sent, sent["other"].done) == (1, True)
        other.faults.clear()
        house.deliver(NOW + HOUR)
        assert_each_got_one(other.messages, (A, B))


# --- a channel that fails as a whole -------------------------------------------------------------


def test_a_server_that_is_down_changes_nothing_and_is_told_once(
    house: MailHouse, server: SmtpServer
) -> None:
    server.faults.append(Fault("connect", "421 4.3.2 not now", times=1))
    sent = only(house.deliver())
    assert (sent.done, sent.sent, sent.missed) == (False, 0, ())
    assert "not now" in (sent.trouble or "")
    assert set(house.states().values()) == {PENDING}
    assert [one.attempts for one in house.deliveries().values()] == [0] * 4
    assert [one.attempted_at for one in house.deliveries().values()] == [None] * 4
    assert sent.trouble == house.deliveries()[A].error
    assert only(house.deliver(NOW + MINUTE)).sent == 4
    assert_each_got_one(server.messages, ALL)


def test_who_comes_back_every_minute_leaves_such_a_server_alone_for_a_while(
    house: MailHouse, server: SmtpServer
) -> None:
    server.faults.append(Fault("connect", "554 5.7.1 no", times=1))
    house.deliver(patient=True)
    assert house.deliver(NOW + 4 * MINUTE, patient=True) == ()
    assert server.connections == 1
    assert only(house.deliver(NOW + 5 * MINUTE, patient=True)).sent == 4


def test_other_digests_go_on_where_one_has_no_server(tmp_path: Path, server: SmtpServer) -> None:
    other = '[digests.other.deliver.smtp]\nhost = "127.0.0.1"\nport = 1\nfrom = "o@example.org"\n'
    house = MailHouse(tmp_path, server.port, rest=other)
    house.subscribe(A, B)
    house.subscribe(C, digest="other")
    house.freeze("2026-11-19T0700", digest="other")
    house.freeze("2026-11-20T0600", digest="other")
    house.freeze()
    sent = house.deliver()
    assert [(one.digest, one.sent, one.done) for one in sent] == [
        ("daily", 2, True),
        ("other", 0, False),
    ]
    assert house.states("2026-11-19T0700") == {C: PENDING}


def test_a_server_that_is_gone_in_the_middle_ends_it_there(
    house: MailHouse, server: SmtpServer
) -> None:
    server.faults += [
        Fault("mail", "421 4.3.2 closing", after=2, times=1),
        Fault("connect", "554 5.3.2 down", after=1, times=1),
    ]
    sent = only(house.deliver())
    assert (sent.sent, sent.done) == (2, False)
    assert house.states() == {A: SENT, B: SENT, C: PENDING, D: PENDING}
    house.deliver(NOW + MINUTE)
    assert_each_got_one(server.messages, ALL)


def test_a_server_that_puts_off_one_after_the_other_is_left_alone(
    tmp_path: Path, server: SmtpServer
) -> None:
    many = [f"{number}@example.com" for number in range(MANY_REFUSALS + 30)]
    house = MailHouse(tmp_path, server.port)
    house.subscribe(*many)
    house.freeze()
    server.faults.append(Fault("rcpt", "450 4.3.2 try later", times=MANY_REFUSALS))
    sent = only(house.deliver())
    assert (sent.deferred, sent.sent, sent.done) == (MANY_REFUSALS, 0, False)
    assert "try later" in (sent.trouble or "")
    assert house.deliver(NOW + MINUTE, patient=True) == ()
    house.deliver(NOW + 5 * MINUTE)
    assert_each_got_one(server.messages, many)


def test_a_server_that_answers_to_nobody_is_left_alone_soon(
    tmp_path: Path, server: SmtpServer
) -> None:
    many = [f"{number}@example.com" for number in range(20)]
    house = MailHouse(tmp_path, server.port)
    house.subscribe(*many)
    house.freeze()
    server.faults.append(Fault("dot", "close", times=10, taken=True))
    sent = only(house.deliver())
    assert (sent.unknown, sent.sent, sent.done) == (5, 0, False)
    assert "is not known" in (sent.trouble or "")
    house.deliver(NOW + HOUR)
    assert assert_each_got_one(server.messages, many, repeats=10) == 10


def test_where_everyone_is_put_off_it_is_not_well(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("rcpt", "450 4.7.1 who are you?", times=4))
    assert not only(house.deliver()).done
    assert set(house.states().values()) == {DEFERRED}


# --- who leaves ----------------------------------------------------------------------------------


def leave(house: MailHouse, address: str) -> None:
    with house.store() as store, store.write() as connection:
        change = update(subscribers).where(subscribers.c.address == address)
        connection.execute(change.values(state="unsubscribed"))


def test_who_leaves_after_the_edition_was_made_gets_no_mail(
    house: MailHouse, server: SmtpServer
) -> None:
    leave(house, B)
    sent = only(house.deliver())
    assert (sent.sent, sent.withdrawn, sent.done) == (3, 1, True)
    assert house.states()[B] is WITHDRAWN
    assert_each_got_one(server.messages, [A, C, D])


def test_who_leaves_while_others_get_theirs_gets_no_mail(
    house: MailHouse, server: SmtpServer
) -> None:
    def step(done: int, total: int) -> None:
        if done == 1:
            leave(house, C)

    assert only(house.deliver(step=step)).withdrawn == 1
    assert_each_got_one(server.messages, [A, B, D])


@pytest.mark.parametrize("fault", [Fault("rcpt", "450 4.2.1 later", to=B, times=1)])
def test_who_leaves_while_theirs_is_put_off_gets_no_mail(
    house: MailHouse, server: SmtpServer, fault: Fault
) -> None:
    server.faults.append(fault)
    house.deliver()
    leave(house, B)
    assert only(house.deliver(NOW + 5 * MINUTE)).withdrawn == 1
    assert_each_got_one(server.messages, [A, C, D])


# --- the letter ----------------------------------------------------------------------------------


def test_everyone_gets_the_letter_that_the_first_one_got(
    tmp_path: Path, server: SmtpServer
) -> None:
    (tmp_path / "mine").mkdir()
    template = tmp_path / "mine" / "mail.txt"
    template.write_text("The first look. {{ leave }}\n")
    house = MailHouse(tmp_path, server.port, rest='[render]\ntemplates = "mine"\n')
    house.subscribe(A, B)
    house.freeze(written=False)
    server.faults.append(Fault("rcpt", "450 4.2.1 later", to=B, times=1))
    house.deliver()
    template.write_text("The second look. {{ leave }}\n")
    house.deliver(NOW + 5 * MINUTE)
    assert [b"The first look." in message.data for message in server.messages] == [True] * 2
    house.freeze("2026-11-21T0700", written=False)
    house.deliver(NOW + DAY)
    assert [b"The second look." in message.data for message in server.messages[2:]] == [True] * 2


def test_a_repeat_is_what_was_sent_whatever_is_configured_since(
    house: MailHouse, server: SmtpServer
) -> None:
    house.set('unknown = "hold"')
    server.faults.append(Fault("dot", "close", to=B, times=1, taken=True))
    house.deliver()
    house.set('reply_to = "other@example.net"', rest="[render.mail]\nbudget = 20000\n")
    with house.store() as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET next_attempt_at = updated_at")
        connection.exec_driver_sql("DELETE FROM letters")
    house.deliver(NOW + MINUTE)
    assert assert_each_got_one(server.messages, ALL, repeats=1) == 1


def test_a_broken_template_holds_one_digest_back_and_not_the_other(
    tmp_path: Path, server: SmtpServer
) -> None:
    (tmp_path / "mine").mkdir()
    broken = tmp_path / "mine" / "mail.html"
    broken.write_text("{{ edition.nonsense }}")
    rest = '[render]\ntemplates = "mine"\n[digests.other.deliver.files]\npath = "out"\n'
    house = MailHouse(tmp_path, server.port, rest=rest)
    house.subscribe(*ALL)
    house.freeze(written=False)
    house.freeze(digest="other", written=False)
    sent = {one.digest: one for one in house.deliver()}
    assert {name: one.done for name, one in sent.items()} == {"daily": False, "other": True}
    assert "mail.html" in (sent["daily"].trouble or "")
    assert house.deliver(NOW + MINUTE, patient=True) == ()
    broken.unlink()
    assert only(house.deliver(NOW + MINUTE)).sent == 4
    assert_each_got_one(server.messages, ALL)


def test_an_address_that_cannot_stand_in_a_header_fails_alone(
    house: MailHouse, server: SmtpServer
) -> None:
    hostile = "a=?utf-8?q?b?=c@example.com"
    house.subscribe(hostile)
    house.freeze("2026-11-20T0800")
    sent = house.deliver()
    assert [(one.sent, one.failed) for one in sent] == [(4, 0), (4, 1)]
    assert house.deliveries("2026-11-20T0800")[hostile].attempts == 0
    assert set(by_recipient(server.messages)) == set(ALL)


def test_nobody_gets_mail_that_they_cannot_leave_but_who_is_named(
    house: MailHouse, server: SmtpServer
) -> None:
    web = '[web]\nurl = "https://news.example.org/"\n'
    house.set(f'to = ["{D}"]')
    text = house.file.read_text()
    house.file.write_text(text.replace(web, ""))
    sent = only(house.deliver())
    assert (sent.sent, sent.deferred, sent.done) == (1, 3, False)
    assert {missed.error for missed in sent.missed} == {NO_WAY}
    assert set(by_recipient(server.messages)) == {D}
    house.file.write_text(text)
    assert only(house.deliver(NOW + 5 * MINUTE)).sent == 3
    assert_each_got_one(server.messages, ALL)


# --- the order of things -------------------------------------------------------------------------


def test_pages_are_there_before_a_mail_may_link_to_them(tmp_path: Path, server: SmtpServer) -> None:
    house = MailHouse(tmp_path, server.port, rest='[digests.daily.deliver.files]\npath = "out"\n')
    house.subscribe(A)
    house.freeze(written=False)
    seen: list[bool] = []

    def step(done: int, total: int) -> None:
        seen.append((tmp_path / "out" / SLOT / "index.html").exists())

    assert [one.channel for one in house.deliver(step=step)] == ["files", "smtp"]
    assert seen == [True]


def test_older_editions_go_first(house: MailHouse, server: SmtpServer) -> None:
    house.freeze("2026-11-21T0700")
    assert [one.slot for one in house.deliver()] == [SLOT, "2026-11-21T0700"]
    assert server.connections == 1
    assert len({message_id(message) for message in server.messages}) == 8


def test_one_edition_may_be_asked_for(house: MailHouse, server: SmtpServer) -> None:
    second = house.freeze("2026-11-21T0700")
    assert [one.slot for one in house.deliver(edition_id=second)] == ["2026-11-21T0700"]
    assert set(house.states().values()) == {PENDING}


def test_what_is_not_configured_any_more_waits(house: MailHouse, server: SmtpServer) -> None:
    text = house.file.read_text()
    house.file.write_text(text.replace("[digests.daily", "[digests.other"))
    assert house.deliver() == ()
    house.file.write_text(text)
    assert only(house.deliver()).sent == 4


def test_a_run_that_is_to_stop_begins_nothing_more(house: MailHouse, server: SmtpServer) -> None:
    asked: list[int] = []

    def step(done: int, total: int) -> None:
        asked.append(done)

    assert only(house.deliver(step=step, stop=lambda: len(asked) >= 2)).sent == 3
    assert house.states() == {A: SENT, B: SENT, C: SENT, D: PENDING}  # C's was on its way
    house.deliver()
    assert_each_got_one(server.messages, ALL)


# --- the disk ------------------------------------------------------------------------------------


@pytest.mark.sqlite
@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_full_disk_ends_the_run_and_the_next_one_completes(
    tmp_path: Path, server: SmtpServer, room: int
) -> None:
    many = [f"{number}@example.com" for number in range(12)]
    house = MailHouse(tmp_path, server.port, "connections = 3")
    house.subscribe(*many)
    house.freeze(written=False)
    with house.store() as store:
        with store.write() as connection:
            used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {used + room}")
        with pytest.raises(StoreError, match="disk is full"):
            pipeline.deliver(house.config, store, NOW)
    house.deliver(NOW + MINUTE)
    assert house.is_sound()
    assert_each_got_one(server.messages, many, repeats=3)
    assert set(house.states().values()) == {SENT}


def test_a_report_is_plain_data(house: MailHouse, server: SmtpServer) -> None:
    server.faults.append(Fault("rcpt", "550 5.1.1 no", to=B))
    report = json.loads(json.dumps(house.deliver(), default=_plain))
    assert report[0]["missed"][0]["state"] == "failed"
    assert report[0]["sent"] == 3
