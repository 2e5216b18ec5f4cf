"""The keys that an entry is found by: values that entries of one story may share.

An entry has a key for its canonical link, for its text as a whole, for the beginnings of its text
(`words.anchors`) and for its title.  The store keeps them in an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from digest.match.evidence import LEAST_LETTERS
from digest.match.words import ANCHOR_BITS, anchors, letters, phrase
from digest.model import Entry
from digest.net.urls import is_site_root
from digest.text.words import words


class Key(NamedTuple):
    """A value that entries of one story may share; ``hash`` is a signed 64-bit integer.

    The hash of a text or a title has `ANCHOR_BITS` bits and is not negative: the store forgets it
    together with the text.
    """

    rule: str
    hash: int


def keys(entry: Entry) -> tuple[Key, ...]:
    """Give the keys of an entry: its canonical link, its text's fingerprint and anchors, its title.

    A site's root is no story's link.  A backlog entry is only ever recognized, so it has no text.
    """
    found = []
    if entry.canonical_link and not is_site_root(entry.canonical_link):
        found.append(link_key(entry.canonical_link))
    if entry.fingerprint:
        found.append(text_key(entry.fingerprint))
    if not entry.backlog:
        found += [Key("title", hash) for hash in _title_hashes(entry.title)]
        if entry.body:
            found += [Key("words", hash) for hash in anchors(entry.body.text)]
    return tuple(dict.fromkeys(found))


def link_key(canonical_link: str) -> Key:
    """Give the key of a canonical link."""
    return Key("link", _hash("link", canonical_link))


def text_key(fingerprint: str) -> Key:
    """Give the key of a text's fingerprint."""
    return Key("text", _hash("text", fingerprint) & ((1 << ANCHOR_BITS) - 1))


def strong_hashes(entry: Entry) -> Iterator[int]:
    """Give the hashes of which a single one makes two entries worth comparing."""
    if entry.canonical_link:
        yield link_key(entry.canonical_link).hash
    if entry.fingerprint:
        yield text_key(entry.fingerprint).hash
    yield from _title_hashes(entry.title)


def _title_hashes(title: str) -> Iterator[int]:
    """Hash a title, and what is left of it without an author before or a site behind it."""
    for part in _parts(title):
        found = words(part)
        if letters(found) >= LEAST_LETTERS:
            yield phrase(found)


def _parts(title: str) -> tuple[str, ...]:
    after = title.partition(": ")[2]
    before = title.rpartition(" - ")[0] or title.rpartition(" | ")[0]
    return tuple(filter(None, (title, after, before)))


def _hash(rule: str, value: str) -> int:
    digest = blake2b(f"{rule}\n{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
