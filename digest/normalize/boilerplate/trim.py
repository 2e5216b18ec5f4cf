"""Remove from the two ends of a text what feeds add there, and note each piece.

Precision comes first: only short blocks are examined, nearly all of them at the two ends, and a rule
must match the whole of a block (or its head or tail).  In doubt a block is the author's, and only a
text of nothing but links and their labels may become empty.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from digest.normalize.blocks import Block
from digest.normalize.boilerplate.phrases import (
    HEAD,
    LABELS,
    PLATFORM_STARTS,
    RELATED,
    TAIL,
    TAIL_HINTS,
    after,
    anywhere,
    before,
)
from digest.text import marks
from digest.text.characters import comparison_form

LONGEST = 240
"""Characters of the longest block that a rule may remove from the end."""
LONGEST_FIRST = 180
"""Characters of the longest block that a rule may remove from the beginning."""

_BEFORE_TAIL = " \t\xa0[(→>»"
_BRACKETS = ("]", ")", "）")
_CUT_MARK = re.compile(r"\s*[\[(（]\s*(?:…|\.{3}|⋯)\s*[\])）]$")
"""``[…]``, with which WordPress ends a cut text."""

_BETWEEN_LINKS = re.compile(r"\s*(?:\s[-–—/]\s|[|·•]|::)\s*")

_DOUBTFUL = frozenset({"link line", "tags"})
"""Notes of blocks that stay if there is little other text."""
_NEVER_A_TEXT = frozenset({"read more", "comments", "share links", "platform line"})
"""Notes of blocks that are removed even if there is no other text."""
_FIELD = re.compile(r"([^\s:：][^\n:：]{1,24})[:：]\s?\S[^\n]{0,80}")
_ADDRESS = re.compile(r"https?://\S+")
_ADDRESS_HEAD = re.compile(r"https?://\S+\s+(?=[^\n]{40})(?!\S*://)")
_ORPHAN = re.compile(r"\A[-–—|:»]\s+")
"""The separator between an address and the words after it."""
_SENTENCE_END = r"(?:(?<=[.!?。！？])|(?<=[.!?。！？][\"”’»)」]))"
_CUT_AFTER_SENTENCE = re.compile(rf"{_SENTENCE_END}\s+(?:…|\.{{3}})\Z")
"""An ellipsis that is redundant after the end of a sentence."""
_OPENING = frozenset("([{（「『【")
_CUT_IN_BRACKETS = re.compile(r"(?<![:;=8xXdD8-])(?<![:;=8]-)(?:\s*[(\[{（「『【])+[.?!。？！]\Z")
"""An opening bracket before the last mark: a feed has cut the text at a mark that ends nothing."""
_ENDS_SENTENCE = re.compile(rf"{_SENTENCE_END}\Z")
_ABSTRACT = re.compile(r"\Aabstract:\s+", re.IGNORECASE)
"""The label that arXiv writes after its own line."""
_CUT_HEAD = re.compile(r"\s*[\[(（]\s*(?:…|\.{3}|⋯)\s*[\])）]\s*")
_CALLS_HEAD = re.compile(r"(?:[►▶👉🔔➤☞]\s*[^\n:：]{3,60}[:：]?\s*https?://\S+\s+)+(?=\S)")
_AFTER_TITLE = re.compile(r"\s*[.!?。！？:：|–—-]*\s+(?=[^\W\d_a-z])")
_TWICE = re.compile(r"(\S.{9,80}?)\s+(?=\1(?!\w))")
LEAST_TEXT = 60
"""Characters that must remain for a link to count as no part of the text; Chinese ones count twice."""


def trim(blocks: Sequence[Block], *, title: str) -> tuple[list[Block], list[str]]:
    """Return the blocks of the author, and notes on what was removed from the ends."""
    notes: list[str] = []
    own_title = comparison_form(title)
    kept, captions = _without_captions(blocks, notes)
    if any(block.inner for block in kept):
        kept = _without_inner_lists(kept, notes)
    start = _leading(kept, own_title, notes)
    end = _trailing(kept, start, own_title, notes)
    kept = [
        block
        for block in kept[start:end]
        if len(text := block.text) > LONGEST
        or not (text[:2] in _PLATFORM_STARTS or "reader-supported" in text)
        or not _is_platform_line(block, notes)
    ]
    if kept:
        kept[0] = _without_head(kept[0], title, notes)
        kept[-1] = _without_tail(kept[-1], notes)
        if not kept[-1].text:
            kept.pop()
    if title and len(kept) == 1 and len(kept[0].text) <= 24 and _is_link(kept[0]):
        notes.append("link bar")
        kept = []
    # If there is no other text, captions are the text; without a title, every block is.
    kept = (
        kept
        or captions
        or [block for block in blocks if not title or _may_be_all(block, own_title)]
    )
    return kept, list(dict.fromkeys(notes))


def _may_be_all(block: Block, own_title: str) -> bool:
    """Say whether a block that was removed may be the text if there is no other."""
    if _is_link(block) or _ADDRESS.search(block.text) or _repeats(block, own_title):
        return False
    words = block.text
    note = after(words, lambda: True) or before(words, lambda: True)
    return note not in _NEVER_A_TEXT and not (note and block.linked * 3 > len(words))


def _is_backed(block: Block, own_title: str) -> bool:
    """Say whether there is a second sign that a block was added by the feed.

    The signs: at least a third of it is a link, it has an address or an arrow, or it names the
    entry.
    """
    text = block.text
    if block.linked * 3 >= len(text) or _SECOND_SIGN.search(text):
        return True
    least = 5 if own_title.isascii() else 4
    return len(own_title) >= least and own_title[:least] in comparison_form(text)


_SECOND_SIGN = re.compile(r"://|(?<!\w)www\.|(?<!\w)@\w|\w@\w|[→⟶➜➔›]\s*\Z")


_PLATFORM_STARTS = frozenset(start[:2] for start in PLATFORM_STARTS)


def _is_platform_line(block: Block, notes: list[str]) -> bool:
    """Say whether a short block, wherever it stands, was put between paragraphs by a platform."""
    text = block.text
    begins = text[:3] in PLATFORM_STARTS or text[:2] in PLATFORM_STARTS
    if not (begins or "reader-supported" in text):
        return False
    note = anywhere(text) if block.kind != "code" else None
    if note:
        notes.append(note)
    return note is not None


def _is_link_line(block: Block) -> bool:
    """Say whether a short last line is links and their label: "Transcript: English"."""
    text = block.text
    return (
        block.kind == "text"
        and len(text) <= 80
        and block.linked * 2 >= len(text)
        and text[-1] not in ".!?…。！？"
        and not _PICTOGRAPH.match(text)
    )


def _without_captions(blocks: Sequence[Block], notes: list[str]) -> tuple[list[Block], list[Block]]:
    """Return the blocks without the captions of images, and the captions."""
    captions = [
        block
        for block in blocks
        if block.kind == "caption" or (len(block.text) <= 120 and _is_credit(block))
    ]
    if not captions:
        return list(blocks), captions
    notes.append("caption")
    taken = set(map(id, captions))
    return [block for block in blocks if id(block) not in taken], captions


def _is_credit(block: Block) -> bool:
    text = block.text
    return (
        block.kind == "text"
        and any(map(text.__contains__, _CREDIT_SIGNS))
        and before(text, lambda: block.pictured) == "caption"
    )


_CREDIT_SIGNS = (": ", "：", "©", " by ", " via ", " courtesy ")


def _leading(blocks: list[Block], own_title: str, notes: list[str]) -> int:
    """Return the index of the first block of the author."""
    start = 0
    while start < len(blocks):
        note, taken = _first(blocks, start, own_title)
        if note is None:
            break
        notes.append(note)
        start += taken
    return start


def _first(blocks: list[Block], start: int, own_title: str) -> tuple[str | None, int]:
    """Return the note of the block at `start` if it is not the author's, and how many to remove."""
    block = blocks[start]
    if RELATED.fullmatch(block.text) and _says_something(blocks, start + 1):
        links = start + 1
        while links < len(blocks) and _is_link(blocks[links]):
            links += 1
        return "related links", links - start
    if note := _repeats(block, own_title) or _leading_note(block, own_title):
        return (None, 0) if note == "byline" and _heads_a_sheet(blocks, start) else (note, 1)
    if block.kind == "code" or len(block.text) > LONGEST:
        return None, 0
    if _is_agency(blocks, start):
        return "byline", 1
    if taken := _metadata(blocks, start):
        return "metadata table", taken
    if not _says_something(blocks, start + 1):
        return None, 0
    if _ADDRESS.fullmatch(block.text) or (_is_link(block) and block.kind == "text"):
        return "link bar", 1
    return None, 0


