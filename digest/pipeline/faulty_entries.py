"""Find, leave out and record the entries that raise an unforeseen error during composing.

No entry stops an edition.  An entry that is left out stays undecided, so it is told after the bug
is fixed; the log has the traceback.
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
    """An entry that was left out of an edition, or whose excerpt could not be made."""

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
        """All faulty entries found so far."""
        return tuple(self._found)

    def leaving_out(self, entries: Sequence[Entry], work: Callable[[Sequence[Entry]], T]) -> T:
        """Return the result of `work` for the entries, without those for which it fails.

        An error that no single entry causes is raised.
        """
        out = {fault.entry_id for fault in self._found}
        sound = [entry for entry in entries if entry.id not in out]
        try:
            return work(sound)
        except DigestError:
            raise
        except Exception:  # what strangers write may meet any bug: which entry was it?
            faulty = {entry.id: error for entry, error in _faulty(sound, work)}
            if not faulty:
                raise
            for entry in sound:
                if entry.id in faulty:
                    self._record(entry.id, entry.title, faulty[entry.id])
        return work([entry for entry in sound if entry.id not in faulty])

    def guarded_excerpt(self, text: MarkedText, *arguments: Any, **options: Any) -> Excerpt:
        """Return an excerpt of a text; an empty one if an error occurs."""
        from digest.excerpt import excerpt

        try:
            return excerpt(text, *arguments, **options)
        except Exception as error:  # the story is told without an excerpt
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
    """Yield the entries for which `work` fails on each alone; found by bisection."""
    if not entries:
        return
    try:
        work(entries)
    except DigestError:
        raise
    except Exception as error:  # a half that raises holds at least one of them
        if len(entries) == 1:
            yield entries[0], error
            return
        middle = len(entries) // 2
        yield from _faulty(entries[:middle], work)
        yield from _faulty(entries[middle:], work)
