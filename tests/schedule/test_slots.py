"""Cron lines, time zones and slots."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from digest.schedule.slots import (
    check_timezone,
    latest_slot,
    next_slot,
    parse_schedule,
    parse_slot_name,
    slot_before,
    slot_name,
)

MINUTE = timedelta(minutes=1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# --- lines ----------------------------------------------------------------------------------------

READABLE = [
    ("0 7 * * *", "0 7 * * *"),
    ("  0   7 * * *\t", "0 7 * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@Weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@hourly", "0 * * * *"),
    ("*/15 6-20/2 1,15 jan-mar,DEC mon-fri", "*/15 6-20/2 1,15 jan-mar,DEC mon-fri"),
    ("0 0 29 2 *", "0 0 29 2 *"),
    ("0 0 30 2 1", "0 0 30 2 1"),
    ("5/20 * * * 7", "5/20 * * * 7"),
]


@pytest.mark.parametrize(("line", "expression"), READABLE)
def test_a_line_is_read(line: str, expression: str) -> None:
    schedule = parse_schedule(line)
    assert (schedule.line, schedule.expression) == (line, expression)


WRONG = [
    ("0 7 * *", "five fields expected (minute, hour, day of the month, month, day of the week)"),
    ("0 7 * *", "got four"),
    ("", "got none"),
    ("0 0 7 * * *", "got 6"),
    ("61 * * * *", "'61' is not a minute (0-59)"),
    ("0 24 * * *", "'24' is not an hour (0-23)"),
    ("0 7 0 * *", "'0' is not a day of the month (1-31)"),
    ("0 7 * 13 *", "'13' is not a month (1-12 or jan-dec)"),
    ("0 7 * * 8", "'8' is not a day of the week (0-7 or sun-sat)"),
    ("0 7 * mon *", "'mon' is not a month"),
    ("0 7 * * monday", "'monday' is not a day of the week"),
    ("0 7 L * *", "'L' is not a day of the month"),
    ("0 7 * * 1#2", "'1#2' is not a day of the week"),
    ("0 7 * * 5L", "'5L' is not a day of the week"),
    ("0 7,, * * *", "nothing is not an hour"),
    ("0 7- * * *", "nothing is not an hour"),
    ("-1 7 * * *", "nothing is not a minute"),
    ("1-5-7 7 * * *", "'5-7' is not a minute"),
    ("*-5 7 * * *", "'*' is not a minute"),
    ("٣ 7 * * *", "'٣' is not a minute"),
    ("*/0 7 * * *", "the step of '*/0' is not a number from 1 on"),
    ("*/ 7 * * *", "the step of '*/' is not a number from 1 on"),
    ("0-9/2/2 7 * * *", "the step of '0-9/2/2' is not a number from 1 on"),
    ("0 22-6 * * *", "22-6 runs backwards: write 22-23,0-6"),
    ("0 7 * * sat-sun", "sat-sun runs backwards"),
    ("0 0 30 2 *", "this can never fire"),
    ("0 0 31 4,6,9,11 *", "this can never fire"),
    ("@reboot", "'@reboot' is none of @yearly,"),
    ("@daily 7", "got two"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_wrong_line_is_told_what_is_wrong(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_schedule(line)


def test_the_advice_for_a_backwards_range_is_good() -> None:
    assert parse_schedule("0 22-23,0-6 * * sat-7,0-sun")


@given(st.text(max_size=40) | st.text("0123456789*/-, @LW#?", max_size=40))
def test_any_text_is_a_schedule_or_a_value_error(line: str) -> None:
    try:
        schedule = parse_schedule(line)
    except ValueError:
        return
    assert next_slot(schedule, "UTC", at("2026-01-01")) > at("2026-01-01")


# --- what a line means ----------------------------------------------------------------------------

MEANINGS = [
    ("0 is Sunday", "0 7 * * 0", "2026-01-12", "2026-01-18T0700"),
    ("7 is Sunday", "0 7 * * 7", "2026-01-12", "2026-01-18T0700"),
    ("a name is a day", "0 7 * * Sun", "2026-01-12", "2026-01-18T0700"),
    ("1 is Monday", "0 7 * * 1", "2026-01-13", "2026-01-19T0700"),
    ("a range to 7 holds Sunday", "0 7 * * 6-7", "2026-01-18", "2026-01-18T0700"),
    ("both days restricted: the weekday alone does", "0 7 1 * 3", "2026-01-12", "2026-01-14T0700"),
    ("both days restricted: the date alone does", "0 7 13 * 3", "2026-01-12", "2026-01-13T0700"),
    ("a starred step joins them by AND", "0 7 */2 * 2", "2026-01-14", "2026-01-27T0700"),
    ("a step in a range", "0 6-20/7 * * *", "2026-01-12T07:00", "2026-01-12T1300"),
    ("a step from a number", "5/20 7 * * *", "2026-01-12T07:06", "2026-01-12T0725"),
    ("a list", "0 7,19 * * *", "2026-01-12T08:00", "2026-01-12T1900"),
    ("a month's name", "0 7 1 mar *", "2026-01-12", "2026-03-01T0700"),
    ("the leap day", "0 0 29 2 *", "2026-01-12", "2028-02-29T0000"),
    ("hourly", "@hourly", "2026-01-12T07:00", "2026-01-12T0800"),
]


@pytest.mark.parametrize(
    ("line", "now", "slot"), [row[1:] for row in MEANINGS], ids=[row[0] for row in MEANINGS]
)
def test_the_next_slot(line: str, now: str, slot: str) -> None:
    assert slot_name(next_slot(parse_schedule(line), "UTC", at(now))) == slot


LATEST = [
    ("at the very moment", "0 7 * * *", "2026-01-12T07:00:00", "2026-01-12T0700"),
    ("a microsecond before", "0 7 * * *", "2026-01-12T06:59:59.999999", "2026-01-11T0700"),
    ("a microsecond after", "0 7 * * *", "2026-01-12T07:00:00.000001", "2026-01-12T0700"),
    ("three days late", "0 7 * * 5", "2026-01-12T12:00", "2026-01-09T0700"),
    ("every minute", "* * * * *", "2026-01-12T07:08:59", "2026-01-12T0708"),
    ("a year late", "@yearly", "2026-12-31T23:59", "2026-01-01T0000"),
    ("eight years late", "0 0 29 2 *", "2104-02-28T00:00", "2096-02-29T0000"),
]


@pytest.mark.parametrize(
    ("line", "now", "slot"), [row[1:] for row in LATEST], ids=[row[0] for row in LATEST]
)
def test_the_latest_slot(line: str, now: str, slot: str) -> None:
    assert slot_name(latest_slot(parse_schedule(line), "UTC", at(now))) == slot


# --- zones and their changes ----------------------------------------------------------------------

CHANGES = [  # a zone, what the clock skips, what it shows twice
    ("Europe/Berlin", "2026-03-29T02:00 60", "2026-10-25T02:00 60"),
    ("Europe/London", "2026-03-29T01:00 60", "2026-10-25T01:00 60"),
    ("Europe/Lisbon", "2026-03-29T01:00 60", "2026-10-25T01:00 60"),
    ("Europe/Athens", "2026-03-29T03:00 60", "2026-10-25T03:00 60"),
    ("Europe/Dublin", "2026-03-29T01:00 60", "2026-10-25T01:00 60"),
    ("Europe/Chisinau", "2026-03-29T02:00 60", "2026-10-25T02:00 60"),
    ("Atlantic/Azores", "2026-03-29T00:00 60", "2026-10-25T00:00 60"),
    ("America/Nuuk", "2026-03-28T23:00 60", "2026-10-24T23:00 60"),
    ("America/New_York", "2026-03-08T02:00 60", "2026-11-01T01:00 60"),
    ("America/Los_Angeles", "2026-03-08T02:00 60", "2026-11-01T01:00 60"),
    ("America/St_Johns", "2026-03-08T02:00 60", "2026-11-01T01:00 60"),
    ("America/Havana", "2026-03-08T00:00 60", "2026-11-01T00:00 60"),
    ("America/Santiago", "2026-09-06T00:00 60", "2026-04-04T23:00 60"),
    ("America/Asuncion", "2023-10-01T00:00 60", "2024-03-23T23:00 60"),
    ("Africa/Casablanca", "2026-03-22T02:00 60", "2026-02-15T02:00 60"),
    ("Africa/Cairo", "2026-04-24T00:00 60", "2026-10-29T23:00 60"),
    ("Asia/Beirut", "2026-03-29T00:00 60", "2026-10-24T23:00 60"),
    ("Asia/Jerusalem", "2026-03-27T02:00 60", "2026-10-25T01:00 60"),
    ("Antarctica/Troll", "2026-03-29T01:00 120", "2026-10-25T01:00 120"),
    ("Australia/Sydney", "2026-10-04T02:00 60", "2026-04-05T02:00 60"),
    ("Australia/Lord_Howe", "2026-10-04T02:00 30", "2026-04-05T01:30 30"),
    ("Pacific/Auckland", "2026-09-27T02:00 60", "2026-04-05T02:00 60"),
    ("Pacific/Chatham", "2026-09-27T02:45 60", "2026-04-05T02:45 60"),
    ("Asia/Tehran", "2022-03-22T00:00 60", "2022-09-21T23:00 60"),
    ("Asia/Kathmandu", None, None),
    ("UTC", None, None),
]
EDGES = [
    (zone, kind, datetime.fromisoformat(edge.split()[0]), timedelta(minutes=int(edge.split()[1])))
    for zone, *edges in CHANGES
    for kind, edge in zip(("skipped", "twice"), edges, strict=True)
    if edge
]
EDGE_IDS = [f"{zone} {kind}" for zone, kind, *_ in EDGES]


def slots_between(
    line: str, zone: str, start: datetime, end: datetime, look: timedelta = 30 * MINUTE
) -> list[datetime]:
    """Walk forwards as the service does: a look now and then, keeping what is new."""
    schedule, found, now = parse_schedule(line), [], start  # type: ignore[var-annotated]
    while now <= end:
        slot = latest_slot(schedule, zone, now)
        if slot > start and (not found or slot_name(slot) != slot_name(found[-1])):
            found.append(slot)
        now += look
    return found


@pytest.mark.parametrize(("zone", "kind", "edge", "size"), EDGES, ids=EDGE_IDS)
def test_the_table_of_changes_is_true(
    zone: str, kind: str, edge: datetime, size: timedelta
) -> None:
    first, last = edge.replace(tzinfo=ZoneInfo(zone)), (edge + size - MINUTE)
    for local in (first, last.replace(tzinfo=ZoneInfo(zone))):
        shown = local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        again = local.replace(fold=1).utcoffset() != local.utcoffset()
        assert again
        assert (shown != local.replace(tzinfo=None)) == (kind == "skipped")


@pytest.mark.parametrize(("zone", "kind", "edge", "size"), EDGES, ids=EDGE_IDS)
def test_a_daily_line_has_one_slot_a_local_date(
    zone: str, kind: str, edge: datetime, size: timedelta
) -> None:
    """The date's own, or the end of the gap (which is the next midnight in Greenland alone)."""
    for time in (edge, edge + size / 2, edge + size - MINUTE, edge + size, edge - MINUTE):
        gap = kind == "skipped" and edge <= time < edge + size
        walls = [time + timedelta(days=n) for n in (-2, -1, 0, 1, 2)]
        expected = [edge + size if gap and wall == time else wall for wall in walls]
        slots = slots_between(
            f"{time.minute} {time.hour} * * *",
            zone,
            (walls[0] - timedelta(hours=6)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
            (walls[-1] + timedelta(hours=6)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
        )
        assert [slot.replace(tzinfo=None) for slot in slots] == expected
        assert [slot.fold for slot in slots] == [0] * 5
        names = [slot_name(slot) for slot in slots]
        assert names == sorted(set(names))


@pytest.mark.parametrize(("zone", "kind", "edge", "size"), EDGES, ids=EDGE_IDS)
def test_an_hourly_line_follows_the_clock(
    zone: str, kind: str, edge: datetime, size: timedelta
) -> None:
    start = (edge - timedelta(hours=6)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    slots = slots_between("5 * * * *", zone, start, start + timedelta(hours=12), 5 * MINUTE)
    names = [slot_name(slot) for slot in slots]
    assert names == sorted(set(names))
    shown = {
        slot_name(moment)
        for n in range(12 * 60 + 1)
        if (moment := (start + n * MINUTE).astimezone(ZoneInfo(zone))).minute == 5
    }
    assert set(names) == shown


LINES = ["0 7 * * *", "30 2 * * *", "0,30 1-3 * * *", "15 0,23 * * 0", "5 * * * *", "*/20 2 * * *"]
ZONES = [zone for zone, *_ in CHANGES]


@given(
    line=st.sampled_from(LINES),
    zone=st.sampled_from(ZONES),
    edge=st.sampled_from(EDGES),
    minutes=st.integers(-3000, 3000),
    micro=st.integers(0, 59_999_999),
)
def test_now_lies_between_the_latest_and_the_next_slot(
    line: str, zone: str, edge: tuple[str, str, datetime, timedelta], minutes: int, micro: int
) -> None:
    schedule = parse_schedule(line)
    now = edge[2].replace(tzinfo=ZoneInfo(edge[0])).astimezone(UTC)
    now += timedelta(minutes=minutes, microseconds=micro)
    latest, coming = latest_slot(schedule, zone, now), next_slot(schedule, zone, now)
    assert latest <= now < coming
    assert slot_name(latest) < slot_name(coming)
    assert slot_name(slot_before(schedule, zone, latest)) < slot_name(latest)
    assert slot_before(schedule, zone, latest) < latest.astimezone(UTC)
    assert next_slot(schedule, zone, latest) == coming
    assert slot_before(schedule, zone, coming) == latest
    assert latest_slot(schedule, zone, latest) == latest
    assert parse_slot_name(slot_name(latest), zone) == latest


def test_times_of_the_day_are_those_of_debians_cron() -> None:
    """Its own rules, as cronsim plays them with the zone's clock, over a year."""
    for zone in ("Europe/Berlin", "America/Havana", "Antarctica/Troll", "Australia/Lord_Howe"):
        for line in ("30 2 * * *", "0 0 * * *", "0,45 1-2 * * 0", "59 23 1-7 * 6"):
            start = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
            theirs = CronSim(line, start)
            schedule, mine = parse_schedule(line), start
            while mine.year == 2026:
                mine = next_slot(schedule, zone, mine)
                their = next(theirs)
                while slot_name(their) < slot_name(mine):  # a skipped time met by a real one
                    their = next(theirs)
                assert slot_name(mine) == slot_name(their)


def test_a_date_that_a_zone_leaves_out_loses_nothing() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    slots = slots_between("0 7 * * *", "Pacific/Apia", at("2011-12-29"), at("2012-01-01T12:00"))
    assert [slot_name(slot) for slot in slots] == [
        "2011-12-29T0700",
        "2011-12-31T0000",
        "2011-12-31T0700",
        "2012-01-01T0700",
    ]


def test_walking_back_and_forth_meets_the_same_slots() -> None:
    rng = random.Random(7)
    for _ in range(20):
        line, zone = rng.choice(LINES), rng.choice(ZONES)
        schedule, slot = parse_schedule(line), at("2026-10-20", zone)
        forth = [slot := next_slot(schedule, zone, slot) for _ in range(30)]
        back = [slot]
        while len(back) < 30:
            back.append(slot := slot_before(schedule, zone, slot))
        assert back[::-1] == forth


# --- names ----------------------------------------------------------------------------------------


def test_a_slot_in_the_second_of_two_hours_bears_the_name_of_the_first() -> None:
    schedule, zone = parse_schedule("@hourly"), "Europe/Berlin"
    names = [
        slot_name(latest_slot(schedule, zone, datetime(2026, 10, 25, hour, 30, tzinfo=UTC)))
        for hour in (23 - 24 + 1, 1, 2)
    ]
    assert names == ["2026-10-25T0200", "2026-10-25T0200", "2026-10-25T0300"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2026-01-12",
        "2026-01-12T07:00",
        "2026-02-30T0700",
        "2026-01-12T2460",
        "２０２６-01-12T0700",
    ],
)
def test_what_is_no_slot_name_is_told_so(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a slot, such as 2026-01-12T0700"):
        parse_slot_name(name, "UTC")


@given(st.dates(date(1, 1, 2), date(9999, 12, 30)), st.times())
def test_names_sort_as_their_slots(day: date, time: object) -> None:
    first = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    assert slot_name(first) < slot_name(first + MINUTE) < slot_name(first + timedelta(days=1))


# --- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_a_known_zone_is_returned(name: str) -> None:
    assert check_timezone(name).key == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/berlin", 'did you mean "Europe/Berlin"?'),
        ("Europe/Berlni", 'did you mean "Europe/Berlin"?'),
        ("Berlin", 'did you mean "Europe/Berlin"?'),
        ("New York", 'did you mean "America/New_York"?'),
        (" UTC", 'did you mean "UTC"?'),
        ("CEST", 'such as "Europe/Berlin" or "UTC"'),
        ("Middle/Earth", 'such as "Europe/Berlin" or "UTC"'),
        ("Europe", 'such as "Europe/Berlin" or "UTC"'),
        ("", 'such as "Europe/Berlin" or "UTC"'),
        ("/etc/passwd", 'such as "Europe/Berlin" or "UTC"'),
        ("../../etc/passwd", 'such as "Europe/Berlin" or "UTC"'),
        ("\0", 'such as "Europe/Berlin" or "UTC"'),
    ],
)
def test_an_unknown_zone_is_told_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a time zone") as error:
        check_timezone(name)
    assert hint in str(error.value)
