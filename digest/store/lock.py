"""Locks between processes and threads: files that the kernel unlocks when their holder ends.

    refresh                    one refresh of the feeds at a time
    compose-DIGEST             one draft of a digest's next edition at a time
    deliver-DIGEST-CHANNEL     one sender for a digest's channel at a time

The database does not rely on these locks: each transaction checks again what it builds on.  The
locks keep two runs from doing the same work.  The holder of a `deliver` lock knows that a delivery
that is claimed and not marked was left by a run that died.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digest.errors import BusyError, StoreError

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""The modes of files and folders beside the database: for the owner alone, whatever the umask."""


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock `path`; raise BusyError where another process or thread holds it.

    The kernel releases the lock when the process ends, however it ends.  The file stays; the
    process id in it is information for people.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
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
                f"another run (process {holder}) is at work on the same database ({path.name}): "
                "this one leaves it alone"
            ) from error
        with suppress(OSError):  # a full disk is no reason not to hold the lock
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(file)
