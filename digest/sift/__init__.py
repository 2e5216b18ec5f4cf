"""A parsed feed and what is known of it to the entries that are new or changed.  PURE."""

from __future__ import annotations

from digest.sift.changes import (
    Identified,
    Sifted,
    identify,
    is_renamed,
    newest,
    sift,
    uids_to_look_up,
)

__all__ = [
    "Identified",
    "Sifted",
    "identify",
    "is_renamed",
    "newest",
    "sift",
    "uids_to_look_up",
]
