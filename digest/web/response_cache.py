"""Cache complete responses with ETag and gzip form, up to a total size."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

_WORTH = 0.9
"""The gzip form is kept if its size is at most this share of the body's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResponse:
    """A page or a feed with its headers."""

    media_type: str
    body: bytes
    packed: bytes | None
    """The body in gzip; ``None`` if that is not smaller enough."""
    etag: str
    """The strong ETag of `body`, with quotes; that of `packed` is `packed_etag`."""
    modified: datetime
    policy: str | None
    """The Content-Security-Policy; ``None`` for the default one."""
    max_age: int
    """Seconds for which clients may use the response without asking again."""
    closed: bool = False
    """Whether the content never changes."""
    noindex: bool = False
    """Whether search engines must not show the page."""
    posts: bool = False
    """Whether the page holds a form that is sent by POST."""

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
    """Return `body` as a cached response; equal bytes have equal ETags on every machine."""
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
    """Responses by key; the least recently used are dropped first."""

    def __init__(self, limit: int = 64 << 20) -> None:
        self._limit = limit
        self._items: OrderedDict[Hashable, CachedResponse] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], CachedResponse]) -> CachedResponse:
        """Return the response for `key`; if there is none, make it, once for all requests."""
        found = self._find(key)
        if found is not None:
            return found
        with self._making:  # one at a time: Python renders on one processor anyway
            found = self._find(key)
            if found is None:
                found = make()
                self._put(key, found)
        return found

    @property
    def weight(self) -> int:
        """How many bytes the cache holds."""
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
