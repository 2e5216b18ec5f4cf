"""Cut a text to an excerpt, at a place where a reader would cut it.  PURE."""

from __future__ import annotations

from digest.excerpt.cut import excerpt

__all__ = ["excerpt"]
