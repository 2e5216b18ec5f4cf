"""Previews in memory: what a changed configuration would make, until they are looked at.

A page shows a preview in a frame, which asks for it by its key.  Nothing is written to disk, and
the oldest previews are forgotten.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.diagnostics.preview import PreviewedChange
    from digest.model import Digest
    from digest.settings import Config

_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDraft:
    """A preview: the changed configuration, its digest, and the edition that they would make."""

    config: Config
    digest: Digest
    change: PreviewedChange


@dataclass(frozen=True, slots=True)
class DraftMemory:
    """The last previews, by their key."""

    _drafts: OrderedDict[str, EditionDraft] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, draft: EditionDraft, text: str) -> str:
        """Keep the preview of the configuration `text`; return its key."""
        composed_at = draft.change.edition.composed_at.isoformat()
        seed = f"{draft.digest.name}\n{composed_at}\n{text}"
        key = blake2b(seed.encode("utf-8", "replace"), digest_size=12).hexdigest()
        with self._lock:
            self._drafts[key] = draft
            self._drafts.move_to_end(key)
            while len(self._drafts) > _MOST:
                self._drafts.popitem(last=False)
        return key

    def get(self, key: str) -> EditionDraft | None:
        with self._lock:
            return self._drafts.get(key)
