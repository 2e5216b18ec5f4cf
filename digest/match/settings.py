"""The keys of ``[match]``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How stories of one event are found: the keys of ``[match]``.

    A value out of range is a `ValueError`.
    """

    embedder: str | None = None
    """The function that returns vectors for texts, as ``module:name`` (`match.Embedder`)."""
    likeness: float = 0.8
    """The least cosine of the vectors of two stories of one event."""

    def __post_init__(self) -> None:
        module, colon, name = (self.embedder or "module:name").partition(":")
        if not (colon and name.isidentifier() and all(map(str.isidentifier, module.split(".")))):
            raise ValueError(
                f'embedder must name a function as "module:name", not "{self.embedder}"'
            )
        if not 0.0 < self.likeness <= 1.0:
            raise ValueError("likeness must be above 0 and at most 1")
