"""Change the text of the configuration file for a page, and never overwrite what others wrote.

A form holds the fingerprint of the file that it was made from.  If the file has another one when
the form comes back, nothing is written: the page shows what was changed meanwhile, and what saving
would change now, and the form can be sent again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.errors import ConfigError
from digest.settings import interpret, read_text
from digest.settings.file import replace_file
from digest.settings.hidden_values import hider
from digest.settings.positions import loads

if TYPE_CHECKING:
    from digest.web.admin.request import AdminRequest

_MOST_LINES = 200
"""Most lines of a difference that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveResult:
    """What came of saving: nothing is written unless `saved`."""

    saved: bool
    errors: dict[str, str] = field(default_factory=dict)
    """The mistake of each field; those of no field of the form under the empty name."""
    meanwhile: tuple[str, ...] | None = None
    """What others changed in the file meanwhile, as lines of a unified difference; ``None``: they
    changed nothing.  Empty: they did, but what is no longer known."""
    ours: tuple[str, ...] = ()
    """What saving would change in the file as it is now."""

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form again."""
        return 409 if self.meanwhile is not None else 422


def fingerprint(request: AdminRequest) -> str:
    """Return the fingerprint of the configuration file as it is now; empty if it is unreadable."""
    try:
        text = read_text(request.config.path)
    except ConfigError:
        return ""
    found = _fingerprint(text)
    request.service.admin.remember_text(found, text)
    return found


def save(
    request: AdminRequest,
    change: Callable[[str], str],
    *,
    table: str = "",
    fields: Collection[str] = (),
) -> SaveResult:
    """Write the configuration that `change` makes of its current text.

    The form's field ``fingerprint`` says which text the operator has seen.  A mistake in a key of
    `table`, such as ``digests.daily``, is reported at the field of the same name if `fields` has
    it.  `digest serve` reads the new file at once.
    """
    path = request.config.path
    with request.service.admin.saving:
        try:
            text = read_text(path)
        except ConfigError as error:
            return SaveResult(saved=False, errors={"": str(error)})
        seen = request.sent("fingerprint")
        if seen != _fingerprint(text):
            return _conflict(request, seen, text, change)
        try:
            changed = change(text)
            interpret(changed, path)
        except ConfigError as error:
            return SaveResult(saved=False, errors=errors_of(error, table, fields))
        if changed != text:
            try:
                replace_file(path, changed)
            except ConfigError as error:
                return SaveResult(saved=False, errors={"": str(error)})
    request.service.config()  # reads the changed file
    return SaveResult(saved=True)


def _conflict(
    request: AdminRequest, seen: str, text: str, change: Callable[[str], str]
) -> SaveResult:
    before = request.service.admin.texts.get(seen)
    try:
        ours = _difference(text, change(text))
    except ConfigError as error:
        ours = (str(error),)
    message = (
        "The configuration was changed meanwhile, by somebody else or in the file. Nothing is "
        "saved yet: look at the difference, and send the form again if it is still right."
    )
    return SaveResult(
        saved=False,
        errors={"": message},
        meanwhile=_difference(before, text) if before is not None else (),
        ours=ours,
    )


def _difference(before: str, after: str) -> tuple[str, ...]:
    """Return the lines of the unified difference of two texts, without passwords and tokens."""
    try:
        hiders = hider(loads(before)), hider(loads(after))
    except ConfigError:
        return ("the difference cannot be shown: the file is not valid TOML",)
    lines = [
        hiders[1](hiders[0](line))
        for line in list(
            difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
        )[2 : _MOST_LINES + 2]
    ]
    return tuple(lines)


def errors_of(error: ConfigError, table: str, fields: Collection[str]) -> dict[str, str]:
    """Return the mistakes by the field of the form that each belongs to."""
    errors: dict[str, str] = {}
    for mistake in error.all:
        key = re.sub(r"(\[[0-9]+\])+$", "", mistake.key or "")
        inside = key.removeprefix(f"{table}.") if not table or key.startswith(f"{table}.") else ""
        name = next((name for name in (inside, inside.rpartition(".")[2]) if name in fields), "")
        if name:
            errors.setdefault(name, mistake.message)
        else:
            place = f"{mistake.key}: " if mistake.key else ""
            errors[""] = " ".join(filter(None, (errors.get("", ""), f"{place}{mistake.message}.")))
    return errors


def _fingerprint(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:24]
