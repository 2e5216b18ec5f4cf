"""Dates as publishers write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.text.dates import EARLIEST, LATEST, parse_date

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
DAY = datetime(2024, 3, 5, tzinfo=UTC)
MORNING = datetime(2024, 3, 5, 10, 20, tzinfo=UTC)
MOMENT = datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)
AFTERNOON = datetime(2024, 3, 5, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # RFC 822 and its successors
        ("Tue, 05 Mar 2024 10:20:30 GMT", MOMENT),
        ("Tue, 05 Mar 2024 10:20:30 +0000", MOMENT),
        ("Tue, 05 Mar 2024 11:20:30 +0100", MOMENT),
        ("Tue, 05 Mar 2024 05:20:30 EST", MOMENT),
        ("Tue, 05 Mar 2024 06:20:30 EDT", MOMENT),
        ("Tue, 05 Mar 2024 11:20:30 MEZ", MOMENT),
        ("Tue, 05 Mar 2024 15:50:30 +0530 (IST)", MOMENT),
        ("  Tue, 5 Mar 2024 10:20:30 Z\n", MOMENT),
        ("Tue,05 Mar 2024 10:20:30GMT", MOMENT),
        ("Tuesday, 05 March 2024 10:20:30 GMT", MOMENT),
        ("05 Mar 2024 10:20:30", MOMENT),
        ("05 Mar 24 10:20:30 UT", MOMENT),
        ("Tue, 05-Mar-2024 10:20:30 GMT", MOMENT),
        ("Tue, 05 Mar 2024 11:20:30 GMT+1", MOMENT),
        ("Tue, 05 Mar 2024 11:20:30 +01:00", MOMENT),
        ("Tue, 05 Mar 2024 10:20:30 +9999", MOMENT),
        ("Tue, 05 Mar 2024 10:20:30 XYZ", MOMENT),
        ("Thu, 05 Mar 2024 10:20:30 GMT", MOMENT),
        ("Tue, 05 Mar 2024 10:20 GMT", MORNING),
        ("Tue, 5 Mar 2024", DAY),
        ("Tue, 05 Mar 2024 24:00:00 GMT", DAY + timedelta(days=1)),
        ("Tue, 05 Mar 2024 10:61:00 GMT", DAY),
        ("Tue(a comment), 5(th) Mar(ch) 2024 10:20:30 +0000(UTC)", MOMENT),
        ("Fri, 01 Jan 99 00:00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
        # ISO 8601, W3CDTF
        ("2024-03-05T10:20:30Z", MOMENT),
        ("2024-03-05T10:20:30.000Z", MOMENT),
        ("2024-03-05T10:20:30", MOMENT),
        ("2024-03-05T11:20:30+01:00", MOMENT),
        ("2024-03-05T11:20:30+0100", MOMENT),
        ("2024-03-05t10:20:30z", MOMENT),
        ("2024-03-05 11:20:30 +0100", MOMENT),
        ("2024-03-05T02:20:30-8:00", MOMENT),
        ("2024-03-05T10:20:30Z[UTC]", MOMENT),
        ("2024-03-05T10:20Z", MORNING),
        ("2024-3-5 10:20", MORNING),
        ("2024/03/05 10:20", MORNING),
        ("2024-03-05", DAY),
        ("20240305", DAY),
        ("20240305T102030Z", MOMENT),
        ("20240305102030", MOMENT),
        ("2024-W10-2", DAY),
        ("2024-03", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-03-05T24:00:00Z", DAY + timedelta(days=1)),
        # seconds and milliseconds since 1970
        ("1709634030", MOMENT),
        ("1709634030.0", MOMENT),
        ("1709634030000", MOMENT),
        # other programs, other countries
        ("Tue Mar  5 10:20:30 2024", MOMENT),
        ("Tue Mar 05 10:20:30 UTC 2024", MOMENT),
        ("Tue Mar 05 2024 11:20:30 GMT+0100 (Central European Standard Time)", MOMENT),
        ("March 5, 2024 3:04 PM", AFTERNOON),
        ("Tuesday, March 5th, 2024 at 3:04 p.m.", AFTERNOON),
        ("5th of March 2024", DAY),
        ("05.03.2024 10:20", MORNING),
        ("5. März 2024, 10:20 Uhr", MORNING),
        ("Di, 05 Mär 2024 11:20:30 +0100", MOMENT),
        ("mar., 05 mars 2024 10:20:30 GMT", MOMENT),
        ("5 août 2024", datetime(2024, 8, 5, tzinfo=UTC)),
        ("mar, 05 mar 2024 10:20:30 GMT", MOMENT),
        ("5 de marzo de 2024", DAY),
        ("ven, 13 dic 2024", datetime(2024, 12, 13, tzinfo=UTC)),
        ("5 gennaio 2024", datetime(2024, 1, 5, tzinfo=UTC)),
        ("Ter, 05 Mar 2024 07:20:30 -0300", MOMENT),
        ("5 de Dezembro de 2024", datetime(2024, 12, 5, tzinfo=UTC)),
        ("Вт, 05 мар 2024 13:20:30 +0300", MOMENT),
        ("5 марта 2024 г., 10:20", MORNING),
        ("2024年3月5日", DAY),
        ("2024年03月05日 10:20:30", MOMENT),
        ("2024年3月5日 下午3:04", AFTERNOON),
        ("2024年3月5日 15時04分", AFTERNOON),
        ("2024년 3월 5일 오후 3시 4분", AFTERNOON),
        ("2024. 3. 5. 오후 3:04", AFTERNOON),
        ("Fri, 05/03/2024", datetime(2024, 5, 3, tzinfo=UTC)),
        ("Tue, 05/03/2024", DAY),
        ("13/02/2024", datetime(2024, 2, 13, tzinfo=UTC)),
        ("02/13/2024", datetime(2024, 2, 13, tzinfo=UTC)),
    ],
)
def test_a_date(text: str, moment: datetime) -> None:
    assert parse_date(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Sat, 01 Jan 0000 00:00:00 +0900",
        "0000-00-00 00:00:00",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1989-12-31T23:59:59Z",
        "2026-01-14T07:00:01Z",
        "Tue, 09 Feb 2106 23:59:45 +0000",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2024-02-30",
        "31 Feb 2024",
        "2024-13-01",
        "02/03/2024",
        "99999999999999999999",
        "12345",
        "10:20:30",
        "5 Foo 2024",
        "Tue, 05 Mar",
        "2024-03-05" + " " * 200 + "x",
        "%a, %d %b %Y",
        "{{ page.date }}",
    ],
)
def test_no_date(text: str | None) -> None:
    assert parse_date(text, NOW) is None


def test_the_bounds_are_in() -> None:
    for bound in (EARLIEST, NOW + LATEST):
        assert parse_date(bound.isoformat(), NOW) == bound


@given(st.text(max_size=120) | st.text("0123456789 :/-+.,TZMarADEC年月日", max_size=60))
@example("0" * 100)
@example("1 Jan 99999")
def test_any_text_is_a_date_in_range_or_none(text: str) -> None:
    moment = parse_date(text, NOW)
    assert moment is None or (EARLIEST <= moment <= NOW + LATEST and moment.tzinfo is UTC)


@given(
    st.integers(0, int((NOW - EARLIEST).total_seconds())).map(
        lambda seconds: EARLIEST + timedelta(seconds=seconds)
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_is_written_is_read(moment: datetime, minutes: int) -> None:
    sign, offset = "-" if minutes < 0 else "+", abs(minutes)
    local = moment + timedelta(minutes=minutes)
    zone = f"{sign}{offset // 60:02}{offset % 60:02}"
    assert parse_date(f"{local:%a, %d %b %Y %H:%M:%S} {zone}", NOW) == moment
    assert parse_date(f"{local:%Y-%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:]}", NOW) == moment


@pytest.mark.parametrize("unit", ["1", "1 ", "Jan ", "1:", "(", "年", "1/", "a-"])
def test_long_texts_cost_nothing(unit: str) -> None:
    started = time.process_time()
    for length in (90, 1_000_000):
        parse_date(unit * (length // len(unit)), NOW)
    assert time.process_time() - started < 1
