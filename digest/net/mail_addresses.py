"""Read mail addresses as people write them, and give the form that goes over the wire.

An address is ASCII without spaces and quotes, so it can stand in a command of SMTP and in a header
as it is (RFC 5321, 4.1.2: a dot-string and a domain).  What comes out of `parse` goes through it
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
"""What comes along when an address is copied: marks of width none."""


def parse(text: str) -> str:
    """Return the one address that `text` is, with its domain as it goes over the wire.

    Raises ValueError, which says what is wrong.  A domain may be a single name: ``root@localhost``
    is for local mail.  Letters beyond ASCII may stand in the domain only (IDNA 2008, UTS 46).

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
    """Return the one address that `text` is, as `parse` does, if the world can send mail to it.

    Raises ValueError for a domain that is one name alone, or a number: no stranger has such a one.

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
    """Return the form by which two spellings of one address are known to be the same.

    Servers may tell ``Jane@`` from ``jane@`` (RFC 5321, 2.4); none that has readers does.

    >>> key("Jane.Doe@EXAMPLE.org") == key("jane.doe@example.org")
    True
    """
    return parse(address).casefold()


def extended(address: str, tag: str) -> str:
    """Put `tag` into an address: servers take ``name+anything`` for ``name`` (RFC 5233).

    An address that would grow too long comes back as it is.

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
    """Name what may stand nowhere in an address."""
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
