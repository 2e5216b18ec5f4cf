"""Replace a teaser by the main text of its page.

`judge` decides whether an entry needs its page and whether the text of the page fits, `extract`
finds the main text with trafilatura, and `safe_html` rewrites a hostile page before it is parsed.
"""

from __future__ import annotations

from digest.normalize.fulltext.extract import is_installed
from digest.normalize.fulltext.judge import MOST_BYTES, fill, is_teaser

__all__ = ["MOST_BYTES", "fill", "is_installed", "is_teaser"]
