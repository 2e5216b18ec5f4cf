"""Who has left, as the exports of many services say it."""

from __future__ import annotations

import pytest

from digest.mailing_list import subscriber_csv
from support.foreign_exports import EXPORTS


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS.keys())
def test_nobody_who_left_is_signed_up_and_nobody_else_is_lost(text: str) -> None:
    read = subscriber_csv.read(text.encode())
    assert [address for address in read.addresses if address.startswith("off")] == []
    assert len(read.addresses) == text.count("on1@a.example") + text.count("on2@a.example")
    assert read.inactive == sum(text.count(f"off{number}@a.example") for number in range(1, 5))
    assert sum(count for _, count in read.inactive_by) == read.inactive
    assert read.bad == ()


SILENT = [
    (
        "counts and rates",
        "email,bounce_count,unsubscribe_url,spam_score\non1@a.example,3,http://x/,2",
    ),
    ("an order's status", "email,Order status\non1@a.example,cancelled by shop"),
    ("nothing in any flag", "email,unsubscribed,deleted_at,confirmed\non1@a.example,,,\n"),
    ("no in every flag", "email,unsubscribed,blacklisted\non1@a.example,FALSE,no\n"),
    ("a date of zeros", "email,unsub_time\non1@a.example,0000-00-00 00:00:00\n"),
    ("somebody's name", "email,name\non1@a.example,Baja Blanco\n"),
    ("a date of subscription that is not known", "email,subscribed_at\non1@a.example,\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_what_says_nothing_of_the_list_leaves_nobody_out(text: str) -> None:
    read = subscriber_csv.read(text.encode())
    assert (read.addresses, read.inactive) == (("on1@a.example",), 0)


def test_the_column_that_tells_is_named() -> None:
    text = "email,UNSUB_TIME,status\na@b.example,2024-01-01,active\nc@d.example,,cleaned\n"
    read = subscriber_csv.read(text.encode())
    assert read.inactive_by == (("UNSUB_TIME", 1), ("status", 1))
