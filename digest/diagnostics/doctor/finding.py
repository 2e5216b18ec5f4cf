"""The result of one check of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How serious a finding is; the most serious one decides the exit status."""

    OK = 0
    NOTE = 1
    """Useful to know; there is nothing to do."""
    WARNING = 2
    """Something does less than it should, and needs a look."""
    FAULT = 3
    """Something that the configuration asks for does not happen."""

    @property
    def word(self) -> str:
        return ("ok", "note", "look", "fault")[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a check; `advice` says what to do about it."""

    ok: bool
    what: str
    advice: str = ""
    group: str = ""
    """The heading under which the finding is printed."""
    minor: bool = False
    """Whether a finding that is not ok is a warning only, or one that is ok a note."""

    @property
    def severity(self) -> Severity:
        if self.ok:
            return Severity.NOTE if self.minor else Severity.OK
        return Severity.WARNING if self.minor else Severity.FAULT
