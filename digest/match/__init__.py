"""Which entries tell the same story: keys for an index, and groups decided from what it holds.

`keys` is asked when an entry is stored; `candidates` and `group` when an edition is composed, with
all holders of the new entries' keys.  So a story does not depend on the order in which feeds
arrive, a digest sees only its own feeds, and a key that a feed turns out to repeat ceases to bind
anything.  A wrong merge hides news, a missed one only repeats it: where the evidence is weak it
says nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "COMPARED": "digest.match.evidence",
    "Embedder": "digest.match.events",
    "Group": "digest.match.groups",
    "Key": "digest.match.keys",
    "Pair": "digest.match.groups",
    "Settings": "digest.match.settings",
    "Tie": "digest.model",
    "candidates": "digest.match.groups",
    "group": "digest.match.groups",
    "keys": "digest.match.keys",
    "link_key": "digest.match.keys",
    "relate": "digest.match.events",
    "shared_runs": "digest.match.evidence",
}


class _Match(ModuleType):
    """This package, which imports what it offers when it is asked for.

    A configuration names `Settings` alone, and most refreshes compare nothing.  `keys` is the
    function, as before: the import system would set the name to the module of the same name.
    """

    def __getattr__(self, name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Match
