"""An index of the stories of all editions, to be searched by their terms.

It holds nothing but what can be made from the editions again, so it is no part of the schema: it is
made where somebody searches.  In SQLite it is a table of FTS5 without content; another database
gets its own statements here, for the same terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from digest.model import Edition
from digest.store.editions import decode_sound
from digest.text.search_terms import Part, terms

MOST_STORIES = 1 << 16
"""Of one edition; what is beyond is not found."""

_CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS story_search "
    "USING fts5(terms, content='', tokenize='ascii')"
)
_NEWEST = "SELECT rowid FROM story_search ORDER BY rowid DESC LIMIT 1"
_UNINDEXED = "SELECT id, document FROM editions WHERE id > :newest ORDER BY id LIMIT :most"
_FIND = text(
    "SELECT story_search.rowid FROM story_search "
    "JOIN editions ON editions.id = story_search.rowid / 65536 "
    "WHERE story_search MATCH :match AND editions.digest IN :digests "
    "AND story_search.rowid < :before ORDER BY story_search.rowid DESC LIMIT :most"
).bindparams(bindparam("digests", expanding=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPlace:
    """Where a story stands: in which edition, and the how manieth it is there, from 0."""

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
    """Tell whether this database can be searched: SQLite can where it was built with FTS5."""
    if connection.dialect.name != "sqlite":
        return False
    return bool(
        connection.scalar(text("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'"))
    )


def is_complete(connection: Connection) -> bool:
    """Tell whether every edition is in the index."""
    newest = _newest(connection)
    return (
        newest is not None
        and not connection.execute(text(_UNINDEXED), {"newest": newest, "most": 1}).all()
    )


def index(connection: Connection, most: int) -> int:
    """Put so many editions into the index that are not in it, the oldest first; return how many."""
    connection.execute(text(_CREATE))
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
                "terms": " ".join(terms(story)),
            }
            for position, story in enumerate(stories[:MOST_STORIES] or [""])
        ]
        insert = text("INSERT INTO story_search (rowid, terms) VALUES (:place, :terms)")
        connection.execute(insert, values)
    return len(rows)


def searched(edition: Edition) -> list[str]:
    """Return what is searched of each story of an edition."""
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
    """Find the stories of these digests that hold every part, the newest edition first.

    `before` is the `number` of the last place that was found before.
    """
    if not digests or not parts or _newest(connection) is None:
        return []
    values = {
        "match": " ".join(map(_phrase, parts)),
        "digests": list(digests),
        "before": (1 << 62) if before is None else before,
        "most": most,
    }
    return [StoryPlace.of(number) for number in connection.scalars(_FIND, values)]


def _phrase(part: Part) -> str:
    """Write a part as FTS5 has it; a term is made of letters, marks and digits only."""
    return f'"{" ".join(part.terms)}"' + ("*" if part.beginning else "")


def _newest(connection: Connection) -> int | None:
    """Return the newest edition in the index; ``None`` where there is no index yet."""
    there = "SELECT count(*) FROM sqlite_master WHERE name = 'story_search'"
    if connection.dialect.name != "sqlite" or not connection.scalar(text(there)):
        return None
    number = connection.scalar(text(_NEWEST))
    return 0 if number is None else StoryPlace.of(number).edition_id
