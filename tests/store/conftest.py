"""A store with its schema in place, made by copying: of SQLite or of the server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.store import Store, open_store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the schema and no rows; to be copied, not opened."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    """A SQLite database of the test's own."""
    return Path(shutil.copy(empty_database, tmp_path / "digest.db"))


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Where the store of a contract test is: a file, or a database of the tests' server."""
    named = os.environ.get("DIGEST_STORE_URL")
    return named or f"sqlite:///{request.getfixturevalue('database')}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()
