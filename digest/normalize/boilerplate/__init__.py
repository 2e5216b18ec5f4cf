"""Find what feeds and sites add at the two ends of a text, remove it, and note what it was.

`trim` applies the rules in order, `phrases` has the wordings in many languages, `platforms` those
of single services, and `block_rules` distinguishes a wording from a sentence of the author.
"""

from __future__ import annotations

from digest.normalize.boilerplate.trim import trim

__all__ = ["trim"]
