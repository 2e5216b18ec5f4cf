"""The main text of a page in the place of a teaser.

`judge` decides whether an entry wants its page and whether the page's text fits, `extract` finds
the main text with trafilatura, `safe_html` writes a hostile page anew before anybody reads it.
"""

from __future__ import annotations

from digest.normalize.fulltext.extract import is_installed
from digest.normalize.fulltext.judge import MOST_BYTES, fill, is_teaser

__all__ = ["MOST_BYTES", "fill", "is_installed", "is_teaser"]
