"""Score the matching with pairs that people have judged, as `digest stories verdicts` exports them.

    digest stories verdicts --export > pairs.jsonl
    .venv/bin/python bench/verdicts.py pairs.jsonl [--claims]

Each pair is grouped by itself, as two new entries of two feeds, and without the verdict.  Prints
how many of the pairs judged to be the same are joined (recall), how many of the joined pairs were
judged to be the same (precision), and with `--claims` each pair on which the two disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest import match
from digest.model import Body, Entry, KeyHolder, MarkedText, SafeHtml

UNDATED = datetime(2026, 1, 12, 7, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair:
    """A judged pair, and whether the matching joins it."""

    id: int
    same: bool
    joined: bool
    titles: tuple[str, str]


def main() -> None:
    """Print the score of a file of pairs, or of standard input."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pairs", type=Path, nargs="?")
    parser.add_argument("--claims", action="store_true")
    asked = parser.parse_args()
    lines = asked.pairs.read_text().splitlines() if asked.pairs else sys.stdin
    scored = list(score(lines))
    same = [pair for pair in scored if pair.same]
    joined = [pair for pair in scored if pair.joined]
    found = sum(pair.joined for pair in same)
    print(f"{len(scored)} pairs: {len(same)} the same, {len(scored) - len(same)} not the same")
    print(f"recall: {found} of {len(same)}, {_share(found, len(same))}")
    print(f"precision: {found} of {len(joined)}, {_share(found, len(joined))}")
    if asked.claims:
        for pair in scored:
            if pair.same != pair.joined:
                what = "missed" if pair.same else "wrongly joined"
                print(f"{what}: no. {pair.id}, “{pair.titles[0]}” and “{pair.titles[1]}”")


def score(lines: Iterable[str]) -> Iterator[ScoredPair]:
    """Yield each judged pair of these JSON lines with what the matching makes of it."""
    for line in filter(str.strip, lines):
        pair = json.loads(line)
        if pair["label"] in ("same", "apart"):
            yield ScoredPair(
                id=pair["id"],
                same=pair["label"] == "same",
                joined=_are_joined([_entry(at, text) for at, text in enumerate(pair["texts"], 1)]),
                titles=(pair["texts"][0]["title"], pair["texts"][1]["title"]),
            )


def _are_joined(entries: list[Entry]) -> bool:
    holders: defaultdict[int, list[KeyHolder]] = defaultdict(list)
    for entry in entries:
        for key in match.keys(entry):
            holders[key.hash].append(KeyHolder(entry_id=entry.id or 0, feed_id=entry.feed_id))
    feeds = {entry.feed_id for entry in entries}
    texts = {entry.id or 0: entry.body.text for entry in entries if entry.body}
    pairs = match.candidates(entries, holders, feeds)
    return len(match.group(entries, (), pairs, holders, feeds, lambda ids: texts)) == 1


def _entry(number: int, judged: dict[str, Any]) -> Entry:
    published = judged.get("published")
    text = judged.get("text")
    return Entry(
        id=number,
        feed_id=number,
        uid=str(number),
        title=judged["title"],
        link=judged.get("link"),
        canonical_link=judged.get("canonical_link"),
        published=datetime.fromisoformat(published) if published else None,
        language=judged.get("language"),
        fingerprint=judged.get("fingerprint"),
        body=Body(html=SafeHtml(""), text=MarkedText(text), verbatim=False) if text else None,
        first_seen=UNDATED,
        raw_hash="",
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


if __name__ == "__main__":
    main()
