"""Mails that come back, as each kind of server words them; all made up here."""

from __future__ import annotations

from textwrap import dedent

TOKEN = "7-gbzwrcfsaeyqxafpps43oeim"
MESSAGE_ID = "<0123456789abcdef0123456789abcdef@news.example.org>"

LETTER_HEAD = f"""\
Return-Path: <bounces+{TOKEN}@news.example.org>
From: Daily <daily@news.example.org>
To: jane@example.com
Message-ID: {MESSAGE_ID}
List-Unsubscribe: <https://news.example.org/daily/unsubscribe/{TOKEN}>,
 <mailto:leave+{TOKEN}@news.example.org?subject=unsubscribe>
Subject: 12 stories: A title
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
"""


def report(
    status: str,
    *,
    to: str = f"bounces+{TOKEN}@news.example.org",
    head: str = "",
    words: str = "It did not work.",
    original: str = LETTER_HEAD,
    kind: str = "delivery-status",
    copied_as: str = "text/rfc822-headers",
) -> bytes:
    """Make a report of three parts (RFC 6522) that holds `status`, blocks of fields."""
    text = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
{head}Content-Type: multipart/report; report-type={kind};
	boundary="4XyZ.1/mx.example.com"

This is a MIME-encapsulated message.

--4XyZ.1/mx.example.com
Content-Type: text/plain; charset=us-ascii

{words}

--4XyZ.1/mx.example.com
Content-Type: message/{kind}

{dedent(status).strip()}

--4XyZ.1/mx.example.com
Content-Type: {copied_as}

{original}
--4XyZ.1/mx.example.com--
"""
    return text.replace("\n", "\r\n").encode()


def failed(status: str, diagnostic: str = "", recipient: str = "jane@example.com") -> str:
    """Make the delivery status of one recipient that was given up."""
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    return (
        "Reporting-MTA: dns; mx.example.com\nArrival-Date: Mon, 12 Jan 2026 07:00:01 +0000\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n{said}"
    )


POSTFIX = report(
    f"""\
Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4XyZ
X-Postfix-Sender: rfc822; bounces+{TOKEN}@news.example.org

Final-Recipient: rfc822; jane@example.com
Original-Recipient: rfc822;jane@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; in.example.com
Diagnostic-Code: smtp; 550 5.1.1 <jane@example.com>: Recipient address
    rejected: User unknown in virtual mailbox table
"""
)

EXCHANGE = report(
    """\
Reporting-MTA: dns;AM0PR01.example.com
Received-From-MTA: dns;news.example.org

Final-recipient: RFC822; jane@example.com
Action: FAILED
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not
 found by SMTP address lookup
X-Display-Name: jane@example.com
""",
    head="X-MS-Exchange-Message-Is-Ndr:\nContent-Language: en-US\nX-Auto-Response-Suppress: All\n",
    copied_as="message/rfc822",
    original=f"{LETTER_HEAD}\nThe letter.\n",
)

GMAIL = report(
    """\
Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; daily@news.example.org
Arrival-Date: Sun, 11 Jan 2026 23:00:01 -0800 (PST)
X-Original-Message-ID: <0123@news.example.org>

Final-Recipient: rfc822; jane@example.com
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.example.com. (192.0.2.7, the server for the domain example.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
Last-Attempt-Date: Sun, 11 Jan 2026 23:00:02 -0800 (PST)
""",
    head="X-Failed-Recipients: jane@example.com\n",
    copied_as="message/rfc822",
)

EXIM = f"""\
Return-path: <>
Envelope-to: bounces+{TOKEN}@news.example.org
X-Failed-Recipients: jane@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.com>
To: bounces+{TOKEN}@news.example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jane@example.com
    host in.example.com [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<jane@example.com>:
    550 5.1.1 no such user here

------ This is a copy of the message, including all the headers. ------

{LETTER_HEAD}
I can be reached at 5.7.1 street.
""".encode()

EXIM_LOCAL = (
    EXIM.replace(b"550 5.1.1 no such user here", b"Unrouteable address")
    .replace(b"host in.example.com [192.0.2.9]\n", b"\n")
    .replace(b"    SMTP error from remote mail server after RCPT TO:<jane@example.com>:\n", b"")
)

EXIM_WARNING = f"""\
Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.com>
To: bounces+{TOKEN}@news.example.org
Subject: Warning: message 1vZ-0001 delayed 24 hours

A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.com.

No action is required on your part. Delivery attempts will continue for
some time; the address to which it has still to go is:

  jane@example.com
    Delay reason: host in.example.com: 451 4.7.1 Greylisted, delayed
""".encode()

QMAIL = f"""\
Return-Path: <>
Delivered-To: news-bounces+{TOKEN}@news.example.org
From: MAILER-DAEMON@mx.example.com
To: bounces+{TOKEN}@news.example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jane@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{LETTER_HEAD}
The letter.
""".encode()

PLAIN = f"""\
Return-Path: <>
From: Postmaster <postmaster@example.com>
To: bounces+{TOKEN}@news.example.org
Subject: Delivery failure

Your message to jane@example.com was rejected:
550 5.2.1 The mailbox is disabled
""".encode()

PUZZLE = f"""\
Return-Path: <>
From: postmaster@example.com
To: bounces+{TOKEN}@news.example.org
Subject: =?utf-8?q?Zustellung_unm=C3=B6glich?=

Leider konnte Ihre Nachricht nicht zugestellt werden.
""".encode()

AWAY = f"""\
From: Jane <jane@example.com>
To: bounces+{TOKEN}@news.example.org
Subject: Out of Office: 12 stories
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All

I am back on 5.1.1, until then call 555 0100.
""".encode()

AWAY_FROM_NOBODY = AWAY.replace(b"Auto-Submitted: auto-replied\n", b"Return-Path: <>\n")

READ = report(
    "Final-Recipient: rfc822; jane@example.com\nDisposition: manual-action/MDN-sent-manually;"
    " displayed",
    kind="disposition-notification",
)

COMPLAINT = report(
    f"""\
Feedback-Type: abuse
User-Agent: SomeFeedback/1.0
Version: 1
Original-Mail-From: <bounces+{TOKEN}@news.example.org>
Original-Rcpt-To: <jane@example.com>
Source-IP: 192.0.2.1
""",
    to="postmaster@news.example.org",
    kind="feedback-report",
    copied_as="message/rfc822",
)

LEAVE = f"""\
From: Jane <jane@example.com>
To: leave+{TOKEN}@news.example.org
Subject: unsubscribe

""".encode()
