from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.fetch.time_headers import LONGEST, fresh_until, http_date, retry_after


def lower(headers: dict[str, str]) -> dict[str, str]:
    """Name the headers as an answer's head does."""
    return {name.lower(): value for name, value in headers.items()}


NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
DATE = "Sat, 10 Jan 2026 10:00:00 GMT"  # the server's clock, two days behind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": "public, MAX-AGE = 600 , must-revalidate"}, 600),
        ({"Cache-Control": 'max-age="600"'}, 600),
        ({"Cache-Control": "max-age=600, max-age=60"}, 600),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "soon"}, 600),
        ({"Cache-Control": "max-age=600", "Expires": "0"}, 600),
        ({"Cache-Control": "s-maxage=9, max-age=600"}, 600),
        ({"Cache-Control": "max-age=later", "Expires": "Sat, 10 Jan 2026 10:20:00 GMT"}, 780),
        ({"Expires": "Mon, 12 Jan 2026 07:10:00 GMT"}, 600),
        ({"Expires": "Sat, 10 Jan 2026 10:10:00 GMT", "Date": DATE}, 600),
        ({"Expires": "Sat, 10 Jan 2026 10:10:00 GMT", "Date": DATE, "Age": "60"}, 540),
        ({"Expires": "Saturday, 10-Jan-26 10:10:00 GMT", "Date": DATE}, 600),
        ({"Expires": "Sat Jan 10 10:10:00 2026", "Date": DATE}, 600),
        ({"Cache-Control": "max-age=31536000"}, LONGEST.total_seconds()),
        ({"Cache-Control": "max-age=99999999999999999999"}, LONGEST.total_seconds()),
    ],
)
def test_freshness_is_the_span_the_server_meant(
    headers: dict[str, str], seconds: float | None
) -> None:
    if headers.get("Cache-Control") == "max-age=later":
        headers = {**headers, "Date": "Sat, 10 Jan 2026 10:07:00 GMT"}
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert fresh_until(lower(headers), NOW) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": ""},
        {"Cache-Control": "s-maxage=600"},
        {"Cache-Control": "max-age=0"},
        {"Cache-Control": "max-age=-5"},
        {"Cache-Control": "max-age=600, no-cache"},
        {"Cache-Control": "no-store, max-age=600"},
        {"Cache-Control": "max-age=600", "Age": "600"},
        {"Cache-Control": "no-cache", "Expires": "Mon, 12 Jan 2026 07:10:00 GMT"},
        {"Expires": "0"},
        {"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Expires": DATE, "Date": DATE},
    ],
)
def test_nothing_is_fresh_that_is_not_said_to_be(headers: dict[str, str]) -> None:
    assert fresh_until(lower(headers), NOW) is None


@pytest.mark.parametrize(
    ("headers", "limited", "seconds"),
    [
        ({"Retry-After": "120"}, False, 120),
        ({"Retry-After": " 120 "}, False, 120),
        ({"Retry-After": "1.5"}, False, 1),
        ({"Retry-After": "Mon, 12 Jan 2026 07:02:00 GMT"}, False, 120),
        ({"Retry-After": "Sat, 10 Jan 2026 10:02:00 GMT", "Date": DATE}, False, 120),
        ({"Retry-After": "31536000"}, False, LONGEST.total_seconds()),
        ({"X-Ratelimit-Reset": "57"}, True, 57),
        ({"X-Ratelimit-Reset": "57.0"}, True, 57),
        ({"X-Ratelimit-Reset": str(int(NOW.timestamp()) + 90)}, True, 90),
        ({"X-Ratelimit-Reset": "57", "Retry-After": "120"}, True, 120),
        ({"X-Ratelimit-Reset": "57", "Retry-After": "0"}, True, None),
        ({"X-Ratelimit-Reset": "57"}, False, None),
        ({"Retry-After": "0"}, False, None),
        ({"Retry-After": "-5"}, False, None),
        ({"Retry-After": "a while"}, False, None),
        ({"Retry-After": DATE}, False, None),
        ({}, True, None),
    ],
)
def test_retry_after_in_every_form(
    headers: dict[str, str], limited: bool, seconds: float | None
) -> None:
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert retry_after(lower(headers), NOW, limited=limited) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "0",
        "-1",
        "now",
        "Mon, 12 Jan",
        "Mon, 99 Foo 2026 99:99:99 GMT",
        "Mon, 12 Jan 99999 07:00:00 GMT",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_none(value: str | None) -> None:
    assert http_date(value) is None


@given(st.text(max_size=70), st.text(max_size=70), st.text(max_size=70))
def test_any_header_gives_a_moment_in_the_coming_week_or_none(a: str, b: str, c: str) -> None:
    headers = {"cache-control": a, "expires": b, "date": c, "age": a, "retry-after": b}
    for moment in (fresh_until(headers, NOW), retry_after(headers, NOW, limited=True)):
        assert moment is None or NOW < moment <= NOW + LONGEST
