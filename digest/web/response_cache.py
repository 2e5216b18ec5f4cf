"""Bytes ready to be served, made once: with their ETag, packed, and bounded in all."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

_WORTH = 0.9
"""Packed bytes are kept where they are at most this share of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResponse:
    """A page or a feed as it is served."""

    media_type: str
    body: bytes
    packed: bytes | None
    """The same in gzip, where that is worth it."""
    etag: str
    """Strong, in its quotes; that of the packed bytes is `packed_etag`."""
    modified: datetime
    policy: str | None
    """Its Content-Security-Policy, where it needs one of its own."""
    max_age: int
    """In seconds: how long it may be shown without asking again."""
    closed: bool = False
    """Whether it never changes."""
    noindex: bool = False
    """Whether search engines are asked to leave it out."""
    posts: bool = False
    """Whether it holds a form that is sent by POST."""

    @property
    def packed_etag(self) -> str:
        return f'{self.etag[:-1]}-gzip"'

    @property
    def weight(self) -> int:
        return len(self.body) + len(self.packed or b"")


def item(
    media_type: str,
    body: bytes,
    *,
    modified: datetime,
    policy: str | None,
    max_age: int,
    closed: bool = False,
    noindex: bool = False,
    posts: bool = False,
) -> CachedResponse:
    """Make an item of `body`: the same bytes have the same ETag, on every machine."""
    packed = gzip.compress(body, 9, mtime=0)
    return CachedResponse(
        media_type=media_type,
        body=body,
        packed=packed if len(packed) <= _WORTH * len(body) else None,
        etag=f'"{blake2b(body, digest_size=16).hexdigest()}"',
        modified=modified,
        policy=policy,
        max_age=max_age,
        closed=closed,
        noindex=noindex,
        posts=posts,
    )


class ResponseCache:
    """Items by what they are made from; those not asked for longest go first."""

    def __init__(self, limit: int = 64 << 20) -> None:
        self._limit = limit
        self._items: OrderedDict[Hashable, CachedResponse] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], CachedResponse]) -> CachedResponse:
        """Return the item of `key`; make it, once however many ask, where it is not here."""
        found = self._find(key)
        if found is not None:
            return found
        with self._making:  # one at a time: pages are made by one processor anyway
            found = self._find(key)
            if found is None:
                found = make()
                self._put(key, found)
        return found

    @property
    def weight(self) -> int:
        """How many bytes are held."""
        return self._weight

    def _find(self, key: Hashable) -> CachedResponse | None:
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
            return found

    def _put(self, key: Hashable, item: CachedResponse) -> None:
        if item.weight > self._limit:
            return
        with self._lock:
            self._items[key] = item
            self._weight += item.weight
            while self._weight > self._limit:
                _, gone = self._items.popitem(last=False)
                self._weight -= gone.weight
