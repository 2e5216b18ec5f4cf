"""The bytes of a message: what stands in its header, what its parts say, and what is refused."""

from __future__ import annotations

import quopri
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.deliver.message import MessageTemplate, prepare, size
from digest.deliver.message.header import clean
from digest.model import LINK, Letter

FIELDS = [
    *("To", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "From", "Subject", "Date"),
    *("List-Id", "Auto-Submitted", "Precedence", "Content-Language", "MIME-Version"),
    "Content-Type",
]
PAGE = "https://news.example.org/leave/7-MHNoiLIBMQuAr3y5txEMc1y5B6I"
MAILTO = "mailto:leave@news.example.org?subject=7-MHNo"


def letter(**changes: Any) -> Letter:
    plain = Letter(
        subject="2 stories: The write-ahead log",
        text=f"Two stories\n\nTo leave: {LINK}\n",
        html=f'<p>Two stories</p>\n<p><a href="{LINK}">Leave</a></p>\n',
        date=datetime(2026, 11, 22, 7, tzinfo=timezone(timedelta(hours=1))),
        list_id="daily.news.example.org",
        title="Morning transmission",
        language="en",
    )
    return replace(plain, **changes)


def form(**changes: Any) -> MessageTemplate:
    return prepare(letter(**changes), sender="News <news@example.org>", reply_to=None)


def filled(form: MessageTemplate, **changes: Any) -> bytes:
    own: dict[str, Any] = {
        "recipient": "jane@example.com",
        "message_id": "<0123abcd@news.example.org>",
        "link": PAGE,
        "mailto": MAILTO,
    }
    return form.fill(**own | changes)


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(message: bytes, subtype: str) -> str:
    found = read(message).get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


# --- the header ----------------------------------------------------------------------------------


def test_the_header_says_what_it_must_and_each_thing_once() -> None:
    message = read(filled(form()))
    assert message.keys() == FIELDS
    said = dict(message.items())
    assert said["From"] == "News <news@example.org>"
    assert said["To"] == "jane@example.com"
    assert said["Date"] == "Sun, 22 Nov 2026 07:00:00 +0100"
    assert said["Message-ID"] == "<0123abcd@news.example.org>"
    assert said["List-Id"] == '"Morning transmission" <daily.news.example.org>'
    assert said["List-Unsubscribe"] == f"<{PAGE}>, <{MAILTO}>"
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said["Auto-Submitted"] == "auto-generated"
    assert said["Content-Language"] == "en"


def test_the_text_comes_before_the_page_that_is_preferred_to_it() -> None:
    message = read(filled(form()))
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("link", "mailto", "written", "one_click"),
    [
        pytest.param(PAGE, MAILTO, f"<{PAGE}>, <{MAILTO}>", True, id="a page and an address"),
        pytest.param(PAGE, None, f"<{PAGE}>", True, id="a page alone"),
        pytest.param(None, MAILTO, f"<{MAILTO}>", False, id="one click needs a page"),
        pytest.param("http://h/7", None, "<http://h/7>", False, id="one click needs https"),
    ],
)
def test_a_reader_can_leave(link: str, mailto: str, written: str, one_click: bool) -> None:
    message = read(filled(form(), link=link, mailto=mailto))
    assert message["List-Unsubscribe"] == written
    assert ("List-Unsubscribe-Post" in message) == one_click


def test_without_a_way_to_leave_nothing_speaks_of_it() -> None:
    plain = form(text="Two stories", html="<p>Two stories</p>")
    message = filled(plain, link=None, mailto=None)
    assert [name for name in FIELDS if "Unsubscribe" not in name] == read(message).keys()


@pytest.mark.parametrize(
    ("sender", "reply_to", "written", "answers"),
    [
        ("news@example.org", None, "Morning transmission <news@example.org>", None),
        ('"Doe, Jane" <j@example.org>', "j@example.com", '"Doe, Jane" <j@example.org>', "j@ex"),
        ("早间传讯 <n@müller.example>", None, "早间传讯 <n@xn--mller-kva.example>", None),
        ("N <n@example.org>", "Desk <d@example.org>", "N <n@example.org>", "Desk <d@ex"),
    ],
    ids=["no name: the title", "a comma", "another script", "answers go to a desk"],
)
def test_who_sends_and_who_answers(
    sender: str, reply_to: str | None, written: str, answers: str | None
) -> None:
    message = read(filled(prepare(letter(), sender=sender, reply_to=reply_to)))
    assert message["From"] == written
    assert str(message["Reply-To"] or "").startswith(answers or "")
    assert ("Reply-To" in message) == bool(answers)


