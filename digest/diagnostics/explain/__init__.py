"""Why things are as they are: an entry's whole trail, and what an edition left out.

Everything is read from what was stored when it was decided; nothing is decided again.
"""

from __future__ import annotations

from digest.diagnostics.explain.edition import LeftOut, Omitted, Reason, Repeated, left_out
from digest.diagnostics.explain.entry import (
    MUTED,
    NOT_FOLLOWED,
    WAITS,
    Again,
    Fate,
    Joined,
    Tally,
    Trail,
    follow,
)
from digest.diagnostics.explain.names import Named, Names

__all__ = [
    "MUTED",
    "NOT_FOLLOWED",
    "WAITS",
    "Again",
    "Fate",
    "Joined",
    "LeftOut",
    "Named",
    "Names",
    "Omitted",
    "Reason",
    "Repeated",
    "Tally",
    "Trail",
    "follow",
    "left_out",
]
