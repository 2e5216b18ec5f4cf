"""Which pages a site lets programs like this one read (robots.txt, RFC 9309).

A feed is asked for by the person who subscribed to it; an article's page is fetched by a program
of its own accord, so it asks the site first.  What a site says is kept for the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from digest.errors import FetchError
from digest.model import Document, NotModified
from digest.net.url_parts import web_address

if TYPE_CHECKING:
    from protego import Protego

AGENT = "digest"
"""Our product token: what a site may call us."""
MOST_BYTES = 512_000
"""How much of the file has to be understood (RFC 9309, 2.5); a longer one counts as unreadable."""

Outcome: TypeAlias = Document | NotModified | FetchError


class Robots:
    """The rules of the sites met so far."""

    def __init__(self) -> None:
        self._rules: dict[str, Protego | str] = {}

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
        address = web_address(page)
        allowed = address is not None and rules.can_fetch(str(address), AGENT)
        return None if allowed else "robots.txt does not allow it"


def _file(page: str) -> str:
    """Return the address of the robots.txt of a page's origin; empty where there is none."""
    address = web_address(page)
    return str(replace(address, login="", target="/robots.txt")) if address else ""


def _rules(outcome: Outcome) -> Protego | str:
    """Read a robots.txt: a missing one allows all, one that cannot be had nothing (2.3.1)."""
    from protego import Protego

    if isinstance(outcome, Document):
        body = outcome.body.removeprefix(b"\xef\xbb\xbf")
        return Protego.parse(body.decode("utf-8", "replace"))
    if isinstance(outcome, FetchError) and _is_missing(outcome.status):
        return Protego.parse("")
    return str(outcome)


def _is_missing(status: int | None) -> bool:
    """Return whether a site has no robots.txt; 429 says that it has no time for us."""
    return status is not None and 400 <= status < 500 and status != 429
