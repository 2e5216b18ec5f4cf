"""Changed entries and what is stored of them in; the same, those marked that were revised, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest import sift
from digest.model import Entry
from digest.pipeline import _articles
from digest.revision import COMPARED, Version, is_substantial
from digest.store import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST = 3
"""Entries of one document that may be revised at once, or else half of all that it holds: where
more are, a publisher has changed the form of all, and not the news of each."""


def marked(
    connection: Connection,
    sifted: Sequence[sift.Sifted],
    rows: Sequence[Entry],
    held: int,
    now: datetime,
) -> list[Entry]:
    """Mark the entries that were revised; `rows` are to be saved of `sifted`, one for one.

    All are of one document, which has `held` entries.  What is not stored with a text, and what
    has got its text from its page or has it no more, cannot be compared.
    """
    changed = {
        one.known.id: at
        for at, (one, row) in enumerate(zip(sifted, rows, strict=True))
        if one.known and row.body
    }
    before = entries.by_ids(connection, changed)
    revised = []
    for entry_id, text in entries.texts(connection, changed, COMPARED).items():
        old, new = before[entry_id], rows[changed[entry_id]]
        if _articles.from_page(old) == _articles.from_page(new) and is_substantial(
            _version(old, text), _version(new, new.body.text if new.body else "")
        ):
            revised.append(changed[entry_id])
    marked = list(rows)
    if len(revised) <= max(MOST, held // 2):
        for at in revised:
            marked[at] = replace(marked[at], revised_at=now)
    return marked


def _version(entry: Entry, text: str) -> Version:
    return Version(title=entry.title, text=text, updated=entry.updated)