HOSTILE = {
    "a line end": "News\r\nBcc: evil@example.com",
    "a bare line feed": "News\nBcc: evil@example.com",
    "a bare carriage return": "News\rBcc: evil@example.com",
    "a vertical tab and a form feed": "News\x0bBcc: a\x0cCc: b",
    "a next line control": "News\x85Bcc: evil@example.com",
    "a line and a paragraph separator": "News\u2028Bcc: a\u2029Cc: b",
    "a line end at the end": "News\n",
    "an empty line": "News\r\n\r\n<script>",
    "a zero byte": "News\x00Bcc: a",
    "an encoded line feed": "A subject=?UTF-8?Q?=0A?=Bcc: evil@example.com",
    "an encoded line feed in base64": "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=",
    "an encoded word between spaces": "a =?utf-8?q?=0ABcc:_x?= b",
    "half an encoded word": "=?utf-8?q?unfinished",
    "many question marks": "==??==??=?=?",
    "a lone surrogate": "a\ud800b",
    "a noncharacter": f"a{LINK}b\uffff",
    "an override": "\u202egnp.exe \u2066open",
    "quotes and brackets": 'a "quoted" <name@example.org>, b; c\\',
    "only white space": " \t ",
    "nothing": "",
}
FOREIGN = {
    "Chinese": "8 则报道：从 DDPM 到随机微分方程：把“拆楼”变成连续的过程",
    "Chinese, long": "从离散形式出发，取极限，说明两种写法为什么等价" * 6,
    "Arabic": "5 أخبار: مكتبة المدينة تفتح أرشيفها الرقمي للجمهور",
    "Arabic and Latin": "GPS قبل GPS: دفاتر مسّاح قديم",
    "Hebrew": "שלום עולם",
    "emoji of many parts": "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇺🇳👩🏽‍🚀" * 8,
    "marks without end": "é" + "\u0301" * 200,
    "a French space": "12 sujets\u202f: d’abord",
    "one word that fits on no line": "x" * 300,
    "an address": "see https://example.org/" + "a/" * 60,
}


@pytest.mark.parametrize("title", [*HOSTILE.values(), *FOREIGN.values()], ids=[*HOSTILE, *FOREIGN])
def test_no_title_adds_a_field_or_is_changed_on_its_way(title: str) -> None:
    message = filled(form(subject=title, title=title))
    assert read(message).keys() == FIELDS
    assert read(message)["Subject"] == clean(title)
    address = read(message)["From"].addresses[0]
    assert (address.display_name, address.addr_spec) == ("News", "news@example.org")


