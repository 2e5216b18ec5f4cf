"""Measure the preview of a changed digest, and what an edition left out, in a large database.

    .venv/bin/python bench/preview.py FOLDER [--digest daily]

`FOLDER` holds a `config.toml` and its database, such as the one that `_large_store.py` makes.
Prints CPU seconds: of the next edition alone, of a changed limit with the last 14 days, of a new
rule, and of a page of what the newest edition left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from digest.diagnostics.preview import preview_change
from digest.settings import interpret, read_text
from digest.settings.edit_digests import Value, set_digest
from digest.store import omissions, open_store


def main() -> None:
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--digest", default="daily")
    parser.add_argument("--now", type=datetime.fromisoformat, default="2026-11-28T09:00:00+00:00")
    asked = parser.parse_args()
    path = asked.folder / "config.toml"
    text = read_text(path)
    config = interpret(text, path)
    store = open_store(config.store.url)

    def changed(**values: Value | None) -> Callable[[], object]:
        new = interpret(set_digest(text, asked.digest, values), path)
        return lambda: preview_change(config, new, store, asked.digest, asked.now)

    def page() -> object:
        with store.read() as connection:
            slot = connection.exec_driver_sql("SELECT max(id) FROM editions").scalar() or 0
            return omissions.counts(connection, asked.digest, slot), omissions.page(
                connection, asked.digest, slot, most=51
            )

    try:
        _measure("the next edition", changed())
        _measure("a changed limit, with 14 days", changed(max_entries=7))
        _measure("a new rule, with 14 days", changed(drop=("raffle", "sport")))
        _measure("a page of what an edition left out", page)
    finally:
        store.close()


def _measure(what: str, work: Callable[[], object]) -> None:
    work()  # imports and the first reading of pages
    begun = time.process_time()
    work()
    print(f"{what}: {time.process_time() - begun:.2f} s of CPU")


if __name__ == "__main__":
    main()
