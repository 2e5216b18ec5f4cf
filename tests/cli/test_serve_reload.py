"""`digest serve` reads its configuration again; one with mistakes is refused."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from digest.cli.context import Context
from digest.cli.serve import LiveConfig, reloading_on_hangup
from support.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").touch()
    return House(tmp_path, ["a.xml"])


def rewrite(file: Path, text: str) -> None:
    """Write the file, with another time: the tests are faster than some file systems' clocks."""
    file.write_text(text)
    later = time.time_ns() + 10**9
    os.utime(file, ns=(later, later))


def test_a_changed_file_is_read_again(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveConfig(Context(file=house.file))
    assert live.current() is live.current()
    rewrite(house.file, 'title = "New"\n' + house.file.read_text())
    assert live.current().title == "New"
    assert "again (feeds: 1, digests: 1)" in capsys.readouterr().out


def test_mistakes_are_told_once_and_what_was_stays(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveConfig(Context(file=house.file))
    before = live.current()
    right = house.file.read_text()
    rewrite(house.file, "titel = 1\n" + right)
    assert live.current() is before
    assert live.current() is before
    told = [record.message for record in caplog.records if "titel" in record.message]
    assert len(told) == 1
    rewrite(house.file, 'title = "Mended"\n' + right)
    assert live.current().title == "Mended"


def test_a_file_that_is_gone_for_a_moment_stops_nothing(house: House) -> None:
    live = LiveConfig(Context(file=house.file))
    before = live.current()
    text = house.file.read_text()
    house.file.unlink()
    assert live.current() is before
    rewrite(house.file, text)
    assert live.current().path == before.path


def test_a_hangup_reads_it_again_though_nothing_has_changed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    live = LiveConfig(Context(file=house.file))
    live.reload()
    assert "again" in capsys.readouterr().out


@pytest.mark.sqlite
def test_the_database_stays_the_one_that_is_open(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveConfig(Context(file=house.file))
    before = live.current().store.url
    text = '[store]\nurl = "sqlite:///other.db"\n' + house.file.read_text()
    rewrite(house.file, text)
    assert live.current().store.url == before
    assert "take effect at the next start only" in caplog.text


def test_the_signal_is_taken_and_given_back(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    live = LiveConfig(Context(file=house.file))
    before = signal.getsignal(signal.SIGHUP)
    with reloading_on_hangup(live):
        signal.raise_signal(signal.SIGHUP)
    assert capsys.readouterr().out.count("again") == 1
    assert signal.getsignal(signal.SIGHUP) is before
