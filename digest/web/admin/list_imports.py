"""Imports of subscribers that go on after the answer: one at a time, in a thread of its own.

The uploaded file is kept as a temporary file and read piece by piece, so that a million lines need
no more memory than a thousand, and no page waits.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import BinaryIO

from digest.errors import DigestError
from digest.pipeline import mailing_lists
from digest.pipeline.mailing_lists import ImportReport
from digest.store import Store

logger = logging.getLogger("digest.web")


@dataclass(slots=True, weakref_slot=True, kw_only=True)
class ListImport:
    """An import of a file into the list of a digest, and how far it has come."""

    digest: str
    filename: str
    file: BinaryIO
    report: ImportReport
    done: bool = False
    error: str = ""
    """Why it ended early; empty where it did not."""

    @property
    def percent(self) -> int:
        """How much of the file was read, in percent."""
        return min(100, self.report.read * 100 // max(1, self.report.size))


@dataclass(slots=True)
class ListImports:
    """The last import of each digest; only one runs at a time."""

    last: dict[str, ListImport] = field(default_factory=dict)
    _running: threading.Lock = field(default_factory=threading.Lock)

    def begin(
        self,
        store: Store,
        digest: str,
        filename: str,
        source: BinaryIO,
        clock: Callable[[], datetime],
        *,
        dry_run: bool,
    ) -> bool:
        """Begin to import a copy of `source`; return False where another import is running."""
        if not self._running.acquire(blocking=False):
            return False
        try:
            source.seek(0)
            file = TemporaryFile()  # noqa: SIM115 - it lives as long as its import is shown
            shutil.copyfileobj(source, file)
            size = file.seek(0, os.SEEK_END)
            begun = ListImport(
                digest=digest,
                filename=filename,
                file=file,
                report=ImportReport(dry_run=dry_run, size=size),
            )
            weakref.finalize(begun, file.close)
            self.last[digest] = begun
            work = threading.Thread(
                target=self._run, args=(store, begun, clock), daemon=True, name="import"
            )
            work.start()
        except BaseException:
            self._running.release()
            raise
        return True

    def _run(self, store: Store, begun: ListImport, clock: Callable[[], datetime]) -> None:
        try:
            mailing_lists.import_file(store, begun.digest, begun.file, begun.report, now=clock())
        except ValueError as error:
            begun.error = f"This is no list of addresses: {error}."
        except DigestError as error:
            begun.error = str(error)
        except Exception:  # the page must say that the import has ended
            logger.exception("an import failed")
            begun.error = "It failed; the log says why. What was imported stays."
        finally:
            if begun.error or not begun.report.dry_run:
                begun.file.close()  # the addresses are needed no longer
            begun.done = True
            self._running.release()

    def wait(self) -> None:
        """Wait until no import is running."""
        with self._running:
            pass
