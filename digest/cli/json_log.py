"""The log as JSON lines, with ``--log json``: an object for each event, on standard error.

Every line has ``time`` (ISO 8601, UTC), ``level`` and ``event``.  What an event is about stands in
keys of its own: ``digest``, ``edition`` (its slot), ``channel``, ``feed``.  Mail addresses are left
out, and so are the secrets in the addresses of feeds, whatever a feed or a server says.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.net.secret_urls import redact

if TYPE_CHECKING:
    from digest.pipeline import Published, Refreshed

Hide = Callable[[str], str]
"""Returns a text without what only this configuration knows to be secret."""

_MAIL_ADDRESS = re.compile(r"[^\s<>\"'(),;:@]{1,100}@[^\s<>\"'(),;:@]{1,255}")


def line(level: str, event: str, values: Mapping[str, object], hide: Hide = str) -> str:
    """Return the line of an event, without the end of the line."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    about = {name: _clean(value, hide) for name, value in values.items() if value is not None}
    return json.dumps({"time": moment, "level": level, "event": event, **about})


def _clean(value: object, hide: Hide) -> object:
    """Return a value that JSON can hold; texts lose addresses and secrets."""
    if isinstance(value, bool | int | float):
        return value
    text = str(value).encode("utf-8", "replace").decode()
    return _MAIL_ADDRESS.sub("…", redact(hide(text)))


class JsonFormatter(logging.Formatter):
    """Formats the records of `logging` as JSON lines."""

    def __init__(self, hide: Hide = str) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        values = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return line(record.levelname.lower(), "log", values, self._hide)


def events(
    refreshed: Refreshed | None, published: Published | None
) -> Iterable[tuple[str, str, dict[str, object]]]:
    """Yield level, event and values of everything that a refresh and a publish did."""
    if refreshed:
        yield from _refresh_events(refreshed)
    if published:
        yield from _publish_events(published)


def _refresh_events(refreshed: Refreshed) -> Iterable[tuple[str, str, dict[str, object]]]:
    for fault in refreshed.faults:
        yield "error", "feed_fault", {"feed": fault.url, "error": fault.error}
    for feed in refreshed.failed:
        yield "warning", "feed_failed", {"feed": feed.url, "error": feed.error}
    figures: dict[str, object] = {
        "fetched": refreshed.fetched,
        "unchanged": refreshed.unchanged,
        "failed": len(refreshed.failed),
        "waiting": refreshed.waiting,
        "unreachable": refreshed.unreachable,
        "new": refreshed.new,
        "changed": refreshed.changed,
    }
    yield "info", "refreshed", figures


def _publish_events(published: Published) -> Iterable[tuple[str, str, dict[str, object]]]:
    for made in published.made:
        values = {"digest": made.digest, "edition": made.slot, "stories": made.stories}
        yield "info", "edition_made", values
    for held in published.held:
        values = {"digest": held.digest, "edition": held.slot, "stories": held.stories}
        yield "info", "edition_held", values
    for mail in published.editor_mails:
        values = {"digest": mail.digest, "edition": mail.slot, "error": mail.error}
        yield "warning" if mail.error else "info", "editor_mailed", values
    for name in published.empty:
        yield "info", "nothing_new", {"digest": name}
    for waiting in published.waiting:
        values = {"digest": waiting.digest, "stories": waiting.stories, "needed": waiting.needed}
        yield "info", "edition_waits", values
    for missing in published.failed:
        yield "error", "edition_failed", {"digest": missing.digest, "error": missing.error}
    for entry in published.faults:
        values = {"digest": entry.digest, "title": entry.title, "error": entry.error}
        yield "error", "entry_left_out", values
    for sent in published.sent:
        about = {"digest": sent.digest, "edition": sent.slot, "channel": sent.channel}
        counts = {
            state: getattr(sent, state)
            for state in ("sent", "deferred", "failed", "unknown", "withdrawn")
        }
        level = "info" if sent.done else "error"
        yield level, "delivered", {**about, **counts, "error": sent.trouble}
        for missed in sent.missed:
            values = {**about, "state": missed.state, "error": missed.error}
            yield "warning", "delivery_missed", values
    for postponed in published.postponed:
        about = {"digest": postponed.digest, "edition": postponed.slot}
        values = {"channel": postponed.channel, "count": postponed.count, "error": postponed.error}
        yield "info", "delivery_postponed", {**about, **values}
