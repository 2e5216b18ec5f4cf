"""Copies of our templates: what they were made from, and whether ours have moved on since.

A copy begins with a note that holds the version of the program and a hash of the rest.  As long as
the rest is what was copied, our own template is used in its place: a copy that nobody has changed
follows every upgrade.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, TemplateNotFound

from digest.resources import data_dir

_NOTE = re.compile(
    r"\{# Copied from digest (?P<version>[\w.+-]{1,40}), hash (?P<hash>[0-9a-f]{16})\."
    r"[^#]{0,400}#\}\r?\n"
)
_WORDS = (
    "{{# Copied from digest {version}, hash {hash}. While nothing below is changed, the program's "
    "own\n   template is used; `digest templates list` tells where that has moved on. #}}\n"
)


class CopyState(StrEnum):
    """What has become of a template in the operator's folder."""

    UNCHANGED = "unchanged"
    """As it was copied: ours is used."""
    CHANGED = "changed"
    """Changed since it was copied from what ours still is."""
    BEHIND = "behind"
    """Changed since it was copied, and so have ours."""
    OWN = "own"
    """Without a note: nobody knows what it was made from."""
    UNKNOWN = "unknown"
    """No template of ours is called so; others of the folder may include it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCopy:
    """A template in the operator's folder."""

    name: str
    state: CopyState
    version: str | None
    """The version of the program that it was copied from."""


def names() -> list[str]:
    """Name our templates, as paths below their folder."""
    root = data_dir("templates")
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def copy(name: str, version: str) -> str:
    """Return our template `name`, with the note before it."""
    text = (data_dir("templates") / name).read_text(encoding="utf-8")
    return _WORDS.format(version=version, hash=_hash(text)) + text


def is_unchanged(text: str) -> bool:
    """Tell whether a template is a copy of ours that nobody has changed."""
    note = _NOTE.match(text)
    return note is not None and note["hash"] == _hash(text[note.end() :])


def examine(folder: Path) -> list[TemplateCopy]:
    """Look at each template of the operator's folder."""
    ours = set(names())
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not path.is_file() or any(part.startswith(".") for part in Path(name).parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # rendering says what is wrong with it
        note = _NOTE.match(text)
        found.append(
            TemplateCopy(
                name=name,
                state=_state(name, text, note, ours),
                version=note["version"] if note else None,
            )
        )
    return found


def behind(folder: str | None) -> list[str]:
    """Name the templates in `folder` that were changed, and whose originals have changed too."""
    copies = examine(Path(folder)) if folder else []
    return [copy.name for copy in copies if copy.state is CopyState.BEHIND]


def _state(name: str, text: str, note: re.Match[str] | None, ours: set[str]) -> CopyState:
    if name not in ours:
        return CopyState.UNKNOWN
    if note is None:
        return CopyState.OWN
    if note["hash"] == _hash(text[note.end() :]):
        return CopyState.UNCHANGED
    current = _hash((data_dir("templates") / name).read_text(encoding="utf-8"))
    return CopyState.CHANGED if note["hash"] == current else CopyState.BEHIND


def _hash(text: str) -> str:
    """Hash a template but for its line ends and last blank lines, which editors change."""
    lines = text.replace("\r\n", "\n").rstrip("\n")
    return sha256(lines.encode()).hexdigest()[:16]


class OperatorTemplates(FileSystemLoader):
    """The operator's folder, without the copies that nobody has changed."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_current = super().get_source(environment, template)
        if is_unchanged(source):
            raise TemplateNotFound(template)
        return source, filename, is_current
