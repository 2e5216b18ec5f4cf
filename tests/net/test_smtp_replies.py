"""What refusals mean: the table against the texts that servers send."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.net.smtp_replies import ReplyMeaning, Stage, meaning_of

M = ReplyMeaning

OF_THE_SENDER = [
    ("Gmail, a day's limit", "550 5.4.5 Daily user sending limit exceeded. For more information"),
    ("Gmail, its relay", "550 5.4.5 Daily SMTP relay limit exceeded for customer."),
    ("Gmail, its relay by recipients", "550 5.7.1 Daily SMTP relay recipient limit exceeded"),
    ("Gmail, an odd rate", "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail"),
    (
        "Outlook, recipients a day",
        "550 5.1.90 Your message can't be sent because you've reached "
        "your daily limit for message recipients",
    ),
    (
        "Outlook, submission",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceeded"
        "Exception; Failed to process message due to a permanent exception with message "
        "The message can't be submitted because the sender's submission quota was exceeded.",
    ),
    ("Outlook, the code alone", "550 5.1.90 no"),
    ("Exchange Online, a tenant", "550 5.7.705 Access denied, tenant has exceeded threshold"),
    ("Zoho", "550 5.4.6 Unusual sending activity detected. Please try after sometime"),
    ("by the hour", "550 5.7.1 Hourly sending limit reached"),
    (
        "Yahoo",
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints",
    ),
    ("Yahoo, volume", "451 4.7.0 temporarily deferred due to unexpected volume"),
    ("iCloud", "550 5.7.0 Mail sending limit exceeded for this account"),
    ("GMX", "550 Requested action not taken: mailbox unavailable. Mail send limit exceeded."),
    (
        "IONOS",
        "450 Requested mail action not taken: mailbox unavailable (Mail send limit exceeded)",
    ),
    ("Yandex", "550 5.7.1 Message sending limit exceeded, try tomorrow"),
    ("QQ, connections", "550 Connection frequency limited. http://service.mail.qq.com/"),
    ("QQ, a domain", "550 Domain frequency limited"),
    ("QQ, a sender", "550 Sender frequency limited"),
    ("163, sent today", "554 MI:STC smtp4,abc http://mail.163.com/help"),
    ("163, in words of its own", "550 RP:QRC"),
    ("163, temporarily", "451 MI:SFQ 163 smtp12"),
    ("Amazon SES, a day", "454 Throttling failure: Daily message quota exceeded."),
    ("SendGrid", "451 Authentication failed: Maximum credits exceeded"),
    ("Mailgun", "421 Domain news.example.org has exceeded the hourly limit"),
    ("Postmark", "550 Not allowed to send: you've used all your email credits"),
    (
        "cPanel",
        "550 Domain example.org has exceeded the max emails per hour (200/200 (100%)) "
        "allowed. Message discarded",
    ),
    (
        "cPanel, failures",
        "451 Domain example.org has exceeded the max defers and failures per hour (5/5) allowed",
    ),
    ("Hostinger", "451 4.7.1 <a@example.org>: Sender address rejected: hostinger_out_ratelimit"),
    ("policyd", "450 4.7.1 <a@example.org>: Policy rejection: Message count quota exceeded"),
    ("Postfix", "450 4.7.1 Error: too much mail from 192.0.2.1"),
    ("OVH", "550 5.7.1 You have reached the limit of 200 emails per hour"),
    ("Fastmail", "550 5.7.1 You have sent too many emails, quota exceeded for account today"),
    ("a quota of messages", "552 5.2.2 Message quota exceeded for your plan this month"),
    ("a rate a day", "550 you may send 300 messages a day"),
    ("Plesk", "550 5.7.1 The limit on the number of outgoing messages is exceeded"),
    ("too many mails today", "550 too many emails sent today"),
    ("an account's limit", "550 5.7.0 account sending limit exceeded"),
    ("too many mails", "450 4.7.1 too many mails"),
    ("Spanish", "550 5.7.1 Ha superado el límite de envío diario"),
]

SESSION = [
    ("in plain words", "451 mails per session"),
    ("Exim", "421 too many messages in this connection"),
    ("Yahoo", "421 Max message per connection reached, closing transmission channel"),
    ("Proofpoint", "452 4.1.0 Too many messages this session"),
    ("GMX", "421 maximum number of messages per connection exceeded"),
    ("QQ", "451 Too many mails in one connection"),
    ("a session's limit", "450 4.7.0 session limit reached"),
    ("recipients of one session", "452 4.5.3 Too many recipients in this session"),
    ("for good, in its own eyes", "554 5.7.0 Too many messages in this SMTP session"),
]

RATE = [
    ("Amazon SES", "454 Throttling failure: Maximum sending rate exceeded."),
    ("a second's limit", "421 4.7.0 too many messages per second"),
    ("Mailtrap", "550 5.7.0 Requested action not taken: too many emails per second"),
    (
        "Exchange",
        "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
    ),
    ("a plea", "450 please slow down"),
]

SENDER = [
    (
        "a list of senders",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    ),
    ("SES", "554 Message rejected: Email address is not verified. The following identities failed"),
    ("SendGrid", "550 The from address does not match a verified Sender Identity"),
    ("QQ's own address", "501 mail from address must be same as authorization user"),
    ("163", "553 Mail from must equal authorized user"),
    (
        "Gmail, DMARC",
        "550 5.7.26 Unauthenticated email from example.org is not accepted due to "
        "domain's DMARC policy",
    ),
    ("Outlook", "550 5.7.708 Access denied, traffic not accepted from this IP"),
    ("Outlook, send as", "554 5.2.252 SendAsDenied; a@example.org not allowed to send as b@"),
    ("Zoho", "553 Sender is not allowed to relay emails"),
    ("Postmark", "550 The sender signature was not found"),
    ("reputation", "554 5.7.1 Your IP has a poor reputation"),
]

RECIPIENT: list[tuple[str, str, ReplyMeaning]] = [
    ("no such user", "550 5.1.1 <bob@example.org>: User unknown", M.NO_MAILBOX),
    ("Gmail", "550 5.1.1 The email account that you tried to reach does not exist", M.NO_MAILBOX),
    ("Exchange", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", M.NO_MAILBOX),
    ("no such user, with a word of blocking", "550 5.1.1 user blocked, spam trap", M.NO_MAILBOX),
    ("disabled", "550 5.2.1 The email account that you tried to reach is disabled", M.UNREACHABLE),
    ("full", "552 5.2.2 The email account that you tried to reach is over quota", M.UNREACHABLE),
    ("full, without a code", "552 Mailbox quota exceeded", M.UNREACHABLE),
    ("full, in other words", "552 mailbox is full", M.UNREACHABLE),
    ("storage", "552 5.2.2 user's storage limit exceeded", M.UNREACHABLE),
    ("no such domain", "550 5.1.2 no such host", M.UNREACHABLE),
    ("no route", "550 5.4.4 unable to route", M.UNREACHABLE),
    ("QQ", "550 Mailbox not found. http://service.mail.qq.com/", M.UNREACHABLE),
    ("163", "550 User not found: bob@163.com", M.UNREACHABLE),
    ("in words alone", "550 No such user here", M.UNREACHABLE),
    ("Yahoo", "554 delivery error: dd This user doesn't have a yahoo.com account", M.UNREACHABLE),
    (
        "Postmark",
        "406 You tried to send to a recipient that has been marked as inactive",
        M.NOT_NOW,
    ),
    (
        "gray lists",
        "450 4.2.0 <bob@example.org>: Recipient address rejected: Greylisted",
        M.NOT_NOW,
    ),
    ("gray lists, by time", "451 4.7.1 Please try again in 300 seconds", M.NOT_NOW),
    ("full for now", "452 4.2.2 mailbox full", M.NOT_NOW),
    (
        "too much for one recipient",
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
        M.NOT_NOW,
    ),
    ("too much for one mailbox", "450 4.2.1 too many messages to this recipient", M.NOT_NOW),
    ("a lookup that failed", "451 4.4.3 temporary lookup failure", M.NOT_NOW),
    ("a full disk", "452 4.3.1 Insufficient system storage", M.NOT_NOW),
    ("nothing said", "550 no", M.UNCLEAR),
    ("a policy without words", "554 5.7.1 rejected", M.UNCLEAR),
    ("our protocol", "503 5.5.1 bad sequence", M.UNCLEAR),
    ("spam", "554 5.7.1 Message rejected as spam", M.MESSAGE),
    ("GMX", "554 Transaction failed. Reject due to policy restrictions.", M.MESSAGE),
    ("QQ's content", "550 Mail content denied", M.MESSAGE),
    ("too large", "552 5.3.4 Message size exceeds fixed limit", M.MESSAGE),
    ("too large, in other words", "552 message too large", M.MESSAGE),
]

TABLE = [
    *(pytest.param(line, M.QUOTA, id=f"limit: {what}") for what, line in OF_THE_SENDER),
    *(pytest.param(line, M.SESSION_LIMIT, id=f"session: {what}") for what, line in SESSION),
    *(pytest.param(line, M.RATE_LIMIT, id=f"rate: {what}") for what, line in RATE),
    *(pytest.param(line, M.SENDER, id=f"sender: {what}") for what, line in SENDER),
    *(pytest.param(line, meaning, id=what) for what, line, meaning in RECIPIENT),
]


@pytest.mark.parametrize(("line", "meaning"), TABLE)
def test_what_a_refused_recipient_means(line: str, meaning: ReplyMeaning) -> None:
    assert meaning_of(int(line[:3]), line, "recipient") == meaning


@pytest.mark.parametrize("stage", ["sender", "recipient", "message", "bounce"])
@pytest.mark.parametrize(
    ("line", "meaning"),
    [row.values for row in TABLE if row.values[1] in (M.QUOTA, M.SESSION_LIMIT)],
)
def test_a_limit_is_one_at_every_stage(line: str, meaning: ReplyMeaning, stage: Stage) -> None:
    assert meaning_of(int(line[:3]), line, stage) == meaning


@pytest.mark.parametrize("line", ["550 no", "553 5.1.7 bad", "550 5.7.1 go away", "552 5.2.2 full"])
def test_what_is_refused_before_a_recipient_is_named_speaks_of_the_sender(line: str) -> None:
    assert meaning_of(int(line[:3]), line, "sender") == M.SENDER


_SENT = Path(__file__).parents[1] / "data" / "smtp_replies.tsv"
"""Replies as large and small services send them: service, stage, meaning, reply."""


@pytest.mark.parametrize(
    ("service", "stage", "meaning", "reply"),
    [line.split("\t") for line in _SENT.read_text().splitlines()],
)
def test_a_reply_as_it_is_sent(service: str, stage: Stage, meaning: str, reply: str) -> None:
    code, _, words = reply.partition(" ")
    assert meaning_of(int(code), words, stage) is ReplyMeaning[meaning]
