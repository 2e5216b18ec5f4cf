"""Signed tokens in mailed addresses, by which a subscriber may do one thing without an account.

A token is ``ID-SIGNATURE``: the id of a subscriber, and an HMAC over the id and one purpose.  A
token cannot be forged for another subscriber or another purpose, and tells nothing about the
subscriber.  It is short and in lower case, because it also stands before the @ of addresses, where
servers may change the case of letters (RFC 5321, 2.4).
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode

_FORM = re.compile(r"([1-9][0-9]{0,17})-([a-z2-7]{24})")


def sign(secret: bytes, purpose: str, subscriber: int) -> str:
    """Return the token that lets `subscriber` (an id) do what `purpose` names.

    >>> sign(b"secret", "unsubscribe", 7)
    '7-gbzwrcfsaeyqxafpps43oeim'
    """
    signature = hmac.digest(secret, f"{purpose}\0{subscriber}".encode(), "sha256")[:15]
    return f"{subscriber}-{b32encode(signature).decode().lower()}"


def verify(secret: bytes, purpose: str, token: str) -> int | None:
    """Return the id of the subscriber who holds `token`; ``None`` where its signature is wrong.

    The case of the token's letters does not matter.
    """
    token = token.lower() if token.isascii() else ""
    if not (form := _FORM.fullmatch(token)):
        return None
    subscriber = int(form[1])
    return subscriber if hmac.compare_digest(token, sign(secret, purpose, subscriber)) else None


def message_id(secret: bytes, *parts: str) -> str:
    """Return the left side of a Message-ID (RFC 5322, 3.6.4); equal `parts` get equal ones."""
    return hmac.digest(secret, "\0".join(("message", *parts)).encode(), "sha256").hex()[:32]
