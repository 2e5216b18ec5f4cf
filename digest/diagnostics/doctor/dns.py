"""Look up records of the domain name system.

This needs dnspython (the extra ``dns``), because the lookups of the system know no TXT records.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

Ask = Callable[[str, str], tuple[str, ...]]
"""Takes a name and a type; returns the texts of all records, or raises NoDnsAnswerError."""

_SECONDS = 5.0
"""Most seconds for one lookup, including all servers and retries."""


class NoDnsAnswerError(Exception):
    """No name server answered; the name may exist or not."""


def is_installed() -> bool:
    return find_spec("dns") is not None


def ask(name: str, type_: str, *, servers: tuple[str, ...] = (), port: int = 53) -> tuple[str, ...]:
    """Look up records at `servers`, by default the name servers of the system."""
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            resolver.nameservers, resolver.port = list(servers), port
        answer = resolver.resolve(f"{name}.", type_, lifetime=_SECONDS, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except dns.exception.DNSException as error:
        raise NoDnsAnswerError(str(error)) from error
    if type_ == "TXT":
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)
    return tuple(record.to_text() for record in answer)
