"""The log as JSON lines: one object for each event, whatever feeds and servers say."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.cli.json_log import JsonFormatter, line
from support.house import NOW, House, item, rss
from support.shell import Run, shell

AT = ["--now", NOW.isoformat()]
HOSTILE = 'a "title"\n{"event": "forged"}\r\x1b[31m\u2028 \\ \x85 😀'


@pytest.fixture(autouse=True)
def _handlers_of_the_log() -> Iterator[None]:
    """Give the root logger its handlers back, which the option replaces."""
    handlers = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = handlers


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    monkeypatch.chdir(tmp_path)
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "a.xml").write_bytes(rss([item("a1", title="News & <b>more</b>")]))
    return House(tmp_path, ["a.xml", "http://127.0.0.1:1/gone.xml"])


def events(text: str) -> list[dict[str, object]]:
    """Read each line; nothing but JSON is there."""
    found = [json.loads(one) for one in text.splitlines()]
    for event in found:
        assert {"time", "level", "event"} <= event.keys()
        assert event["level"] in ("debug", "info", "warning", "error", "critical")
    return found


def test_a_run_is_told_as_events(digest: Run, house: House) -> None:
    run = digest("run", "--log", "json", *AT)
    assert run.out == ""
    told = {str(event["event"]): event for event in events(run.err)}
    assert told["refreshed"]["new"] == 1
    assert told["feed_failed"]["feed"] == "http://127.0.0.1:1/gone.xml"
    made = told["edition_made"]
    assert (made["digest"], made["stories"]) == ("daily", 1)
    assert told["delivered"]["edition"] == made["edition"]
    assert told["delivered"]["channel"] == "files"


def test_text_is_the_default(digest: Run, house: House) -> None:
    assert "Edition: daily" in digest("run", "--log", "text", *AT).out


def test_a_quiet_run_tells_what_is_wrong_only(digest: Run, house: House) -> None:
    run = digest("run", "--quiet", "--log", "json", *AT)
    assert {event["level"] for event in events(run.err)} == {"warning"}


def test_an_error_is_an_event_too(digest: Run, house: House) -> None:
    with house.store() as store, store.lock("refresh"):
        busy = digest("refresh", "--log", "json", *AT)
    (event,) = events(busy.err)
    assert "another run" in str(event["message"])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HOSTILE, id="ends of lines, quotes and control characters"),
        pytest.param("\ud800 \udcff", id="halves of characters"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_event_is_one_line(text: str) -> None:
    for written in (line("info", "x", {"title": text}), formatted("%s", text)):
        assert len(written.splitlines()) == 1
        assert written.isascii()
        assert json.loads(written)["event"] in ("x", "log")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 <jane@example.org> is unknown", "550 <…> is unknown"),
        ("jane.d+x@sub.example.org: no", "…: no"),
        ("https://u:pw@example.org/a?key=c2VjcmV0aXNzZWNyZXQ", "https://"),
    ],
    ids=["a mail address in brackets", "a mail address with a tag", "a login and a key"],
)
def test_addresses_and_secrets_are_left_out(text: str, kept: str) -> None:
    said = json.loads(line("info", "x", {"error": text}))["error"]
    assert said.startswith(kept)
    for secret in ("jane", "pw", "c2VjcmV0aXNzZWNyZXQ"):
        assert secret not in said


def test_a_traceback_is_part_of_its_event() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        record = logging.LogRecord("digest", 40, "", 0, "it broke", (), sys.exc_info())
    told = json.loads(JsonFormatter().format(record))
    assert (told["level"], told["logger"], told["message"]) == ("error", "digest", "it broke")
    assert "ValueError" in told["exception"]


def formatted(text: str, *values: object) -> str:
    return JsonFormatter().format(logging.LogRecord("digest", 20, "", 0, text, values, None))
