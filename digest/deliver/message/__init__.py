"""Make the bytes of one message from a letter and its recipient (RFC 5322, RFC 2045).

`prepare` makes once what is the same for all recipients; `MessageTemplate.fill` adds what differs,
and checks the message: the header holds exactly the intended fields, each once, and all is ASCII in
lines that end with CRLF, none of them too long.  The same letter and recipient get the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from hashlib import blake2b
from html import escape

from digest.deliver.message import body as _body
from digest.deliver.message import header
from digest.deliver.message.body import EncodedPart
from digest.deliver.message.related import RelatedPictures
from digest.model import LINK, Letter
from digest.net.mail_addresses import parse, split_name

_LONGEST_LINK = 400
_STAND_IN = "x" * _LONGEST_LINK
_LINK = re.compile(r"(?!.*=\?)(?:https?://|mailto:)(?=[^/?])[!#-;=?-Z_a-z~\[\]]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}>")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")

_FIELD = re.compile(rb"([!-9;-~]+):[^\r\n]*\r\n(?:[ \t]+[!-~][^\r\n]*\r\n)*")
"""A header field (RFC 5322, 2.2) without blank continuation lines.  The standard library's parser
is not used for this: the defects that it reports differ between the releases of Python."""

_LONGEST_LINE, _LONGEST_IN_BODY = 998, 78
"""The limits that a line must and should keep, without its CRLF (RFC 5322, 2.1.1)."""
_ON_THE_WIRE = bytes([9, 10, 13, *range(32, 127)])


def size(html: str) -> int:
    """Return the bytes that `html` takes in a message with the longest links for leaving."""
    return len(_body.encode(html, _STAND_IN).fill(_STAND_IN))


def prepare(letter: Letter, *, sender: str, reply_to: str | None) -> MessageTemplate:
    """Return the template of a letter's messages, which holds all that no recipient changes.

    `sender` and `reply_to` are ``Name <address>`` or the address alone; a sender without a name
    gets the letter's title as its name.  Raises ValueError for a letter that cannot be sent.
    """
    name, address = split_name(sender)
    fields = {
        "From": header.named("From", name or letter.title, _plain(address)),
        "Subject": header.words("Subject", letter.subject),
        "Date": header.field("Date", format_datetime(letter.date)),
        "List-Id": header.named("List-Id", letter.title, _checked(_LIST_ID, letter.list_id)),
        "Auto-Submitted": header.field("Auto-Submitted", "auto-generated"),
        # For old automatic responders, which do not know Auto-Submitted.
        "Precedence": header.field("Precedence", "bulk"),
        "Content-Language": header.field("Content-Language", _checked(_TAG, letter.language)),
    }
    if reply_to:
        name, address = split_name(reply_to)
        fields["Reply-To"] = header.named("Reply-To", name, _plain(address))
    if _read("Subject", fields) != header.clean(letter.subject):
        raise ValueError(f"the subject {letter.subject!r} cannot be written so that it is read")
    seed = f"{len(letter.text)}\n{letter.text}{letter.html}".encode()
    related = RelatedPictures.of(letter)
    # "=_" stands in neither encoding (RFC 2045, 6.7), so no text can hold the boundary.
    boundary = f"=_{blake2b(seed, digest_size=12).hexdigest()}"
    kind = ("multipart/alternative;", f'boundary="{boundary}"')
    fields["MIME-Version"] = header.field("MIME-Version", "1.0")
    fields["Content-Type"] = header.field("Content-Type", *kind)
    return MessageTemplate(
        fields=fields,
        boundary=boundary.encode(),
        text=_body.encode(letter.text, _STAND_IN),
        html=_body.encode(letter.html, _STAND_IN),
        related=related,
        asks=LINK in letter.text or LINK in letter.html,
        greeting=letter.greeting,
    )


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message without the parts that differ between recipients."""

    fields: Mapping[str, str]
    """Name -> the whole field, folded, with its CRLF."""
    boundary: bytes
    text: EncodedPart
    html: EncodedPart
    related: RelatedPictures | None
    asks: bool
    """Whether the text has a place for an address for leaving."""
    greeting: str = ""
    """The greeting of a recipient with a name; ``{name}`` stands for the name."""

    def fill(
        self,
        *,
        recipient: str,
        message_id: str,
        link: str | None,
        mailto: str | None,
        name: str | None = None,
    ) -> bytes:
        """Return the message to one recipient.

        `message_id` includes its angle brackets.  `link` is the recipient's own page for leaving,
        with one click where it is https (RFC 8058).  `mailto` is a ``mailto:`` URI for leaving,
        which the text shows where there is no page.  `name` is the recipient's name.  Raises
        ValueError for a message that cannot be sent.
        """
        shown = link or mailto or ""
        greeting = self.greeting.format(name=header.clean(name)) if name else ""
        if self.asks and not shown:
            raise ValueError("the letter speaks of leaving, and there is no address for it")
        fields = {
            "To": header.named("To", name, _plain(parse(recipient)))
            if name
            else header.field("To", _plain(parse(recipient))),
            "Message-ID": header.field("Message-ID", _checked(_MESSAGE_ID, message_id)),
            **_leaving(link, mailto),
            **self.fields,
        }
        message = b"".join(
            (
                "".join(fields.values()).encode("ascii"),
                *self._part(b"plain", self.text, shown, f"\n{greeting}\n" if greeting else ""),
                *self._page(escape(shown), _greeting_html(greeting)),
                b"\r\n--" + self.boundary + b"--\r\n",
            )
        )
        _check(message, fields)
        return message

    def _page(self, link: str, greeting: str) -> tuple[bytes, ...]:
        """Return the part of the HTML page, together with its pictures where it has any."""
        if self.related is None:
            return self._part(b"html", self.html, link, greeting)
        return (
            b"\r\n--" + self.boundary + b"\r\n" + self.related.header,
            *_part(self.related.boundary, b"html", self.html, link, greeting),
            self.related.pictures,
            b"\r\n--" + self.related.boundary + b"--\r\n",
        )

    def _part(
        self, subtype: bytes, part: EncodedPart, link: str, greeting: str
    ) -> tuple[bytes, ...]:
        return _part(self.boundary, subtype, part, link, greeting)