def _heads_a_sheet(blocks: list[Block], start: int) -> bool:
    """Say whether a labelled line is the first of a sheet of data, as that of a book."""
    following = blocks[start + 1] if start + 1 < len(blocks) else None
    field = _FIELD.fullmatch(following.text) if following is not None else None
    return (
        field is not None
        and not LABELS.fullmatch(field[1].strip())
        and field[1][0].isalpha()
        and "://" not in field[0]
        and _FIELD.fullmatch(blocks[start].text) is not None
    )


def _is_agency(blocks: list[Block], start: int) -> bool:
    """Say whether a block is the name of a news agency in capitals above a list: EFE, ACN."""
    text = blocks[start].text
    under = blocks[start + 1] if start + 1 < len(blocks) else None
    return (
        len(text) <= 20
        and text.isupper()
        and blocks[start].kind == "text"
        and under is not None
        and under.kind == "item"
        and len(under.text) >= LEAST_TEXT
    )


def _says_something(blocks: list[Block], start: int) -> bool:
    """Say whether the blocks from `start` on hold enough text outside links."""
    size = 0
    for block in blocks[start:]:
        text = block.text
        size += (len(text) - block.linked) * (1 if text.isascii() else 2)
        if size >= LEAST_TEXT or block.kind == "code":
            return True
    return False


