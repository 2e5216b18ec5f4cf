"""The tables of the database.

A column that holds a field of a model dataclass has that field's name.  The tables work in SQLite
and PostgreSQL: what one of them needs is an option that the other ignores.  A change here needs a
revision in `migrations/`; a test compares the two.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    literal_column,
)

from digest.model import Enclosure, Gap, Image, PollHints, Rhythm, Source
from digest.store.column_types import Packed, RowId, Seconds, Utc

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def _words() -> Packed[tuple[str, ...]]:
    return Packed(tuple[str, ...], ())


# Constraints have names, so that a later revision can drop them by name.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("fetch_url", Text),
    Column("title", Text),
    Column("link", Text),
    Column("language", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("validators_url", Text),
    Column("body_hash", Text),
    Column("checked_at", Utc),
    Column("succeeded_at", Utc),
    Column("next_fetch_at", Utc),
    Column("retry_after", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("moved_to", Text),
    Column("moved_since", Utc),
    Column("moved_sightings", Integer, nullable=False, server_default="0"),
    Column("hints", Packed(PollHints, None)),
    Column("first_read_at", Utc),
    Column("read_at", Utc),
    Column("fresh_until", Utc),
    Column("max_age", Seconds),
    Column("unconditional", Boolean, nullable=False, server_default=false()),
    Column("rhythm", Packed(Rhythm, None)),
    Column("gap", Packed(Gap, None)),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("not_modified", Integer, nullable=False, server_default="0"),
    Column("received", BigInteger, nullable=False, server_default="0"),
    Column("asked_since", Utc),
    Column("self_link", Text),
    Column("pushed_until", Utc),
)

Index("feeds_next_fetch_at", feeds.c.next_fetch_at)

fetches = Table(
    "fetches",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("is_unchanged", Boolean, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("error", Text),
    sqlite_with_rowid=False,
)

hubs = Table(
    "hubs",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("hub", Text),
    Column("topic", Text),
    Column("state", Text, nullable=False),
    Column("subscribed_hub", Text),
    Column("subscribed_topic", Text),
    Column("token", Text, unique=True),
    Column("secret", Text),
    Column("old_secret", Text),
    Column("asked_at", Utc),
    Column("lease_until", Utc),
    Column("renew_at", Utc),
    Column("next_try_at", Utc),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("pinged_at", Utc),
    Column("pings", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("proven", Integer, nullable=False),
)

pings = Table(
    "pings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False, index=True),
    Column("received_at", Utc, nullable=False),
    Column("media_type", Text),
    Column("body", LargeBinary),
)

hosts = Table(
    "hosts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("closed_until", Utc, nullable=False),
    Column("reason", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("uid", Text, nullable=False),
    Column("raw_hash", Text, nullable=False),
    Column("backlog", Boolean, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("published", Utc),
    Column("updated", Utc),
    Column("language", Text),
    Column("fingerprint", Text),
    Column("title", Text, nullable=False),
    Column("link", Text),
    Column("canonical_link", Text),
    Column("authors", _words()),
    Column("categories", _words()),
    Column("image", Packed(Image, None)),
    Column("enclosures", Packed(tuple[Enclosure, ...], ())),
    Column("source", Packed(Source, None)),
    Column("notes", _words()),
    Column("revised_at", Utc),
    Column("parser", Text),
    Column("flaw", Text),
    UniqueConstraint("feed_id", "uid"),
)

# The entries that may be told, by feed: `stories` finds undecided entries by this index alone.
# The condition for PostgreSQL is in the migration: here it would load that dialect each time.
Index(
    "entries_tellable",
    entries.c.feed_id,
    sqlite_where=~entries.c.backlog,
)

# The few revised entries, by the time of the revision: `stories` finds updates by this index.
Index(
    "entries_revised",
    entries.c.revised_at,
    sqlite_where=entries.c.revised_at.is_not(None),
)

bodies = Table(
    "bodies",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("saved_at", Utc, nullable=False, index=True),
    Column("verbatim", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("hash", BigInteger, primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

digests = Table(
    "digests",
    metadata,
    Column("name", Text, primary_key=True),
    Column("authority", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("settled", Text),
    Column("settled_at", Utc),
    Column("weekly_at", Utc),
)

editions = Table(
    "editions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("digest", ForeignKey("digests.name"), nullable=False),
    Column("slot", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("composed_at", Utc, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("approved_at", Utc),
    UniqueConstraint("digest", "slot"),
    UniqueConstraint("digest", "number"),
)

held_editions = Table(
    "held_editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", ForeignKey("digests.name"), nullable=False),
    Column("slot", Text, nullable=False),
    Column("slot_at", Utc, nullable=False),
    Column("held_at", Utc, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("stories", Integer, nullable=False),
    Column("document", Text),
    Column("decided_at", Utc),
    Column("decided_by", Text),
    Column("mailed_at", Utc),
    Column("mail_next_at", Utc),
    Column("mail_attempts", Integer, nullable=False, server_default="0"),
    Column("mail_error", Text),
)

# At most one edition of a digest waits.
Index(
    "held_editions_waiting",
    held_editions.c.digest,
    unique=True,
    sqlite_where=held_editions.c.state == literal_column("'waiting'"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("digest", ForeignKey("digests.name"), primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("edition_id", ForeignKey("editions.id")),
    Column("of_entry", ForeignKey("entries.id")),
    Column("rule", Text),
    Column("rank", Integer),
    Column("score", Float),
    Column("tied_to", RowId),
    Column("story", Text),
    Column("slot", Text),
    sqlite_with_rowid=False,
)

# `omissions` and `backtest` read what an edition decided by this index.
Index("decisions_edition", decisions.c.edition_id, decisions.c.digest)

Index(
    "decisions_duplicates",
    decisions.c.digest,
    decisions.c.of_entry,
    sqlite_where=decisions.c.of_entry.is_not(None),
)

retellings = Table(
    "retellings",
    metadata,
    Column("digest", ForeignKey("digests.name"), primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

redirects = Table(
    "redirects",
    metadata,
    Column("digest", ForeignKey("digests.name"), primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("of_entry", ForeignKey("entries.id"), nullable=False),
    Column("by_entry", ForeignKey("entries.id"), nullable=False),
    Column("slot", Text, nullable=False),
    sqlite_with_rowid=False,
)

story_verdicts = Table(
    "story_verdicts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("judgment", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("entry_id", ForeignKey("entries.id"), nullable=False, index=True),
    Column("fingerprint", Text, index=True),
    Column("link", Text),
    Column("other_entry", ForeignKey("entries.id"), nullable=False, index=True),
    Column("other_fingerprint", Text, index=True),
    Column("other_link", Text),
    Column("document", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("receipt", Text),
    Column("updated_at", Utc, nullable=False),
    Column("attempted_at", Utc),
    Column("next_attempt_at", Utc),
    Column("message_id", Text),
    Column("message", LargeBinary),
    UniqueConstraint("edition_id", "channel", "recipient"),
)

# The states are literals, because a database matches a partial index with no parameter.
is_open = deliveries.c.state.in_(
    [literal_column(f"'{state}'") for state in ("pending", "sending", "deferred", "unknown")]
)

Index(
    "deliveries_open",
    deliveries.c.edition_id,
    deliveries.c.channel,
    deliveries.c.id,
    sqlite_where=is_open,
)

# Counts by state, and the pages of a list of deliveries in one state, come from this index alone.
Index(
    "deliveries_state",
    deliveries.c.edition_id,
    deliveries.c.channel,
    deliveries.c.state,
    deliveries.c.id,
)

# The deliveries of an edition over a channel, cut into ranges of ids.  One sender at a time holds a
# part, until `held_until`; `holder` is a name that is never used again.
parts = Table(
    "parts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("first_id", RowId, nullable=False),
    Column("last_id", RowId, nullable=False),
    Column("holder", Text),
    Column("held_until", Utc),
    UniqueConstraint("edition_id", "channel", "first_id"),
)

# The rights that one worker at a time holds, such as the right to ask the hosts of a shard.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("held_until", Utc, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("configuration", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ticked_at", Utc),
    Column("ended_at", Utc),
)

# The newest state of each piece of the configuration that any worker has read.
configurations = Table(
    "configurations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", Utc, nullable=False),
)

# When the next message of a limited channel may leave, in seconds since 1970 of the server's clock.
rates = Table(
    "rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Float, nullable=False),
)

# `forgetting` finds an address in any case.
Index("deliveries_recipient", func.lower(deliveries.c.recipient))

# Deliveries whose rows were dropped some time after they were done, see `folding`.
delivery_counts = Table(
    "delivery_counts",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("deliveries", BigInteger, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

archive_pages = Table(
    "archive_pages",
    metadata,
    Column("digest", ForeignKey("digests.name"), primary_key=True),
    Column("format", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("last_edition", RowId, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("requested_at", Utc),
    Column("bounces", Integer, nullable=False, server_default="0"),
    Column("name", Text),
    Column("weekly_after", Integer),
    Column("requested_name", Text),
    UniqueConstraint("digest", "key"),
)

Index("subscribers_state", subscribers.c.digest, subscribers.c.state, subscribers.c.key)

subscriber_events = Table(
    "subscriber_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("detail", Text),
)

is_returned_mail = subscriber_events.c.event.in_(
    [
        literal_column(f"'{event}'")
        for event in ("bounced", "suspended", "delayed", "refused", "complained")
    ]
)

# The few events about mail that came back, the newest of all subscribers first.
Index("subscriber_events_returned", subscriber_events.c.id, sqlite_where=is_returned_mail)

# How many subscribers of a digest had an event on a day, with their states before and after it; ""
# stands for no subscriber.  The rows hold no address, and stay when a subscriber is forgotten.
subscriber_days = Table(
    "subscriber_days",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("before", Text, primary_key=True),
    Column("after", Text, primary_key=True),
    Column("subscribers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The database was copied to another or from another: at most one row, see `moving`.
moves = Table(
    "moves",
    metadata,
    Column("begun_at", Utc, primary_key=True),
    Column("is_source", Boolean, nullable=False),
    Column("other", Text, nullable=False),
    Column("done", Boolean, nullable=False),
)

# How far each table has been copied into this database, until the copy is complete.
copied_tables = Table(
    "copied_tables",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_key", Text, nullable=False),
    Column("copied", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)


@cache
def insert_into(table: Table, dialect: str) -> SqliteInsert | PostgresqlInsert:
    """Return an INSERT that can take an ON CONFLICT clause, which each dialect has of its own."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
