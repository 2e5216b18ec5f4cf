"""Limits: how many at once, how many after that, and how much of it is remembered."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.rate_limiter import RequestLimiter, network


def test_a_few_at_once_and_then_one_by_one() -> None:
    limit = RequestLimiter(burst=3, every=10)
    assert [limit.take("a", 0) for _ in range(4)] == [0, 0, 0, 10]
    assert limit.take("a", 9) == 1
    assert limit.take("a", 10) == 0
    assert limit.take("a", 10) == 10


def test_whoever_waits_long_has_no_more_than_a_few() -> None:
    limit = RequestLimiter(burst=2, every=10)
    assert [limit.take("a", 100_000) for _ in range(3)] == [0, 0, 10]


def test_asking_while_refused_costs_nothing() -> None:
    limit = RequestLimiter(burst=1, every=10)
    assert limit.take("a", 0) == 0
    assert [limit.take("a", moment) for moment in (1, 2, 3)] == [9, 8, 7]
    assert limit.take("a", 10) == 0


def test_keys_do_not_wait_for_each_other() -> None:
    limit = RequestLimiter(burst=1, every=10)
    assert [limit.take(key, 0) for key in "aabb"] == [0, 10, 0, 10]


def test_the_keys_used_last_are_remembered() -> None:
    limit = RequestLimiter(burst=1, every=1000, size=2)
    assert [limit.take(key, 0) for key in ("a", "b", "c")] == [0, 0, 0]
    assert limit.take("c", 1) > 0
    assert limit.take("b", 1) > 0
    assert limit.take("a", 1) == 0, "it was forgotten"


@given(
    st.integers(1, 5),
    st.floats(0.1, 100),
    st.lists(st.floats(0, 1000), max_size=60).map(sorted),
)
def test_never_more_than_the_burst_and_the_time_allow(
    burst: int, every: float, moments: list[float]
) -> None:
    limit = RequestLimiter(burst=burst, every=every)
    taken = [moment for moment in moments if limit.take("a", moment) == 0]
    for begin, first in enumerate(taken):
        for end, last in enumerate(taken[begin:], begin):
            assert end - begin + 1 <= burst + (last - first) / every + 1e-6


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("203.0.113.9", "203.0.113.250", True),
        ("203.0.113.9", "203.0.114.9", False),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::", "2001:db8:2::", False),
    ],
)
def test_neighbors_are_counted_together(one: str, other: str, together: bool) -> None:
    assert (network(ip_address(one)) == network(ip_address(other))) is together


def test_who_has_no_address_is_counted_with_all_such() -> None:
    assert network(None) == "unknown"
