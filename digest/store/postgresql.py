"""The backend for PostgreSQL 13 and newer: sessions, turns of writers, and locks by the server.

The tables lie in a schema of their own, so that other programs' tables beside them do no harm.
Readers see one moment (REPEATABLE READ).  Writers take turns: the first statement of each waits for
a lock of the transaction, and then reads what the writer before it has committed (READ COMMITTED,
because a snapshot that is older than the turn would be wrong).

A lock between runs is a lock of the session.  The server ends it when the connection breaks, while
its holder may still be running.  So the holder of such a lock writes on the same connection: no
transaction of a holder that has lost the lock can commit.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from digest.errors import BusyError, StoreError
from digest.resources import install_command
from digest.store.backend import Complaint, StorageSize
from digest.store.tables import metadata

if TYPE_CHECKING:
    from psycopg.abc import Buffer, Dumper

SCHEMA = "digest"
"""The schema of the tables; ``?schema=NAME`` in store.url names another."""
OLDEST = 13
"""The oldest major version that is supported."""
_MANY_ROWS = 100_000
"""The least rows of a table that are not counted one by one to show the size of the database."""
_LONGEST_WRITE = 60_000
"""How long a copy waits for the writers before it, in milliseconds."""
_MOST_CONNECTIONS = 60
"""How many connections a process may open beyond those that it keeps open."""
_PAUSE = 0.5
"""Seconds between two attempts to reach a server that is away."""
_CLOCKS_APART = timedelta(minutes=1)
_ERASED_FROM = ("subscribers", "subscriber_events", "deliveries", "letters", "editions")


class PostgresqlBackend:
    """A schema in a database of a server, which any number of machines may share."""

    is_shared = True

    def __init__(self, url: URL, busy_timeout: float, patience: float) -> None:
        self._patience = patience
        self._schema = str(url.query.get("schema", SCHEMA))
        url = url.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
        self.name = url.set(query={}).render_as_string(hide_password=True)
        try:
            engine = create_engine(
                url,
                connect_args=_session(self._schema, busy_timeout),
                pool_pre_ping=True,
                max_overflow=_MOST_CONNECTIONS,
                isolation_level="REPEATABLE READ",
            )
        except ModuleNotFoundError as error:
            raise StoreError(
                f"a database of PostgreSQL needs psycopg: {install_command('postgresql')}"
            ) from error
        self.engine: Engine = engine
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._options = dict(_session(self._schema, busy_timeout))
        event.listen(engine, "connect", self._set_up, insert=True)
        self._writer = engine.execution_options(isolation_level="READ COMMITTED")
        self._held = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._begun(self.engine, turn=False) as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool) -> Iterator[Connection]:
        holders: list[Connection] = getattr(self._held, "connections", [])
        if not (holders and alone):
            with self._begun(self._writer, turn=alone) as connection:
                yield connection
            return
        if holders[-1].invalidated:
            raise StoreError(
                f"the connection to the database {self.name} broke, and with it a lock of this "
                "run: run again"
            )
        with holders[-1].begin():
            self._take_turn(holders[-1])
            yield holders[-1]

    @contextmanager
    def _begun(self, engine: Engine, *, turn: bool) -> Iterator[Connection]:
        """Yield a connection in a transaction; wait up to `patience` seconds for the server."""
        end = time.monotonic() + self._patience
        while True:
            try:
                with ExitStack() as stack:
                    connection = stack.enter_context(engine.connect())
                    stack.enter_context(connection.begin())
                    if turn:
                        self._take_turn(connection)
                    begun = stack.pop_all()
                break
            except DBAPIError as error:
                if not _is_away(error) or time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE)
        with begun:
            yield connection

    def _take_turn(self, connection: Connection) -> None:
        connection.execute(select(func.pg_advisory_xact_lock(self._number("write"))))

    @contextmanager
    def shared_lock(self, name: str) -> Iterator[None]:
        number = self._number(f"lock {name}")
        with self._writer.connect() as connection:
            with connection.begin():
                taken = connection.scalar(select(func.pg_try_advisory_lock_shared(number)))
            if not taken:
                raise BusyError(f"another run is at work on the same database ({name})")
            try:
                yield
            finally:
                if not connection.invalidated:
                    with suppress(DBAPIError), connection.begin():
                        connection.execute(select(func.pg_advisory_unlock_shared(number)))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        number = self._number(f"lock {name}")
        with self._writer.connect() as connection:
            with connection.begin():
                taken = connection.scalar(select(func.pg_try_advisory_lock(number)))
            if not taken:
                raise BusyError(
                    f"another run{self._holder(connection, number)} is at work on the same "
                    f"database ({name}): this one leaves it alone"
                )
            holders = self._held.__dict__.setdefault("connections", [])
            holders.append(connection)
            try:
                yield
            finally:
                holders.remove(connection)
                if not connection.invalidated:  # otherwise the server has released the lock
                    with suppress(DBAPIError), connection.begin():
                        connection.execute(select(func.pg_advisory_unlock(number)))

    def _holder(self, connection: Connection, number: int) -> str:
        """Return the name of the session that holds a lock, in brackets, or ""."""
        statement = text(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE locktype = 'advisory' AND granted"
            " AND (classid::bigint << 32 | objid::bigint) = :number"
        )
        with connection.begin():
            session = connection.scalar(statement, {"number": number})
        return f" ({session})" if session else ""

    def _number(self, name: str) -> int:
        """Return the number of a lock (64 bits, signed) of this schema."""
        hashed = blake2b(f"{self._schema}\0{name}".encode(), digest_size=8).digest()
        return int.from_bytes(hashed, "big", signed=True)

    def shared_file(self, name: str) -> Path | None:
        return None

    def address(self) -> tuple[str, Mapping[str, Any]]:
        """Return the address of the server and libpq's parameters, for the engine of workers."""
        return self._address, self._options

    def _set_up(self, connection: DBAPIConnection, _record: object) -> None:
        """Prepare a new connection, and make the schema where it is missing.

        SQLAlchemy asks for the schema in use right after this, and only once.
        """
        from psycopg.errors import InsufficientPrivilege

        connection.adapters.register_dumper(str, _without_nul())
        cursor = connection.cursor()
        cursor.execute("SELECT current_schema()")
        if cursor.fetchone() == (None,):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (self._number("schema"),))
            try:
                cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
            except InsufficientPrivilege as error:
                raise StoreError(
                    f"the database {self.name} does not let this user make the schema "
                    f'"{self._schema}", or use it: make it the owner of that schema'
                ) from error
        cursor.close()
        connection.commit()

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        with self._begun(self._writer, turn=True) as connection:
            yield connection

    def compact(self) -> None:
        """Rewrite the tables that rows may be erased from; each is locked meanwhile.

        The server's write-ahead log and its backups still hold what was erased.
        """
        bare = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with bare.connect() as connection:
            for table in _ERASED_FROM:
                connection.exec_driver_sql(f"VACUUM FULL {table}")

    def stop_writers(self, connection: Connection) -> None:
        """Lock the table of moves, which every writer reads first and until it commits."""
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LONGEST_WRITE}")
        connection.exec_driver_sql("LOCK TABLE moves IN ACCESS EXCLUSIVE MODE")

    def load(self, connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
        from psycopg import DataError, Error, IntegrityError, sql

        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns.keys()))
        statement = sql.SQL("COPY {} ({}) FROM STDIN")
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            with (
                driver.cursor() as cursor,
                cursor.copy(statement.format(sql.Identifier(table.name), columns)) as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        except Error as error:
            said = str(error).partition("\n")[0]
            if isinstance(error, DataError | IntegrityError) or error.sqlstate == "54000":
                raise StoreError(
                    f"the database {self.name} refuses a row of the table {table.name}: {said}"
                ) from error
            dialect = self.engine.dialect
            raise DBAPIError.instance("COPY", None, error, Error, dialect=dialect) from error

    def storage(self, connection: Connection) -> StorageSize:
        """Return the size of the schema; rows are counted by the planner's statistics."""
        server = connection.scalar(select(func.current_setting("server_version")))
        found = connection.execute(_TABLES).all()
        return StorageSize(
            server=f"PostgreSQL {str(server).partition(' ')[0]}",
            size=sum(row.size for row in found),
            tables={row.name: row.size for row in found},
            rows={row.name: row.about for row in found if row.about >= _MANY_ROWS},
        )

    def finish_load(self, connection: Connection) -> None:
        """Set the sequences of all ids, and gather the statistics for the planner."""
        for table in metadata.sorted_tables:
            if (column := table.autoincrement_column) is not None:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608
                    f" max({column.name})) FROM {table.name} HAVING max({column.name}) > 0"
                )
            connection.exec_driver_sql(f"ANALYZE {table.name}")

    def flaws(self, most: int) -> list[str]:
        with self.engine.begin() as connection:
            return list(islice(self._flaws(connection), most))

    def _flaws(self, connection: Connection) -> Iterator[str]:
        """Check every value; the server itself takes care of pages and references."""
        from digest.store.check import flaws_of_rows, flaws_of_table

        tables = inspect(connection)
        for table in metadata.sorted_tables:
            columns = tables.has_table(table.name) and tables.get_columns(table.name)
            if problem := flaws_of_table(table, [column["name"] for column in columns or ()]):
                yield problem
                continue
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            statement = text(f"SELECT {names} FROM {table.name}")  # noqa: S608 (our own names)
            with connection.execution_options(yield_per=1000).execute(statement) as raw:
                yield from flaws_of_rows(table, (tuple(map(_as_stored, row)) for row in raw))

    def complaints(self, now: datetime) -> list[Complaint]:
        """Return what is too old, set wrongly or not allowed on the server, each with advice."""
        with self.engine.begin() as connection:
            row = connection.execute(_SERVER).one()
        complaints = []
        if row.version < OLDEST * 10_000:
            complaints.append(
                Complaint(
                    what=f"PostgreSQL is {row.version // 10_000}",
                    advice=f"{OLDEST} or newer is needed: upgrade the server",
                )
            )
        if row.encoding != "UTF8":
            complaints.append(
                Complaint(
                    what=f"the database's encoding is {row.encoding}",
                    advice="create it with ENCODING 'UTF8' TEMPLATE template0",
                )
            )
        if row.fsync != "on" or row.commit == "off":
            complaints.append(
                Complaint(
                    what="fsync or synchronous_commit is off",
                    advice="after a crash of the server an edition may go out twice: turn both on",
                )
            )
        if abs(row.clock - now.astimezone(UTC)) > _CLOCKS_APART:
            complaints.append(
                Complaint(
                    what=f"the server's clock is {row.clock:%Y-%m-%d %H:%M:%S} UTC, this machine's "
                    f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                    advice="set both by NTP",
                )
            )
        complaints += [
            Complaint(
                what=f"this user may not {right.upper()} rows",
                advice=f'let it own the tables of the schema "{self._schema}"',
            )
            for right in ("select", "insert", "update", "delete")
            if not getattr(row, right)
        ]
        return complaints


