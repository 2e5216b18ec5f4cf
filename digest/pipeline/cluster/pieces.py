"""The pieces of a configuration that workers compare: each digest, and the feeds of each shard.

A worker whose piece is older than another worker's does no work of that piece, and all the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AnySet
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from digest.pipeline.cluster.shards import shard_of
from digest.pipeline.due_feeds import host_of

if TYPE_CHECKING:
    from digest.model import Feed
    from digest.settings import Config


def digest_piece(name: str) -> str:
    """Return the name of the piece of a digest."""
    return f"digest {name}"


def shard_piece(shard: int) -> str:
    """Return the name of the piece of a shard's feeds."""
    return f"feeds of shard {shard}"


def pieces_of(config: Config) -> dict[str, str]:
    """Return the hash of each piece of a configuration, by the piece's name."""
    common = _plain((config.title, config.timezone, config.language, config.base_url))
    making = _plain((common, config.match, config.render, config.web.url, config.worker.lanes))
    found = {
        digest_piece(digest.name): _hash((making, _plain(digest))) for digest in config.digests
    }
    asking = _plain((config.fetch, config.worker.shards))
    by_shard: defaultdict[int, list[Feed]] = defaultdict(list)
    for feed in config.feeds:
        by_shard[shard_of(host_of(feed.url), config.worker.shards)].append(feed)
    for shard in range(config.worker.shards):
        feeds = sorted(by_shard[shard], key=lambda feed: feed.url)
        found[shard_piece(shard)] = _hash((asking, _plain(feeds)))
    return found


def summary(pieces: Mapping[str, str]) -> str:
    """Return a short hash of all pieces, for people."""
    return _hash(tuple(sorted(pieces.items())))[:8]


def changed_at(config: Config) -> datetime:
    """Return when the configuration's file was changed."""
    try:
        return datetime.fromtimestamp(config.path.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)


def _hash(value: object) -> str:
    return blake2b(repr(value).encode(errors="replace"), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    """Return a value whose `repr` is the same in every process."""
    if is_dataclass(value) and not isinstance(value, type):
        held = tuple((field.name, _plain(getattr(value, field.name))) for field in fields(value))
        return (type(value).__name__, held)
    if isinstance(value, Mapping):
        return tuple(sorted((repr(key), _plain(held)) for key, held in value.items()))
    if isinstance(value, AnySet):
        return tuple(sorted(repr(_plain(held)) for held in value))
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    if pattern := getattr(value, "pattern", None):
        return repr(pattern)
    return repr(value) if "0x" not in repr(value) else type(value).__name__
