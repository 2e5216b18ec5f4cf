"""Mark the changed entries that were revised, by comparing them with the stored entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest import sift
from digest.model import Entry
from digest.pipeline import article_pages
from digest.sift.revisions import COMPARED, Version, is_substantial
from digest.store import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection


def marked(
    connection: Connection,
    sifted: Sequence[sift.Sifted],
    rows: Sequence[Entry],
    held: int,
    now: datetime,
) -> list[Entry]:
    """Mark the revised entries in `rows`, which are the rows to save for `sifted`, in its order.

    All entries are of one document; `held` of its entries were stored with a text.  If most of
    these change at once, the publisher has changed the form of all entries, and none is marked.
    An entry whose text has begun or ceased to be from its page cannot be compared.
    """
    changed = {
        entry.known.id: at
        for at, (entry, row) in enumerate(zip(sifted, rows, strict=True))
        if entry.known and row.body
    }
    before = entries.by_ids(connection, changed)
    texts = entries.texts(connection, changed, COMPARED)
    revised = [
        changed[entry_id]
        for entry_id, text in texts.items()
        if _is_revised(before[entry_id], text, rows[changed[entry_id]])
    ]
    marked = list(rows)
    if len(revised) <= max(1, held // 2):
        for at in revised:
            marked[at] = replace(marked[at], revised_at=now)
    return marked


def _is_revised(before: Entry, text: str, after: Entry) -> bool:
    if after.body is None or article_pages.from_page(before) != article_pages.from_page(after):
        return False
    return is_substantial(
        Version(title=before.title, text=text, updated=before.updated),
        Version(title=after.title, text=after.body.text, updated=after.updated),
    )
