"""Databases for tests: of SQLite, or of the server that DIGEST_TEST_POSTGRESQL names.

With ``DIGEST_TEST_POSTGRESQL=postgresql://USER@HOST/DATABASE``, whose user may create databases,
every test that opens a database gets one of that server's, of its own.  Tests of what only SQLite
does are marked ``sqlite`` and are skipped then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from typing import LiteralString

from sqlalchemy import URL, make_url

from digest.store import open_store

VARIABLE = "DIGEST_TEST_POSTGRESQL"
_numbers = count()


def server() -> URL | None:
    """The server that tests may create databases on."""
    named = os.environ.get(VARIABLE)
    return make_url(named).set(drivername="postgresql+psycopg") if named else None


@contextmanager
def fresh() -> Iterator[str]:
    """A database of the server with the schema and no rows; it is dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _order('CREATE DATABASE "{}" TEMPLATE "{}"', name, _template())
    try:
        yield _url(name)
    finally:
        _order('DROP DATABASE "{}" WITH (FORCE)', name)


@cache
def _template() -> str:
    name = f"test_template_{os.getpid()}"
    _order('DROP DATABASE IF EXISTS "{}"', name)
    _order("CREATE DATABASE \"{}\" ENCODING 'UTF8' TEMPLATE template0", name)
    open_store(_url(name)).close()
    return name


def _url(name: str) -> str:
    found = server()
    assert found is not None
    return found.set(database=name).render_as_string(hide_password=False)


def _order(statement: LiteralString, *names: str) -> None:
    import psycopg

    found = server()
    assert found is not None
    address = found.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(statement.format(*names).encode())
