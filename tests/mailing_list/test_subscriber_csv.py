"""Files of addresses, as people and spreadsheets write them."""

from __future__ import annotations

import csv
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mailing_list import subscriber_csv

TWO = ("jane@example.org", "joe@example.org")

FORMS = [
    ("one a line", "jane@example.org\njoe@example.org\n"),
    ("one a line, named", "address\njane@example.org\njoe@example.org"),
    ("other ends, empty lines", "Email\r\n\r\njane@example.org\r\n\r\njoe@example.org"),
    ("a table with commas", "name,email\nJane,jane@example.org\nJoe,joe@example.org\n"),
    ("a table with semicolons", "E-Mail;Name\njane@example.org;Jane\njoe@example.org;Joe\n"),
    ("a table with tabs", "Name\tEmail Address\nJane\tjane@example.org\nJoe\tjoe@example.org\n"),
    ("a table of which nothing is named", "Jane,jane@example.org\nJoe,joe@example.org\n"),
    ("names with their addresses", "Jane <jane@example.org>\nJoe <joe@example.org>\n"),
    ("names with commas", '"Doe, Jane" <jane@example.org>\n"Doe, Joe" <joe@example.org>\n'),
    ("quoted cells", '"name","address"\n"a ""b""",jane@example.org\n"","joe@example.org"\n'),
    ("a cell of two lines", 'note,email\n"one\ntwo",jane@example.org\n,joe@example.org\n'),
    ("cells that were guarded", "address\n'=x@example.org\n'+y@example.org\n"),
    ("quotes around each", '"jane@example.org"\n"joe@example.org"\n'),
    ("who is on the list alone", "email,status\njane@example.org,active\njoe@example.org,\n"),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in FORMS], ids=[row[0] for row in FORMS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_form_is_read(text: str, encoding: str) -> None:
    read = subscriber_csv.read(text.encode(encoding))
    assert read.addresses == (("=x@example.org", "+y@example.org") if "'=" in text else TWO)
    assert (read.bad, read.inactive) == ((), 0)


def test_names_of_an_old_encoding_are_no_hindrance() -> None:
    text = "Name;E-Mail\nJürgen;jane@example.org\nJosé;joe@example.org\n"
    assert subscriber_csv.read(text.encode("cp1252")).addresses == TWO


def test_bad_lines_are_told_by_number_and_reason() -> None:
    text = 'name,email\n"two\nlines",jane@example.org\n,no address\nJoe\nJoe,joe@example.org\n'
    read = subscriber_csv.read(text.encode())
    assert read.addresses == TWO
    assert [(bad.line, bad.text, bad.reason) for bad in read.bad] == [
        (4, "no address", "there is no @ in it"),
        (5, "", "it is empty"),
    ]


def test_a_quotation_mark_too_many_spoils_one_line() -> None:
    text = 'name,email\nJane,jane@example.org\n"Jim,jim@example.org\nJoe,joe@example.org\n'
    read = subscriber_csv.read(text.encode())
    assert read.addresses == TWO
    assert [bad.line for bad in read.bad] == [3]


def test_a_line_beyond_all_measure_spoils_itself_alone() -> None:
    text = f'name,email\n{"x" * 200_000},joe@example.org\n\n"\nJane,jane@example.org\n'
    read = subscriber_csv.read(text.encode())
    assert read.addresses == ("jane@example.org",)
    assert [(bad.line, bad.reason) for bad in read.bad] == [(2, "it is empty")]


def test_who_is_not_on_the_list_is_left_out() -> None:
    text = (
        "address,state\njane@example.org,Active\na@b.example,unsubscribed\nb@b.example,suspended\n"
        "joe@example.org,subscribed\n,removed\n"
    )
    assert subscriber_csv.read(text.encode()) == subscriber_csv.SubscriberFile(
        addresses=TWO, inactive=3, inactive_by=(("state", 3),)
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Name,Phone\nJane,1\n", "names no column"),
        ("﻿address\njane@example.org".encode("utf-16") + b"\xd8", "not the UTF-16 text"),
        (b"\xef\xbb\xbfaddress\n\xff", "not the UTF-8-SIG text"),
    ],
    ids=["a table of something else", "half a character", "a mark of UTF-8 before what is none"],
)
def test_what_is_no_list_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        subscriber_csv.read(data)


def test_nothing_holds_nobody() -> None:
    assert subscriber_csv.read(b"") == subscriber_csv.SubscriberFile(addresses=())
    assert subscriber_csv.read(b"address,name\n\n") == subscriber_csv.SubscriberFile(addresses=())


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(sign: str) -> None:
    (line,) = subscriber_csv.write([[f"{sign}cmd|x", "plain"]])
    ((first, second),) = csv.reader([line])
    assert (first, second) == (f"'{sign}cmd|x", "plain")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read = subscriber_csv.read(data)
    except ValueError:
        return
    assert all("@" in address for address in read.addresses)


local = st.from_regex(r"[a-z=+'-][a-z0-9=+-]{0,9}", fullmatch=True)


@given(st.lists(local.map(lambda name: f"{name}@example.org"), unique=True))
def test_what_is_written_is_read_again(found: list[str]) -> None:
    lines = subscriber_csv.write([["address", "state"], *([one, "active"] for one in found)])
    assert subscriber_csv.read("".join(lines).encode()).addresses == tuple(found)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            b"PK\x03\x04\x14\0\x06\0\x08\0\njane@example.org\n", id="a spreadsheet's own file"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\njane@example.org\n", id="a picture"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), id="all bytes"),
        pytest.param(b"jane@example.org\n\0\0\0\njoe@example.org\n", id="a damaged file"),
    ],
)
def test_what_is_no_text_names_nobody(data: bytes) -> None:
    with pytest.raises(ValueError, match="it is no text"):
        subscriber_csv.read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"a@example.org\nb@example.org\nnobody\nc@example.org",
        b"Name;E-Mail\nJane;jane@example.org\nJoe;joe@example.org\n;x\n",
        'Name;E-Mail\r\nJürgen;j@example.org\r\n"A\r\nB";b@example.org\r\n'.encode("cp1252"),
        'E-Mail,Name\na@example.org,"A\nb@example.org,B\n'.encode("utf-16"),
        b"email,unsub_time\na@example.org,\nb@example.org,2020-01-01\nc@example.org,\n",
        b"email,confirmed\na@example.org,\nb@example.org,yes\n",
        b"your mail,word\na@example.org,x\nb@example.org,y\n",
    ],
    ids=[
        "an empty file",
        "blank lines",
        "an address a line",
        "a table",
        "a table in a spreadsheet's encoding, with a row of two lines",
        "a table in UTF-16 with an unbalanced quotation mark",
        "a column of those who left",
        "a flag that must be set, empty in the first portion",
        "a column that only its cells tell",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_list_read_in_portions_is_the_same(data: bytes, size: int) -> None:
    whole = subscriber_csv.read(data)
    portions = list(subscriber_csv.portions(BytesIO(data), size))
    assert tuple(a for portion in portions for a in portion.addresses) == whole.addresses
    assert tuple(bad for portion in portions for bad in portion.bad) == whole.bad
    assert sum(portion.inactive for portion in portions) == whole.inactive
    assert {k: v for portion in portions for k, v in portion.names.items()} == whole.names
    assert all(
        len(portion.addresses) + len(portion.bad) + portion.inactive <= size for portion in portions
    )