def _is_link(block: Block) -> bool:
    """Say whether a short block is one link, or several, and no sentence."""
    text = block.text
    return (
        len(text) <= 80
        and 0 < len(text) - 3 <= block.linked
        and text[-1] not in ".!?…。！？"
        and not _PICTOGRAPH.match(text)
    )


_PICTOGRAPH = re.compile("[\U0001f300-\U0001faff]")  # it begins a callout or a bookmark


def _repeats(block: Block, own_title: str) -> str | None:
    text = block.text
    if block.kind == "code" or len(text) > 4 * len(own_title) + 16:
        return None
    form = comparison_form(text)
    if not form and not marks.ANY.search(text) and not _PICTOGRAPH.search(text):
        return "ornament"
    return "repeated title" if form and form == own_title else None


def _leading_note(block: Block, own_title: str) -> str | None:
    if block.kind == "code" or len(block.text) > LONGEST_FIRST:
        return None
    if _is_link_bar(block):
        return "link bar"
    return before(block.text, lambda: _is_backed(block, own_title))


def _metadata(blocks: list[Block], start: int) -> int:
    """Return the number of leading rows or lines that are metadata of the entry, not its text."""
    labels = known = 0
    for block in blocks[start:]:
        if block.kind == "row" and block.text.count(" | ") == 1:
            label = block.text.partition(" | ")[0]
        elif block.kind != "row" and (field := _FIELD.fullmatch(block.text)):
            label = field[1]
        else:
            break
        labels += 1
        known += bool(LABELS.fullmatch(label.strip()))
    least = 1 if blocks[start].kind == "row" else 2
    return labels if labels >= least and known * 2 >= labels else 0


def _trailing(blocks: list[Block], start: int, own_title: str, notes: list[str]) -> int:
    """Return the index after the last block of the author."""
    end = len(blocks)
    # Blocks after the cut mark of WordPress are added by the site.
    for at in range(max(start, end - 3), end - 1):
        if _cut_mark(blocks[at].text):
            notes.append("source line")
            end = at + 1
            break
    while end > start:
        note = _trailing_note(blocks[end - 1], own_title)
        if note in _DOUBTFUL and not _says_something(blocks[: end - 1], start):
            note = None
        if note is None and _is_link_line(blocks[end - 1]):
            note = "link bar" if _says_something(blocks[: end - 1], start) else None
        if note is None:
            break
        notes.append(note)
        end -= 1
    # A heading whose whole section was removed is removed too.
    while start < end < len(blocks) and blocks[end - 1].kind == "heading":
        end -= 1
    return end


