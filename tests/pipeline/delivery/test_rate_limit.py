"""Senders that share a channel keep to its rate together."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.pipeline.delivery.rate_limit import MonotonicClock, RateLimiter


class Time:
    """A clock that stands still until somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.clock = MonotonicClock(lambda: self.now, self.wait)

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("senders", [1, 2, 4])
def test_senders_keep_to_one_rate_together(tmp_path: Path, senders: int) -> None:
    time = Time()
    file = tmp_path / "rate-smtp-6"
    limiters = [RateLimiter(6, time.clock, file) for _ in range(senders)]
    sent = 0
    while sent < 24:
        for limiter in limiters:
            if limiter.delay() <= 0:
                limiter.took()
                sent += 1
        time.wait(1)
    assert time.now - 1000 == pytest.approx(23 * 10, abs=2)


def test_each_sender_alone_is_as_fast_as_it_may_be(tmp_path: Path) -> None:
    time = Time()
    shared = RateLimiter(6, time.clock, tmp_path / "rate-smtp-6")
    other = RateLimiter(60, time.clock, tmp_path / "rate-smtp-60")
    shared.took()
    assert shared.delay() == pytest.approx(10)
    assert other.delay() == 0
    assert RateLimiter(None, time.clock, tmp_path / "rate-smtp-6").delay() == 0


@pytest.mark.parametrize("left", ["", "no number", "9999999.0", "nan", "-5"])
def test_what_a_restart_has_left_in_the_file_keeps_nobody_waiting(
    tmp_path: Path, left: str
) -> None:
    time = Time()
    file = tmp_path / "rate-smtp-6"
    file.write_text(left)
    limiter = RateLimiter(6, time.clock, file)
    assert limiter.delay() == 0
    limiter.took()
    assert limiter.delay() == pytest.approx(10)


def test_a_file_that_cannot_be_written_stops_no_mail(tmp_path: Path) -> None:
    time = Time()
    limiter = RateLimiter(6, time.clock, tmp_path / "missing" / "rate-smtp-6")
    limiter.took()
    assert limiter.delay() == pytest.approx(10)
