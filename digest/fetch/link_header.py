"""Find the links of a Link header by their relation (RFC 8288).  PURE."""

from __future__ import annotations

import re

from digest.net.url_parts import WebAddress, web_address

MOST_BYTES = 16_000
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r"""(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")
_ANCHOR = re.compile(r"(?i);\s*anchor\s*=")


def link_of(value: str, relation: str, base: WebAddress) -> str | None:
    """Return the first web address with this relation; ``None`` if there is none.

    A link about another document (`anchor`) is ignored.

    >>> here = web_address("https://example.org/feed")
    >>> link_of('</hub>; rel="self hub", <b>; rel=next', "hub", here)
    'https://example.org/hub'
    """
    for target, parameters in _LINK.findall(value[:MOST_BYTES]):
        found = _RELATION.search(parameters)
        if found is None or _ANCHOR.search(parameters):
            continue
        if relation in (found[1] or found[2] or "").lower().split():
            address = web_address(target, base)
            if address is not None:
                return str(address)
    return None