def _part(
    boundary: bytes, subtype: bytes, part: EncodedPart, link: str, greeting: str
) -> tuple[bytes, ...]:
    return (
        b"\r\n--" + boundary + b"\r\n",
        b"Content-Type: text/" + subtype + b"; charset=utf-8\r\n",
        b"Content-Transfer-Encoding: " + part.encoding.encode() + b"\r\n\r\n",
        part.fill(link, greeting),
    )


def _greeting_html(greeting: str) -> str:
    return f'<p style="margin:20px 0 0">{escape(greeting)}</p>' if greeting else ""


def _leaving(link: str | None, mailto: str | None) -> dict[str, str]:
    """Return the fields by which a mail program offers to unsubscribe (RFC 2369, RFC 8058)."""
    ways = [_checked(_LINK, way, _LONGEST_LINK) for way in (link, mailto) if way]
    if not ways:
        return {}
    pieces = [f"<{way}>," for way in ways[:-1]] + [f"<{ways[-1]}>"]
    fields = {"List-Unsubscribe": header.field("List-Unsubscribe", *pieces)}
    if ways[0].startswith("https:"):
        post = header.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        fields["List-Unsubscribe-Post"] = post
    return fields


def _plain(address: str) -> str:
    """Return `address`; raise ValueError where a part of it looks like an encoded word."""
    if "=?" in address:
        raise ValueError(f"{address} would be read as another address")
    return address


def _checked(form: re.Pattern[str], value: str, most: int = _LONGEST_LINE) -> str:
    """Return `value` if it matches `form` and has at most `most` characters; else ValueError."""
    if len(value) > most or not form.fullmatch(value):
        raise ValueError(f"{value[:most]!r} cannot stand in the header of a mail")
    return value


def _read(name: str, fields: Mapping[str, str]) -> str:
    """Return the value of a field as a mail program decodes it."""
    return str(BytesHeaderParser(policy=policy.default).parsebytes(fields[name].encode())[name])


def _check(message: bytes, names: Iterable[str]) -> None:
    """Raise ValueError unless `message` has these fields, each once, and may go over the wire."""
    head, _, body = message.partition(b"\r\n\r\n")
    found = [name.decode("ascii", "replace") for name in _FIELD.findall(head + b"\r\n")]
    if found != list(names) or _FIELD.sub(b"", head + b"\r\n"):
        raise ValueError(f"the header of the mail holds other fields: {', '.join(found)}")
    if message.translate(None, _ON_THE_WIRE):
        raise ValueError("the mail holds bytes that are not printable ASCII")
    ends = message.count(b"\r\n")
    if not ends == message.count(b"\r") == message.count(b"\n"):
        raise ValueError("a line of the mail ends without CRLF")
    for part, most in ((head, _LONGEST_LINE), (body, _LONGEST_IN_BODY)):
        if max(map(len, part.split(b"\r\n"))) > most:
            raise ValueError(f"a line of the mail is longer than {most} bytes")
