"""What the doctor says of each thing that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How much a finding matters; the gravest one decides the exit status."""

    OK = 0
    NOTE = 1
    """Worth knowing; nothing has to be done."""
    WARNING = 2
    """Something does less than it should: have a look."""
    FAULT = 3
    """Something that was asked for does not happen."""

    @property
    def word(self) -> str:
        return ("ok", "note", "look", "fault")[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `advice` says what to do about it."""

    ok: bool
    what: str
    advice: str = ""
    group: str = ""
    """The heading that it stands under."""
    minor: bool = False
    """Whether a finding that is not well is only a warning; one that is well, only a note."""

    @property
    def severity(self) -> Severity:
        if self.ok:
            return Severity.NOTE if self.minor else Severity.OK
        return Severity.WARNING if self.minor else Severity.FAULT
