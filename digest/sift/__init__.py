"""Find the entries of a feed that are new or changed.  The functions are pure."""

from __future__ import annotations

from digest.sift.changes import (
    Fresh,
    Identified,
    Sifted,
    complete,
    identify,
    is_renamed,
    newest,
    sift,
    uids_to_look_up,
)

__all__ = [
    "Fresh",
    "Identified",
    "Sifted",
    "complete",
    "identify",
    "is_renamed",
    "newest",
    "sift",
    "uids_to_look_up",
]