@pytest.mark.parametrize("title", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_control_reaches_the_reader(title: str) -> None:
    assert read(filled(form(subject=title)))["Subject"] == title


@given(title=st.text(max_size=300))
@example(title="\u0300")
@example(title="a\xa0")
@example(title="İ" * 90)
def test_any_title_survives(title: str) -> None:
    message = filled(form(subject=title, title=title))
    assert read(message).keys() == FIELDS
    assert read(message)["Subject"] == clean(title)
    assert clean(clean(title)) == clean(title)
    head = message.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        words = re.findall(rb"=\?[^?]*\?[^?]*\?[^?]*\?=", line)
        assert all(len(word) <= 75 for word in words)
        assert len(line) <= (76 if words else 998)


@given(title=st.text(alphabet='=?utf-8qbQB_ \r\n0AD:<>"\\é', max_size=60))
def test_nothing_that_looks_encoded_is_decoded(title: str) -> None:
    message = read(filled(form(subject=title, title=title)))
    assert message.keys() == FIELDS
    assert message["Subject"] == clean(title)


@given(title=st.text(alphabet="港👨‍👩‍👧é\u0301🇺🇳x ", max_size=200))
def test_every_piece_of_a_subject_is_whole_characters(title: str) -> None:
    raw = filled(form(subject=title)).partition(b"\r\n\r\n")[0].decode()
    words = re.findall(r"=\?utf-8\?[qb]\?[^?]*\?=", raw)
    alone = [str(read(f"Subject: {word}\r\n\r\n".encode())["Subject"]) for word in words]
    assert "".join(alone) == clean(title) or not words
    assert not any(piece.startswith(("\u200d", "\u0301")) for piece in alone[1:])


# --- the parts -----------------------------------------------------------------------------------

TEXTS = {
    "plain": "Two stories",
    "equal signs": "a = b == c\n=3D =\n",
    "a lone dot, and more": ".\n..\n.hidden\nend.",
    "the beginning of a message in a mailbox file": "From the harbor\n>From\nFrom: me",
    "a boundary's look": "--=_0123\n--\n-- \n--\n",
    "Chinese": "港口在一百年里重建了三次，每一次都离水更远一点。\n" * 20,
    "some letters beyond ASCII": "Die Türen öffnen früher. " * 30,
    "emoji": "👨‍👩‍👧‍👦" * 50,
    "lines longer than any": "word " * 400 + "x" * 3000,
    "soft breaks before dots": ("x" * 74 + ".") * 20 + ("y" * 70 + "From ") * 20,
    "tabs and a form feed": "a\tb\n\tc\fd",
    "nothing": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_part_arrives_as_it_was(text: str) -> None:
    message = filled(form(text=f"{text}\n{LINK}\n", html=f"{text} {LINK}"))
    expected = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    assert part(message, "plain") == f"{expected}\n{PAGE}\n"
    assert part(message, "html").split() == f"{text} {PAGE}\n".split()


@given(
    text=st.text(alphabet=st.sampled_from("aF.=\r\n\t -港é👨From "), max_size=400),
    before=st.text(alphabet="From.=港 ", max_size=160),
)
def test_any_text_arrives_and_no_line_is_too_long(text: str, before: str) -> None:
    message = filled(form(text=f"{before}{LINK}{text}", html=f"<p>{text}</p>{LINK}"))
    kept = re.sub(r"[ \t]+$", "", re.sub("\r\n?", "\n", f"{before}{PAGE}{text}"), flags=re.M)
    assert part(message, "plain") == kept.rstrip("\n") + "\n"
    body = message.partition(b"\r\n\r\n")[2]
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(line.startswith((b".", b"From ")) for line in lines)


@given(text=st.text(alphabet="港é👨x=\n", min_size=1, max_size=400))
def test_no_line_of_quoted_printable_divides_a_character(text: str) -> None:
    message = filled(form(text=f"{'a' * 2000}{text}"))
    _, kind, body = message.split(b"\r\n\r\n", 2)
    assert b"quoted-printable" in kind
    lines = body.partition(b"\r\n--=_")[0].removesuffix(b"\r\n").split(b"\r\n")
    said = [quopri.decodestring(line.removesuffix(b"=")).decode() for line in lines]
    assert "".join(said) == "a" * 2000 + text.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("The harbor was rebuilt. " * 40, "quoted-printable"), ("港口重建了三次。" * 40, "base64")],
    ids=["Latin", "Chinese"],
)
def test_each_part_takes_the_encoding_that_is_shorter(text: str, encoding: str) -> None:
    message = read(filled(form(text=text, html=f"<p>{text}</p>{LINK}")))
    assert [part["Content-Transfer-Encoding"] for part in message.iter_parts()] == [encoding] * 2


def test_the_address_stands_wherever_it_is_asked_for_and_nowhere_else() -> None:
    texts = {"text": f"{LINK} a {LINK}\n港\n{LINK}", "html": f'<a href="{LINK}">{LINK}</a>' * 3}
    for many in (1, 200):  # in both encodings
        made = filled(form(**{key: text + "港" * many for key, text in texts.items()}))
        link = "https://news.example.org/?a=1&b=%20"
        again = filled(form(**{key: text + "港" * many for key, text in texts.items()}), link=link)
        for key, subtype in (("text", "plain"), ("html", "html")):
            expected = (texts[key] + "港" * many).replace(LINK, PAGE) + "\n"
            assert part(made, subtype) == expected
            shown = link.replace("&", "&amp;") if key == "html" else link
            assert part(again, subtype) == expected.replace(PAGE, shown)


