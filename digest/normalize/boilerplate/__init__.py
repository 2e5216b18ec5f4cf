"""What feeds and sites add around a text: found at its two ends, taken off, and named.

`trim` holds the order of things, `phrases` the wordings in many languages, `platforms` what single
services write, `rules` how a wording is told from an author's sentence.
"""

from __future__ import annotations

from digest.normalize.boilerplate.trim import trim

__all__ = ["trim"]
