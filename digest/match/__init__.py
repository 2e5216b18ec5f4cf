"""Find the entries that tell the same story: index keys for each entry, and groups of entries.

`keys` is called when an entry is stored; `candidates` and `group` when an edition is composed, with
all holders of the new entries' keys.  So a story does not depend on the order in which feeds
arrive, a digest sees only its own feeds, and a key that a feed turns out to repeat no longer joins
any entries.  A wrong merge hides news, a missed one only repeats it: weak evidence joins nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from digest.resources import OnDemandPackage

if TYPE_CHECKING:
    from digest.match.events import Embedder, relate
    from digest.match.evidence import COMPARED, shared_runs
    from digest.match.groups import VERDICT, Group, group
    from digest.match.keys import Key, keys, link_key, text_key
    from digest.match.pairing import Pair, candidates
    from digest.match.settings import Settings
    from digest.match.verdicts import Verdicts, partners
    from digest.model import Tie

__all__ = [
    "COMPARED",
    "VERDICT",
    "Embedder",
    "Group",
    "Key",
    "Pair",
    "Settings",
    "Tie",
    "Verdicts",
    "candidates",
    "group",
    "keys",
    "link_key",
    "partners",
    "relate",
    "shared_runs",
    "text_key",
]

# Imported on first use: a configuration names `Settings` alone, and most refreshes compare nothing.
_HOMES = {
    "COMPARED": "digest.match.evidence",
    "Embedder": "digest.match.events",
    "Group": "digest.match.groups",
    "Key": "digest.match.keys",
    "Pair": "digest.match.pairing",
    "Settings": "digest.match.settings",
    "Tie": "digest.model",
    "VERDICT": "digest.match.groups",
    "Verdicts": "digest.match.verdicts",
    "candidates": "digest.match.pairing",
    "group": "digest.match.groups",
    "keys": "digest.match.keys",
    "link_key": "digest.match.keys",
    "partners": "digest.match.verdicts",
    "relate": "digest.match.events",
    "shared_runs": "digest.match.evidence",
    "text_key": "digest.match.keys",
}

sys.modules[__name__].__class__ = OnDemandPackage