def test_a_reader_without_a_page_is_given_the_address_to_write_to() -> None:
    assert f"To leave: {MAILTO}\n" in part(filled(form(), link=None), "plain")


def test_the_same_letter_and_reader_get_the_same_bytes() -> None:
    assert filled(form()) == filled(form())
    other = filled(form(text=f"Two storeys {LINK}"))
    assert read(other).get_boundary() != read(filled(form())).get_boundary()


@given(html=st.text(alphabet=f"<p>港é= {LINK}\n", max_size=300))
def test_the_size_is_never_less_than_what_is_sent(html: str) -> None:
    message = filled(form(html=html))
    sent = message.split(b"\r\n\r\n", 4)[-1].partition(b"\r\n--=_")[0]
    assert len(sent) <= size(html)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"recipient": "jane"}, id="no address"),
        pytest.param({"recipient": "a@example.com\r\nBcc: b@example.com"}, id="a line end"),
        pytest.param({"recipient": "a@example.com, b@example.com"}, id="two addresses"),
        pytest.param({"recipient": "=?utf-8?q?=0A?=@example.com"}, id="an encoded address"),
        pytest.param({"message_id": "<a@b>\r\nBcc: c@d"}, id="a field behind the Message-ID"),
        pytest.param({"message_id": "no-at-sign"}, id="half a Message-ID"),
        pytest.param({"link": f"{PAGE}>\r\nBcc: c@d"}, id="a field behind the link"),
        pytest.param({"link": f"{PAGE}>, <http://evil.example.com/"}, id="a second link"),
        pytest.param({"link": "javascript:alert(1)"}, id="no page"),
        pytest.param({"link": "https:///path"}, id="a page nowhere"),
        pytest.param({"link": f"{PAGE}/{'a' * 400}"}, id="an endless link"),
        pytest.param({"link": None, "mailto": "jane@example.com"}, id="an address that is no URI"),
        pytest.param({"link": None, "mailto": None}, id="no way to leave where one is promised"),
    ],
)
def test_what_cannot_stand_in_a_message_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        filled(form(), **changes)


@pytest.mark.parametrize(
    ("changes", "sender"),
    [
        ({"list_id": "a b"}, "n@example.org"),
        ({"list_id": "a>\r\nBcc: c@d"}, "n@example.org"),
        ({"language": "en\r\nBcc: c@d"}, "n@example.org"),
        ({}, "nobody"),
        ({}, "N\r\nBcc: c@d <n@example.org>"),
        ({}, "=?utf-8?q?=0A?=@example.org"),
    ],
    ids=["a list", "a list with a field", "a language", "no sender", "a name", "an address"],
)
def test_a_letter_that_cannot_be_sent_is_refused_before_anybody_gets_it(
    changes: dict[str, Any], sender: str
) -> None:
    with pytest.raises(ValueError, match=r"."):
        prepare(letter(**changes), sender=sender, reply_to=None)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"fields": {"Subject": "Subject: a\r\nBcc: b@c\r\n"}}, "other fields"),
        ({"fields": {"Subject": "Subject: a\r\n\r\nb\r\n"}}, "other fields"),
        ({"fields": {"Subject": "Subject: a\x01\r\n"}}, "not printable ASCII"),
        ({"fields": {"Subject": f"Subject: {'a ' * 500}\r\n"}}, "longer than 998"),
        ({"boundary": b"x" * 80}, "longer than 78"),
        ({"boundary": b"x\ny"}, "without CRLF"),
        ({"boundary": b"\xff"}, "not printable ASCII"),
    ],
    ids=["a field more", "an early end", "a control", "a long field", "a long line", "LF", "8 bit"],
)
def test_the_last_look_sees_what_must_not_be_there(broken: dict[str, Any], message: str) -> None:
    good = form()
    fields = {**good.fields, **broken.pop("fields", {})}
    with pytest.raises(ValueError, match=message):
        filled(replace(good, fields=fields, **broken))
