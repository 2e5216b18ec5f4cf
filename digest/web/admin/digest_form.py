"""The settings of a digest as fields of a form, and the change that a sent form means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import deliver, render
from digest.errors import ConfigError
from digest.model import Digest
from digest.schedule import slots
from digest.settings import Config, read_text
from digest.settings.edit_digests import Value
from digest.settings.positions import loads
from digest.web.admin.request import AdminRequest, FormState

FIELDS = (
    "title",
    "schedule",
    "categories",
    "max_entries",
    "max_per_feed",
    "min_entries",
    "drop",
    "keep",
    "excerpt.length",
    "excerpt.boundary",
    "excerpt.math",
    "excerpt.code",
    "images",
    "deliver.files.formats",
)
"""The settings that the form has; each is the name of a field and a key of ``digests.NAME``."""

_NUMBERS = ("max_entries", "max_per_feed", "min_entries", "excerpt.length")
_LINES = ("drop", "keep")
_LISTS = ("categories", "deliver.files.formats")
_NEXT = 5

BOUNDARIES = (
    ("sentence", "the end of a sentence"),
    ("word", "the end of a word"),
    ("character", "any character"),
)
FORMULAS = (
    ("text", "as text"),
    ("placeholder", "as a word for it"),
    ("tex", "as TeX"),
)
CODE = (("placeholder", "as a word for it"), ("text", "as text"), ("omit", "left out"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOptions:
    """What the form of a digest offers to choose from."""

    categories: tuple[str, ...]
    formats: tuple[str, ...]
    """Empty where the digest has no channel ``files``."""
    channels: tuple[tuple[str, str], ...]
    """Each channel, with what it does in a few words."""


def current(config: Config, digest: Digest) -> dict[str, Value]:
    """Return the values of all fields as the configuration has them."""
    files = digest.channels.get("files")
    excerpt = digest.excerpt
    return {
        "title": digest.title,
        "schedule": digest.schedule,
        "categories": _categories(config, digest),
        "max_entries": digest.max_entries,
        "max_per_feed": digest.max_per_feed,
        "min_entries": digest.min_entries,
        "drop": digest.drop,
        "keep": digest.keep,
        "excerpt.length": excerpt.length,
        "excerpt.boundary": excerpt.boundary,
        "excerpt.math": excerpt.math,
        "excerpt.code": excerpt.code,
        "images": digest.images,
        "deliver.files.formats": tuple(getattr(files, "formats", ())),
    }


def sent(request: AdminRequest, now: Mapping[str, Value]) -> dict[str, Value | None]:
    """Return the values of a sent form that differ from those of `now`, the present ones."""
    changed: dict[str, Value | None] = {}
    for name in FIELDS:
        value = _value(request, name)
        if name == "deliver.files.formats" and not (value or now[name]):
            continue
        if value != now[name]:
            is_empty = value in ("", ()) and name not in ("schedule", "deliver.files.formats")
            changed[name] = None if is_empty else value
    return changed


def _value(request: AdminRequest, name: str) -> Value:
    if name == "images":
        return request.sent(name) == "yes"
    if name in _LISTS:
        return tuple(request.form.get(name, ()))
    text = request.sent(name).strip()
    if name in _LINES:
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    if name in _NUMBERS and text.isascii() and text.lstrip("-").isdigit() and len(text) < 10:
        return int(text)
    return text


def state(
    request: AdminRequest,
    now: Mapping[str, Value],
    values: Mapping[str, Value | None],
    errors: Mapping[str, str],
) -> FormState:
    """Return the state of the form: what was entered, else the present values with `values`."""
    known = request.form_state("digest", errors)
    if known.entered is not None:
        return known
    entered = {name: _written(name, value) for name, value in {**now, **values}.items()}
    return FormState(id="digest", entered=entered, errors=dict(errors))


def _written(name: str, value: Value | None) -> Sequence[str]:
    if name in _LISTS and isinstance(value, (list, tuple)):
        return list(value)
    if value is None:
        return ("",)
    if isinstance(value, bool):
        return ("yes",) if value else ()
    if isinstance(value, (str, int)):
        return (str(value),)
    return ("\n".join(value),)


def options(config: Config, digest: Digest) -> FormOptions:
    """Return what the form of `digest` offers to choose from."""
    return FormOptions(
        categories=tuple(
            dict.fromkeys(feed.category for feed in config.feeds if feed.category is not None)
        ),
        formats=tuple(name for name in render.names() if name != "mail")
        if "files" in digest.channels
        else (),
        channels=tuple(
            (name, _channel(settings, config.root))
            for name, settings in sorted(digest.channels.items())
        ),
    )


def _channel(settings: object, root: Path) -> str:
    if isinstance(settings, deliver.MailSettings):
        number = len(settings.to)
        whom = f"{number} {'address' if number == 1 else 'addresses'}" if number else ""
        listed = "the subscribers" if settings.subscribers else ""
        return f"mail to {' and '.join(filter(None, (whom, listed))) or 'nobody yet'}"
    path = getattr(settings, "path", None)
    if path is None:
        return "the edition as a whole"
    return f"files in {path.relative_to(root) if path.is_relative_to(root) else path}"


def _categories(config: Config, digest: Digest) -> tuple[str, ...]:
    """Return the categories that the file selects for a digest: none if it has all feeds."""
    if digest.feeds == config.feeds:
        return ()
    try:
        table = loads(read_text(config.path))["digests"][digest.name]
        return tuple(str(category) for category in table.get("categories", ()))
    except (ConfigError, KeyError, TypeError):  # the file was broken meanwhile
        return tuple(dict.fromkeys(feed.category for feed in digest.feeds if feed.category))


def upcoming(line: str, timezone: str, now: datetime) -> tuple[str, list[datetime]]:
    """Return a schedule in words and its next slots, in its zone; empty for an invalid line."""
    from cronsim import CronSim

    try:
        schedule = slots.parse_schedule(line)
    except ValueError:
        return "", []
    following: list[datetime] = []
    moment = now
    for _ in range(_NEXT):
        moment = slots.next_slot(schedule, timezone, moment)
        following.append(moment)
    return CronSim(schedule.expression, now.replace(tzinfo=None)).explain(), following
