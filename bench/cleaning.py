"""Score cleaning and cutting on the tables of the tests: sentences, platforms, pictures, ends.

    .venv/bin/python bench/cleaning.py [-v]

A line a part: how many rows come out as a person wrote beside them.  With -v the rows that do not
are named.  The tables are those of tests/ (their inputs are made up), so a figure falls before a
test does only where a row is marked as open.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parents[1] / "tests"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    for part, rows in _parts():
        failed = [name for name, check in rows if not _holds(check)]
        print(f"{part:42}{len(rows) - len(failed):6} of {len(rows)}")
        if arguments.verbose:
            print("".join(f"    {name}\n" for name in failed), end="")


Rows = list[tuple[str, Callable[[], None]]]


def _parts() -> Iterable[tuple[str, Rows]]:
    authors = _module("normalize/test_author_sentences.py")
    yield (
        "an author's sentences stay",
        [
            (row, lambda row=row: authors.test_an_authors_sentence_stays(row))
            for row in authors.SENTENCES
        ],
    )
    furniture = _module("normalize/test_boilerplate.py")
    yield (
        "furniture before a text goes",
        [
            (row[1], lambda row=row: furniture.test_what_stands_before_goes(*row))
            for row in furniture.BEFORE
        ],
    )
    yield (
        "furniture after a text goes",
        [
            (row[1], lambda row=row: furniture.test_what_stands_after_goes(*row))
            for row in furniture.AFTER
        ],
    )
    platforms = _module("normalize/test_platforms.py")
    yield (
        "platforms: their words go",
        [
            (row, lambda row=row: platforms.test_a_platforms_own_words_go(row))
            for row in platforms.ROWS
        ],
    )
    yield (
        "platforms: an author who begins alike",
        [
            (row, lambda row=row: platforms.test_an_author_who_begins_alike_stays(row))
            for row in platforms.ROWS
        ],
    )
    pictures = _module("normalize/test_image.py")
    yield (
        "pictures: the right one is chosen",
        [
            (row[0], lambda row=row: pictures.test_an_image_of_the_text(*row[1:]))
            for row in pictures.CHOSEN
        ],
    )
    yield (
        "pictures: what counts readers is left out",
        [
            (
                row,
                lambda row=row: pictures.test_what_counts_its_readers_is_neither_chosen_nor_stored(
                    row
                ),
            )
            for row in pictures.TRACKERS
        ],
    )
    ends = _module("excerpt/test_sentence_ends.py")
    for title, rows, check in (
        (
            "abbreviations",
            ends.ABBREVIATED,
            ends.test_a_full_stop_that_ends_no_sentence_is_no_place_to_cut,
        ),
        ("sentence ends", ends.ENDS, ends.test_the_end_of_a_sentence_is_where_to_cut),
    ):
        by_language: defaultdict[str, Rows] = defaultdict(list)
        for row in rows:
            by_language[row[0]].append((row[1], lambda row=row, check=check: check(*row)))
        for language in sorted(by_language):
            yield f"{title}: {language}", by_language[language]


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


def _module(path: str) -> ModuleType:
    """Load a module of the tests."""
    spec = spec_from_file_location(f"tables_{Path(path).stem}", TESTS / path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
