"""Classify the refusals of mail servers by their codes and words.

A refusal concerns the recipient, the message, the sender, or the connection.  Servers use the same
codes for all of them, so the words decide first and the enhanced status code (RFC 3463) second.
`RULES` holds the words: first those of large mail providers, as they document or send them, then
those of many servers.  Each meaning has these consequences:

    meaning            this delivery                     the channel             the recipient
    NO_MAILBOX         has failed                        goes on                 is suspended
    UNREACHABLE        has failed                        goes on                 the 2nd suspends
    NOT_NOW            is tried again later              goes on                 -
    MESSAGE            has failed                        goes on                 -
    SESSION_LIMIT      goes over a new connection        reconnects              -
    RATE_LIMIT         is sent in a moment               waits, then goes on     -
    QUOTA              waits                             stops for an hour       -
    SENDER             waits                             stops                   -
    UNCLEAR            has failed                        goes on, unless         -
                                                         several are told it

A bounce that holds the same reply means the same for its recipient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Stage = Literal["sender", "recipient", "message", "bounce"]
"""What a reply answers: MAIL, RCPT, or the message itself; or a later bounce."""


class ReplyMeaning(StrEnum):
    """The meaning of a refusal."""

    NO_MAILBOX = "no such mailbox"
    UNREACHABLE = "mailbox cannot be reached"
    NOT_NOW = "not now"
    MESSAGE = "message refused"
    SESSION_LIMIT = "limit of one session"
    RATE_LIMIT = "sent too fast"
    QUOTA = "sending limit"
    SENDER = "sender refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """A pattern of words in refusals, and the meaning of such a refusal."""

    said_by: str
    meaning: ReplyMeaning
    words: re.Pattern[str]


def _rule(said_by: str, meaning: ReplyMeaning, *words: str) -> ReplyRule:
    return ReplyRule(said_by, meaning, re.compile("|".join(words), re.IGNORECASE))


_MAIL = r"(?:e-?mails?|mails?|messages?|msgs?|transactions?|deliver(?:y|ies)|recipients?)"
_SESSION = r"(?:smtp[ -]?)?(?:session|connection|conn)\b"
_PERIOD = r"(?:second|minute|hour|day|24 ?h(?:ou)?rs?|week|month)"
_EXCEEDED = (
    r"(?:exceed\w*|reached|hit|used up|exhausted|full|over|maxed|surpass\w*|too many|beyond)"
)
_SENDING = r"(?:send(?:ing|er'?s?)?|sent|outgoing|outbound|submission|relay(?:ing)?|smtp)"

RULES: tuple[ReplyRule, ...] = (
    # --- of the recipient, in words that also hold those of a limit ---
    _rule(
        "Gmail",
        ReplyMeaning.NOT_NOW,
        r"user you are trying to contact is receiving mail",
        r"receiving mail (?:too quickly|at a rate)",
    ),
    _rule(
        "many servers, about a recipient who gets much",
        ReplyMeaning.NOT_NOW,
        r"(?:to|for|in) (?:this|the|that|their|its) (?:recipient|user|mailbox|inbox|address)\b",
        r"recipient(?:'s)? (?:is )?(?:receiving|rate|has (?:exceeded|reached))",
        r"limit (?:is )?(?:exceeded|reached) for (?:mailbox|recipient|inbox)",
    ),
    _rule("postgrey, rspamd, milter-greylist", ReplyMeaning.NOT_NOW, r"gr[ea]y[ -]?list"),
    _rule(
        "Gmail, Outlook, Postfix, Dovecot, Yandex",
        ReplyMeaning.UNREACHABLE,
        r"(?:mailbox|inbox|mail ?drop|recipient|user|account)\b[^.;]{0,40}\b(?:is|has)?\s*"
        r"(?:over|exceeded|out of|above)\b[^.;]{0,20}\b(?:disk |storage |mailbox |its |his )?"
        r"(?:quota|space|storage|size)",
        r"(?:mailbox|inbox)\b[^.;]{0,30}\bfull\b|\bfull mailbox",
        r"(?:mailbox|storage|disk|user'?s?|recipient'?s?) (?:quota|storage|size|disk)[^.;]{0,24}"
        r"(?:exceed|over|full|limit)",
        r"over ?quota\b|exceeded storage allocation",
        r"quota exceeded \(mailbox",
    ),
    _rule(
        "Exchange, about a group or a mailbox that takes no mail from outside",
        ReplyMeaning.UNREACHABLE,
        r"RESOLVER\.RST|delivery restriction|\b5\.7\.(?:124|129|133|134|136)\b",
    ),
    # --- of the sender, in words that also hold a connection ---
    _rule(
        "QQ, Tencent Exmail, Aliyun",
        ReplyMeaning.QUOTA,
        r"(?:connection|domain|sender|ip|account) frequency (?:is )?limited",
        r"frequency (?:is )?limit|sender (?:is )?limited|sendlimit",
        r"发信(?:频率|数量)|超出?(?:了)?(?:每[日天]|发送)",
    ),
    # --- of the connection ---
    _rule(
        "Exim, Yahoo, Proofpoint, QQ, GMX, Cisco, Postfix",
        ReplyMeaning.SESSION_LIMIT,
        rf"{_MAIL}\b.{{0,30}}\b(?:per|in|on|for|during|within|over|this)\b"
        rf"(?: (?:this|one|a|an|the|each|your|single|same|current|every))* {_SESSION}",
        rf"{_SESSION}.{{0,30}}\b(?:{_MAIL} )?(?:limit|maximum|max\b)",
        rf"(?:per|this|one)[ -]{_SESSION} (?:limit|maximum|quota)",
        r"(?:start|open|use) a(?:nother)? new (?:session|connection)|reconnect",
        r"too many (?:recipients|transactions|messages)\s*$",
        r"your message has too many recipients",
    ),
    # --- of the sender: a limit that ends by itself within seconds ---
    _rule(
        "Amazon SES",
        ReplyMeaning.RATE_LIMIT,
        r"maximum sending rate exceeded",
        r"throttling failure(?!.*(?:daily|quota))",
    ),
    _rule(
        "Outlook, Mailgun, Brevo, Mailtrap, Postfix (anvil)",
        ReplyMeaning.RATE_LIMIT,
        r"too many (?:e-?mails|mails|messages|requests) per (?:second|minute)",
        r"per (?:second|minute)\b.{0,40}(?:exceed|limit|reached)",
        r"(?:exceed|limit|reached|maximum).{0,40}per (?:second|minute)\b",
        r"submission rate for this client has exceeded",
        r"\bslow(?:ing)? down\b|sending too (?:fast|quickly)|too fast\b",
        r"\brate[ -]?limit(?:ed|ing)? (?:hit|in effect)",
    ),
    # --- of the sender: a limit that ends by itself within hours or days ---
    _rule(
        "Gmail, Google Workspace",
        ReplyMeaning.QUOTA,
        r"daily (?:user )?sending (?:limit|quota)",
        r"daily smtp relay (?:sending )?(?:limit|quota)",
        r"smtp relay (?:sending )?(?:limit|quota|recipient limit)",
        r"reached a limit for sending mail",
        r"unusual rate of (?:unsolicited )?mail|unusual rate",
    ),
    _rule(
        "Outlook, Exchange Online",
        ReplyMeaning.QUOTA,
        r"SubmissionQuotaExceeded|RecipientRateLimit|RecipientLimitExceeded|OutboundSpam",
        r"daily limit for message recipients",
        r"tenant (?:has )?exceeded|exceeded (?:the )?(?:tenant|threshold)",
        r"\b5\.1\.90\b|\b5\.7\.(?:232|233|236|705)\b|\b4\.7\.5\d\d\b|\b4\.7\.65\d\b",
        r"concurrent connections limit",
    ),
    _rule(
        "Yahoo, AOL",
        ReplyMeaning.QUOTA,
        r"\[?TSS?0?\d{1,2}\]?|temporarily deferred due to (?:user complaints|unexpected volume)",
        r"unexpected volume",
    ),
    _rule("iCloud", ReplyMeaning.QUOTA, r"\bmail sending (?:limit|quota)"),
    _rule(
        "GMX, WEB.DE, IONOS, mail.com",
        ReplyMeaning.QUOTA,
        r"mail send limit",
        r"versandlimit|sendelimit|limit f\S+r ausgehende",
    ),
    _rule("Yandex", ReplyMeaning.QUOTA, r"message sending limit", r"too many letters"),
    _rule(
        "163, 126, yeah.net",
        ReplyMeaning.QUOTA,
        r"\b(?:MI:(?:SFQ|STC|CEL|DMC|CCL)|RP:(?:QRC|TRC|DRC|CCL|CEL|FRL))\b",
        r"\bHL:(?:REP|ICC|IFC|ITC|MEP|IFQ)\b",
    ),
    _rule(
        "Amazon SES",
        ReplyMeaning.QUOTA,
        r"daily message quota",
        r"sending (?:paused|suspended) for this account",
        r"maximum send quota",
    ),
    _rule(
        "Mailgun, Postmark, SendGrid, Brevo, Mailjet, SparkPost",
        ReplyMeaning.QUOTA,
        r"maximum credits exceeded|out of credits|e-?mail credits|not enough credits",
        r"exceeded (?:the |your )?(?:messaging|monthly|daily|hourly|plan'?s?|sending) ",
        r"recipient limit exceeded|allowance",
        r"account (?:is )?(?:temporarily )?(?:on hold|under review|throttled)",
    ),
    _rule(
        "OVH, Hostinger, cPanel, Plesk, Zoho, Fastmail, policyd",
        ReplyMeaning.QUOTA,
        r"max(?:imum)?\s*(?:defers and failures|e-?mails|mails|messages) per",
        r"unusual sending activity",
        r"out_?ratelimit|rate ?limit(?:ed|ing)?\b",
        r"(?:message|sender|sending|recipient) count quota",
        r"limits? (?:on|for|of) (?:the number of )?outgoing",
        r"e-?mail outgoing blocked",
    ),
    _rule(
        "many servers, about a sender's limit",
        ReplyMeaning.QUOTA,
        rf"\b{_SENDING}\b.{{0,40}}\b(?:limit|quota|rate|threshold|cap)\b",
        rf"\b(?:limit|quota|threshold|cap|rate)\b.{{0,40}}\b{_SENDING}\b",
        rf"\b(?:daily|hourly|monthly|weekly)\b.{{0,30}}\b(?:limit|quota|cap|maximum|{_MAIL})\b",
        rf"{_MAIL}.{{0,20}}(?:per|an?|each|every|this|in(?: the)? last|within) {_PERIOD}",
        rf"(?:limit|quota|maximum|max|allowed).{{0,40}}(?:per|an?|each|every|this) {_PERIOD}",
        rf"{_EXCEEDED}.{{0,40}}\b(?:{_MAIL}) (?:limit|quota|rate)",
        rf"\b(?:message|mail|e-?mail|smtp|account|user|domain) (?:rate )?(?:limit|quota)\b"
        rf".{{0,20}}{_EXCEEDED}",
        r"too (?:much|many) (?:e-?mails?|mails?|messages)\b",
        r"too many (?:concurrent|simultaneous|parallel)",
        r"too many (?:\w+ )?(?:connections|sessions)",
        r"exceeded (?:the |your |its |their )?(?:\w+ ){0,3}(?:limit|quota|allowance|threshold)",
        r"l[ií]mite (?:de env[ií]o|diario)|limite d'envoi|quota d'envoi|limite di invio",
    ),
    # --- of the sender: somebody has to do something ---
    _rule(
        "Gmail, Outlook, iCloud, Yandex, SES, SendGrid, Postmark, QQ, 163, Zoho",
        ReplyMeaning.SENDER,
        r"(?:sender|from)\b.{0,40}\b(?:not (?:verified|allowed|authori[sz]ed|owned|permitted|match)"
        r"|unverified|mismatch|must (?:be|equal|match))",
        r"(?:not|un)[ -]?verified (?:sender|identit|e-?mail|address|domain)",
        r"(?:e-?mail )?address(?:es)? (?:is|are) not verified|identities failed the check",
        r"(?:does not|doesn't|not) match (?:a )?verified sender",
        r"sender signature|sandbox (?:sub)?domain",
        r"mail from (?:address )?must (?:be same|equal)",
        r"permissions? to send|not one of your (?:addresses|aliases|identities)",
        r"sender\b.{0,20}\b(?:not|never) (?:been )?(?:valid(?:ated)?|confirmed|activated)",
        r"sender\b.{0,10}\bverif\w+ (?:has )?failed|required authentication level",
        r"send ?as ?denied|not allowed to send (?:as|mail|from|on behalf)",
        r"unauthenticated (?:senders?|e-?mail|mail)",
        r"(?:authentication|authorization|login|auth) (?:is )?(?:required|needed)|must authenticate"
        r"|not authenticated|authenticate first|please (?:log ?in|authenticate)",
    ),
    _rule(
        "Spamhaus and other lists, Gmail, Outlook, Yahoo, GMX, 163, OVH",
        ReplyMeaning.SENDER,
        r"\bspamhaus\b|\bspamcop\b|barracuda(?:central| ?reputation)|\bsorbs\b|\b(?:rbl|dnsbl)\b",
        r"(?:client|sender|sending|your|source|the|this)\b.{0,24}\b(?:ip|host|domain|network|server)"
        r"\b.{0,60}\b(?:block(?:ed|list)|black ?list|deny ?list|banned|listed|reputation)",
        r"(?:block(?:ed|list)|black ?list|deny ?list|banned|listed)\b.{0,40}\b(?:ip\b|client host)",
        r"client host (?:rejected|\[?[\d.]+\]? ?blocked)",
        r"\b(?:HL:IPB|HL:IHU|MI:SPB|MI:NHD|MI:IMF|DT:RBL)\b|suspected spam ip",
        r"access denied, (?:bad outbound sender|spam abuse|traffic not accepted|banned)",
        r"\buceprotect\b|your (?:isp|provider)\b.{0,30}\blisted",
        r"(?:poor|bad|low|very low) reputation",
        r"\b(?:dmarc|spf|dkim)\b.{0,60}\b(?:fail|reject|not pass|did not|unauthenticated|policy|"
        r"required|missing|must)",
        r"(?:fail\w*|not pass\w*|require\w*|missing|violat\w*)\b.{0,40}\b(?:dmarc|spf|dkim)\b",
        r"(?:reverse dns|ptr record|\brdns\b)",
        r"(?:your |the |this |sending |sender'?s? )(?:account|domain|mailbox)\b.{0,30}\b"
        r"(?:suspended|disabled|blocked|deactivated|locked)\b.{0,30}(?:send|outgoing|smtp|abuse|spam)",
        r"your account\b.{0,30}\b(?:suspended|disabled|blocked|deactivated|locked)",
        r"account (?:is |has been )?(?:suspended|blocked)\b.{0,20}\b(?:send|outgoing)",
        r"out ?going mail (?:is )?(?:suspended|blocked|disabled)",
    ),
    # --- of the message ---
    _rule(
        "many servers, about size",
        ReplyMeaning.MESSAGE,
        r"(?:message|mail|e-?mail|size|data)\b.{0,40}\b(?:too (?:large|big|long)|exceeds?\b)"
        r".{0,40}(?:size|limit|maximum|bytes|\bMB\b|$)",
        r"(?:maximum|max)\b.{0,20}\b(?:message|mail) size|oversized?",
    ),
    _rule(
        "many servers, about content",
        ReplyMeaning.MESSAGE,
        r"\bspam\b|\bvirus\b|malware|phish|\bDT:(?:SPM|SUM)\b",
        r"content (?:denied|rejected|refused|blocked|filter)|(?:message|mail) content",
        r"(?:local|security|content|message|anti-?spam) polic(?:y|ies)",
        r"policy (?:reasons|violation|restrictions?|rejection)",
        r"mail rejet[eé]|^(?:\S+ )?mail rejected\b",
    ),
)

_NO_MAILBOX = re.compile(r"5\.1\.(?:1|10)$")
_OF_SENDER = re.compile(r"5\.1\.[78]$")
_OF_MESSAGE = re.compile(r"5\.(?:6\.\d+|2\.3|3\.4)$")
_POLICY_OR_PROTOCOL = re.compile(r"5\.[57]\.\d+$")
_STATUS = re.compile(r"(?<![0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_WHO = r"(?:user|mailbox|recipient|account|address(?:ee)?|person|local part|alias)"
_OF_RECIPIENT = re.compile(
    r"\b(?:no such|unknown|invalid|non-?existent|bad|inactive|disabled|unrecogni[sz]ed"
    rf"|undeliverable)\b.{{0,24}}\b{_WHO}s?\b"
    rf"|\b{_WHO}s?\b.{{0,60}}\b(?:not (?:found|exist|known|available|active|listed|valid"
    r"|recogni[sz]ed)|unknown|invalid|unavailable|disabled|inactive|deactivated|suspended|closed"
    r"|expired|does ?n[o']t|doesn't|isn't|is not|rejected|undeliverable)"
    r"|(?:does ?n[o']t|doesn't|not) have an? .{0,40}account|previously bounced"
    r"|no (?:mailbox|account) (?:here|by that name)|not our customer|unroute?able",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:no such|unknown|non-?existent|inactive|disabled)\b[^.;:]{0,24}"
    rf"\b{_WHO}\b"
    rf"|\b{_WHO}s?\b[^.;:]{{0,40}}\b(?:not (?:found|exist)|unknown|unavailable|disabled|inactive"
    r"|deactivated|suspended|closed|expired|does ?n[o']t exist|doesn't exist)",
    re.IGNORECASE,
)
"""Words that count even if the code is about policy or the protocol."""


def status_of(words: str) -> str:
    """Return the enhanced status code (RFC 3463) in a reply's words, or ""."""
    found = _STATUS.search(words)
    return found[1] if found else ""


