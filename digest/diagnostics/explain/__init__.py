"""Explain decisions: the trail of an entry, and the entries that an edition left out.

Everything is read from the decisions as they were stored; nothing is decided again.
"""

from __future__ import annotations

from digest.diagnostics.explain.edition import (
    EditionOmissions,
    OmissionReason,
    OmittedEntry,
    RepeatedStory,
    left_out,
)
from digest.diagnostics.explain.entry import (
    AMONG,
    HELD,
    MUTED,
    NOT_FOLLOWED,
    WAITS,
    DigestOutcome,
    EntryTrail,
    JoinedStory,
    RepeatedTelling,
    Tally,
    TrailVerdict,
    follow,
    look_up,
)
from digest.diagnostics.explain.names import EntryNames, NamedEntry

__all__ = [
    "AMONG",
    "HELD",
    "MUTED",
    "NOT_FOLLOWED",
    "WAITS",
    "DigestOutcome",
    "EditionOmissions",
    "EntryNames",
    "EntryTrail",
    "JoinedStory",
    "NamedEntry",
    "OmissionReason",
    "OmittedEntry",
    "RepeatedStory",
    "RepeatedTelling",
    "Tally",
    "TrailVerdict",
    "follow",
    "left_out",
    "look_up",
]
