"""Mail addresses: what may be sent to, in which form, and when two are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.mail_addresses import extended, key, parse, parse_public, split_name

READ = [
    ("as it is", "jane@example.org", "jane@example.org"),
    ("white space around it", "\t jane@example.org\r\n", "jane@example.org"),
    ("marks of no width around it", "\ufeff\u200bjane@example.org\u200b", "jane@example.org"),
    ("the case before the @ stays", "Jane.Doe@example.org", "Jane.Doe@example.org"),
    ("the domain has no case", "jane@EXAMPLE.org", "jane@example.org"),
    ("a dot at the end of the domain", "jane@example.org.", "jane@example.org"),
    ("a machine's own name", "root@localhost", "root@localhost"),
    ("a tag", "jane+news@example.org", "jane+news@example.org"),
    (
        "every sign that may stand there",
        "a!#$%&'*+/=?^_`{|}~-z@b.org",
        "a!#$%&'*+/=?^_`{|}~-z@b.org",
    ),
    ("a domain with an accent", "jane@müller.example", "jane@xn--mller-kva.example"),
    ("a domain with an accent apart", "jane@mu\u0308ller.example", "jane@xn--mller-kva.example"),
    ("a sharp s is not two", "jane@straße.example", "jane@xn--strae-oqa.example"),
    ("a wide dot", "jane@日本。example", "jane@xn--wgv71a.example"),
    ("on the wire already", "jane@XN--mller-kva.example", "jane@xn--mller-kva.example"),
    ("as long as may be", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 61}", None),
]

REFUSED = [
    ("nothing", "", "it is empty"),
    ("white space alone", " \n", "it is empty"),
    ("no @", "jane.example.org", "there is no @"),
    ("a wide @", "jane＠example.org", "there is no @"),
    ("nothing before the @", "@example.org", "nothing before the @"),
    ("nothing after the @", "jane@", "nothing after the @"),
    ("two of them", "jane@example.org,joe@example.org", "more than one @"),
    ("a space", "jane doe@example.org", "there is a space"),
    ("a line end: another header", "jane@example.org\r\nBcc: joe", "there is a space"),
    ("a space of another width", "jane\u00a0doe@example.org", "there is a space"),
    ("NUL", "jane\0@example.org", r"U\+0000"),
    ("a delete", "jane\x7f@example.org", r"U\+007F"),
    ("a mark of no width", "ja\u200bne@example.org", r"U\+200B"),
    ("an override of direction", "jane@\u202eexample.org", r"U\+202E"),
    ("half a character", "jane@\ud800.org", r"U\+D800"),
    ("quotes", '"jane"@example.org', 'there is a "'),
    ("brackets", "<jane@example.org>", "there is a <"),
    ("a comment", "jane(home)@example.org", r"there is a \("),
    ("a source route", "@a,@b:jane@example.org", "more than one @"),
    ("an address of a machine", "jane@[127.0.0.1]", r"there is a \["),
    ("the same, bare", "jane@127.0.0.1", "not the name of a domain"),
    ("a dot first", ".jane@example.org", "a dot stands"),
    ("a dot last", "jane.@example.org", "a dot stands"),
    ("two dots", "jane..doe@example.org", "a dot stands"),
    ("two dots in the domain", "jane@example..org", "not the name of a domain"),
    ("a hyphen at an end", "jane@-example.org", "not the name of a domain"),
    ("an underscore in the domain", "jane@an_example.org", "not the name of a domain"),
    ("letters that need a newer server", "jané@example.org", "only letters without accents"),
    ("what no domain may have", "jane@i❤.example", "not the name of a domain"),
    ("what looks encoded and is not", "jane@xn--a.example", "not the name of a domain"),
    ("too much before the @", f"{'a' * 65}@example.org", "more than 64 characters"),
    ("too long a label", f"jane@{'a' * 64}.org", "not the name of a domain"),
    ("too long", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 62}", "longer than 254"),
    (
        "too long on the wire",
        f"{'j' * 60}@{'.'.join(['日本語中文字典書漢'] * 6)}",
        "longer than 254",
    ),
    ("far too long", "a" * 10_000_000 + "@example.org", "longer than 254"),
]


@pytest.mark.parametrize(("text", "read"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_an_address_is_read(text: str, read: str | None) -> None:
    assert parse(text) == (read or text)


@pytest.mark.parametrize(
    ("text", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_no_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a@b", id="one letter"),
        pytest.param("root@localhost", id="this machine"),
        pytest.param("jane.doe@example", id="dots before the @ only"),
        pytest.param("jane@example.", id="the dot of the root"),
        pytest.param("jane@müller", id="a single name with an accent"),
        pytest.param(" jane@XN--MLLER-KVA\n", id="the same on the wire"),
        pytest.param("jane@example.1a", id="a last name that is no top-level domain"),
    ],
)
def test_a_stranger_needs_a_domain_with_a_dot(text: str) -> None:
    assert parse(text), "the operator may write it"
    with pytest.raises(ValueError, match="its domain is not complete"):
        parse_public(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jane@example.org", "jane@example.org"),
        ("jane@example.org.", "jane@example.org"),
        ("a@b.c", "a@b.c"),
        ("jane@日本。example", "jane@xn--wgv71a.example"),
    ],
)
def test_a_domain_with_a_dot_is_public(text: str, address: str) -> None:
    assert parse_public(text) == address


@pytest.mark.parametrize(
    ("text", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_no_address_is_not_public_either(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_public(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("jane@example.org", "Jane@Example.ORG", True),
        ("jane@müller.example", "JANE@MÜLLER.example", True),
        ("jane@müller.example", "jane@xn--mller-kva.example", True),
        ("jane@example.org", "jane+news@example.org", False),
        ("jane.doe@example.org", "janedoe@example.org", False),
        ("jane@example.org", "jane@example.com", False),
    ],
)
def test_two_spellings_are_one_address(one: str, other: str, same: bool) -> None:
    assert (key(one) == key(other)) is same


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("jane@example.org", "", "jane@example.org"),
        ("<jane@example.org>", "", "jane@example.org"),
        ("Jane Doe <jane@Example.org>", "Jane Doe", "jane@example.org"),
        ('"Doe, \\"Jane\\"" <jane@example.org> ', 'Doe, "Jane"', "jane@example.org"),
        ("Zeitung für alle <post@müller.example>", "Zeitung für alle", None),
        ("=?utf-8?q?=0ABcc:_x?= <jane@example.org>", "=?utf-8?q?=0ABcc:_x?=", "jane@example.org"),
    ],
)
def test_a_name_and_an_address_are_split(text: str, name: str, address: str | None) -> None:
    assert split_name(text) == (name, address or "post@xn--mller-kva.example")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Jane", "there is no @"),
        ("Jane <>", "it is empty"),
        ("Jane <jane>", "there is no @"),
        ("Jane\r\nBcc: joe <jane@example.org>", "a control character in the name"),
        ("Jane\u2028Bcc: joe <jane@example.org>", "a control character in the name"),
        ("<jane@example.org> Jane", "a space"),
    ],
)
def test_what_cannot_be_split_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        split_name(text)


@pytest.mark.parametrize(
    ("address", "extended_address"),
    [
        ("Bounces@example.org", "Bounces+7-abc@example.org"),
        ("b+own@example.org", "b+own+7-abc@example.org"),
        (f"{'b' * 58}@example.org", f"{'b' * 58}+7-abc@example.org"),
        (f"{'b' * 59}@example.org", f"{'b' * 59}@example.org"),
    ],
)
def test_a_tag_is_put_into_an_address_where_it_fits(address: str, extended_address: str) -> None:
    assert extended(address, "7-abc") == extended_address


@given(st.text(max_size=80) | st.from_regex(r"[^@\s]{1,20}@[^@\s]{1,20}", fullmatch=True))
def test_what_is_read_is_safe_on_the_wire_and_reads_as_itself(text: str) -> None:
    try:
        address = parse(text)
    except ValueError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' "<>()[],:;\\')
    assert address.count("@") == 1
    assert len(address) <= 254
    assert parse(address) == address
    assert key(key(address)) == key(address)
    assert split_name(f"A name <{address}>") == ("A name", address)