def _trailing_note(block: Block, own_title: str) -> str | None:
    text = block.text
    if block.kind == "code" or len(text) > LONGEST:
        return None
    # In any language: a line with links that names the entry itself.
    if block.linked * 2 > len(text) and len(own_title) > 7 and own_title in comparison_form(text):
        return "source line"
    return after(text, lambda: _is_backed(block, own_title))


def _is_link_bar(block: Block) -> bool:
    """Say whether a block is only links with signs between them: "GitHub | Home"."""
    if not block.linked or block.kind != "text":
        return False
    parts = _BETWEEN_LINKS.split(block.text)
    size = sum(map(len, parts))
    return len(parts) > 1 and size - len(parts) <= block.linked <= size


def _without_inner_lists(blocks: list[Block], notes: list[str]) -> list[Block]:
    """Drop tables of contents: three list items or more that only lead into the page."""
    kept: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, Block("")]:
        if block.kind == "item" and block.inner and block.inner >= len(block.text) - 2:
            run.append(block)
            continue
        if len(run) >= 3:
            notes.append("table of contents")
            if (
                kept
                and len(kept[-1].text) < 40
                and before(kept[-1].text, lambda: False) == "table of contents"
            ):
                kept.pop()
        else:
            kept += run
        run = []
        kept.append(block)
    kept.pop()
    return kept


def _cut_mark(text: str) -> re.Match[str] | None:
    return _CUT_MARK.search(text, max(0, len(text) - 12)) if text.endswith(_BRACKETS) else None


def _without_head(block: Block, title: str, notes: list[str]) -> Block:
    """Cut a repeated title, WordPress's "[…]" or a doubled heading off the first block's beginning."""
    text = block.text
    if block.kind == "code":
        return block
    if block.mark == "• ":
        # A list without a lead-in begins like a text.
        block = replace(block, mark="")
    if found := HEAD.match(text):
        notes.append("platform line")
        text = text[found.end() :]
    if "platform line" in notes:
        text = _ABSTRACT.sub("", text)
    if found := _CALLS_HEAD.match(text):
        notes.append("call to follow")
        text = text[found.end() :]
    if title and (found := _ADDRESS_HEAD.match(text)):
        text = _ORPHAN.sub("", text[found.end() :])
    if found := _CUT_HEAD.match(text):
        text = "…" + text[found.end() :]
    elif (
        len(title) > 11
        and text.startswith(title)
        and (found := _AFTER_TITLE.match(text, len(title)))
        and len(text) - found.end() >= 20
    ):
        notes.append("repeated title")
        text = text[found.end() :]
    elif text.find(text[:10], 10, 100) > 0 and (found := _TWICE.match(text)):
        text = text[found.end() :]
    return block if text == block.text else replace(block, text=text)


def _without_tail(block: Block, notes: list[str]) -> Block:
    """Cut "… Read more" and WordPress's "[…]" off the end of the last block."""
    if block.kind == "code":
        return block
    text = block.text
    start = max(0, len(text) - LONGEST)
    end = text[start:].lower()
    found = TAIL.search(text, start) if any(map(end.__contains__, TAIL_HINTS)) else None
    if found:
        notes.append("read more")
        text = text[: found.start()].rstrip(_BEFORE_TAIL)
    if found := _CUT_AFTER_SENTENCE.search(text, max(0, len(text) - 8)):
        text = text[: found.start()]
    if text[-2:-1] in _OPENING and (found := _CUT_IN_BRACKETS.search(text, len(text) - 8)):
        notes.append("cut mark")
        text = f"{text[: found.start()].rstrip()}…"
    if found := _cut_mark(text):
        notes.append("cut mark")
        text = text[: found.start()].rstrip()
        text = text if _ENDS_SENTENCE.search(text) else f"{text}…"
    return block if text == block.text else replace(block, text=text)
