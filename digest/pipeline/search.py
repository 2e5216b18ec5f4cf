"""Search the published editions of public digests.

Each hit is checked again in its redacted form: so nobody can guess a secret that pages do not show
by searching for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from digest import render
from digest.errors import StoreError
from digest.model import Digest, Edition, Section
from digest.model.pages import Hit
from digest.pipeline.output import audience_of, site_of
from digest.settings import Config
from digest.store import editions
from digest.store import search as story_search
from digest.text.search_terms import Part, answers, question, terms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.store import Store
    from digest.store.search import StoryPlace

HITS = 20
"""The number of stories on one page of results."""
LONGEST = 100
"""The most characters of a query."""
_BATCH = 50
"""The number of editions that are indexed in one transaction."""

logger = logging.getLogger(__name__)


def is_possible(store: Store) -> bool:
    """Say whether the database can be searched."""
    with store.read() as connection:
        return story_search.is_possible(connection)


def search(
    config: Config, store: Store, digests: Sequence[Digest], words: str, before: int | None = None
) -> tuple[list[Hit], int | None]:
    """Return the newest stories that hold all of `words`, and the position where older ones begin.

    `before` is that position of an earlier search for the same words.
    """
    parts = question(words[:LONGEST])
    shown = {digest.name: digest for digest in digests if digest.public}
    if not parts or not shown:
        return [], None
    _complete(store)
    with store.read() as connection:
        places = story_search.find(connection, list(shown), parts, before=before, most=HITS + 1)
        hits = [
            hit
            for place in places[:HITS]
            if (hit := _hit(config, connection, shown, place, parts)) is not None
        ]
    return hits, places[HITS - 1].number if len(places) > HITS else None


def _complete(store: Store) -> None:
    """Index new editions; a busy database is searched without them."""
    with store.read() as connection:
        if not story_search.is_possible(connection) or story_search.is_complete(connection):
            return
    try:
        indexed = _BATCH
        while indexed == _BATCH:
            with store.write() as connection:
                indexed = story_search.index(connection, _BATCH)
    except StoreError as error:
        logger.warning("the newest editions are not found by searching yet: %s", error)


def _hit(
    config: Config,
    connection: Connection,
    digests: dict[str, Digest],
    place: StoryPlace,
    parts: Sequence[Part],
) -> Hit | None:
    """Return a story as readers see it; ``None`` if the redacted story does not match."""
    edition = editions.by_id(connection, place.edition_id)
    digest = digests[edition.digest]
    told = [(section.title, story) for section in edition.sections for story in section.stories]
    title, story = told[place.position]
    only = replace(edition, sections=(Section(title=title, stories=(story,)),))
    readable = _readable(config, connection, digest, only)
    (searched,) = story_search.searched(readable)
    if not answers(terms(searched), parts):
        return None
    return Hit(
        digest=digest.name,
        digest_title=digest.title,
        digest_language=digest.language,
        slot=edition.slot,
        story=readable.sections[0].stories[0],
    )


def _readable(config: Config, connection: Connection, digest: Digest, edition: Edition) -> Edition:
    state = editions.digest_state(connection, digest.name)
    site = site_of(
        config,
        digest,
        state,
        (),
        audience=audience_of(connection, digest),
        now=edition.composed_at,
    )
    return render.readable(edition, site)
