"""A database that another program keeps locked, for longer than it is waited for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.errors import StoreError
from digest.model import DeliveryState
from digest.store import open_store
from support.feedserver import FeedServer
from support.house import DAY, NOW, House, item, rss
from support.mailhouse import MailHouse, assert_each_got_one
from support.smtpserver import Fault, SmtpServer

pytestmark = pytest.mark.sqlite

MANY = tuple(f"{name}@example.com" for name in "abcde")
SHORT = 0.5
"""Seconds that the database is waited for here; ten seconds is usual."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the database locked, as a backup or another program may for minutes."""
    with closing(sqlite3.connect(folder / "digest.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def deliver(house: MailHouse) -> None:
    store = open_store(house.config.store.url, busy_timeout=SHORT)
    try:
        pipeline.deliver(house.config, store, NOW)
    finally:
        store.close()


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "dot"])
def test_a_lock_that_begins_while_mail_is_sent_loses_none(stage: str, tmp_path: Path) -> None:
    fault = Fault(stage, "stall", times=1, after=0 if stage == "connect" else 2, taken=True)
    with SmtpServer(fault) as server, ThreadPoolExecutor(1) as pool:
        house = MailHouse(tmp_path, server.port)
        house.subscribe(*MANY)
        house.freeze()
        run = pool.submit(deliver, house)
        server.wait(stage)
        with locked(tmp_path):
            server.release()
            with pytest.raises(StoreError, match=r"is locked .*run again"):
                run.result(120)
        house.deliver(NOW + timedelta(hours=1))
        assert set(house.states().values()) == {DeliveryState.SENT}
        assert_each_got_one(server.messages, MANY, repeats=1)


def test_a_run_that_finds_the_database_locked_loses_no_entry(tmp_path: Path) -> None:
    with FeedServer({"/feed.xml": rss([item("one"), item("two")])}) as feeds:
        house = House(tmp_path, [feeds.url("/feed.xml")])
        with house.store():
            pass
        patient = open_store(house.config.store.url, busy_timeout=SHORT)
        with locked(tmp_path), pytest.raises(StoreError, match=r"is locked .*run again"):
            pipeline.refresh(house.config, patient, NOW)
        patient.close()
        house.run(NOW)
        house.run(NOW + DAY)
    assert [sorted(told) for told in house.told()] == [["Title of one", "Title of two"]]
