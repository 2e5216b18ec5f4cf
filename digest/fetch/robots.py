"""Decide which pages a site allows programs to read (robots.txt, RFC 9309).

A person has subscribed to a feed, but the program itself chooses to fetch an article's page, so it
reads the site's robots.txt first.  The rules of a site are kept for the run.
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
"""The product token by which a site's rules name this program."""
MOST_BYTES = 512_000
"""The most bytes of a robots.txt (RFC 9309, 2.5); a longer file counts as unreadable."""

Outcome: TypeAlias = Document | NotModified | FetchError


class Robots:
    """The rules of the sites that were read so far."""

    def __init__(self) -> None:
        self._rules: dict[str, Protego | str] = {}

    def unknown(self, pages: Iterable[str]) -> tuple[str, ...]:
        """Return the addresses of the robots.txt files that must be read before these pages."""
        files = dict.fromkeys(map(_file, pages))
        return tuple(file for file in files if file not in self._rules)

    def learn(self, answers: Mapping[str, Outcome]) -> None:
        """Store the rules that were fetched from the addresses that `unknown` returned."""
        for file, outcome in answers.items():
            self._rules[file] = _rules(outcome)

    def refusal(self, page: str) -> str | None:
        """Return why a page may not be read; ``None`` if it may."""
        rules = self._rules[_file(page)]
        if isinstance(rules, str):
            return f"robots.txt cannot be read: {rules}"
        address = web_address(page)
        allowed = address is not None and rules.can_fetch(str(address), AGENT)
        return None if allowed else "robots.txt does not allow it"


def _file(page: str) -> str:
    """Return the address of the robots.txt of a page's origin; empty if `page` is no address."""
    address = web_address(page)
    return str(replace(address, login="", target="/robots.txt")) if address else ""


def _rules(outcome: Outcome) -> Protego | str:
    """Read a robots.txt: a missing file allows all, an unreachable one nothing (2.3.1)."""
    from protego import Protego

    if isinstance(outcome, Document):
        body = outcome.body.removeprefix(b"\xef\xbb\xbf")
        return Protego.parse(body.decode("utf-8", "replace"))
    if isinstance(outcome, FetchError) and _is_missing(outcome.status):
        return Protego.parse("")
    return str(outcome)


def _is_missing(status: int | None) -> bool:
    """Return whether a site has no robots.txt; 429 only means too many requests."""
    return status is not None and 400 <= status < 500 and status != 429
