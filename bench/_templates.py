"""Make pairs of short news in ten languages: two stories in one wording, and two copies of a story.

`templates.txt` holds the wordings.  Each pair stands alone, in two feeds: no feed has shown yet
that it repeats its words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SLOT = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
NOTES = 5
"""The block whose text may stand below any other."""
_WIDE = {"zh", "ja"}


class Telling(NamedTuple):
    """A title and a text."""

    title: str
    text: str


class Pair(NamedTuple):
    """Two tellings, and whether they are of one story."""

    language: str
    name: str
    same: bool
    one: Telling
    other: Telling


def make() -> list[Pair]:
    """Make all pairs: as many of two stories as of one."""
    return [pair for language, blocks in _read() for pair in _pairs(language, blocks)]


def _read() -> Iterator[tuple[str, list[Telling]]]:
    path = Path(__file__).with_name("templates.txt")
    for part in path.read_text(encoding="utf-8").split("\n= ")[1:]:
        language, _, rest = part.partition("\n")
        blocks = [block.split("\n") for block in rest.strip().split("\n\n")]
        yield language.strip(), [Telling(title, text) for title, text in blocks]


def _pairs(language: str, blocks: list[Telling]) -> Iterator[Pair]:
    edits = list(_EDITS)
    notes = blocks[NOTES].text  # a site may have such words below each of its texts
    for at, block in enumerate(blocks):
        first, second = (Telling(*(_filled(part, side) for part in block)) for side in (1, 2))
        longer = [one._replace(text=f"{one.text} {notes}") for one in (first, second)]
        yield Pair(language, f"{at} two stories", False, *longer)
        chance = random.Random(f"{language}/{at}")
        name = edits[at % len(edits)]
        yield Pair(language, f"{at} {name}", True, first, _EDITS[name](chance, language, first))
        if at % 2:
            continue
        if first.text == second.text:  # then the titles alone can tell
            yield Pair(
                language, f"{at} two stories", False, second, _signed(chance, language, first)
            )
        elif at % 4:
            untitled = [one._replace(title="") for one in (first, second)]
            yield Pair(language, f"{at} two stories, untitled", False, *untitled)
        else:
            title = " ".join(_SLOT.sub(" ", block.title).split())
            under_one = [one._replace(title=title) for one in (first, second)]
            yield Pair(language, f"{at} two stories, one title", False, *under_one)
        name = edits[(at + 5) % len(edits)]
        yield Pair(language, f"{at} {name}", True, second, _EDITS[name](chance, language, second))


def _filled(part: str, side: int) -> str:
    return _SLOT.sub(rf"\{side}", part)


# --- copies --------------------------------------------------------------------------------------


def _whole(chance: random.Random, language: str, told: Telling) -> Telling:
    return told


def _of_a_site(chance: random.Random, language: str, told: Telling) -> Telling:
    return Telling(f"{told.title} - Example Post", f"{told.text} Example Post")


def _signed(chance: random.Random, language: str, told: Telling) -> Telling:
    return told._replace(text=f"Tom Ashby, Example Post. {told.text} © Example Post")


def _other_signs(chance: random.Random, language: str, told: Telling) -> Telling:
    text = told.text.replace(", ", " – ").replace("'", "’").replace(" %", "%").replace("-", "‑")
    return Telling(told.title.upper(), text)


def _cut(chance: random.Random, language: str, told: Telling) -> Telling:
    return told._replace(text=told.text[: len(told.text) * 3 // 4] + "…")


def _updated(chance: random.Random, language: str, told: Telling) -> Telling:
    return Telling(f"UPDATE: {told.title}", f"{told.text} www.example.org")


def _swapped(chance: random.Random, language: str, told: Telling) -> Telling:
    """Let a few neighbors change places, and a few small words be missing."""
    words = list(told.text) if language in _WIDE else told.text.split()
    for at in range(3, len(words) - 3, 17):
        if chance.random() < 0.5:
            words[at : at + 2] = words[at + 1], words[at]
        elif len(words[at]) < 4 and not any(map(str.isdigit, words[at])):
            words[at] = ""
    return told._replace(text=("" if language in _WIDE else " ").join(filter(None, words)))


def _untitled(chance: random.Random, language: str, told: Telling) -> Telling:
    return told._replace(title="")


def _teased(chance: random.Random, language: str, told: Telling) -> Telling:
    return told._replace(text=told.text[: len(told.text) * 11 // 20].rstrip() + " [...]")


def _other_title(chance: random.Random, language: str, told: Telling) -> Telling:
    """Take words from the middle of the text for a title."""
    words = told.text.split(" ")
    at = len(told.text) // 2
    title = told.text[at : at + 20] if language in _WIDE else " ".join(words[14:22])
    return told._replace(title=title)


_EDITS = {
    "whole": _whole,
    "of a site": _of_a_site,
    "signed": _signed,
    "other signs": _other_signs,
    "cut": _cut,
    "updated": _updated,
    "swapped": _swapped,
    "untitled": _untitled,
    "teased": _teased,
    "other title": _other_title,
}
