"""Read the address of a feed as people write, copy and paste it.

Blanks, brackets and quotes around an address and tracking parameters in it are removed.  Other
spellings (``feed:``, ``@user@host``, ``r/python``) become the address that they stand for.  Rules
for well-known sites belong into `SITES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

_SCHEMES = re.compile(r"(?:feed|itpc|itpcs|podcast|pcast|rss|atom|web\+feed|feeds):", re.IGNORECASE)
_SURROUNDING_CHARACTERS = " \t\r\n\u00a0\u200b\ufeff<>\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb,;"
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_MARKDOWN = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_HTML = re.compile(r"<a\s[^>]*href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_WRONG_SCHEME = re.compile(r"(https?)(?:[:;]/(?!/)|[:;]/{3,}|//|[:;]\\\\|;//)", re.IGNORECASE)
_TRACKING = re.compile(
    r"(?:utm_[a-z_]+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|_hsenc|_hsmi|mkt_tok"
    r"|ref_src|ref_url)(?:=|$)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"@?([A-Za-z0-9_.-]+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]+(?::\d+)?(?:[/?#].*)?")


def _subreddit(words: str) -> str | None:
    """Return the feed of ``r/NAME`` or ``u/NAME`` at Reddit."""
    found = re.fullmatch(r"/?(r|u|user)/([A-Za-z0-9_+-]{2,100})/?", words)
    if found is None:
        return None
    kind = "r" if found[1] == "r" else "user"
    return f"https://www.reddit.com/{kind}/{found[2]}/.rss"


def _account(words: str) -> str | None:
    """Return the page of ``@user@host`` in the Fediverse, which names its feed."""
    if words.startswith("@") and (found := _ACCOUNT.fullmatch(words)):
        return f"https://{found[2]}/@{found[1]}"
    return None


SITES: tuple[Callable[[str], str | None], ...] = (_subreddit, _account)
"""Rules for well-known sites: each returns an address, or ``None`` if it does not apply."""


def feed_address(words: str) -> str:
    """Return the address, or the path of a file, that `words` stand for.

    >>> feed_address(" <feed:https://example.org/a.xml?utm_source=x> ")
    'https://example.org/a.xml'
    """
    written = _without_surroundings(words)
    if scheme := _SCHEMES.match(written):
        rest = written[scheme.end() :]
        written = (
            rest if re.match(r"https?:", rest, re.IGNORECASE) else f"https://{rest.lstrip('/')}"
        )
    written = _WRONG_SCHEME.sub(lambda found: f"{found[1].lower()}://", written, count=1)
    for rule in SITES:
        if address := rule(written):
            return address
    if "://" not in written:
        return f"https://{written}" if _HOST.fullmatch(written) else written
    return _without_tracking("".join(written.split()))


def _without_surroundings(words: str) -> str:
    """Remove the markup of a link, quotes, brackets and blanks from around an address."""
    written = words.strip(_SURROUNDING_CHARACTERS)
    for markup in (_MARKDOWN, _HTML):
        if found := markup.search(words):
            written = found[1]
    while True:
        before = written
        written = written.strip(_SURROUNDING_CHARACTERS)
        for begin, end in _BRACKETS:
            if written.startswith(begin) and written.endswith(end):
                written = written[1:-1]
        if written == before:
            return written


def _without_tracking(url: str) -> str:
    """Remove the parameters that track people, and the fragment, from an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if "#" not in url and not _TRACKING.search(parts.query):
        return url
    kept = [part for part in parts.query.split("&") if part and not _TRACKING.match(part)]
    return urlunsplit(parts._replace(query="&".join(kept), fragment=""))
