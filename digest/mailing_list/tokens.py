"""The signatures in addresses that are mailed out: who may do what, without an account.

A token is ``ID-SIGNATURE``: the number of a subscriber and an HMAC over it and its one purpose.
Nobody can make one for another subscriber or turn one purpose into another, and nothing about the
subscriber can be read from it.  It is short and in lower case, for it stands before the @ of
addresses as well, where servers may fold letters (RFC 5321, 2.4).
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode

_FORM = re.compile(r"([1-9][0-9]{0,17})-([a-z2-7]{24})")


def sign(secret: bytes, purpose: str, subscriber: int) -> str:
    """Make the token by which `subscriber` may do what `purpose` names.

    >>> sign(b"secret", "unsubscribe", 7)
    '7-gbzwrcfsaeyqxafpps43oeim'
    """
    signature = hmac.digest(secret, f"{purpose}\0{subscriber}".encode(), "sha256")[:15]
    return f"{subscriber}-{b32encode(signature).decode().lower()}"


def verify(secret: bytes, purpose: str, token: str) -> int | None:
    """Return the number of the subscriber who holds `token`, or ``None`` where it is not ours.

    The case of its letters does not matter.
    """
    token = token.lower() if token.isascii() else ""
    if not (form := _FORM.fullmatch(token)):
        return None
    subscriber = int(form[1])
    return subscriber if hmac.compare_digest(token, sign(secret, purpose, subscriber)) else None


def message_id(secret: bytes, *parts: str) -> str:
    """Make the left side of a Message-ID (RFC 5322, 3.6.4): the same `parts` get the same."""
    return hmac.digest(secret, "\0".join(("message", *parts)).encode(), "sha256").hex()[:32]