def meaning_of(code: int, words: str, stage: Stage, status: str = "") -> ReplyMeaning:
    """Return the meaning of the refusal `code` `words`; `code` is 0 if it is unknown.

    `words` are the whole reply or a report's diagnostic; an enhanced status code is looked for in
    them unless `status` gives it.

    >>> meaning_of(550, "5.4.5 Daily user sending limit exceeded", "recipient").value
    'sending limit'
    >>> meaning_of(550, "5.1.1 user unknown", "recipient").value
    'no such mailbox'
    """
    status = status or status_of(words)
    is_temporary = code // 100 == 4 or (not code and status[:1] == "4")
    rule = next((rule for rule in RULES if rule.words.search(words)), None)
    meaning = rule.meaning if rule else None
    if is_temporary:
        return meaning if meaning in _WAITS else ReplyMeaning.NOT_NOW
    if meaning is ReplyMeaning.UNREACHABLE and stage == "sender":
        return ReplyMeaning.SENDER  # the sender's own mailbox is full
    if meaning is ReplyMeaning.NOT_NOW and not (_NO_MAILBOX.match(status) or _GONE.search(words)):
        return ReplyMeaning.UNCLEAR  # temporary by its words, permanent by its code
    if meaning not in (None, ReplyMeaning.NOT_NOW) and not (
        meaning in _VAGUE and _NO_MAILBOX.match(status)
    ):
        return meaning
    return _by_status(status, words, stage, code)


