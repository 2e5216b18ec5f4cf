"""The types that travel between the stages: one frozen dataclass a hop, no behavior.

Dates are aware and in UTC; ``None`` is unknown.  HTML as a publisher wrote it and HTML that has
passed the allow-list are of different types, so that mypy refuses to mix them up.
"""

from __future__ import annotations

from digest.model.deliveries import (
    LINK,
    Delivery,
    DeliveryState,
    Envelope,
    Letter,
    Receipt,
)
from digest.model.editions import (
    Damped,
    Digest,
    Edition,
    Headline,
    Outline,
    Rendition,
    Section,
    Site,
)
from digest.model.entries import (
    Body,
    Enclosure,
    Entry,
    Excerpt,
    ExcerptSettings,
    Image,
    Known,
    MarkedText,
    Markup,
    ParsedEntry,
    ParsedFeed,
    RawHtml,
    SafeHtml,
    Source,
)
from digest.model.feeds import (
    AilingFeed,
    Ailment,
    Document,
    FailedFeed,
    Feed,
    FeedRequest,
    FeedState,
    NotModified,
    PollHints,
    Validators,
)
from digest.model.stories import (
    Decision,
    KeyHolder,
    Mention,
    Redirect,
    Retelling,
    Story,
    Tie,
    Verdict,
)
from digest.model.subscribers import (
    Subscriber,
    SubscriberState,
)

__all__ = [
    "LINK",
    "AilingFeed",
    "Ailment",
    "Body",
    "Damped",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Document",
    "Edition",
    "Enclosure",
    "Entry",
    "Envelope",
    "Excerpt",
    "ExcerptSettings",
    "FailedFeed",
    "Feed",
    "FeedRequest",
    "FeedState",
    "Headline",
    "Image",
    "KeyHolder",
    "Known",
    "Letter",
    "MarkedText",
    "Markup",
    "Mention",
    "NotModified",
    "Outline",
    "ParsedEntry",
    "ParsedFeed",
    "PollHints",
    "RawHtml",
    "Receipt",
    "Redirect",
    "Rendition",
    "Retelling",
    "SafeHtml",
    "Section",
    "Site",
    "Source",
    "Story",
    "Subscriber",
    "SubscriberState",
    "Tie",
    "Validators",
    "Verdict",
]
