"""The cursors of pages: the place after which the next page begins."""

from __future__ import annotations

from digest.web.api.call import ApiError

_LARGEST = 2**63 - 1


def number_after(cursor: str) -> int | None:
    """Return the id in a cursor; ``None`` for the first page.  Raises ApiError for another text."""
    if not cursor:
        return None
    if cursor.isascii() and cursor.isdecimal() and len(cursor) < 20:
        number = int(cursor)
        if number <= _LARGEST:
            return number
    raise ApiError(422, "`after` is no cursor: send `next` of the page before, as it is")
