"""Mails that come back: what each kind of server says, and what is said by none."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mailing_list.bounces import MOST_BYTES, BounceFinding, BounceKind, read
from support import reports
from support.reports import MESSAGE_ID, TOKEN, failed, report

DIALECTS = [
    ("Postfix", reports.POSTFIX, BounceKind.BOUNCED, "5.1.1"),
    ("Exchange", reports.EXCHANGE, BounceKind.BOUNCED, "5.1.10"),
    ("Gmail, more precise in the words", reports.GMAIL, BounceKind.BOUNCED, "5.1.1"),
    ("Exim", reports.EXIM, BounceKind.BOUNCED, "5.1.1"),
    ("Exim, without a code", reports.EXIM_LOCAL, BounceKind.BOUNCED, ""),
    ("Exim, that it takes longer", reports.EXIM_WARNING, BounceKind.DELAYED, "4.7.1"),
    ("qmail", reports.QMAIL, BounceKind.BOUNCED, "5.1.1"),
    ("a server in plain words with a code", reports.PLAIN, BounceKind.BOUNCED, "5.2.1"),
    ("a server in plain words", reports.PUZZLE, BounceKind.UNKNOWN, ""),
    ("a person who is away", reports.AWAY, BounceKind.AUTOMATIC, ""),
    ("a person who is away, from nobody", reports.AWAY_FROM_NOBODY, BounceKind.AUTOMATIC, ""),
    ("a receipt", reports.READ, BounceKind.AUTOMATIC, ""),
    ("a complaint", reports.COMPLAINT, BounceKind.COMPLAINED, ""),
    ("a mail to leave", reports.LEAVE, BounceKind.WRITTEN, ""),
]


@pytest.mark.parametrize(
    ("message", "kind", "status"),
    [row[1:] for row in DIALECTS],
    ids=[row[0] for row in DIALECTS],
)
def test_each_dialect_is_understood(message: bytes, kind: BounceKind, status: str) -> None:
    finding = read(message)
    assert (finding.kind, finding.status) == (kind, status)
    assert TOKEN in (*finding.tokens, *finding.returned)


REPORTED = [row for row in DIALECTS if row[2] in (BounceKind.BOUNCED, BounceKind.COMPLAINED)]


@pytest.mark.parametrize(
    "message",
    [row[1] for row in REPORTED if row[1] is not reports.PLAIN],
    ids=[row[0] for row in REPORTED if row[1] is not reports.PLAIN],
)
def test_a_report_says_of_whom_and_of_which_letter(message: bytes) -> None:
    finding = read(message)
    assert finding.recipients == ("jane@example.com",)
    assert finding.message_id == MESSAGE_ID
    assert TOKEN in finding.returned


def test_the_words_of_the_server_are_kept_in_one_line() -> None:
    assert read(reports.POSTFIX).reason == (
        "550 5.1.1 <jane@example.com>: Recipient address rejected: "
        "User unknown in virtual mailbox table"
    )
    assert read(reports.QMAIL).reason == "Sorry, no mailbox here by that name. (#5.1.1)"
    assert read(report(failed("5.4.4"))).reason == "5.4.4"
    long = read(report(failed("5.1.1", f"smtp; 550 \x1b[31m{'x' * 5000}"))).reason
    assert long.startswith("5.1.1 550 [31mxxx")
    assert len(long) == 200


STATUSES = [
    ("no such user", failed("5.1.1"), BounceKind.BOUNCED, True),
    ("no such user, in Exchange's way", failed("5.1.10"), BounceKind.BOUNCED, True),
    ("no such domain", failed("5.1.2"), BounceKind.BOUNCED, False),
    ("a mailbox that is disabled", failed("5.2.1"), BounceKind.BOUNCED, False),
    ("a mailbox that is full, for good", failed("5.2.2"), BounceKind.BOUNCED, False),
    ("no route", failed("5.4.4"), BounceKind.BOUNCED, False),
    ("nothing but that it failed", failed("5.0.0"), BounceKind.BOUNCED, False),
    ("no code at all", "Final-Recipient: rfc822; a@b\nAction: failed", BounceKind.BOUNCED, False),
    ("no action", "Final-Recipient: rfc822; a@b\nStatus: 5.1.1", BounceKind.BOUNCED, True),
    (
        "the code in the words alone",
        failed("", "smtp; 550 5.1.1 unknown"),
        BounceKind.BOUNCED,
        True,
    ),
    ("an old code in the words alone", failed("", "smtp; 550 unknown"), BounceKind.BOUNCED, False),
    ("a policy", failed("5.7.1"), BounceKind.REFUSED, False),
    ("a signature that is missing", failed("5.7.26"), BounceKind.REFUSED, False),
    ("its content", failed("5.6.0"), BounceKind.REFUSED, False),
    ("our commands", failed("5.5.2"), BounceKind.REFUSED, False),
    ("our own address", failed("5.1.8"), BounceKind.REFUSED, False),
    ("a mail too long", failed("5.3.4"), BounceKind.REFUSED, False),
    ("spam, in words", failed("5.0.0", "smtp; 554 rejected as spam"), BounceKind.REFUSED, False),
    ("a policy in the words", failed("5.0.0", "smtp; 554 5.7.1 no"), BounceKind.REFUSED, False),
    ("a list of senders", failed("", "smtp; 550 on a blacklist"), BounceKind.REFUSED, False),
    ("given up after days", failed("4.4.1", "smtp; timed out"), BounceKind.DELAYED, False),
    ("a mailbox that is full", failed("4.2.2"), BounceKind.DELAYED, False),
    ("not yet", failed("4.2.2").replace("failed", "delayed"), BounceKind.DELAYED, False),
    (
        "not yet, coded as if for good",
        failed("5.4.1").replace("failed", "delayed"),
        BounceKind.DELAYED,
        0,
    ),
    ("it arrived", failed("2.0.0").replace("failed", "delivered"), BounceKind.AUTOMATIC, False),
    ("it was passed on", failed("2.0.0").replace("failed", "relayed"), BounceKind.AUTOMATIC, False),
    ("nothing of anybody", "Reporting-MTA: dns; mx.example.com", BounceKind.UNKNOWN, False),
    ("what is no status", "Hello there", BounceKind.UNKNOWN, False),
    (
        "two recipients behind one address",
        failed("2.0.0").replace("failed", "delivered") + "\nAction: failed\nStatus: 5.2.1\n",
        BounceKind.BOUNCED,
        False,
    ),
]


@pytest.mark.parametrize(
    ("status", "kind", "final"), [row[1:] for row in STATUSES], ids=[row[0] for row in STATUSES]
)
def test_a_status_says_whose_fault_it_is(status: str, kind: BounceKind, final: bool) -> None:
    finding = read(report(status))
    assert (finding.kind, finding.is_final) == (kind, bool(final))


@pytest.mark.parametrize(
    ("feedback", "kind"),
    [
        ("abuse", BounceKind.COMPLAINED),
        ("Abuse", BounceKind.COMPLAINED),
        ("fraud", BounceKind.COMPLAINED),
        ("opt-out", BounceKind.COMPLAINED),
        ("not-spam", BounceKind.AUTOMATIC),
        ("auth-failure", BounceKind.AUTOMATIC),
        ("dmarc", BounceKind.AUTOMATIC),
        ("virus", BounceKind.AUTOMATIC),
        ("", BounceKind.AUTOMATIC),
    ],
)
def test_only_complaints_are_complaints(feedback: str, kind: BounceKind) -> None:
    message = reports.COMPLAINT.replace(b"Type: abuse", f"Type: {feedback}".encode())
    assert read(message).kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "Subject: Automatic reply: 12 stories",
        "Subject: Automatische Antwort: 12 stories",
        "Subject: Abwesenheitsnotiz",
        "Subject: Out of the office",
    ],
)
def test_what_no_person_wrote_says_nothing(line: str) -> None:
    message = f"From: jane@example.com\nTo: bounces@news.example.org\n{line}\n\n5.1.1 555\n"
    assert read(message.encode()).kind == BounceKind.AUTOMATIC


def test_a_program_may_write_to_leave_for_its_owner() -> None:
    message = reports.LEAVE.replace(b"Subject", b"Auto-Submitted: auto-generated\nSubject")
    finding = read(message)
    assert (finding.kind, finding.tokens) == (BounceKind.WRITTEN, (TOKEN,))


def test_a_letter_quoted_in_an_answer_is_no_wish_to_leave() -> None:
    quoted = "\n".join(f"> {line}" for line in reports.LETTER_HEAD.split("\n"))
    finding = read(f"From: jane@example.com\nTo: daily@news.example.org\n\n{quoted}".encode())
    assert finding.kind == BounceKind.WRITTEN
    assert finding.tokens == ()


@pytest.mark.parametrize("name", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_token_is_found_wherever_the_address_stands(name: str) -> None:
    message = f"{name}: Bounces <bounces+{TOKEN.upper()}@news.example.org>\n\n"
    assert read(message.encode()).tokens == (TOKEN.upper(),)


def test_an_encoded_report_is_read() -> None:
    status = b64encode(failed("5.1.1").encode())
    message = reports.POSTFIX.split(b"Content-Type: message/delivery-status")
    encoded = (
        message[0]
        + b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
        + status
        + b"\r\n--4XyZ.1/mx.example.com--\r\n"
    )
    assert read(encoded).status == "5.1.1"


def test_the_line_of_a_mailbox_is_no_field() -> None:
    assert read(b"From bounces Mon Jan 12 07:00:01 2026\n" + reports.QMAIL) == read(reports.QMAIL)


def test_line_ends_do_not_matter() -> None:
    expected = read(reports.POSTFIX)
    assert expected.kind == BounceKind.BOUNCED
    assert read(reports.POSTFIX.replace(b"\r\n", b"\n")) == expected
    assert read(reports.POSTFIX.replace(b"\r\n", b"\r")) == expected


# --- hostile --------------------------------------------------------------------------------------

NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (depth, depth)
    for depth in range(9999)
)
HOSTILE = [
    ("nothing", b""),
    ("a line end", b"\n"),
    ("zeros", bytes(MOST_BYTES)),
    ("every byte", bytes(range(256)) * 4096),
    ("multiparts in one another", NESTED),
    ("one boundary for all", b"Content-Type: multipart/a; boundary=a\n\n" + b"--a\n" * 300_000),
    ("a boundary of one dash", b"Content-Type: multipart/a; boundary=-\n\n" + b"-" * MOST_BYTES),
    ("an empty boundary", b'Content-Type: multipart/a; boundary=""\n\n' + b"--\n" * 300_000),
    ("a header without end", b"A: b\n" * 300_000),
    ("a field without end", b"Subject: " + b"a" * MOST_BYTES),
    ("a folded field without end", b"Subject: a\n" + b" \n" * 500_000),
    ("a field of white space", b"Subject:" + b" \t" * 500_000),
    ("parameters without end", b"Content-Type: multipart/a" + b"; a=b" * 200_000),
    ("spaces before a parameter", b"Content-Type: multipart/a;" + b" " * MOST_BYTES),
    ("digits", b"To: " + b"1" * MOST_BYTES),
    ("tokens", b"To: " + (TOKEN.encode() + b" ") * 30_000),
    ("addresses", b"X-Failed-Recipients: " + b"a@b.example, " * 80_000),
    ("signs of addresses", b"From: mailer-daemon\n\n" + b"<@" * 500_000),
    ("signs of qmail's words", b"\n\nThis is the qmail-send program\n<" + b"@" * MOST_BYTES),
    ("codes", b"From: mailer-daemon\n\n" + b"5.1.1." * 170_000),
    ("dots and digits", b"From: mailer-daemon\n\n" + b"5." * 500_000),
    ("dashes", b"From: mailer-daemon\n\n" + b"---\n" * 250_000),
    ("blank lines in a status", report("A: b\n" + "\n \n" * 300_000 + "Action: failed")),
    ("spaces in a status", report("A: b\n" + " " * MOST_BYTES + "Action: failed")),
    ("blocks in a status", report("Action: failed\n\n" * 60_000)),
    ("ids", b"From: mailer-daemon\n\n" + b"Message-ID: <\n" * 70_000),
    ("base64 that is none", b"Content-Transfer-Encoding: base64\n\n" + b"=" * MOST_BYTES),
    ("soft line ends", b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 500_000),
]  # fmt: skip


@pytest.mark.parametrize("message", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_nothing_takes_long_or_breaks_it(message: bytes) -> None:
    started = time.process_time()
    finding = read(message)
    assert time.process_time() - started < 2
    assert len(finding.tokens) <= 20
    assert len(finding.recipients) <= 20
    assert len(finding.subject) <= 200


def test_what_is_beyond_the_limit_is_not_looked_at() -> None:
    big = reports.POSTFIX + b"x" * 50_000_000
    assert read(big) == read(reports.POSTFIX)
    behind = b"From: a@b.example\n\n" + b"x" * MOST_BYTES + reports.POSTFIX
    assert read(behind).kind == BounceKind.WRITTEN


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(message: bytes) -> None:
    assert isinstance(read(message), BounceFinding)


@given(st.sampled_from([row[1] for row in DIALECTS]), st.data())
def test_reports_that_were_damaged_are_read(message: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(start, len(message)))
    put = data.draw(st.binary(max_size=40))
    finding = read(message[:start] + put + message[end:])
    assert finding.kind in BounceKind
    assert "\n" not in finding.reason + finding.subject
