"""Serve a folder of feeds on loopback, some of them slowly or not at all.

    python bench/_server.py FOLDER [--slow]

Each feed can be asked for at an address of its own within 127.0.0.0/8, as each is at a host of its
own in a real list.  With ``--slow`` every twentieth answers after 5 s and every hundredth never.
Prints its port and ends when standard input does.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.feedserver import Answer, FeedServer, Page, Raw, Request

SLOW, NEVER = 5.0, 3600.0


class SlowServer(FeedServer):
    """A server of feeds of which some answer late."""

    def _page(self, request: Request) -> Page:
        page = super()._page(request)
        number = re.search(r"\d+", request.path)
        place = int(number[0]) % 100 if number else 1
        if place == 50:
            return Raw(pieces=(b"",), pause=NEVER)
        if place % 20 == 3 and isinstance(page, Answer):
            return replace(page, delay=SLOW)
        return page


def main() -> None:
    """Serve until nobody listens any more."""
    make = SlowServer if "--slow" in sys.argv else FeedServer
    with make(Path(sys.argv[1]), host="0.0.0.0") as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
