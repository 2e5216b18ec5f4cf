"""What a reader and a writer see of others, in either database."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import update

from digest.store import Store, feeds, open_store, tables


def test_an_exception_undoes_everything(store: Store) -> None:
    def fail() -> None:
        with store.write() as connection:
            feeds.ensure(connection, ["https://example.org/a"])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.read() as connection:
        assert feeds.states(connection) == []


def test_a_reader_sees_what_was_there_when_it_began(store: Store) -> None:
    with store.read() as reader:
        assert feeds.states(reader) == []
        with store.write() as writer:
            feeds.ensure(writer, ["https://example.org/a"])
        assert feeds.states(reader) == []
    with store.read() as reader:
        assert len(feeds.states(reader)) == 1


def test_a_writer_sees_what_the_one_before_it_has_committed(store: Store, url: str) -> None:
    with store.write() as connection:
        feeds.ensure(connection, ["https://example.org/a"])

    def count_up() -> None:
        own = open_store(url)
        for _ in range(20):
            with own.write() as connection:
                [state] = feeds.states(connection)
                connection.execute(update(tables.feeds).values(failures=state.failures + 1))
        own.close()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        [state] = feeds.states(connection)
    assert state.failures == 80
