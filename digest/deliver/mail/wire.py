"""Check and write an envelope for SMTP, so that no part of it can be read as a command.

A message is ASCII in lines that end with CRLF, none longer than 998 octets (RFC 5321, 4.5.3.1.6).
A lone CR or LF is never sent, because servers disagree whether it ends a message.
"""

from __future__ import annotations

import re

from digest.errors import DeliveryError
from digest.model import Envelope
from digest.net import mail_addresses
from digest.text.characters import one_line

_LONGEST = 998
_MOST_SHOWN = 300
_UNFIT = re.compile(rb"\r(?!\n)|(?<!\r)\n|[\x00\x80-\xff]|[^\r\n]{%d}" % (_LONGEST + 1))


def check(envelope: Envelope, channel: str) -> None:
    """Raise a permanent DeliveryError where `envelope` must not be sent over SMTP."""

    def refuse(message: str) -> DeliveryError:
        recipient = shown(envelope.recipient)
        return DeliveryError(message, channel=channel, recipient=recipient, temporary=False)

    for what, address in (("recipient", envelope.recipient), ("sender", envelope.sender)):
        try:
            sound = mail_addresses.parse(address) == address
        except ValueError as error:
            raise refuse(f'the {what} "{shown(address)}" cannot be sent to: {error}') from error
        if not sound:
            raise refuse(f'the {what} "{shown(address)}" is not written as it is sent')
    if not re.fullmatch(r"<?[!-;=?-~]{1,250}>?", envelope.message_id):
        raise refuse(f'"{shown(envelope.message_id)}" is no Message-ID')
    if not _is_fit(envelope.message) and (flaw := _UNFIT.search(envelope.message)):
        raise refuse(
            f"the message for {envelope.recipient} is not fit for mail: at byte {flaw.start()} "
            "stands what is not ASCII, a broken line end, or a line of more than 998 characters"
        )


def _is_fit(message: bytes) -> bool:
    """Return whether `_UNFIT` finds nothing, in a hundredth of its time."""
    ends = message.count(b"\r\n")
    return (
        message.isascii()
        and b"\0" not in message
        and message.count(b"\r") == message.count(b"\n") == ends
        and max(map(len, message.split(b"\r\n"))) <= _LONGEST
    )


def stuffed(message: bytes) -> bytes:
    """Return `message` in the form between ``DATA`` and the final dot (RFC 5321, 4.5.2).

    >>> stuffed(b"Subject: x\\r\\n\\r\\n.\\r\\n..")
    b'Subject: x\\r\\n\\r\\n..\\r\\n...\\r\\n'
    """
    body = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def shown(text: str) -> str:
    """Return untrusted text as one short line without control characters.

    >>> shown("250 ok\\r\\n\\x1b[31mred\\u202e")
    '250 ok [31mred'
    """
    return one_line(text, _MOST_SHOWN)
