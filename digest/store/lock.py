"""Locks between processes and threads: files that the kernel locks, and that die with their holder.

    refresh                    one refresh of the feeds at a time
    compose-DIGEST             one draft of a digest's next edition at a time
    deliver-DIGEST-CHANNEL     one sender for a digest's channel at a time

No lock makes the database right: each transaction that matters looks again at what it builds on.
The locks keep work from being done twice, and a `deliver` lock tells that what was claimed and not
marked was left behind by a run that died.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digest.errors import BusyError, StoreError

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""What is beside the database is its owner's alone, whatever the umask."""


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock `path`; raise BusyError where another process or thread does.

    The kernel lets go of it when the process ends, however it ends.  The file stays, and the
    process id in it is only there to be read.
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
