"""Which pages a site lets programs like this one read (robots.txt, RFC 9309).

A feed is asked for by the person who subscribed to it; an article's page is fetched by a program
of its own accord, so it asks the site first.  What a site says is kept for the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from digest.errors import FetchError
from digest.model import Document, NotModified

if TYPE_CHECKING:
    from urllib.robotparser import RobotFileParser

AGENT = "digest"
"""Our product token: what a site may call us."""
MOST_BYTES = 512_000
"""How much of the file has to be understood (RFC 9309, 2.5); a longer one counts as unreadable."""

Outcome: TypeAlias = Document | NotModified | FetchError


class Robots:
    """The rules of the sites met so far."""

    def __init__(self) -> None:
        self._rules: dict[str, RobotFileParser | str] = {}

    def unknown(self, pages: Iterable[str]) -> tuple[str, ...]:
        """List the addresses of the robots.txt that have to be read before these pages."""
        files = dict.fromkeys(map(_file, pages))
        return tuple(file for file in files if file not in self._rules)

    def learn(self, answers: Mapping[str, Outcome]) -> None:
        """Take in what was found at the addresses that `unknown` listed."""
        for file, outcome in answers.items():
            self._rules[file] = _rules(outcome)

    def refusal(self, page: str) -> str | None:
        """Say why a page may not be read; ``None`` where it may."""
        rules = self._rules[_file(page)]
        if isinstance(rules, str):
            return f"robots.txt cannot be read: {rules}"
        try:
            allowed = rules.can_fetch(AGENT, page)
        except ValueError:  # an address that this parser takes for none
            allowed = False
        return None if allowed else "robots.txt does not allow it"


def _file(page: str) -> str:
    parts = urlsplit(page)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def _rules(outcome: Outcome) -> RobotFileParser | str:
    """Read a robots.txt: a missing one allows all, one that cannot be had nothing (2.3.1)."""
    from urllib.robotparser import RobotFileParser  # it imports what fetches, too

    rules = RobotFileParser()
    if isinstance(outcome, Document):
        lines = outcome.body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()
    elif isinstance(outcome, FetchError) and _is_missing(outcome.status):
        lines = []
    else:
        return str(outcome)
    try:
        rules.parse(lines)
    except ValueError as error:
        return str(error)
    return rules


def _is_missing(status: int | None) -> bool:
    return status is not None and 400 <= status < 500 and status != 429
