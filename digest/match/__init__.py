"""Which entries tell the same story: keys for an index, and groups decided from what it holds.

`keys` is asked when an entry is stored; `candidates` and `group` when an edition is composed, with
all holders of the new entries' keys.  So a story does not depend on the order in which feeds
arrive, a digest sees only its own feeds, and a key that a feed turns out to repeat ceases to bind
anything.  A wrong merge hides news, a missed one only repeats it: where the evidence is weak it
says nothing.
"""

from __future__ import annotations

from digest.match.events import Embedder, relate
from digest.match.evidence import COMPARED, shared_runs
from digest.match.groups import Group, Pair, candidates, group
from digest.match.keys import Key, keys, link_key
from digest.match.settings import Settings
from digest.model import Tie

__all__ = [
    "COMPARED",
    "Embedder",
    "Group",
    "Key",
    "Pair",
    "Settings",
    "Tie",
    "candidates",
    "group",
    "keys",
    "link_key",
    "relate",
    "shared_runs",
]
