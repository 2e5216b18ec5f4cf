"""An excerpt: a text cut where a reader would cut it.  PURE."""

from __future__ import annotations

from digest.excerpt.cut import (
    excerpt,
)

__all__ = [
    "excerpt",
]
