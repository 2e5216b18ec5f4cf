"""Look up records of the domain name system.

It needs dnspython (the extra ``dns``): the system's own lookups know no TXT records.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

Ask = Callable[[str, str], tuple[str, ...]]
"""Name, type -> the texts of its records, none where there are none; raises NoDnsAnswerError."""

_SECONDS = 5.0
"""For one question, all servers and repetitions included."""


class NoDnsAnswerError(Exception):
    """Nobody answered, which says nothing about the name."""


def is_installed() -> bool:
    return find_spec("dns") is not None


def ask(name: str, type_: str, *, servers: tuple[str, ...] = (), port: int = 53) -> tuple[str, ...]:
    """Ask the system's name servers, or `servers`."""
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
