"""Closed pages of feeds: kept and given back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.store import Store, archive, editions
from digest.store.archive import Page

FIRST = Page(number=1, name="archive/atom-2026-01-12T0700.xml", last_edition=4)
SECOND = Page(number=2, name="archive/atom-2026-01-19T0700.xml", last_edition=9)
BODY = "<feed>\N{SNOWMAN}</feed>".encode() * 100


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write() as connection:
        for digest in ("daily", "weekly"):
            editions.name_authority(connection, digest, "example.org", date(2026, 1, 1))
        archive.close(connection, "daily", "atom", FIRST, BODY)
        archive.close(connection, "daily", "atom", SECOND, b"second")
        archive.close(connection, "weekly", "atom", FIRST, b"another digest")
    return store


def test_pages_are_listed_from_the_oldest_each_feed_for_itself(filled: Store) -> None:
    with filled.read() as connection:
        assert archive.pages(connection, "daily", "atom") == [FIRST, SECOND]
        assert archive.pages(connection, "weekly", "atom") == [FIRST]
        assert archive.pages(connection, "daily", "other") == []


def test_a_page_comes_back_byte_for_byte(filled: Store) -> None:
    with filled.read() as connection:
        assert archive.body(connection, "daily", "atom", 1) == BODY
        assert archive.body(connection, "weekly", "atom", 1) == b"another digest"


def test_a_page_is_never_written_a_second_time(filled: Store) -> None:
    other = replace(FIRST, name="archive/other.xml")
    with filled.write() as connection:
        assert archive.close(connection, "daily", "atom", other, b"changed") == FIRST
    with filled.read() as connection:
        assert archive.body(connection, "daily", "atom", 1) == BODY
        assert archive.pages(connection, "daily", "atom") == [FIRST, SECOND]
