"""The websub channel against a hub on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from digest.deliver import EditionPackage, websub
from digest.errors import DeliveryError
from support.house import NOW
from support.ports import closed_port
from support.receiver import Receiver

PARCEL = EditionPackage(
    digest="daily",
    slot="2026-01-12T0700",
    newest=True,
    at=NOW,
    pieces=(),
    feeds=("https://news.example.org/daily/atom.xml", "https://news.example.org/daily/feed.json"),
)


@pytest.fixture
def hub() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_a_hub_is_told_of_each_feed(hub: Receiver) -> None:
    hub.statuses = [204]
    receipt = websub.deliver(PARCEL, websub.Settings(hub=hub.url))
    assert [post.body.decode() for post in hub.posts] == [
        "hub.mode=publish&hub.url=https%3A%2F%2Fnews.example.org%2Fdaily%2Fatom.xml",
        "hub.mode=publish&hub.url=https%3A%2F%2Fnews.example.org%2Fdaily%2Ffeed.json",
    ]
    assert {post.headers["content-type"] for post in hub.posts} == {
        "application/x-www-form-urlencoded"
    }
    assert receipt.detail.startswith("127.0.0.1: https://news.example.org/daily/atom.xml")


def test_a_hub_is_not_told_of_what_is_out_of_date(hub: Receiver) -> None:
    receipt = websub.deliver(replace(PARCEL, newest=False), websub.Settings(hub=hub.url))
    assert (hub.posts, receipt.detail) == ([], "a newer edition is told of instead")


def test_a_hub_is_not_told_of_feeds_that_are_not_there(hub: Receiver) -> None:
    with pytest.raises(DeliveryError, match="when the feeds of this edition are written") as caught:
        websub.deliver(replace(PARCEL, feeds=()), websub.Settings(hub=hub.url))
    assert caught.value.temporary
    assert hub.posts == []


@pytest.mark.parametrize(
    ("status", "temporary"),
    [(500, True), (503, True), (408, True), (429, True), (400, False), (403, False), (301, False)],
)
def test_an_answer_is_temporary_or_not(status: int, temporary: bool, hub: Receiver) -> None:
    hub.statuses = [status]
    hub.text = b"hub.url is\r\n not known" + b"x" * 100_000
    hub.headers = {"location": "http://127.0.0.1:9/"}
    with pytest.raises(DeliveryError) as caught:
        websub.deliver(PARCEL, websub.Settings(hub=hub.url))
    assert caught.value.temporary is temporary
    assert len(hub.posts) == 1
    assert str(caught.value).startswith(
        f"the hub at 127.0.0.1 answered {status} (hub.url is not known"
    )
    assert len(str(caught.value)) < 400


def test_a_hub_that_is_not_there_is_tried_again() -> None:
    with (
        closed_port() as port,
        pytest.raises(DeliveryError, match=r"the hub at 127\.0\.0\.1 cannot be reached") as caught,
    ):
        websub.deliver(PARCEL, websub.Settings(hub=f"http://127.0.0.1:{port}/hub"))
    assert caught.value.temporary


@pytest.mark.parametrize(
    "hub", ["hub.example.org", "ftp://hub.example.org/", "https:///x", "http://[x"]
)
def test_what_is_no_address_is_a_mistake(hub: str) -> None:
    with pytest.raises(ValueError, match=r"^hub is "):
        websub.Settings(hub=hub)
