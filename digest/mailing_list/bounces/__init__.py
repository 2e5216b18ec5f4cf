"""Read a returned mail: what kind of mail it is, what it says, and about which recipients.

Servers report bounces in the form of RFC 3464, in the forms of Exim and qmail, or in words alone;
providers report complaints in the form of RFC 5965; people write to leave.  A returned mail may be
forged: `tokens`, `returned` and `message_id` may prove that its sender has had the letter in
question, and the caller must verify them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from digest.mailing_list.bounces.parts import (
    MOST_BYTES,
    MOST_HEAD,
    MessageHeader,
    MessagePart,
    head_of,
    parts,
)
from digest.net import mail_addresses
from digest.net.smtp_replies import ReplyMeaning, meaning_of
from digest.text.characters import one_line

__all__ = ["MOST_BYTES", "BounceFinding", "BounceKind", "read"]


class BounceKind(StrEnum):
    """The kind of a returned mail."""

    BOUNCED = "bounced"
    """The recipient cannot be reached, for good."""
    REFUSED = "refused"
    """The server refuses the mail or its sender, and says nothing against the recipient."""
    DELAYED = "delayed"
    """The mail could not be delivered for now, or for days."""
    COMPLAINED = "complained"
    """The recipient reports the mail as spam."""
    AUTOMATIC = "automatic"
    """An answer that no person wrote, or a receipt: it changes nothing."""
    WRITTEN = "written"
    """Any other mail; the address that it is sent to says whether it asks to leave."""
    UNKNOWN = "unknown"
    """A server's report in words that this module does not recognize."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceFinding:
    """The contents of a returned mail, as far as they can be read."""

    kind: BounceKind
    status: str = ""
    """An enhanced status code (RFC 3463), such as ``5.1.1``."""
    reason: str = ""
    """The server's own words, on one line."""
    tokens: tuple[str, ...] = ()
    """Possible tokens in the addresses that the mail came to, and in its subject."""
    returned: tuple[str, ...] = ()
    """Possible tokens in the letter that the mail returns."""
    message_id: str | None = None
    """The Message-ID of the returned letter, in angle brackets."""
    recipients: tuple[str, ...] = ()
    """The recipients of the returned letter, by `mail_addresses.key`."""
    to: tuple[str, ...] = ()
    """The recipients of this mail, by `mail_addresses.key`."""
    sender: str = ""
    """The address in the From field of this mail."""
    subject: str = ""

    @property
    def is_final(self) -> bool:
        """Whether one such report suspends the subscriber: the mailbox does not exist."""
        return self.kind is BounceKind.BOUNCED and self.status in ("5.1.1", "5.1.10")


_MOST_TOKENS = 20
_MOST_REASON = 200
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[1-9][0-9]{0,17}-[A-Za-z2-7]{24}(?![A-Za-z0-9])")
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,100}@[^<>\s@]{1,253}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],:;\"@]{1,64}@[^\s<>()\[\],:;\"@]{1,253}")
_CODE = re.compile(r"(?<![0-9.])([245])\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
_BASIC = re.compile(r"(?<![0-9.])([45])[0-9]{2}(?![0-9.])")

_CAME_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)
_OF_ORIGINAL = re.compile(r"^message-id:\s{0,80}(<[^<>\s]{1,354}>)", re.MULTILINE | re.IGNORECASE)
_COPY = re.compile(r"^-{3}.{0,40}(?:copy|original|below this line)", re.MULTILINE | re.IGNORECASE)

_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
"""The types of complaints; other reports (RFC 5965, 7.3) say that a mail is no spam, or how it was
signed."""
_ARRIVED = frozenset({"delivered", "relayed", "expanded"})

