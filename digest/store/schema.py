"""Create or upgrade the schema of a database, as a whole or not at all.

Reading the version is one small query.  A new database is made from the current tables.  A database
with an earlier schema goes through the revisions that it lacks; only this imports Alembic.  Both
happen in one transaction that begins before the version is read: of two programs that open a new
database at once, one builds it and the other waits, and a crash leaves the old schema.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from digest.errors import StoreError
from digest.store.tables import metadata

HEAD = "0036"
"""The newest revision of `migrations/`; they are numbered, so that a greater one is newer."""


def version(engine: Engine, database: str) -> str | None:
    """Return the revision of a database: `None` for a new one, "" where none is recorded.

    Raises StoreError for another program's database, and for one of a newer version.
    """
    with engine.connect() as connection:
        tables = inspect(connection)
        if not tables.has_table("alembic_version"):
            if tables.get_table_names():
                raise StoreError(
                    f"the database {database} belongs to another program: "
                    "name another file in store.url"
                )
            return None
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"the database {database} was written by a newer version of this program "
            f"(schema {revision}, known here is {HEAD}): install that version"
        )
    return str(revision or "")


_VERSION = """CREATE TABLE alembic_version (
\tversion_num VARCHAR(32) NOT NULL, \n\tCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
"""The statement with which Alembic creates its table of the version."""


def create(connection: Connection) -> None:
    """Create the tables in a SQLite database that has none; the revisions lead to the same schema.

    Importing Alembic and running all revisions would take ten times as long.
    """
    if inspect(connection).has_table("alembic_version"):
        return
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(_VERSION)
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def upgrade(connection: Connection, folder: Path) -> None:
    """Run the revisions in `folder` that the database lacks, all of them or none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
