from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digest.errors import BusyError, StoreError
from digest.store.lock import file_lock

HOLD = """
import sys
from pathlib import Path
from digest.store.lock import file_lock

with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_is_held_once_and_can_be_had_again(tmp_path: Path) -> None:
    path = tmp_path / "refresh"
    second = rf"another run \(process {os.getpid()}\)"
    with file_lock(path), pytest.raises(BusyError, match=second), file_lock(path):
        pass
    with file_lock(path):
        pass


def test_a_lock_is_let_go_of_where_the_run_fails(tmp_path: Path) -> None:
    path = tmp_path / "refresh"
    with pytest.raises(KeyError), file_lock(path):
        raise KeyError
    with file_lock(path):
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_dies_with_its_process(tmp_path: Path, end: signal.Signals) -> None:
    path = tmp_path / "refresh"
    path.write_text("99999999999 an older and longer text\n")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(BusyError, match=rf"\(process {holder.pid}\)"), file_lock(path):
        pass
    holder.send_signal(end)
    holder.communicate()
    with file_lock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "digest.db.lock"
    complaint = rf"{path} cannot be opened \(No such file"
    with pytest.raises(StoreError, match=complaint), file_lock(path):
        pass
