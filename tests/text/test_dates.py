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
        ("Tue, 5 (a comment(Feb) in (a comment) (2005)) Mar 2024 10:20:30 +0000", MOMENT),
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
        ("令和6年3月5日", DAY),
        ("民國113年3月5日", DAY),
        ("2024 оны 03 сарын 05", DAY),
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
    ("text", "month"),
    [
        ("2 फरवरी 2025", 2), ("2 फ़रवरी 2025", 2), ("2 सितम्बर 2025", 9), ("2 दिसम्बर 2025", 12),
        ("2 अक्तूबर 2025", 10), ("2 fevrier 2025", 2), ("2 decembre 2025", 12), ("2 aout 2025", 8),
        ("2 Subat 2025", 2), ("2 Agustos 2025", 8), ("2 unora 2025", 2), ("2 ابريل 2025", 4),
        ("2 إبريل 2025", 4), ("2 اكتوبر 2025", 10), ("2 فوريه 2025", 2), ("2 فوریه 2025", 2),
    ],
)  # fmt: skip
def test_a_month_in_another_spelling(text: str, month: int) -> None:
    assert parse_date(text, NOW) == datetime(2025, month, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-060", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-366", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2025-001T10:30:00Z", datetime(2025, 1, 1, 10, 30, tzinfo=UTC)),
        ("2025-060T00:30:00+01:00", datetime(2025, 2, 28, 23, 30, tzinfo=UTC)),
        ("2025-060 12:00", datetime(2025, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_year_and_the_number_of_a_day_in_it(text: str, moment: datetime) -> None:
    assert parse_date(text, NOW) == moment


NOVEMBER = datetime(2025, 11, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "15. listopadu 2025", "15. 11. 2025", "15 noiembrie 2025", "2025. november 15.",
        "2025. nov. 15., 0:00", "15 листопада 2025 р.", "15. marraskuuta 2025", "la 15.11.2025",
        "15. studenoga 2025.", "15. stu 2025.", "sub, 15. studenoga 2025.", "15 نوفمبر 2025",
        "السبت، ١٥ نوفمبر ٢٠٢٥", "15 تشرين الثاني 2025", "15 tháng 11, 2025",
        "Thứ Bảy, 15 tháng 11 năm 2025", "ngày 15 Tháng 11 năm 2025", "15/11/2025", "15-11-2025",
        "15. novembra 2025", "15 ноември 2025", "15 новембар 2025", "15. november 2025",
        "2025 m. lapkričio 15 d.", "2025. gada 15. novembris", "15 de novembre del 2025",
        "2025ko azaroaren 15", "15 Tachwedd 2025", "15. nóvember 2025", "15 kasım 2025",
        "15 Noyabr 2025", "15 ნოემბერი 2025", "15 նոյեմբեր 2025", "15 Νοεμβρίου 2025",
        "15 בנובמבר 2025", "15 نوامبر 2025", "15 नवंबर 2025", "15 নভেম্বর 2025",
        "15 நவம்பர் 2025", "15 พฤศจิกายน 2568", "15 พ.ย. 2568", "15 November 2025",
        "15 XI 2025", "15.11.25", "Sat, 15 11 2025", "Sat, 11 15 2025", "2025年11月15日（土）",
        "d. 15. nov. 2025", "15 lis 2025", "Nov. 15, 2025", "15/Nov/2025",
        "15 नवम्बर 2025", "१५ नवम्बर २०२५", "15 नोव्हेंबर 2025", "15 नोभेंबर 2025",
        "15 નવેંબર 2025", "15 નવેમ્બર 2025", "15 Kasim 2025", "15 KASIM 2025",
        "15 November 2025x", "15 Novemberx 2025", "2025-319", "2025319", "2025-11-15x",
    ],
)  # fmt: skip
def test_a_day_in_any_language(text: str) -> None:
    assert parse_date(text, NOW) == NOVEMBER


SPELLINGS = {
    "Telugu": "జనవరి ఫిబ్రవరి మార్చి ఏప్రిల్ మే జూన్ జులై ఆగస్టు సెప్టెంబర్ అక్టోబర్ నవంబర్ డిసెంబర్",
    "Telugu, as newspapers write": (
        "జనవరి ఫిబ్రవరి మార్చ్ ఏప్రిల్ మే జూన్ జూలై ఆగస్ట్ సెప్టెంబరు అక్టోబరు నవంబరు డిసెంబరు"
    ),
    "Hindi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "Hindi, the second": "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितम्बर अक्तूबर नवम्बर दिसम्बर",
    "Bengali": "জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    "Bengali, older": ("জানুয়ারী ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগষ্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর"),
}


@pytest.mark.parametrize("language", SPELLINGS)
def test_each_month_in_each_spelling(language: str) -> None:
    for number, name in enumerate(SPELLINGS[language].split(), 1):
        found = [parse_date(text, NOW) for text in (f"15 {name} 2025", f"{name} 15, 2025")]
        assert [date and (date.month, date.day) for date in found] == [(number, 15)] * 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("15 lis 2025", NOVEMBER),
        ("sob., 15 lis 2025", NOVEMBER),
        ("sri, 15. lis 2025.", NOVEMBER.replace(month=10)),
        ("sri 15 listopada 2025", NOVEMBER.replace(month=10)),
        ("15 srp 2025", NOVEMBER.replace(month=8)),
        ("uto, 15. srp 2025.", NOVEMBER.replace(month=7)),
    ],
)
def test_a_month_of_two_meanings(text: str, moment: datetime) -> None:
    """In Polish and Czech listopad is November, in Croatian October."""
    assert parse_date(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 15 Nov 2025 03:15 PM", "Sat, 15 Nov 2025 03:15:00 PM GMT", "2025-11-15 03:15:00 PM",
        "15 Nov 2025 3:15pm", "15 Nov 2025, 3:15 p.m.", "15 de noviembre de 2025, 3:15 p. m.",
        "15 نوفمبر 2025 03:15 م", "15 Νοεμβρίου 2025, 3:15 μ.μ.", "2025. november 15. du. 3:15",
        "15 tháng 11, 2025 3:15 CH", "2025年11月15日 下午3:15", "15 nëntor 2025, 3:15 m.d.",
        "15 November 2025 3:15 PTG", "15.11.2025 15.15", "15.11.25 15.15.00", "15.11.2025 15h15",
        "15. marraskuuta 2025 klo 15.15", "Sat, 15 Nov 2025 10:15 ET", "15 Nov 2025 07:15 PT",
        "15 Nov 2025 10:15 America/New_York", "2025-11-15T16:15:00 Europe/Berlin",
        "15 Nov 2025 07:15 Pacific Standard Time", "15 Nov 2025 08:15 Pacific Daylight Time",
        "15 Nov 2025 16:15 W. Europe Standard Time", "15 Nov 2025 10:15 Eastern Time",
        "15 Nov 2025 16:15 (Central European Standard Time)",
        "15 Nov 2025 20:45 India Standard Time",
        "15 Nov 2025 22:15 WIB", "Sat Nov 15 10:15:00 EST 2025", "15/Nov/2025:16:15:00 +0100",
    ],
)  # fmt: skip
def test_a_time_of_the_day(text: str) -> None:
    assert parse_date(text, NOW) == NOVEMBER.replace(hour=15, minute=15)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Sat, 15 Nov 2025 12:15 AM", 0), ("Sat, 15 Nov 2025 12:15 PM", 12),
        ("15 Nov 2025 0:15", 0), ("15 Nov 2025 11:15 a.m.", 11), ("15 Nov 2025 15:15 PM", 15),
        ("15 Nov 2025 10:15 Lisboa", 10),
        ("2025年11月15日 上午12:15", 0),
    ],
)  # fmt: skip
def test_the_halves_of_the_day(text: str, hour: int) -> None:
    assert parse_date(text, NOW) == NOVEMBER.replace(hour=hour, minute=15)


@pytest.mark.parametrize(
    ("text", "hour"), [("15 Jul 2025 9:00 ET", 13), ("15 Jan 2025 9:00 ET", 14)]
)
def test_eastern_time_knows_summer(text: str, hour: int) -> None:
    moment = parse_date(text, NOW)
    assert moment
    assert moment.hour == hour


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
        "2025-366",
        "2025-000",
        "2025-3190",
        "2025.322",
        "15 November 20251",
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
