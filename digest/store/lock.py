"""One run at a time: a lock on a file beside the database, which dies with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digest.errors import BusyError, StoreError


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock `path`; raise BusyError where another process does.

    The kernel lets go of it when the process ends, however it ends.  The file stays, and the
    process id in it is only there to be read.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"the lock {path} cannot be opened ({error.strerror}): "
            "let this user write to its folder"
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                f"another run (process {holder}) is at work on the same database: "
                "this one leaves it alone"
            ) from error
        with suppress(OSError):  # a full disk is no reason not to hold the lock
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(file)
