"""How a database would run the statements of a block: to show that none reads a table whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event


@contextmanager
def whole_reads(connection: Connection) -> Iterator[list[str]]:
    """Yield a list that holds, after the block, the steps that read a table or an index whole."""
    ran: list[tuple[str, Any]] = []
    found: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_rest: object) -> None:
        ran.append((sql, values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)
    sqlite = connection.dialect.name == "sqlite"
    for sql, values in ran:
        asked = f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {sql}"
        steps = [str(row[-1]) for row in connection.exec_driver_sql(asked, values)]
        # SQLite calls the steps through the rows of a subquery a scan, too.
        whole = r"SCAN (?!looked_at|anon_|CONSTANT)" if sqlite else "Seq Scan"
        found += [f"{step.strip()}: {sql}" for step in steps if re.match(whole, step.strip("-> "))]
    assert ran, "the block asked the database nothing"
