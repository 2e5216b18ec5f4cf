"""Find out which copied templates were changed, and whether the originals have changed since.

A copy begins with a note that holds the version of the program and a hash of the template.  While
the hash still fits the copy, the program's own template is used in its place: so an unchanged copy
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
_NOTE_FORMAT = (
    "{{# Copied from digest {version}, hash {hash}. While nothing below is changed, the program's "
    "own\n   template is used; `digest templates list` tells where that has moved on. #}}\n"
)


class CopyState(StrEnum):
    """The state of a template in the operator's folder."""

    UNCHANGED = "unchanged"
    """The copy was not changed: the program's own template is used."""
    CHANGED = "changed"
    """The copy was changed; the original was not."""
    BEHIND = "behind"
    """Both the copy and the original were changed."""
    OWN = "own"
    """The file has no note, so its original version is not known."""
    UNKNOWN = "unknown"
    """The program has no template of this name; others in the folder may include it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCopy:
    """A template in the operator's folder."""

    name: str
    state: CopyState
    version: str | None
    """The version of the program that the template was copied from."""


def names() -> list[str]:
    """Return the names of the program's templates, as paths below their folder."""
    root = data_dir("templates")
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def copy(name: str, version: str) -> str:
    """Return the program's template `name`, with the note before it."""
    text = (data_dir("templates") / name).read_text(encoding="utf-8")
    return _NOTE_FORMAT.format(version=version, hash=_hash(text)) + text


def is_unchanged(text: str) -> bool:
    """Say whether a template is an unchanged copy of one of the program's."""
    note = _NOTE.match(text)
    return note is not None and note["hash"] == _hash(text[note.end() :])


def examine(folder: Path) -> list[TemplateCopy]:
    """Return the state of each template in the operator's folder."""
    ours = set(names())
    copies = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not path.is_file() or any(part.startswith(".") for part in Path(name).parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # rendering reports the problem
        note = _NOTE.match(text)
        copies.append(
            TemplateCopy(
                name=name,
                state=_state(name, text, note, ours),
                version=note["version"] if note else None,
            )
        )
    return copies


def behind(folder: str | None) -> list[str]:
    """Return the names of changed templates in `folder` whose originals have changed too."""
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
    """Hash a template without its line ends and last blank lines, which editors change."""
    lines = text.replace("\r\n", "\n").rstrip("\n")
    return sha256(lines.encode()).hexdigest()[:16]


class OperatorTemplates(FileSystemLoader):
    """Load templates from the operator's folder, except unchanged copies."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_current = super().get_source(environment, template)
        if is_unchanged(source):
            raise TemplateNotFound(template)
        return source, filename, is_current
