"""What the doctor says of each thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `advice` says what to do where it is not well."""

    ok: bool
    what: str
    advice: str = ""
