"""Make an edition from undecided entries: rules, limits, selection, composing."""

from __future__ import annotations

from digest.compose.edition import (
    TITLE_LENGTH,
    CutText,
    compose,
    failed_feeds,
    key_of,
    story_key,
)
from digest.compose.selection import (
    MOST_CAPPED,
    WEEKDAYS,
    CandidateStory,
    DigestFeed,
    EntryGroup,
    Selection,
    lead_order,
    ready,
    select,
    too_old,
)

__all__ = [
    "MOST_CAPPED",
    "TITLE_LENGTH",
    "WEEKDAYS",
    "CandidateStory",
    "CutText",
    "DigestFeed",
    "EntryGroup",
    "Selection",
    "compose",
    "failed_feeds",
    "key_of",
    "lead_order",
    "ready",
    "select",
    "story_key",
    "too_old",
]
