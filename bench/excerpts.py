"""Make one page of excerpts of real feeds beside the originals, for a person to judge.

    .venv/bin/python bench/excerpts.py --corpus PATH [--seed 1] [--count 200] [--out excerpts.html]

The choice is drawn from a few entries of every feed, a language's share growing with the square
root of what it has, so that rare languages and small feeds are seen as well as the large ones.  The
same seed is the same page; entries without any text are left out.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from math import sqrt
from pathlib import Path

from jinja2 import Environment
from selectolax.lexbor import LexborHTMLParser

import _corpus
from digest.excerpt import excerpt
from digest.model import Entry, Excerpt, ExcerptSettings, MarkedText

MOST_OF_A_FEED = 3
ORIGINAL = 1200
"""Characters of an original that are shown, tags not counted."""

Judged = tuple[_corpus.Raw, Entry, Excerpt]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    _corpus.add_argument(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--length", type=int, default=350)
    parser.add_argument("--out", type=Path, default=Path("excerpts.html"))
    arguments = parser.parse_args()
    judged = choose(
        arguments.corpus, arguments.seed, arguments.count, ExcerptSettings(length=arguments.length)
    )
    arguments.out.write_text(_page(judged, arguments.seed), encoding="utf-8")
    print(f"{len(judged)} excerpts: {arguments.out}")


def choose(folder: Path | None, seed: int, count: int, settings: ExcerptSettings) -> list[Judged]:
    """Draw `count` entries, clean and cut them."""
    chance = random.Random(seed)
    by_feed: defaultdict[str, list[_corpus.Raw]] = defaultdict(list)
    for raw in _corpus.entries(folder):
        by_feed[raw.file].append(raw)
    by_language: defaultdict[str, list[tuple[_corpus.Raw, Entry]]] = defaultdict(list)
    for feed in by_feed.values():
        for raw in chance.sample(feed, min(MOST_OF_A_FEED, len(feed))):
            entry = raw.cleaned()
            if entry.body and entry.body.text:
                by_language[(entry.language or "?").partition("-")[0]].append((raw, entry))
    hands = [chance.sample(hand, len(hand)) for _, hand in sorted(by_language.items())]
    steps = [max(round(sqrt(len(hand))), 1) for hand in hands]
    dealt: list[Judged] = []
    while len(dealt) < count and any(hands):
        for hand, step in zip(hands, steps, strict=True):
            dealt += [_cut(raw, entry, settings) for raw, entry in hand[:step]]
            del hand[:step]
    return dealt[:count]


def _cut(raw: _corpus.Raw, entry: Entry, settings: ExcerptSettings) -> Judged:
    text = entry.body.text if entry.body else MarkedText("")
    return raw, entry, excerpt(text, settings, language=entry.language)


def _original(raw: _corpus.Raw) -> str:
    """Return the words of an entry's own source, tags away and nothing else done."""
    construct = raw.entry.content or raw.entry.summary
    if construct is None:
        return ""
    if not construct.html:
        return construct.value[:ORIGINAL]
    tree = LexborHTMLParser(construct.value[: 40 * ORIGINAL], is_fragment=True)
    rows = (row.strip() for row in (tree.root.text() if tree.root else "").splitlines())
    return "\n".join(row for row in rows if row)[:ORIGINAL]


def _source(raw: _corpus.Raw) -> str:
    construct = raw.entry.content or raw.entry.summary
    return construct.value[: 4 * ORIGINAL] if construct else ""


def _page(judged: list[Judged], seed: int) -> str:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    rows = [(raw, entry, cut, _original(raw), _source(raw)) for raw, entry, cut in judged]
    languages = sorted({entry.language or "?" for _, entry, _ in judged})
    return environment.from_string(_TEMPLATE).render(rows=rows, seed=seed, languages=languages)


_TEMPLATE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ rows | length }} excerpts, seed {{ seed }}</title>
<style>
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1c1b19; --soft: #5f5b53;
        --rule: #dcd7cc; --accent: #9a3412; --wash: #f3efe6 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #161513; --ink: #ece8df; --soft: #a9a398; --rule: #37332d;
          --accent: #f0a37b; --wash: #1f1d1a } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 84rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper);
       color: var(--ink);
       font: 1.0625rem/1.6 Charter, "Iowan Old Style", "Noto Serif CJK SC", Georgia, serif }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 }
.lead, .from { font: .875rem/1.5 system-ui, sans-serif; color: var(--soft) }
.lead { margin: .5rem 0 0; padding-bottom: 1.25rem; border-bottom: 3px double var(--rule) }
article { display: grid; grid-template-columns: 3fr 2fr; gap: .25rem 2.5rem; padding: 1.5rem 0;
          border-bottom: 1px solid var(--rule) }
h2 { margin: 0; font-size: 1.2rem; line-height: 1.35 }
h2 a { color: var(--accent); text-decoration: none; font: 600 .8rem/1 system-ui, sans-serif;
       margin-inline-end: .5rem }
.from { margin: .2rem 0 .5rem }
.excerpt { margin: 0; overflow-wrap: anywhere }
.excerpt:empty::before { content: "no text: title and link only"; color: var(--soft);
                         font-style: italic }
.original { max-height: 16rem; overflow: auto; padding: .75rem 1rem; background: var(--wash);
            font: .875rem/1.5 system-ui, sans-serif; white-space: pre-wrap;
            overflow-wrap: anywhere }
details { grid-column: 1 / -1; font: .8rem/1.45 ui-monospace, monospace; color: var(--soft) }
details pre { margin: .5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere }
summary { cursor: pointer; font-family: system-ui, sans-serif }
@media (max-width: 50rem) { article { grid-template-columns: 1fr } }
</style>
<h1>{{ rows | length }} excerpts</h1>
<p class="lead">Seed {{ seed }}; {{ languages | join(", ") }}. At the right the words of the source,
tags away and nothing else done.</p>
{% for raw, entry, cut, original, source in rows %}
<article id="n{{ loop.index }}" lang="{{ entry.language or "" }}">
<div>
<h2 dir="auto"><a href="#n{{ loop.index }}">{{ loop.index }}</a>
{{- entry.title or "(no title)" }}</h2>
<p class="from">{{ raw.file }} · {{ entry.language or "language unknown" }}
{%- for note in entry.notes %} · {{ note }}{% endfor %}</p>
<p class="excerpt" dir="auto">{{ cut.text }}</p>
</div>
<div class="original" dir="auto" tabindex="0">{{ original }}</div>
<details><summary>source</summary><pre>{{ source }}</pre></details>
</article>
{% endfor %}
</html>
"""


if __name__ == "__main__":
    main()
