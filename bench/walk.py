"""Walk with one entry through both lines and count the moves between modules.

One feed with one entry is refreshed and published (a page as a file and a mail into a maildir).
A profile hook notes in which module of the package each call lands; a move is a call into another
module than the call before, and a return is a move into a module that was left before.  It
shows how far a reader of the code has to turn pages to follow one entry.  Both lines run once
before: what a module does when it is imported is no step of an entry.

    python bench/walk.py            # both lines, a row each
    python bench/walk.py --modules  # and the modules in the order in which they are reached
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import FrameType

import digest

PACKAGE = str(Path(digest.__file__).parent)
NOW = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbor</title>
<link>https://harbor.example/</link><item><title>The ferry is back</title>
<link>https://harbor.example/ferry</link><guid>ferry-1</guid>
<pubDate>Mon, 12 Jan 2026 05:00:00 GMT</pubDate>
<description>&lt;p&gt;After a winter in the yard the ferry crosses the bay again, twice an hour,
and the first crossing was full of people who had waited for it.&lt;/p&gt;</description>
</item></channel></rss>"""
CONFIG = """title = "Walk"
[[feeds]]
url = "feed.xml"
[digests.daily]
[digests.daily.deliver.files]
path = "out"
formats = ["html"]
[digests.daily.deliver.maildir]
path = "mail"
from = "Daily <daily@example.org>"
to = ["reader@example.org"]
"""


def main() -> None:
    """Print the moves and returns of both lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", action="store_true", help="list the modules as reached")
    shown = parser.parse_args().modules

    from digest.pipeline import publish, refresh
    from digest.settings import load
    from digest.store import open_store

    for counted in (False, True):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "feed.xml").write_text(FEED)
            (folder / "config.toml").write_text(CONFIG)
            config = load(folder / "config.toml")
            store = open_store(config.store.url)
            try:
                for line, run in (("refresh", refresh), ("publish", publish)):
                    reached = trace(partial(run, config, store, NOW))
                    moves, returns = count(reached)
                    if counted:
                        print(f"{line}: {moves} moves between modules, {returns} of them back")
                    if counted and shown:
                        print("   ", "\n    ".join(dict.fromkeys(reached)))
            finally:
                store.close()


def trace(run: Callable[[], object]) -> list[str]:
    """Run it; return the module of each call into the package, in order."""
    reached: list[str] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(PACKAGE) and frame.f_code.co_name != "<module>":
            reached.append(file.removeprefix(PACKAGE).strip("/"))

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return reached


def count(reached: list[str]) -> tuple[int, int]:
    """Count the moves between modules and, of these, the ones into a module left before."""
    moves = returns = 0
    seen = set(reached[:1])
    for before, after in pairwise(reached):
        if before != after:
            moves += 1
            returns += after in seen
            seen.add(after)
    return moves, returns


if __name__ == "__main__":
    main()
