"""Make copies of a text as syndication makes them: cut, marked up anew, framed, edited, teased.

Everything follows from the seed.  What is made here is what `duplicates.py` measures recall on, so
it is not to be changed together with the matching.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from html import escape

Variant = tuple[str, str]
"""A title and HTML."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_SITES = (
    "The Daily Herald",
    "Planet Example",
    "Nachrichtenblatt",
    "Le Courrier",
    "例报",
    "Вестник",
)


def is_wide(text: str) -> bool:
    """Tell whether a text is written without spaces."""
    return 3 * len(_WIDE.findall(text)) > len(text)


def truncated(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Keep the first half."""
    if is_wide(text):
        return title, f"<p>{escape(text[: len(text) // 2])}…</p>"
    words = text.split()
    return title, f"<p>{escape(' '.join(words[: len(words) // 2]))} [...]</p>"


def marked_up(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Write the same in other elements, with tracking pixels, links and typographic quotes."""
    text = text.replace("'", "’").replace(" - ", " – ").replace("...", "…")
    parts = []
    for sentence in _sentences(text):
        shape = chance.random()
        safe = escape(sentence)
        if shape < 0.2:
            head, _, tail = safe.partition(" ")
            safe = f"<b>{head}</b> {tail}"
        elif shape < 0.4:
            safe = f'<a href="https://example.com/?utm_source={chance.randrange(99)}">{safe}</a>'
        elif shape < 0.5:
            safe = f"<em>{safe}</em>"
        parts.append(f"<div class='c{chance.randrange(9)}'>{safe}</div>" if shape > 0.6 else safe)
    return (
        f"<b>{escape(title)}</b>",
        "<table><tr><td><span>" + "\n&nbsp; ".join(parts) + "</span></td></tr></table>"
        '<img src="https://t.example.com/p.gif" width="1" height="1">',
    )


def framed(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Put a site's own words around it, and its author before the title."""
    site = chance.choice(_SITES)
    head = f"<p>By Jane Roe, staff writer of {site}, {chance.randint(1, 28)} March 2026.</p>"
    tail = (
        f"<p>The post <a href='https://example.com/p'>{escape(title)}</a> appeared first on "
        f"<a href='https://example.com/'>{site}</a>.</p><p>Share this: Twitter Facebook Email. "
        f"Subscribe to the newsletter of {site} and never miss a story. Tags: news, world.</p>"
    )
    return f"Jane Roe: {title}", f"{head}<p>{escape(text)}</p>{tail}"


def edited(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Replace, drop or add one word of ten."""
    wide = is_wide(text)
    words = list(text) if wide else text.split()
    out: list[str] = []
    for word in words:
        fate = chance.random()
        if fate < 0.06:
            out.append(chance.choice(pool))
        elif fate < 0.08:
            out += [word, chance.choice(pool)]
        elif fate >= 0.1:
            out.append(word)
    return title, f"<p>{escape(('' if wide else ' ').join(out))}</p>"


def teaser(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Keep the first sentence; where it is very short, the second as well."""
    least = 40 if is_wide(text) else 90
    kept = ""
    for sentence in _sentences(text):
        kept += sentence if is_wide(text) else f" {sentence}"
        if len(kept) >= least:
            break
    return title, f"<p>{escape(kept[: 6 * least].strip())}</p>"


def excerpt(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Cut 350 characters off, without a title, as a transmission page does."""
    return "", f"<p>{escape(text[:350])}...</p>"


def retitled(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Give the whole text a title of other words."""
    return " ".join(chance.choices(pool, k=6)).capitalize(), f"<p>{escape(text)}</p>"


def bare_teaser(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Tease under no title."""
    return "", teaser(chance, title, text, pool)[1]


def bare_edited(chance: random.Random, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Edit under no title."""
    return "", edited(chance, title, text, pool)[1]


MAKERS: dict[str, tuple[Callable[..., Variant], float]] = {
    "truncated": (truncated, 1.0),
    "re-marked-up": (marked_up, 1.0),
    "boilerplated": (framed, 0.99),
    "10 % edited": (edited, 0.94),
    "teaser only": (teaser, 0.70),
    "350 characters": (excerpt, 0.95),
    "retitled": (retitled, 0.95),
    "teaser, untitled": (bare_teaser, 0.70),
    "edited, untitled": (bare_edited, 0.94),
}
"""Name -> maker, and the recall that is asked of the matching."""


def make(kind: str, seed: int, title: str, text: str, pool: Sequence[str]) -> Variant:
    """Make the variant `kind` of a text."""
    return MAKERS[kind][0](random.Random(f"{kind}/{seed}"), title, text, pool)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
