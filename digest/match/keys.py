"""Compute the index keys of an entry: values that entries of one story may share.

An entry has a key for its canonical link, for its text as a whole, for the beginnings of its text
(`words.anchors`) and for its title.  The store keeps them in an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from digest.match.evidence import LEAST_LETTERS
from digest.match.shingles import ANCHOR_BITS, anchors, letters, phrase
from digest.model import Entry
from digest.net.urls import is_site_root
from digest.text.words import words

FIRST_WORDS, FIRST_CHARACTERS = 5, 12
"""So many first words of a headline, or characters in a script without spaces, make a key."""


class Key(NamedTuple):
    """A value that entries of one story may share; ``hash`` is a signed 64-bit integer.

    The hash of a text or a title has `ANCHOR_BITS` bits and is not negative: the store forgets it
    together with the text.
    """

    rule: str
    hash: int


def keys(entry: Entry) -> tuple[Key, ...]:
    """Return the keys of an entry: for its link, its text's fingerprint and anchors, its title.

    The root of a site gives no key: it is the link of no story.  A backlog entry gets keys only for
    its link and fingerprint: it is never told, but recognized again.
    """
    entry_keys = []
    if entry.canonical_link and not is_site_root(entry.canonical_link):
        entry_keys.append(link_key(entry.canonical_link))
    if entry.fingerprint:
        entry_keys.append(text_key(entry.fingerprint))
    if not entry.backlog:
        entry_keys += [Key("title", hash) for hash in _title_hashes(entry.title)]
        if entry.body:
            entry_keys += [Key("words", hash) for hash in anchors(entry.body.text)]
    return tuple(dict.fromkeys(entry_keys))


def link_key(canonical_link: str) -> Key:
    """Return the key of a canonical link."""
    return Key("link", _hash("link", canonical_link))


def text_key(fingerprint: str) -> Key:
    """Return the key of a text's fingerprint."""
    return Key("text", _hash("text", fingerprint) & ((1 << ANCHOR_BITS) - 1))


def strong_hashes(entry: Entry) -> Iterator[int]:
    """Yield the hashes that suffice alone to have two entries compared."""
    if entry.canonical_link:
        yield link_key(entry.canonical_link).hash
    if entry.fingerprint:
        yield text_key(entry.fingerprint).hash
    yield from _title_hashes(entry.title)


def _title_hashes(title: str) -> Iterator[int]:
    """Yield the hashes of a title: whole, without an author before it, without a site behind it.

    A headline has one more for its first words, by which a copy that was cut is found.
    """
    for part in _parts(title):
        part_words = words(part)
        if letters(part_words) >= LEAST_LETTERS:
            yield phrase(part_words)
    head = beginning(title)
    if head:
        yield phrase(("…", *head))


def beginning(title: str) -> Sequence[str]:
    """Return the first words of a headline; none for a title that is too short to be cut."""
    found = words(title)
    size = (
        FIRST_CHARACTERS if 2 * sum(len(word) == 1 for word in found) > len(found) else FIRST_WORDS
    )
    head = found[:size]
    return head if len(found) > size and letters(head) >= LEAST_LETTERS else ()


def _parts(title: str) -> tuple[str, ...]:
    after = title.partition(": ")[2]
    before = title.rpartition(" - ")[0] or title.rpartition(" | ")[0]
    return tuple(filter(None, (title, after, before)))


def _hash(rule: str, value: str) -> int:
    digest = blake2b(f"{rule}\n{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
