"""A month of polling under a virtual clock: each rule of politeness, and whether it holds.

The real refresh line runs once an hour for 31 days against scripted publishers.  The table in
docs/manners.md is what this test measures; DIGEST_WRITE_DOCS=1 writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from digest import pipeline
from digest.settings import Config, interpret
from digest.store import Store, open_store
from support.virtual_web import DAY, VirtualFeed, VirtualWeb, evenly

BEGIN = datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
DAYS = 31
HOUR = timedelta(hours=1)
PAPER = Path(__file__).resolve().parents[2] / "docs" / "manners.md"

BEFORE = BEGIN - 40 * DAY


def bursts(a_day: int) -> list[datetime]:
    """So many entries in two hours of each morning."""
    first = BEFORE.replace(hour=8, minute=30)
    return [
        first + day * DAY + number * timedelta(hours=2) / a_day
        for day in range(DAYS + 41)
        for number in range(a_day)
    ]


def feed(name: str, publishes: Sequence[datetime], **more: object) -> VirtualFeed:
    url = f"https://{name}.example/feed"
    return VirtualFeed(url=url, name=name, publishes=publishes, **more)


def publishers() -> list[VirtualFeed]:
    half = evenly(0.5, BEFORE, 90)
    twice = evenly(2, BEFORE, 90)
    moved = "https://moved-to.example/feed"
    return [
        feed("yearly", evenly(2 / 365, BEFORE - 200 * DAY, 400)),
        feed("alternate", half),
        feed("twenty", evenly(20, BEFORE, 90)),
        feed("burst", bursts(20)),
        feed("archive", evenly(100, BEFORE, 90), archives="rfc5005"),
        feed("maxage", twice, headers={"cache-control": "max-age=21600"}, headers_of_304={}),
        feed("ttl", evenly(40, BEFORE, 90), channel="<ttl>240</ttl>"),
        feed(
            "skip",
            evenly(20, BEFORE, 90),
            channel="<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
            "<skipHours><hour>1</hour><hour>2</hour><hour>3</hour></skipHours>",
            window=200,
        ),
        feed("bare", evenly(4, BEFORE, 90), validators=False),
        feed("ignoring", evenly(4, BEFORE, 90), ignores_validators=True),
        feed("gone", [], status=410),
        feed("missing", [], status=404),
        feed("busy", [], status=503, headers={"retry-after": "172800"}),
        feed("moved", twice, redirect=(301, moved)),
        VirtualFeed(url=moved, publishes=twice, name="moved"),
        *(
            VirtualFeed(
                url=f"https://limited.example/{number}/feed",
                publishes=evenly(1.7, BEFORE, 90),
                name=f"limited-{number}",
            )
            for number in range(10)
        ),
    ]


class Month:
    """What was asked in a month, and what was lost."""

    def __init__(self, *, every: timedelta) -> None:
        feeds = publishers()
        self.web = VirtualWeb(feeds)
        self.web.limited["limited.example"] = (3, timedelta(minutes=50))
        self.feeds = {feed.name: feed for feed in feeds if "moved-to" not in feed.url}
        config = configuration(feed.url for feed in self.feeds.values())
        store = open_store("sqlite://")
        now = BEGIN
        while now < BEGIN + DAYS * DAY:
            pipeline.refresh(config, store, now, fetch_all=self.web.fetch_all)
            now += every
        self.end = now - every
        self.kept = kept(store)
        store.close()

    def asked(self, name: str) -> list[datetime]:
        return self.web.asked(self.feeds[name].url)

    def gaps(self, name: str) -> list[timedelta]:
        return [later - earlier for earlier, later in pairwise(self.asked(name))]

    def lost(self, name: str, *, before_last: timedelta = DAY) -> int:
        """How many entries of the month before its last day, or days, are not stored."""
        feed = self.feeds[name]
        before = len(feed.ids(BEGIN))
        return len(set(feed.ids(self.end - before_last)[before:]) - self.kept)


def configuration(urls: Iterator[str]) -> Config:
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
    text = f'{feeds}[digests.daily]\nschedule = "0 7 * * *"\n'
    return replace(interpret(text, Path("config.toml"), {}), root=Path())


def kept(store: Store) -> set[str]:
    from sqlalchemy import text

    with store.read() as connection:
        return {uid for (uid,) in connection.execute(text("SELECT uid FROM entries"))}


@pytest.fixture(scope="module")
def month() -> Month:
    return Month(every=HOUR)


Measure = Callable[[Month], float]


def unconditional(month: Month) -> int:
    """Requests without validators after the first answer, to servers that give some."""
    asked = [one for one in month.web.log if one.status in (200, 304)]
    first = {one.url: one for one in reversed(asked)}
    forgiven = ("bare.", "?page=")
    return sum(
        not one.conditional and one is not first[one.url]
        for one in asked
        if not any(part in one.url for part in forgiven)
    )


def shortest(month: Month) -> float:
    """The least time between two requests for one address, in hours."""
    times: dict[str, list[datetime]] = {}
    for one in month.web.log:
        if "limited." not in one.url:
            times.setdefault(one.url, []).append(one.at)
    return min((b - a) / HOUR for moments in times.values() for a, b in pairwise(moments))


def at_skipped(month: Month) -> int:
    asked = month.asked("skip")[1:]
    return sum(moment.weekday() >= 5 or moment.hour in (1, 2, 3) for moment in asked)


RULES: list[tuple[str, str, Measure, float, float]] = [
    ("Requests without validators, after the first answer", "", unconditional, 0, 0),
    ("Least time between two requests for a feed", "h", shortest, 0.9, 1000),
    ("max-age of 6 h, kept through 304s that do not repeat it: least time", "h",
     lambda month: min(month.gaps("maxage")) / HOUR, 6, 1000),
    ("ttl of 4 h: least time", "h", lambda month: min(month.gaps("ttl")) / HOUR, 4, 1000),
    ("Requests in skipped hours and on skipped days", "", at_skipped, 0, 0),
    ("Retry-After of two days: least time", "h",
     lambda month: min(month.gaps("busy")) / HOUR, 48, 1000),
    ("410: requests after it", "", lambda month: len(month.asked("gone")) - 1, 0, 0),
    ("404: requests", "", lambda month: len(month.asked("missing")), 2, 12),
    ("A server without validators, 4 entries a day: requests", "",
     lambda month: len(month.asked("bare")), 25, 130),
    ("A server that ignores validators, 4 entries a day: requests", "",
     lambda month: len(month.asked("ignoring")), 25, 130),
    ("A feed of 2 entries a year: requests", "", lambda month: len(month.asked("yearly")), 25, 45),
    ("A feed of an entry every second day: requests", "",
     lambda month: len(month.asked("alternate")), 25, 45),
    ("20 entries a day in a window of 10: requests", "",
     lambda month: len(month.asked("twenty")), 25, 450),
    ("20 entries a day in a window of 10: entries lost", "", lambda month: month.lost("twenty"),
     0, 0),
    ("20 entries within two hours of a day, window of 10: requests", "",
     lambda month: len(month.asked("burst")), 25, 450),
    ("20 entries within two hours of a day, window of 10: entries lost", "",
     lambda month: month.lost("burst"), 0, 0),
    ("100 entries a day with archives (RFC 5005): entries lost", "",
     lambda month: month.lost("archive"), 0, 0),
    ("A permanent redirect: requests to the old address", "",
     lambda month: len(month.asked("moved")), 5, 12),
    ("A permanent redirect: entries lost", "", lambda month: month.lost("moved"), 0, 0),
    ("A host that allows 3 requests in 50 minutes, 10 feeds: refused requests", "",
     lambda month: sum(one.status == 429 for one in month.web.log), 0, 150),
    ("A host that allows 3 requests in 50 minutes, 10 feeds: entries lost", "",
     lambda month: sum(month.lost(f"limited-{number}") for number in range(10)), 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "measure", "least", "most"),
    [pytest.param(*rule[1:], id=rule[0]) for rule in RULES],
)
def test_the_rule_holds(
    month: Month, unit: str, measure: Measure, least: float, most: float
) -> None:
    assert least <= measure(month) <= most


def test_the_paper_shows_what_was_measured(month: Month) -> None:
    total = len(month.web.log)
    saved = sum(one.status == 304 for one in month.web.log)
    lines = [
        "# Manners",
        "",
        "What one month of polling looks like from the publishers' side: `digest refresh` by the",
        "hour, for 31 days, against scripted publishers under a virtual clock, with the default",
        "configuration and one daily digest.  `tests/pipeline/test_virtual_month.py` measures",
        "this, fails where a rule is broken, and writes this page (`DIGEST_WRITE_DOCS=1`).",
        "",
        "| rule | measured | allowed |",
        "|---|--:|---|",
    ]
    for rule, unit, measure, least, most in RULES:
        allowed = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        allowed = f"at least {least:g}" if most == 1000 else allowed
        row = f"| {rule} | {measure(month):.4g} {unit} | {allowed} {unit} |"
        lines.append(row.replace("  ", " "))
    lines += ["", f"In all: {total:,} requests, {saved:,} of them answered by 304.", ""]
    written = "\n".join(lines)
    if os.environ.get("DIGEST_WRITE_DOCS"):
        PAPER.write_text(written)
    assert PAPER.read_text() == written


def test_a_line_that_runs_once_a_day_reads_all_feeds_of_a_limited_host() -> None:
    """The host answers three of its ten feeds a day: each has its turn before its window rolls."""
    month = Month(every=DAY)
    limited = [f"limited-{number}" for number in range(10)]
    assert [month.lost(name, before_last=4 * DAY) for name in limited] == [0] * len(limited)
    assert all(len(month.web.asked(month.feeds[name].url, status=200)) >= 6 for name in limited)
    slow = ("yearly", "alternate", "maxage", "moved")
    assert [month.lost(name) for name in slow] == [0] * len(slow)
    assert all(25 <= len(month.asked(name)) <= 31 for name in ("yearly", "alternate"))