_SERVER = text(
    "SELECT current_setting('server_version_num')::int AS version,"
    " current_setting('server_encoding') AS encoding,"
    " current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,"
    " clock_timestamp() AS clock, "
    + ", ".join(
        f"has_table_privilege('feeds', '{right}') AS {right}"
        for right in ("select", "insert", "update", "delete")
    )
)

_TABLES = text(
    "SELECT relname AS name, pg_total_relation_size(oid) AS size, reltuples::bigint AS about"
    " FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
)


def _is_away(error: DBAPIError) -> bool:
    """Return whether the server may be reached again in a moment."""
    state = getattr(error.orig, "sqlstate", None)
    return not state or state.startswith(("08", "57P")) or state == "53300"


def _session(schema: str, busy_timeout: float) -> Mapping[str, Any]:
    """Return libpq's parameters for each connection (postgresql.org, "Parameter Key Words")."""
    settings = {
        "search_path": f'"{schema}"',
        "timezone": "UTC",
        "lock_timeout": f"{round(busy_timeout * 1000)}",
        "statement_timeout": "600000",
        "idle_in_transaction_session_timeout": "60000",
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "client_encoding": "utf8",
        "application_name": f"digest, process {os.getpid()} on {socket.gethostname()}"[:63],
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


@cache
def _without_nul() -> type[Dumper]:
    """Return a dumper that drops U+0000 from texts: PostgreSQL refuses it, SQLite accepts it.

    Texts of feeds, mails and forms have lost it before; any other text must not end a run.
    """
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        def dump(self, obj: str) -> Buffer | None:
            return super().dump(obj.replace("\0", "") if "\0" in obj else obj)

    return WithoutNul


def _as_stored(value: object) -> object:
    """Return a value in the form in which SQLite stores it, for `check`."""
    from digest.store.check import StoredText

    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return StoredText(value.encode())
    if isinstance(value, memoryview | bytes):
        return bytes(value)
    if hasattr(value, "isoformat"):
        return StoredText(value.isoformat().encode())
    return value
