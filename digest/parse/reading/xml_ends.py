"""Find where the elements of XML text end, without a parser that refuses anything.

A document cut short, one with too many entries and one nested too deeply have this in common: the
text must be shortened and its open elements closed, so that a strict parser takes what is whole.
Every pass is linear in the length of the text, whatever stands in it.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import NamedTuple

_MARKUP = re.compile(
    r"<!\[CDATA\[(?:.*?(\]\]>)|.*)|<!--(?:.*?(-->)|.*)|<(/?)([A-Za-z_][\w.:-]*+)([^<>]*+)>",
    re.DOTALL,
)
_END_OF_ENTRY = re.compile(rb"</(?:[\w.-]{1,30}:)?(?:item|entry)\s*>", re.IGNORECASE)
_CDATA = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_CONTAINERS = frozenset(("rss", "rdf", "channel", "feed", "items", "item", "entry"))
_ENTRIES = frozenset(("item", "entry"))
MAX_DEPTH = 200
"""Elements within each other that are kept; lxml takes 256."""


class Completed(NamedTuple):
    """A document that was cut, up to the last element that is whole."""

    text: str
    depth: int
    """How many elements `text` closes at its end that were open: the root and one in the other.

    It is 0 where more is wrong with the document than that it was cut: nothing is closed then.
    """
    within_entry: bool
    """Whether an entry was open."""


def completed(text: str) -> Completed | None:
    """Close what is open where `text` ends; None where its root, with which it begins, is closed.

    An element of the feed or of an entry that is itself incomplete is left out: half a title is
    no title.
    """
    open_: list[tuple[str, int]] = []
    names: Counter[str] = Counter()
    end = end_of_entry = 0
    for mark in _MARKUP.finditer(text):
        name = mark[4]
        if name is None:
            if mark[1] or mark[2]:
                end = mark.end()
            continue
        end = mark.end()
        key = name.lower()
        if not mark[3]:
            if not mark[5].endswith("/"):
                open_.append((name, mark.start()))
                names[key] += 1
        elif names[key]:
            while open_:
                last = open_.pop()[0].lower()
                names[last] -= 1
                if last == key:
                    break
            if _is_entry(name):
                end_of_entry = end
            if not open_:
                return None
    return _cut_off(text, open_, end, end_of_entry)


def _cut_off(text: str, open_: list[tuple[str, int]], end: int, end_of_entry: int) -> Completed:
    """Leave out what is incomplete; `end` is where the last whole tag ends."""
    begun = max([end_of_entry, *(start for name, start in open_ if _is_entry(name))])
    within_entry = any(_is_entry(name) and start >= end_of_entry for name, start in open_)
    outer = list(takewhile(lambda tag: tag[1] <= begun or _local(tag[0]) in _CONTAINERS, open_))
    dangling = text.find("<", end)
    if len(outer) < len(open_):
        text = text[: open_[len(outer)][1]]
    elif dangling >= 0:
        text = text[:dangling]
    if any(_local(name) not in _CONTAINERS for name, _ in outer):
        return Completed(text, 0, within_entry)
    ends = "".join(f"</{name}>" for name, _ in reversed(outer))
    return Completed(text + ends, len(outer), within_entry)


def flattened(text: str) -> str:
    """Leave out the tags that are nested deeper than `MAX_DEPTH`, and keep their texts.

    What is open inside an element when that ends is closed before it.
    """
    kept: list[str] = []
    open_: list[str] = []
    names: Counter[str] = Counter()
    start = left_out = 0
    for mark in _MARKUP.finditer(text):
        name = mark[4]
        if name is None or (not mark[3] and mark[5].endswith("/")):
            continue
        if not mark[3] and len(open_) < MAX_DEPTH:
            open_.append(name)
            names[name] += 1
            continue
        kept.append(text[start : mark.start()])
        start = mark.end()
        if not mark[3]:
            left_out += 1
        elif left_out and not _is_entry(name):
            left_out -= 1
        elif names[name]:
            left_out = 0
            last = ""
            while last != name:
                last = open_.pop()
                names[last] -= 1
                kept.append(f"</{last}>")
    kept.append(text[start:])
    return "".join(kept)


def first_entries(body: bytes, most_entries: int, most_tags: int) -> bytes | None:
    """Return the first entries of a document that has too many; None where it has not.

    `most_entries` and `most_tags` bound what is kept.  The root is left open; where not one whole
    entry is within the bounds, what is left is empty.
    """
    if _tags(body, most_tags) <= most_tags and body.count(b"</") <= 2 * most_entries:
        return None
    end = begun = tags = 0
    for number, entry in enumerate(_END_OF_ENTRY.finditer(body), start=1):
        tags += _tags(body[begun : entry.end()], 0)
        begun = entry.end()
        if tags > most_tags or number > most_entries:
            return body[:end]
        end = begun
    return None if tags + _tags(body[begun:], 0) <= most_tags else body[:end]


def _tags(body: bytes, most: int) -> int:
    """Count the tags; where they are too many, without those that are text in CDATA sections."""
    tags = body.count(b"<")
    return tags if tags <= most or b"<![CDATA[" not in body else _CDATA.sub(b"", body).count(b"<")


def _is_entry(name: str) -> bool:
    return _local(name) in _ENTRIES


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