_NOT_THE_RECIPIENT = re.compile(r"5\.(?:[567]\.\d+|1\.[78]|2\.3|3\.4)")
"""RFC 3463: protocol, content and policy; the sender's address; a mail that is too long."""
_NOT_OF_RECIPIENT = frozenset(
    (
        ReplyMeaning.MESSAGE,
        ReplyMeaning.SENDER,
        ReplyMeaning.QUOTA,
        ReplyMeaning.RATE_LIMIT,
        ReplyMeaning.SESSION_LIMIT,
    )
)
"""Meanings of a reply's words that say nothing against the recipient, whatever the code says."""
_UNWANTED = re.compile(
    r"spam|block|black ?list|deny ?list|reputation|policy|dmarc|dkim|\bspf\b|virus", re.IGNORECASE
)
_SERVER = re.compile(r"mailer-?daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
_LATER = re.compile(
    r"delayed|still being retried|will (?:continue|keep) (?:to )?try", re.IGNORECASE
)
_QMAIL = "This is the qmail-send program"
_QMAIL_RECIPIENT = re.compile(r"^<([^<>\s@]{1,64}@[^<>\s@]{1,253})>:$", re.MULTILINE)

_ANSWERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation")
_AWAY = re.compile(
    r"(?:re: ?)?(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|abwesen"
    r"|automatische antwort|réponse automatique|respuesta automática|自动回复|自動返信)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Verdict:
    kind: BounceKind
    status: str = ""
    reason: str = ""
    recipients: tuple[str, ...] = ()


def read(message: bytes) -> BounceFinding:
    """Return the contents of `message`; never raise.  Bytes beyond `MOST_BYTES` are ignored."""
    head, found = parts(message)
    came_to = head.all(*_CAME_TO)
    subject = _line(head.first("subject"))
    tokens = _tokens([*came_to, subject])
    verdict = _reported(found) or _worded(head, _words(found)) or _written(head, tokens)
    return BounceFinding(
        kind=verdict.kind,
        status=verdict.status,
        reason=verdict.reason,
        tokens=tokens,
        returned=_tokens(part.text[:MOST_HEAD] for part in found),
        message_id=_message_id(head, found),
        recipients=verdict.recipients,
        to=_keys(came_to),
        sender=next(iter(_ADDRESS.findall(head.first("from"))), ""),
        subject=subject,
    )


# --- reports for programs ------------------------------------------------------------------------


def _reported(found: Iterable[MessagePart]) -> _Verdict | None:
    """Return the verdict of the first part that is a report, if there is one."""
    for part in found:
        if part.media_type in _STATUSES:
            return _delivery(part.text)
        if part.media_type == "message/feedback-report":
            fields = head_of(part.text)
            kind = fields.first("feedback-type").lower()
            return _Verdict(
                BounceKind.COMPLAINED if kind in _COMPLAINTS else BounceKind.AUTOMATIC,
                reason=_line(f"{kind} {fields.first('user-agent')}"),
                recipients=_keys(fields.all("original-rcpt-to", "removal-recipient")),
            )
        if part.media_type == "message/disposition-notification":
            return _Verdict(BounceKind.AUTOMATIC)
    return None


def _delivery(text: str) -> _Verdict:
    """Read a delivery status (RFC 3464): blocks of fields, the first about the message itself."""
    blocks = [head_of(block) for block in re.split(r"\n\s*\n", text[:MOST_HEAD])]
    verdicts = [verdict for block in blocks if (verdict := _of_recipient(block))]
    worst = min(
        verdicts,
        key=lambda verdict: list(BounceKind).index(verdict.kind),
        default=_Verdict(BounceKind.UNKNOWN),
    )
    recipients = _keys(
        value for block in blocks for value in block.all("original-recipient", "final-recipient")
    )
    return _Verdict(worst.kind, worst.status, worst.reason, recipients)


def _of_recipient(block: MessageHeader) -> _Verdict | None:
    action = block.first("action").lower()
    status, diagnostic = block.first("status"), block.first("diagnostic-code")
    if action in _ARRIVED:
        return _Verdict(BounceKind.AUTOMATIC)
    code = _CODE.search(status)
    if code is None or code[0].endswith(".0.0"):  # the remote server may have been more precise
        code = _CODE.search(diagnostic) or code
    return _judged(code[0] if code else "", diagnostic, action)


def _judged(status: str, words: str, action: str) -> _Verdict | None:
    """Return the verdict of a status code, or of the words where there is no code."""
    basic = _BASIC.search(words)
    digit = status[:1] or (basic[1] if basic else "")
    words = re.sub(r"^\s*(?:smtp|x-\w{1,20})\s*;\s*", "", words, flags=re.IGNORECASE)
    reason = _line(words if status in words else f"{status} {words}")
    if action == "delayed" or digit == "4":
        return _Verdict(BounceKind.DELAYED, status, reason)
    if action != "failed" and digit != "5":
        return None
    vague = status in ("", "5.0.0") and _UNWANTED.search(words)
    meaning = meaning_of(int(basic[0]) if basic else 550, words, "bounce", status)
    refused = vague or meaning in _NOT_OF_RECIPIENT or _NOT_THE_RECIPIENT.fullmatch(status)
    return _Verdict(BounceKind.REFUSED if refused else BounceKind.BOUNCED, status, reason)


# --- reports for people --------------------------------------------------------------------------


def _words(found: Iterable[MessagePart]) -> str:
    """Return the text of a mail, without the copy of the letter below it."""
    text = "\n".join(part.text for part in found if part.media_type in ("", "text/plain"))
    copy = _COPY.search(text)
    return (text[: copy.start()] if copy else text)[:MOST_HEAD]


def _worded(head: MessageHeader, words: str) -> _Verdict | None:
    """Return the verdict of a server's report that is written for people alone."""
    failed = _keys(head.all("x-failed-recipients"))
    if not failed and _QMAIL in words:
        failed = _keys(_QMAIL_RECIPIENT.findall(words))
    sender = head.first("from")
    code = _CODE.search(words)
    from_nobody = head.first("return-path") == "<>" and code and not _is_answer(head)
    if not (failed or _SERVER.search(sender) or from_nobody):
        return None
    line = next(
        (text for text in words.split("\n") if (_CODE if code else _BASIC).search(text)), ""
    )
    action = "delayed" if _LATER.search(words) else "failed" if failed else ""
    verdict = _judged(code[0] if code else "", line, action)
    if verdict is not None:
        return _Verdict(verdict.kind, verdict.status, verdict.reason, failed)
    return None if _is_answer(head) else _Verdict(BounceKind.UNKNOWN)


# --- all else ------------------------------------------------------------------------------------


def _written(head: MessageHeader, tokens: tuple[str, ...]) -> _Verdict:
    if _is_answer(head):
        return _Verdict(BounceKind.AUTOMATIC)
    # A program may write to leave, at its owner's wish; then a token stands in the address.
    robot = head.first("auto-submitted").lower() not in ("", "no") and not tokens
    return _Verdict(BounceKind.AUTOMATIC if robot else BounceKind.WRITTEN)


def _is_answer(head: MessageHeader) -> bool:
    """Return whether a program answered by itself (RFC 3834)."""
    return (
        head.first("auto-submitted").lower().startswith("auto-replied")
        or head.first("precedence").lower() == "auto_reply"
        or bool(head.all(*_ANSWERS))
        or bool(_AWAY.match(head.first("subject")))
    )


def _message_id(head: MessageHeader, found: Iterable[MessagePart]) -> str | None:
    """Return the Message-ID of the letter that a mail is about, if it can be found."""
    texts = [(part.media_type in _ORIGINALS, part.text) for part in found]
    for _, text in sorted(texts, key=lambda pair: not pair[0]):
        if own := _OF_ORIGINAL.search(text):
            return own[1] if _MESSAGE_ID.fullmatch(own[1]) else None
    answered = _MESSAGE_ID.findall(" ".join(head.all("references", "in-reply-to")))
    return answered[-1] if answered else None


def _tokens(texts: Iterable[str]) -> tuple[str, ...]:
    found = (token for text in texts for token in _TOKEN.findall(text))
    return tuple(dict.fromkeys(islice(found, _MOST_TOKENS)))


def _keys(values: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of the addresses in some values, without the invalid ones."""

    def keys() -> Iterator[str]:
        for value in values:
            for address in _ADDRESS.findall(value):
                with suppress(ValueError):
                    yield mail_addresses.key(address)

    return tuple(dict.fromkeys(islice(keys(), _MOST_TOKENS)))


def _line(text: str) -> str:
    """Return one line without control characters."""
    return one_line(text, _MOST_REASON)
