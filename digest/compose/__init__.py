"""From undecided entries to an edition: rules, limits, selection, composing.  PURE."""

from __future__ import annotations

from digest.compose.edition import (
    DAMPED,
    TITLE_LENGTH,
    WEEKDAYS,
    CutText,
    Grouped,
    Selection,
    Subscribed,
    Telling,
    compose,
    failed_feeds,
    lead_order,
    ready,
    select,
    story_key,
    too_old,
)

__all__ = [
    "DAMPED",
    "TITLE_LENGTH",
    "WEEKDAYS",
    "CutText",
    "Grouped",
    "Selection",
    "Subscribed",
    "Telling",
    "compose",
    "failed_feeds",
    "lead_order",
    "ready",
    "select",
    "story_key",
    "too_old",
]
