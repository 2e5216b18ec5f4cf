"""The operator's first page."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from digest import pipeline
from digest.errors import ConfigError, DigestError
from digest.store import feeds as stored_feeds
from support.adminhouse import AdminHouse


def test_it_says_what_comes_and_what_happened(house: AdminHouse) -> None:
    page = house.get("/admin/")
    assert "being counted" in page.text
    assert "The doctor is looking" in page.text
    house.catch_up()
    page = house.get("/admin/")
    assert "0 stories now" in page.text
    assert "The doctor looked" in page.text
    assert "Daily &lt;news&gt;" in page.text
    assert "/admin/editions/daily/2026-11-22T0700" in page.text
    assert house.waiting == []  # nothing is worked out again while it is fresh


def test_it_looks_again_when_asked(house: AdminHouse) -> None:
    house.get("/admin/")
    house.catch_up()
    answer = house.send("/admin/look-again", "/admin/")
    assert "Looking again" in house.follow(answer).text
    assert house.waiting


def test_feeds_in_trouble_are_counted_and_linked(house: AdminHouse) -> None:
    url = house.current().feeds[0].url
    with house.store.write() as connection:
        state = stored_feeds.ensure(connection, [url])[url]
        stored_feeds.save(connection, [replace(state, error="HTTP status 500", failures=2)])
    page = house.get("/admin/")
    assert "1 feed fails" in page.text
    assert 'href="/admin/feeds?state=failing"' in page.text


def test_a_disk_that_fills_is_named(house: AdminHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(total=100, used=95, free=5)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    page = house.get("/admin/")
    assert "95% full" in page.text
    assert "5 bytes are free" in page.text


def test_what_cannot_be_counted_stops_nothing(
    house: AdminHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DigestError("the store is on fire")

    monkeypatch.setattr(pipeline, "preview", fail)
    house.get("/admin/")
    house.catch_up()
    page = house.get("/admin/")
    assert page.status == 200
    assert "the store is on fire" in page.text


def test_a_configuration_with_mistakes_is_told_on_every_page(house: AdminHouse) -> None:

    mistake = ConfigError("unknown key <b>", file="config.toml", line=3, key="titel")
    object.__setattr__(house.service, "mistakes", lambda: (mistake,))
    page = house.get("/admin/")
    assert "config.toml:3: titel: unknown key &lt;b&gt;" in page.text
