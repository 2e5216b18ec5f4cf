"""Measure cleaning and cutting on every entry of a folder of real feeds.

    .venv/bin/python bench/clean.py --corpus PATH [--rounds 3]

Parsing stands outside the clock.  What is printed is CPU time an entry, sanitizing and detecting
the language included, then the seconds that one megabyte of a hostile sign takes.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from typing import TypeVar

import _corpus
from digest.excerpt import excerpt
from digest.model import ExcerptSettings
from digest.normalize.entry import document

T = TypeVar("T")

HOSTILE = {
    "<": "<",
    "&": "&",
    "$": "$",
    "<div>": "<div>",
    "</div>": "</div>",
    "combining marks": "\u0301",
    "digits": "7",
    "$(": "$(",
    "$ ": "$ ",
    "\\(": "\\(",
    "a<br>": "a<br>",
    "<math>": "<math>",
    "<math><mi>": "<math><mi>x</mi>",
    "<a href='#'>": "<a href='#'>x",
    "<p>": "<p>x",
    "&amp;": "&amp;",
    "*a ": "*a ",
    "[a](": "[a](",
    "```": "``` ",
    "spaces": " ",
    "line feeds": "\n",
    "Chinese": "山",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    _corpus.add_argument(parser)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    raw = list(_corpus.entries(arguments.corpus))
    gc.freeze()
    settings = ExcerptSettings()
    best = (float("inf"), float("inf"))
    for _ in range(arguments.rounds):
        cleaning, cleaned = _timed(lambda: [raw_entry.cleaned() for raw_entry in raw])
        cutting, _ = _timed(
            lambda made=cleaned: [
                excerpt(entry.body.text, settings, language=entry.language)
                for entry in made
                if entry.body
            ]
        )
        best = min(best, (cleaning, cutting), key=sum)
    each = [seconds / len(raw) * 1e6 for seconds in best]
    print(f"{len(raw)} entries, best of {arguments.rounds}")
    print(f"{'clean':>8}{'cut':>8}{'both':>8}   µs of CPU an entry")
    print(f"{each[0]:8.0f}{each[1]:8.0f}{sum(each):8.0f}\n")
    for name, unit in HOSTILE.items():
        source = unit * (1_000_000 // len(unit))
        for is_html in (True, False):
            seconds, _ = _timed(lambda source=source, is_html=is_html: _cut(source, is_html))
            kind = "HTML" if is_html else "text"
            print(f"1 MB of {name:16}{kind}{seconds:8.2f} s")


def _cut(source: str, is_html: bool) -> str:
    return excerpt(document(source, html=is_html).text, ExcerptSettings()).text


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


if __name__ == "__main__":
    main()
