"""Find the secrets in an address: a key in its query, a login, a long random path.

Many sites give each subscriber a private feed address; anyone who knows it can read the feed.
`may_be_published` decides whether readers see an address; `without_secrets` returns an address for
the operator's screen and logs; `secrets` returns the texts that no other output may contain.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote, unquote_plus

from digest.net.urls import canonical_link

_URL = re.compile(r"(?i)([a-z][a-z0-9+.-]*:)(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_IN_TEXT = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]]")

_CREDENTIALS = frozenset(
    re.findall(
        "[a-z]+",
        """
        access accesskey accesstoken api apikey apitoken appkey appid auth authkey authorization
        authtoken bearer code cred credential credentials csrf feedkey feedtoken hash hmac jwt key
        keyid login mac member membertoken nonce pass passcode passphrase passwd password pin
        private privatekey privatetoken pw pwd rsskey rsstoken secret secretkey session sessionid
        sid sig sign signature subscriber ticket token uid userkey usertoken uuid""",
    )
)
"""Names of parameters and folders whose value is a secret."""
_PUBLIC = frozenset(
    ("channel_id", "playlist_id", "cat", "category", "tag", "tags", "q", "query", "page")
)
"""Names of parameters whose value is public, however random it looks."""

_LABEL = r"(?:[a-z]{1,13}|[a-zA-Z0-9-]{1,9})"
_FOLDER = r"(?:(?:[a-z]{1,13}|[a-zA-Z0-9]{1,9})(?:\.[a-z]{1,4})?|[a-zA-Z0-9-]{1,9})"
_PLAIN = re.compile(rf"https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:/{_FOLDER}?)*")
"""An address without login and query of which no word is long enough to look random."""

_LEAST_SECRET = 4
"""The least characters of a secret that is removed from other texts; shorter ones are anywhere."""
_LEAST_CREDENTIAL = 12
"""The least characters of a credential that is a secret even if the feed itself names it: many
servers write the requested address into the feed."""

_LOGIN = re.compile(r"(?<![\w./-])[\w.+-]+:[^\s@:/\"'<>]+@(?=\w)")
"""``user:password@`` before a host, where no scheme stands before it."""
_WORD = re.compile(r"[^\s\"'/:@?&=,;()<>\[\]{}]+")
_LEAST_PART = 6
"""The least characters of a part of an address that `without_parts` removes."""
_AROUND_WORDS = re.compile(r"[/?&=:@#,;]")
_HOST = re.compile(r"(?i)(?:[a-z0-9-]+\.)+[a-z0-9-]+")

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_WORD_MARKS = re.compile(r"[-_.~+ ]+")
_CONSONANTS = re.compile(r"(?i)[bcdfghjklmnpqrstvwxz]{6,}")
_SOUNDS = re.compile("(?i)sch|ch|ck|th|ng|ph|sh")
"""Letters that spell one consonant."""
_HEX = re.compile(r"(?i)(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{16,}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_DIGITS = re.compile(r"[0-9]{16,}")


def may_be_published(url: str, named: str | None = None) -> bool:
    """Return whether readers may see `url`, the address of a feed.

    `named` is the address by which the feed names itself (Atom's ``self``).  An address with a
    query, a login or a long random path is published only where the feed names it, and not even
    then with a login or the value of a credential.

    >>> may_be_published("https://example.org/atom.xml")
    True
    >>> may_be_published("https://example.org/feed?format=atom")
    False
    >>> may_be_published("https://example.org/feed?format=atom", "http://example.org/feed?format=atom")
    True
    """
    parts = _split(url)
    if parts is None or _login(parts) is not None:
        return False
    if not (parts.query or parts.credentials or any(map(looks_random, parts.words))):
        return True
    if any(len(value) >= _LEAST_CREDENTIAL for value in parts.credentials):
        return False
    return named is not None and canonical_link(named) == canonical_link(url) is not None


@lru_cache(maxsize=4096)
def secrets(url: str) -> frozenset[str]:
    """Return the texts in `url` that only its subscriber should know, as written and decoded.

    >>> sorted(secrets("https://me:hunter2@example.org/a.xml?format=atom&token=c2VjcmV0"))
    ['c2VjcmV0', 'hunter2']
    """
    if _PLAIN.fullmatch(url):
        return frozenset()
    parts = _split(url)
    if parts is None:
        return frozenset()
    found = {*parts.credentials, *filter(looks_random, parts.words)} - {*parts.labels}
    if login := _login(parts):
        user, _, password = login.partition(":")
        found.add(password or user)
    found |= {unquote_plus(text) for text in found}
    return frozenset(text for text in found if len(text) >= _LEAST_SECRET)


@lru_cache(maxsize=4096)
def without_secrets(url: str) -> str:
    """Return `url` as it may stand on the operator's screen and in logs.

    >>> without_secrets("https://me:hunter2@example.org/a.xml?format=atom&token=c2VjcmV0")
    'https://example.org/a.xml?format=atom&token=…'
    """
    if _PLAIN.fullmatch(url):
        return url
    parts = _split(url)
    if parts is None:
        return url
    host = parts.host if parts.host is None else f"//{parts.host.rpartition('@')[2].lstrip('/')}"
    hidden = f"{parts.scheme}{host or ''}{parts.path}{parts.query}{parts.fragment}"
    for secret in sorted(secrets(url), key=len, reverse=True):
        hidden = hidden.replace(secret, "…")
    return hidden


def public_part(url: str) -> str | None:
    """Return `url` without its login and the parameters that are secrets.

    ``None`` if the host or the path holds a secret, which the address needs.

    >>> public_part("https://me:hunter2@hub.example.org/?format=atom&key=c2VjcmV0")
    'https://hub.example.org/?format=atom'
    """
    parts = _split(url)
    if parts is None:
        return None
    host = (parts.host or "").rpartition("@")[2].lstrip("/")
    hidden = secrets(url)
    pairs = [
        pair
        for pair in parts.query[1:].split("&")
        if _name(pair.partition("=")[0]) not in _CREDENTIALS
        and not any(secret in pair for secret in hidden)
    ]
    query = f"?{'&'.join(pairs)}" if any(pairs) else ""
    bare = f"{parts.scheme}//{host}{parts.path}{query}"
    return None if secrets(bare) else bare


def without_parts(text: str, *urls: str) -> str:
    """Return `text` without any part of `urls` except their schemes and hosts.

    This is for the reply of a receiver, which may repeat any part of its own address.

    >>> without_parts("no hook T0/B1xyzw here", "https://hooks.example.org/services/T0/B1xyzw")
    'no hook T0/… here'
    """
    words = {word for url in urls for word in _AROUND_WORDS.split(url.partition("://")[2])}
    words |= {unquote_plus(word) for word in words}
    logins = {unquote(login) for url in urls if (login := _login_in(url))}
    words |= {b64encode(login.encode()).decode() for login in logins}  # as a header has it
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _LEAST_PART and not _HOST.fullmatch(word):
            text = text.replace(word, "…")
    return text


def without_arguments(text: str, arguments: Sequence[str]) -> str:
    """Return `text` without the values among a program's arguments that are secrets.

    >>> without_arguments("no login with abc12", ["/usr/bin/send", "--password", "abc12"])
    'no login with …'
    """
    joined = " ".join(arguments)
    pairs = re.sub(r"(--?[\w-]+) (?!-)", r"\1=", joined).split(" ")
    hidden = {secret for pair in pairs for secret in secrets(f"x:?{pair}")}
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def redact(text: str) -> str:
    """Return `text` with the secrets of each address and each login replaced.

    >>> redact("it moved to https://example.org/a?key=c2VjcmV0, see there")
    'it moved to https://example.org/a?key=…, see there'
    """
    if "://" in text:
        text = _IN_TEXT.sub(lambda found: without_secrets(found[0]), text)
    return _LOGIN.sub("…@", text) if "@" in text else text


def is_credential(name: str) -> bool:
    """Return whether the value of a parameter `name` is a secret.

    >>> is_credential("api_key"), is_credential("title")
    (True, False)
    """
    return _name(name) in _CREDENTIALS


def without_random_words(text: str) -> str:
    """Return `text` without any words that look like secrets.

    >>> without_random_words('there is no file /etc/digest/whsec_7f3kQ9zLp2XwR8')
    'there is no file /etc/digest/…'
    """
    return _WORD.sub(lambda found: "…" if looks_random(found[0]) else found[0], text)


def looks_random(word: str) -> bool:
    """Return whether `word` looks like a random token.

    Words rarely change between capitals, small letters and digits; random texts do so every two or
    three characters.

    >>> looks_random("my-private-feed-about-internationalization-2026")
    False
    >>> looks_random("7f3kQ9zLp2XwR8")
    True
    """
    if _UUID.search(word) or _HEX.search(word) or _DIGITS.search(word):
        return True
    pieces = [piece for piece in _WORD_MARKS.split(word) if piece]
    if any(len(piece) >= 10 and _looks_mixed(piece) for piece in pieces):
        return True
    joined = "".join(pieces)
    return len(joined) >= 12 and len(joined) / len(pieces) < 5 and _looks_mixed(joined)


def _looks_mixed(piece: str) -> bool:
    parts = _PARTS.findall(piece)
    kinds = (
        any(map(str.isdigit, piece)) + any(map(str.isupper, piece)) + any(map(str.islower, piece))
    )
    if len(parts) >= 4 and kinds >= 2 and len(piece) / len(parts) < 3:
        return True
    return len(piece) >= 14 and _CONSONANTS.search(_SOUNDS.sub("x", piece)) is not None


class _Parts:
    """The parts of an address, each as written."""

    __slots__ = ("credentials", "fragment", "host", "labels", "path", "query", "scheme", "words")

    def __init__(self, found: re.Match[str]) -> None:
        self.scheme, self.host = found[1], found[2]
        self.path, self.query, self.fragment = found[3], found[4] or "", found[5] or ""
        folders = [folder for folder in self.path.split("/") if folder]
        self.labels = (self.host or "").rpartition("@")[2].lstrip("/").split(".")
        values = []
        self.credentials: list[str] = []
        """The values whose parameter or folder has the name of a secret."""
        for pair in re.split("[&;]", self.query[1:] + "&" + self.fragment[1:]):
            name, mark, value = pair.partition("=")
            if not mark:
                name, value = "", name
            if _name(name) in _PUBLIC or name.lower() in _PUBLIC:
                continue
            values.append(value)
            if _name(name) in _CREDENTIALS and value:
                self.credentials.append(value)
        for folder, after in pairwise(folders):
            if _name(folder) in _CREDENTIALS and looks_random(_stem(after)):
                self.credentials.append(_stem(after))
        self.words = [word for word in (*map(_stem, folders), *self.labels, *values) if word]


def _split(url: str) -> _Parts | None:
    found = _URL.fullmatch(url)
    return _Parts(found) if found else None


def _login(parts: _Parts) -> str | None:
    before, mark, _ = (parts.host or "").lstrip("/").rpartition("@")
    return before if mark else None


def _login_in(url: str) -> str | None:
    parts = _split(url)
    return _login(parts) if parts else None


def _name(written: str) -> str:
    """Return the name of a parameter as in `_CREDENTIALS`: "Api-Key" as "apikey"."""
    return re.sub("[^a-z]", "", unquote(written).lower())


def _stem(folder: str) -> str:
    """Return a path's segment without its file ending."""
    return re.sub(r"(?i)\.(xml|rss|atom|rdf|json|php|aspx?|html?|txt)$", "", folder)
