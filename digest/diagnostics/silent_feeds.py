"""What the lists of feeds call a silent feed."""

from __future__ import annotations

from datetime import timedelta

SILENT = timedelta(days=180)
"""A feed without a new entry for so long is silent."""
