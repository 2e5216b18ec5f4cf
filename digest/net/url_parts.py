"""Split and join http and https addresses as a browser does (WHATWG URL).

Every address that this program follows, stores or compares is read here and nowhere else.  Nothing
raises: for a text that is no address the result is None.  A host name that IDNA does not know is no
error either; it is kept in the ASCII form of a DNS query, and DNS decides whether it exists.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes, urljoin

LONGEST = 8192
"""The most characters of an address; a longer one carries data and names no document."""
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(https?):[/\\]*([^/\\?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.I | re.S)
_PLAIN_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")  # WHATWG URL, 3.1
_IGNORED_IN_HOST = re.compile("[\xad\u034f\u180b-\u180d\u200b\u2060\u2064\ufe00-\ufe0f\ufeff]")
"""Characters that UTS 46 maps to nothing."""
_COLON_FIRST = re.compile(r"[^/\\?#]*:")
_TWO_SLASHES = re.compile(r"[/\\]{2}")
_PATH_END = re.compile(r"[?#]")
_PORT = re.compile(r"[0-9]{0,5}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_EDGE = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u1680\u180e\u3000\ufeff"
    + "".join(map(chr, [*range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070)]))
)
"""Invisible characters, stripped from both ends, so that no scheme can hide behind them."""
_UNSAFE = re.compile(f'[{re.escape(_EDGE)}\x80-\x9f"<>\\\\^`{{|}}]')
_NOT_ON_THE_WIRE = re.compile(r"[^\x21-\x7e]+")
_INSIDE = str.maketrans("", "", "\t\r\n")

Parts = tuple[str, str, str, str, str, str]
"""Scheme, host, port with its colon, path, query with its mark, fragment with its mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """An http or https address of a request.  ``str()`` returns it without any login."""

    scheme: str
    host: str
    """Lower-case ASCII; an IPv6 address without its brackets."""
    port: int
    target: str
    """The path and query as sent: ASCII, beginning with a slash (RFC 9112, 3.2.1)."""
    login: str = ""
    """User name and password as written, without the at sign."""

    @property
    def authority(self) -> str:
        """The host and port for a Host header, without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def web_address(text: str, base: WebAddress | None = None) -> WebAddress | None:
    """Read an address, relative to `base` if given; return None for an invalid one.

    >>> str(web_address("HTTPS://me:pw@Bücher.example:443/café x?q=é#top"))
    'https://xn--bcher-kva.example/caf%C3%A9%20x?q=%C3%A9'
    """
    text = trimmed(text)
    if len(text) > LONGEST:
        return None
    scheme = SCHEME.match(text)
    if scheme is None and base is not None:
        text = resolved(text, str(base)) if text else str(base)
    elif scheme is not None and base is not None and scheme[1].lower() == base.scheme:
        rest = text[scheme.end() :]  # "http:a" is relative where the base is http
        text = text if rest[:1] in ("/", "\\", "") else resolved(rest, str(base))
    found = split(text)
    if found is None:
        return None
    written = _URL.fullmatch(text)
    name, host, port, path, query, _ = found
    return WebAddress(
        scheme=name,
        host=host.strip("[]"),
        port=int(port[1:]) if port else DEFAULT_PORTS[name],
        target=_NOT_ON_THE_WIRE.sub(
            lambda run: quote_from_bytes(run[0].encode()), escaped((path or "/") + query)
        ),
        login=written[2].rpartition("@")[0] if written else "",
    )


def split(url: str) -> Parts | None:
    """Split an absolute http or https URL (WHATWG URL, 4.4); return None for any other text."""
    match = _URL.fullmatch(trimmed(url)) if len(url) <= LONGEST else None
    if match is None:
        return None
    scheme, authority, path, query, fragment = match.groups(default="")
    host = _host_and_port(authority.rpartition("@")[2])
    if host is None:
        return None
    return scheme.lower(), *host, path.replace("\\", "/"), query, fragment


def joined(parts: Parts) -> str:
    """Join the parts of an address, with invisible and unsafe characters escaped."""
    scheme, host, port, *rest = parts
    return f"{scheme}://{host}{port}{escaped(''.join(rest))}"


def resolved(reference: str, base: str) -> str:
    """Resolve a reference without scheme; return an empty text if it or `base` is invalid.

    A reference whose first segment holds a colon is not relative (RFC 3986, 4.2).
    """
    root = split(base)
    if root is None or _COLON_FIRST.match(reference):
        return ""
    if _TWO_SLASHES.match(reference):
        return f"{root[0]}:{reference}"
    end = _PATH_END.search(reference)
    path = reference[: end.start()] if end else reference
    return urljoin(joined(root), path.replace("\\", "/") + reference[len(path) :])


def trimmed(url: str) -> str:
    """Return an address without invisible characters at its ends and line breaks inside."""
    url = url.strip(_EDGE).translate(_INSIDE)
    return url if url.isascii() else _SURROGATE.sub("\ufffd", url)


def escaped(text: str) -> str:
    """Escape the characters that URLs forbid and invisible ones; leave the rest readable."""
    return _UNSAFE.sub(lambda match: quote_from_bytes(match[0].encode()), text)


def ascii_host(name: str) -> str:
    """Return the ASCII form of a host name for DNS; empty if it is no host name.

    This is the mapping of UTS 46 in all important cases, without its rules for which names may be
    registered.  The idna codec of Python is IDNA 2003, which changes some names (ß becomes ss) and
    raises for names that exist.

    >>> ascii_host("Bücher.example"), ascii_host("xn--ls8h.la"), ascii_host("a b")
    ('xn--bcher-kva.example', 'xn--ls8h.la', '')
    """
    if "%" in name:
        name = unquote_to_bytes(name).decode("utf-8", "replace")
    if not name.isascii():
        name = unicodedata.normalize("NFKC", _IGNORED_IN_HOST.sub("", name))
        name = unicodedata.normalize("NFKC", name.lower()).replace("\u3002", ".")
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(labels) or _FORBIDDEN_IN_HOST.search(name):
        return ""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in labels
    )


def _host_and_port(authority: str) -> tuple[str, str] | None:
    """Return the host in lower-case ASCII, and the port, its colon before it."""
    name, colon, port = authority.lower().partition(":")
    if name.startswith("["):
        name, bracket, rest = authority.partition("]")
        colon, port = rest[:1], rest[1:]
        try:
            name = f"[{ipaddress.IPv6Address(name[1:]).compressed}]"
        except ValueError:
            return None
        if not bracket or colon not in ("", ":") or "%" in name:
            return None
    elif not _PLAIN_HOST.fullmatch(name):
        name = ascii_host(name)
    if not name or not _PORT.fullmatch(port) or int(port or 0) > 65535:
        return None
    return name, f":{int(port)}" if port else ""
