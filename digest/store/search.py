"""An index of the stories of all editions, which finds stories by their terms.

The index can be made from the editions again, so it is no part of the schema: the first search
makes it.  In SQLite it is an FTS5 table without content, in PostgreSQL a table with a tsvector that
is written term by term: both hold the terms that `digest.text.search_terms` cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, bindparam, text

from digest.model import Edition
from digest.store.editions import decode_sound
from digest.text.search_terms import Part, terms

MOST_STORIES = 1 << 16
"""How many stories of one edition are indexed; the others are not found."""

MOST_TERMS = 16_383
"""How many terms of one story PostgreSQL indexes; the others are not found."""

_UNINDEXED = "SELECT id, document FROM editions WHERE id > :newest ORDER BY id LIMIT :most"
_FIND = (
    "SELECT story_search.{place} FROM story_search "
    "JOIN editions ON editions.id = story_search.{place} / 65536 "
    "WHERE {matches} AND editions.digest IN :digests "
    "AND story_search.{place} < :before ORDER BY story_search.{place} DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """How a database holds the index; no statement contains text of users."""

    create: tuple[str, ...]
    exists: str
    insert: str
    place: str
    """The column that holds `StoryPlace.number`."""
    matches: str
    document: Callable[[Sequence[str]], str]
    """Write the terms of a story."""
    phrase: Callable[[Part], str]
    conjunction: str
    """The operator between phrases that a story must all hold."""

    @property
    def newest(self) -> str:
        return f"SELECT {self.place} FROM story_search ORDER BY {self.place} DESC LIMIT 1"  # noqa: S608

    @property
    def find(self) -> TextClause:
        statement = text(_FIND.format(place=self.place, matches=self.matches))
        return statement.bindparams(bindparam("digests", expanding=True))


def _phrase(part: Part) -> str:
    """Write a part in FTS5's syntax; a term holds only letters, marks and digits."""
    return f'"{" ".join(part.terms)}"' + ("*" if part.beginning else "")


def _vector(terms: Sequence[str]) -> str:
    """Write terms as a tsvector, whose positions end at 16,383 (postgresql.org, "Limitations")."""
    return " ".join(f"'{term}':{place}" for place, term in enumerate(terms[:MOST_TERMS], 1))


def _query(part: Part) -> str:
    """Write a part as a tsquery."""
    words = [f"'{term}'" for term in part.terms]
    return f"({' <-> '.join(words)}{':*' if part.beginning else ''})"


_DIALECTS = {
    "sqlite": _Dialect(
        create=(
            "CREATE VIRTUAL TABLE IF NOT EXISTS story_search "
            "USING fts5(terms, content='', tokenize='ascii')",
        ),
        exists="SELECT count(*) FROM sqlite_master WHERE name = 'story_search'",
        insert="INSERT INTO story_search (rowid, terms) VALUES (:place, :terms)",
        place="rowid",
        matches="story_search MATCH :match",
        document=" ".join,
        phrase=_phrase,
        conjunction=" ",
    ),
    "postgresql": _Dialect(
        create=(
            "CREATE TABLE IF NOT EXISTS story_search "
            "(place bigint PRIMARY KEY, terms tsvector NOT NULL)",
            "CREATE INDEX IF NOT EXISTS story_search_terms ON story_search USING gin (terms)",
        ),
        exists="SELECT count(to_regclass('story_search'))",
        insert="INSERT INTO story_search VALUES (:place, CAST(:terms AS tsvector))",
        place="place",
        matches="story_search.terms @@ CAST(:match AS tsquery)",
        document=_vector,
        phrase=_query,
        conjunction=" & ",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPlace:
    """The place of a story: the id of its edition, and its position there, from 0."""

    edition_id: int
    position: int

    @property
    def number(self) -> int:
        """The place as one number: greater in later editions and earlier within an edition."""
        return (self.edition_id + 1) * MOST_STORIES - 1 - self.position

    @classmethod
    def of(cls, number: int) -> StoryPlace:
        edition_id, rest = divmod(number, MOST_STORIES)
        return cls(edition_id=edition_id, position=MOST_STORIES - 1 - rest)


def is_possible(connection: Connection) -> bool:
    """Return whether this database can be searched: SQLite needs to be built with FTS5."""
    if connection.dialect.name != "sqlite":
        return True
    return bool(
        connection.scalar(text("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'"))
    )


def is_complete(connection: Connection) -> bool:
    """Return whether every edition is in the index."""
    newest = _newest(connection)
    return (
        newest is not None
        and not connection.execute(text(_UNINDEXED), {"newest": newest, "most": 1}).all()
    )


def index(connection: Connection, most: int) -> int:
    """Put at most `most` missing editions into the index, the oldest first; return how many."""
    dialect = _DIALECTS[connection.dialect.name]
    for statement in dialect.create:
        connection.execute(text(statement))
    rows = connection.execute(
        text(_UNINDEXED), {"newest": _newest(connection) or 0, "most": most}
    ).all()
    for edition_id, document in rows:
        edition = decode_sound(document)
        stories = [] if edition is None else searched(edition)
        # One row at least, so that an edition that cannot be read is not tried for ever.
        values = [
            {
                "place": StoryPlace(edition_id=edition_id, position=position).number,
                "terms": dialect.document(terms(story)),
            }
            for position, story in enumerate(stories[:MOST_STORIES] or [""])
        ]
        connection.execute(text(dialect.insert), values)
    return len(rows)


def searched(edition: Edition) -> list[str]:
    """Return the searched text of each story of an edition."""
    return [
        f"{story.title} {story.excerpt} {story.feed}"
        for section in edition.sections
        for story in section.stories
    ]


def find(
    connection: Connection,
    digests: Sequence[str],
    parts: Sequence[Part],
    *,
    before: int | None,
    most: int,
) -> list[StoryPlace]:
    """Return at most `most` stories of these digests that hold every part, the newest first.

    `before` is the `number` of the last place on the page before, or None for the first page.
    """
    if not digests or not parts or _newest(connection) is None:
        return []
    dialect = _DIALECTS[connection.dialect.name]
    values = {
        "match": dialect.conjunction.join(map(dialect.phrase, parts)),
        "digests": list(digests),
        "before": (1 << 62) if before is None else before,
        "most": most,
    }
    return [StoryPlace.of(number) for number in connection.scalars(dialect.find, values)]


def _newest(connection: Connection) -> int | None:
    """Return the id of the newest edition in the index; ``None`` where there is no index yet."""
    dialect = _DIALECTS[connection.dialect.name]
    if not connection.scalar(text(dialect.exists)):
        return None
    number = connection.scalar(text(dialect.newest))
    return 0 if number is None else StoryPlace.of(number).edition_id
