"""Entries that meet an error of ours while an edition is composed: found, left out and recorded.

No entry stops an edition.  What is left out stays undecided, so that it is told once the error is
mended; the log has the traceback.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from digest.errors import DigestError, cause_of
from digest.model import Entry, Excerpt, MarkedText

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyEntry:
    """An entry that an edition had to do without, or whose text could not be cut."""

    digest: str
    entry_id: int | None
    title: str
    error: str


class FaultyEntries:
    """Finds the faulty entries of one digest."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._found: list[FaultyEntry] = []

    @property
    def found(self) -> tuple[FaultyEntry, ...]:
        """All that were found so far."""
        return tuple(self._found)

    def leaving_out(self, entries: Sequence[Entry], work: Callable[[Sequence[Entry]], T]) -> T:
        """Return what `work` makes of the entries, without those of which it can make nothing.

        Where an error is not a single entry's, it is raised.
        """
        out = {fault.entry_id for fault in self._found}
        sound = [entry for entry in entries if entry.id not in out]
        try:
            return work(sound)
        except DigestError:
            raise
        except Exception:
            faulty = {entry.id: error for entry, error in _faulty(sound, work)}
            if not faulty:
                raise
            for entry in sound:
                if entry.id in faulty:
                    self._record(entry.id, entry.title, faulty[entry.id])
        return work([entry for entry in sound if entry.id not in faulty])

    def guarded_excerpt(self, text: MarkedText, *arguments: Any, **options: Any) -> Excerpt:
        """Cut a text; of one that cannot be cut there is no excerpt."""
        from digest.excerpt import excerpt

        try:
            return excerpt(text, *arguments, **options)
        except Exception as error:
            self._record(None, text[:80], error)
            return excerpt(MarkedText(""), *arguments, **options)

    def _record(self, entry_id: int | None, title: str, error: Exception) -> None:
        logger.error("%s: an entry is left out: %r", self._digest, title, exc_info=error)
        fault = FaultyEntry(
            digest=self._digest,
            entry_id=entry_id,
            title=title,
            error=cause_of(error),
        )
        self._found.append(fault)


def _faulty(
    entries: Sequence[Entry], work: Callable[[Sequence[Entry]], object]
) -> Iterator[tuple[Entry, Exception]]:
    """Find the entries that `work` fails with when it gets them alone, by halving."""
    if not entries:
        return
    try:
        work(entries)
    except DigestError:
        raise
    except Exception as error:
        if len(entries) == 1:
            yield entries[0], error
            return
        middle = len(entries) // 2
        yield from _faulty(entries[:middle], work)
        yield from _faulty(entries[middle:], work)