_WAITS = (ReplyMeaning.SESSION_LIMIT, ReplyMeaning.RATE_LIMIT, ReplyMeaning.QUOTA)
"""The meanings of a temporary refusal beside "not now"."""
_VAGUE = (ReplyMeaning.MESSAGE, ReplyMeaning.SENDER, ReplyMeaning.UNREACHABLE)
"""Meanings that yield to a status code that says that there is no mailbox."""


def _by_status(status: str, words: str, stage: Stage, code: int) -> ReplyMeaning:
    if stage == "sender":
        is_too_large = code == _TOO_LARGE and status in ("", "5.3.4", "5.2.3")
        return ReplyMeaning.MESSAGE if is_too_large else ReplyMeaning.SENDER
    if _NO_MAILBOX.match(status):
        return ReplyMeaning.NO_MAILBOX
    if _OF_SENDER.match(status):
        return ReplyMeaning.SENDER
    if _OF_MESSAGE.match(status) or (code == _TOO_LARGE and not status and stage == "message"):
        return ReplyMeaning.MESSAGE
    if _POLICY_OR_PROTOCOL.match(status):
        speaks_of_recipient = stage in ("recipient", "bounce") and _GONE.search(words)
        return ReplyMeaning.UNREACHABLE if speaks_of_recipient else ReplyMeaning.UNCLEAR
    if status not in ("", "5.0.0") or _OF_RECIPIENT.search(words):
        return ReplyMeaning.UNREACHABLE
    return ReplyMeaning.UNCLEAR


_TOO_LARGE = 552
