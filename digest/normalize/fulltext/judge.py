"""Decide whether an entry is a teaser, and whether the text of its page belongs to it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from digest.model import Document, Markup, ParsedEntry, RawHtml
from digest.normalize.fulltext.extract import main_text
from digest.normalize.fulltext.safe_html import safe_page
from digest.text import scripts
from digest.text.characters import decode_references
from digest.text.charset import decode_page
from digest.text.words import words

MOST_OF_A_TEASER = 1_000
"""Letters and digits below which a text is taken for a teaser, whatever it ends in."""
LEAST_GAIN = 2
"""The text of the page must be at least this many times as long as the teaser."""
LEAST_AGREEMENT = 0.5
"""The share of the words of the teaser that the text of the page must contain."""
MOST_BYTES = 4_000_000
"""Bytes of a page that are read, at most."""


def is_teaser(entry: ParsedEntry) -> bool:
    """Say whether the text in the feed looks like part of a longer one.

    It does if it is shorter than `MOST_OF_A_TEASER`, and at any length if it ends in an ellipsis or
    in words such as "read more".  Later, `fill` recognizes short texts that are complete by their
    page.
    """
    if entry.verbatim:
        return False
    text = _text(entry)
    return len(_letters(text)) < MOST_OF_A_TEASER or _CUT.search(text[-_TAIL:]) is not None


def fill(entry: ParsedEntry, page: Document) -> ParsedEntry | str:
    """Return `entry` with the main text of its page as its content, or the reason why not.

    The text of the page is taken if it is at least `LEAST_GAIN` times as long as the teaser and
    agrees with it: it contains most words of the teaser, or of the title if there is no teaser.
    """
    kind = (page.media_type or "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        return f"the page is {kind}"
    html = safe_page(decode_page(page.body[:MOST_BYTES], page.media_type))
    found = main_text(html, page.url)
    if found is None:
        return "the page asks not to be copied (noarchive)"
    teaser, letters = _text(entry), _letters(text := _without_tags(found))
    if not letters:
        return "no text was found on the page"
    if len(letters) < LEAST_GAIN * len(_letters(teaser)):
        return "the page says no more than the feed"
    teaser_words = _compared(_CUT.sub("", teaser)) or _compared(_title(entry))
    if len(teaser_words & _compared(f"{text} {_page_title(html)}")) < max(
        1, LEAST_AGREEMENT * len(teaser_words)
    ):
        return "the page tells something else"
    before = entry.content or entry.summary
    content = Markup(
        value=RawHtml(found),
        html=True,
        base=page.url,
        language=before.language if before else None,
    )
    return replace(entry, summary=None, content=content)


_TAIL = 300
_MORE = (
    r"(?:continue|keep) reading|read (?:more|on|the (?:rest|full|whole))|(?:full|whole) (?:story"
    r"|post|article)|weiterlesen|mehr lesen|lire la suite|en savoir plus|leer más|seguir leyendo"
    r"|leia mais|continua a leggere|leggi tutto|lees (?:meer|verder)|läs mer|czytaj więcej"
    r"|czytaj dalej|читать (?:далее|дальше|полностью)|(?:阅读|查看)(?:全文|更多|原文)"
    r"|閱讀(?:全文|更多)|继续阅读|繼續閱讀|続きを読む|もっと読む|全文を読む|더\s?보기|계속 읽기"
)
_CUT = re.compile(
    rf"(?:…|\.\.\.|\[(?:…|\.\.\.)\])\s*$|(?<!\w)(?:{_MORE})(?:[\s:“„«\"(-][^\n.!?…。！？]{{0,120}})?\W{{0,5}}$",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_NO_LETTERS = re.compile(r"[\W_]+")
_WITHOUT_SPACES = re.compile(f"[{scripts.WITHOUT_SPACES}]")


def _text(entry: ParsedEntry) -> str:
    """Return the longer one of content and summary, as plain text."""
    texts = (_plain(markup) for markup in (entry.content, entry.summary) if markup)
    return max(texts, key=len, default="").strip()


def _title(entry: ParsedEntry) -> str:
    return _plain(entry.title) if entry.title else ""


def _plain(markup: Markup) -> str:
    return _without_tags(markup.value) if markup.html else markup.value


def _without_tags(html: str) -> str:
    return decode_references(_ANY_TAG.sub(" ", html))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


def _compared(text: str) -> frozenset[str]:
    """Return the words to compare: long ones, and pairs of characters in spaceless scripts."""
    found = words(text)
    pairs = (
        first + second
        for first, second in pairwise(found)
        if _is_single(first) and _is_single(second)
    )
    return frozenset([*(word for word in found if len(word) > 3), *pairs])


def _is_single(word: str) -> bool:
    return len(word) == 1 and _WITHOUT_SPACES.match(word) is not None


_PAGE_TITLE = re.compile(r"<(title|h1)\b[^<>]*>(.{0,500}?)</\1>", re.DOTALL)


def _page_title(html: str) -> str:
    return _without_tags(" ".join(found[2] for found in _PAGE_TITLE.finditer(html)))
