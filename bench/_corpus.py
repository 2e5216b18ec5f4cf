"""A folder of real feeds: where it is, and every entry in it, parsed and not yet cleaned."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from digest.errors import ParseError
from digest.model import Document, Entry, ParsedEntry, ParsedFeed
from digest.normalize.entry import normalize
from digest.parse import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Raw(NamedTuple):
    """An entry as its feed wrote it."""

    file: str
    feed: ParsedFeed
    entry: ParsedEntry

    def cleaned(self) -> Entry:
        """Clean it, as a refresh would."""
        return normalize(
            self.entry,
            feed_id=1,
            uid=self.entry.id or self.entry.link or "",
            feed_url="https://example.org/feed",
            feed_link=self.feed.link,
            feed_language=self.feed.language,
            canonical_link=None,
            raw_hash="",
            first_seen=NOW,
        )


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take the folder that holds `feeds`."""
    parser.add_argument(
        "--corpus",
        type=Path,
        default=os.environ.get("DIGEST_CORPUS"),
        help="a folder of feeds, or one that holds it as `feeds` [$DIGEST_CORPUS]",
    )


def entries(folder: Path | None) -> Iterator[Raw]:
    """Read every entry of every feed of `folder`, in the order of the files' names."""
    if folder is None:
        sys.exit("name a folder of feeds: --corpus PATH, or DIGEST_CORPUS")
    inner = folder / "feeds"
    paths = sorted((inner if inner.is_dir() else folder).iterdir())
    for path in paths:
        if not path.is_file():
            continue
        document = Document(url=path.as_uri(), media_type=None, body=path.read_bytes())
        try:
            feed = parse(document)
        except ParseError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        for entry in feed.entries:
            yield Raw(path.name, feed, entry)
