"""Read mail addresses as people write them, and return the form that SMTP uses.

Such an address is ASCII without spaces and quotes, so it can stand in an SMTP command and in a
header as it is (RFC 5321, 4.1.2: a dot-string and a domain).  `parse` returns its own results
unchanged.
"""

from __future__ import annotations

import re
import unicodedata

_MOST, _MOST_LOCAL = 254, 64
"""RFC 5321, 4.5.3.1: a path of 256 with its brackets, a local part of 64."""

_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+$){_LABEL}")
_NAMED = re.compile(r"(.*)<([^<>]*)>\s*", re.DOTALL)
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"
"""Zero-width characters, which are often copied together with an address."""


def parse(text: str) -> str:
    """Return the one address in `text`, with its domain in ASCII.

    Raises ValueError, which says what is wrong with it.  A domain may be a single name:
    ``root@localhost`` is for local mail.  Letters beyond ASCII may stand in the domain only (IDNA
    2008, UTS 46).

    >>> parse(" Jane.Doe@Example.ORG ")
    'Jane.Doe@example.org'
    >>> parse("post@müller.example")
    'post@xn--mller-kva.example'
    >>> parse("jane example.org")
    Traceback (most recent call last):
    ValueError: there is no @ in it
    """
    address = text.strip().strip(_INVISIBLE).strip()
    if "@" not in address:
        raise ValueError("there is no @ in it" if address else "it is empty")
    if len(address) > _MOST:
        raise ValueError(f"it is longer than {_MOST} characters")
    local, _, domain = address.rpartition("@")
    if problem := _flaw(address) or _flaw_of_local(local):
        raise ValueError(problem)
    address = f"{local}@{_domain(domain)}"
    if len(address) > _MOST:
        raise ValueError(f"it is longer than {_MOST} characters")
    return address


def parse_public(text: str) -> str:
    """Return the one address in `text`, as `parse` does, if it is reachable from the Internet.

    Raises ValueError for a domain that is a single label or a number: none is public.

    >>> parse_public("jane@example.org")
    'jane@example.org'
    >>> parse_public("a@b")
    Traceback (most recent call last):
    ValueError: its domain is not complete, as example.org is
    """
    address = parse(text)
    last = address.rpartition("@")[2].rpartition(".")
    if not last[0] or not (last[2].isalpha() or last[2].startswith("xn--")):
        raise ValueError("its domain is not complete, as example.org is")
    return address


def key(address: str) -> str:
    """Return the form in which two spellings of one address are equal.

    RFC 5321 (2.4) lets servers distinguish ``Jane@`` from ``jane@``; in practice none does.

    >>> key("Jane.Doe@EXAMPLE.org") == key("jane.doe@example.org")
    True
    """
    return parse(address).casefold()


def extended(address: str, tag: str) -> str:
    """Add `tag` to an address: servers deliver ``name+anything`` to ``name`` (RFC 5233).

    An address that would become too long is returned unchanged.

    >>> extended("bounces@example.org", "7-x")
    'bounces+7-x@example.org'
    """
    local, _, domain = parse(address).rpartition("@")
    longer = f"{local}+{tag}"
    return f"{longer if len(longer) <= _MOST_LOCAL else local}@{domain}"


def split_name(text: str) -> tuple[str, str]:
    """Split ``Name <address>`` in two; the name is empty where there is only an address.

    Raises ValueError, which says what is wrong with the address or the name.

    >>> split_name("Morning news <news@example.org>")
    ('Morning news', 'news@example.org')
    >>> split_name('"Doe, Jane" <jane@example.org>')
    ('Doe, Jane', 'jane@example.org')
    """
    if not (named := _NAMED.fullmatch(text)):
        return "", parse(text)
    name = unicodedata.normalize("NFC", named[1].strip())
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1], flags=re.DOTALL).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        raise ValueError("there is a control character in the name")
    return name, parse(named[2])


def _flaw(address: str) -> str | None:
    """Return what is wrong with an address in any of its parts, or ``None``."""
    if any(character.isspace() for character in address):
        return "there is a space in it"
    for character in address:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            return f"there is an invisible character in it (U+{ord(character):04X})"
    if address.count("@") > 1:
        return "there is more than one @ in it"
    if found := next((character for character in '"<>()[],:;\\' if character in address), None):
        return f"there is a {found} in it"
    return None


def _flaw_of_local(local: str) -> str | None:
    if not local:
        return "there is nothing before the @"
    if not local.isascii():
        return "before the @ only letters without accents, digits and signs can be sent to"
    if len(local) > _MOST_LOCAL:
        return f"there are more than {_MOST_LOCAL} characters before the @"
    if not _LOCAL.fullmatch(local):
        return "before the @ a dot stands at an end, or beside another"
    return None


def _domain(text: str) -> str:
    """Return a domain in ASCII and lower case, without the dot of the root."""
    if not text:
        raise ValueError("there is nothing after the @")
    domain = text.lower().removesuffix(".")
    if not domain.isascii() or "xn--" in domain:
        import idna  # its tables take a moment to load

        try:
            domain = idna.encode(domain, uts46=True).decode()
        except UnicodeError as error:
            raise ValueError(f"{text} is not the name of a domain") from error
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{text} is not the name of a domain")
    return domain
