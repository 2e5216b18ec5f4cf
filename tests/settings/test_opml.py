"""Subscription lists in and out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from digest.errors import ConfigError
from digest.settings.opml import SEPARATOR, OpmlOutline, read, write


def opml(body: str, head: str = "") -> bytes:
    return f'<opml version="2.0"><head>{head}</head><body>{body}</body></opml>'.encode()


def line(**attributes: str) -> str:
    values = {"type": "rss", "text": "A", "xmlUrl": "https://example.org/a"} | attributes
    return "<outline " + " ".join(f'{name}="{value}"' for name, value in values.items()) + "/>"


def folder(name: str, *inside: str) -> str:
    return f'<outline text="{name}">{"".join(inside)}</outline>'


A = OpmlOutline(url="https://example.org/a", title="A")
B = OpmlOutline(url="https://example.org/b", title="B")
A_LINE = '<outline type="rss" text="A" xmlUrl="https://example.org/a"/>'
B_LINE = '<outline type="rss" text="B" xmlUrl="https://example.org/b"/>'


def one(**attributes: str | None) -> tuple[OpmlOutline, ...]:
    return (OpmlOutline(**{"url": "https://example.org/a", "title": "A"} | attributes),)


# --- lists as they should be ----------------------------------------------------------------------

URL = "https://example.org/a"
WELL_FORMED = [
    ("a feed", A_LINE, (A,)),
    ("two feeds in their order", B_LINE + A_LINE, (B, A)),
    ("a feed twice is the first", A_LINE + B_LINE + line(text="Other"), (A, B)),
    ("no type", f'<outline text="A" xmlUrl="{URL}"/>', (A,)),
    ("the title where there is no text", line(text="", title="A"), (A,)),
    ("the text before the title", line(title="T"), (A,)),
    ("no title", f'<outline xmlUrl="{URL}"/>', one(title=None)),
    ("the address as title is none", line(text=URL), one(title=None)),
    ("white space", line(text=" A \n", xmlUrl=f"\n {URL} "), (A,)),
    ("names in any case", f'<outline TEXT="A" xmlURL="{URL}"/>', (A,)),
    ("url instead of xmlUrl", f'<outline type="RSS" text="A" url="{URL}"/>', (A,)),
    ("a page", line(htmlUrl="https://example.org/"), one(html_url="https://example.org/")),
    ("a page that is none", line(htmlUrl="javascript:x"), (A,)),
    ("feed: with a host", line(xmlUrl="feed://example.org/a"), one(url="http://example.org/a")),
    ("feed: with a scheme", line(xmlUrl=f"feed:{URL}"), (A,)),
    ("a folder", folder("F", A_LINE), one(category="F")),
    ("a folder with a title alone", f'<outline title="F">{A_LINE}</outline>', one(category="F")),
    ("a folder in a folder", folder("F", folder("G", A_LINE)), one(category="F / G")),
    ("a folder without name", folder("", folder("G", A_LINE)), one(category="G")),
    ("after a folder", folder("F") + A_LINE, (A,)),
    ("a feed in a feed", A_LINE.replace("/>", ">") + B_LINE + "</outline>", (A, B)),
    ("a category", line(category="/F/G,/H"), one(category="F / G")),
    ("a category without slash", line(category="F"), one(category="F")),
    ("an empty category", line(category=", / ,/F"), one(category="F")),
    ("the folder before the category", folder("F", line(category="/G")), one(category="F")),
    ("a comment", f"<!-- {B_LINE} -->{A_LINE}", (A,)),
    ("a local file stays out", line(xmlUrl="file:///etc/passwd") + A_LINE, (A,)),
    ("a path stays out", line(xmlUrl="/etc/passwd") + A_LINE, (A,)),
    ("entities", line(text="&lt;A&gt; &amp;amp;"), one(title="<A> &amp;")),
]


@pytest.mark.parametrize(
    ("body", "outlines"), [row[1:] for row in WELL_FORMED], ids=[row[0] for row in WELL_FORMED]
)
def test_a_list_is_read(body: str, outlines: tuple[OpmlOutline, ...]) -> None:
    assert read(opml(body)) == outlines


ENCODED = '<?xml version="1.0" encoding="{}"?><opml><body>' + A_LINE.replace('"A"', '"é"')


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("iso-8859-1", "iso-8859-1"),
        ("utf-16", "utf-16"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "windows-1252"),
        ("no-such-thing", "utf-8"),
    ],
)
def test_encodings_of_broken_lists(label: str, encoding: str) -> None:
    broken = ENCODED.format(label)
    assert read(broken.encode(encoding)) == one(title="é")


def test_encodings_of_whole_lists() -> None:
    whole = ENCODED.format("iso-8859-1") + "</body></opml>"
    assert read(whole.encode("iso-8859-1")) == one(title="é")


def test_a_namespace_changes_nothing() -> None:
    data = opml(f'<outline text="F">{A_LINE}</outline>')
    assert read(data.replace(b"<opml", b'<opml xmlns="http://opml.org/spec2"')) == read(data)


# --- lists as they are ----------------------------------------------------------------------------

BROKEN = [
    ("a bare ampersand", line(xmlUrl=f"{URL}?x=1&y=2") + B_LINE, (*one(url=f"{URL}?x=1&y=2"), B)),
    ("an ampersand and a name", line(xmlUrl=f"{URL}?x&copy=2"), one(url=f"{URL}?x&copy=2")),
    ("an entity of HTML", line(text="caf&eacute;"), one(title="café")),
    ("an unknown entity", line(text="&none;"), one(title="&none;")),
    ("a tag in a title", line(text="<b>A</b>"), one(title="<b>A</b>")),
    ("quotes in a title", line(text='say "hi" now'), one(title="say")),
    ("quotes and a tag", line(text='<a href="x">A</a>'), one(title=None)),
    ("values without quotes", f"<outline text=A xmlUrl={URL} />", (A,)),
    ("an attribute twice", line(htmlUrl='" text="A'), (A,)),
    ("an end too few", f'<outline text="F">{A_LINE}', one(category="F")),
    ("an end too many", A_LINE + "</outline>" + B_LINE, (A, B)),
    ("an unbound prefix", A_LINE.replace("text=", 'x:y="1" text='), (A,)),
    ("a control character", line(text="\x0bA&#11;"), (A,)),
    ("cut off", A_LINE + '<outline text="B" xmlU', (A,)),
    ("a comment and an ampersand", f"<!-- {B_LINE} -->" + A_LINE + "&", (A,)),
]


@pytest.mark.parametrize(
    ("body", "outlines"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_list_is_read_as_far_as_possible(
    body: str, outlines: tuple[OpmlOutline, ...]
) -> None:
    data = opml(body)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(data)
    assert read(data) == outlines


def test_junk_around_a_list_is_passed_over() -> None:
    assert read(b'\n junk <?xml version="1.0"?>' + opml(A_LINE) + b" junk" + opml(B_LINE)) == (A, B)


def test_no_entity_of_the_list_is_expanded_and_no_file_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE opml [<!ENTITY l0 "ha"><!ENTITY f SYSTEM "{tmp_path}/secret">{laughs}]>'
    for name in ("l11", "f"):
        data = doctype.encode() + opml(A_LINE.replace('"A"', f'"&{name};"') + B_LINE)
        titles = [outline.title for outline in read(data)]
        assert "secret" not in str(titles)
        assert len(str(titles)) < 100


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"some text", "this is not an OPML list: there is no <opml> in it"),
        (b"\x00\xff\xfe\x00", "this is not an OPML list"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "this is a feed, not an OPML"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "this is a feed, not an OPML"),
        (b"<!doctype html><html><body>Hi</body></html>", "this is a web page, not an OPML list"),
        (opml(""), "this OPML list is empty"),
        (opml(folder("F", folder("G"))), "none of the list's 2 outlines names a feed"),
        (opml(line(xmlUrl="ftp://x")), "none of the list's 1 outlines names a feed"),
        (b"<opml>" + b" " * 33_000_000, "a list of more than 32 MB is no list"),
    ],
)  # fmt: skip
def test_what_holds_no_feed_is_told_why(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(data)


# --- out ------------------------------------------------------------------------------------------

WRITTEN = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>Mine &amp; yours</title>
    <dateCreated>Mon, 12 Jan 2026 07:00:00 +0000</dateCreated>
  </head>
  <body>
    <outline text="ML">
      <outline type="rss" text="A" xmlUrl="https://example.org/a?x=1&amp;y=2" htmlUrl="https://example.org/"/>
      <outline text="Vision">
        <outline type="rss" text="C &lt;c&gt; &quot;é&quot;" xmlUrl="https://example.org/c"/>
      </outline>
      <outline type="rss" text="https://example.org/d" xmlUrl="https://example.org/d"/>
    </outline>
    <outline type="rss" text="B" xmlUrl="https://example.org/b"/>
  </body>
</opml>
"""


def test_a_list_is_written_by_category() -> None:
    outlines = (
        OpmlOutline(
            url="https://example.org/a?x=1&y=2",
            title="A",
            category="ML",
            html_url="https://example.org/",
        ),
        B,
        OpmlOutline(url="https://example.org/c", title='C <c>\n "é"\x0b', category="ML / Vision"),
        OpmlOutline(url="https://example.org/d", category=" ML"),
    )
    assert write(outlines, "Mine & yours", datetime(2026, 1, 12, 7, tzinfo=UTC)) == WRITTEN


def test_an_empty_list_is_written() -> None:
    assert "<body/>" in write((), "Nothing")


LETTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
)
WORDS = st.text(LETTERS, min_size=1, max_size=8).filter(
    lambda word: word != "/" and " ".join(word.split()) == word
)
URLS = st.from_regex(r"https?://[a-z]{1,9}\.org/[a-z0-9?&=;<>'\"%/é-]{0,12}", fullmatch=True)
OUTLINES = st.lists(
    st.builds(
        OpmlOutline,
        url=URLS,
        title=st.none() | WORDS,
        category=st.none() | st.lists(WORDS, min_size=1, max_size=3).map(" / ".join),
        html_url=st.none() | URLS,
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda outline: outline.url,
)


@given(OUTLINES)
def test_what_is_written_is_read_back(outlines: list[OpmlOutline]) -> None:
    text = write(outlines, "Mine")
    back = read(text.encode())
    assert sorted(back, key=repr) == sorted(outlines, key=repr)
    assert write(back, "Mine") == text


@given(st.binary(max_size=300) | st.text(max_size=300).map(opml))
@example(b"<A:>")
@example(b"<A\x01>")
def test_any_bytes_are_a_list_or_a_configuration_error(data: bytes) -> None:
    try:
        outlines = read(data)
    except ConfigError:
        return
    assert all(outline.url.lower().startswith("http") for outline in outlines)


HOSTILE = [
    '<outline text="f">', '<outline text="', "<outline ", "<", "&", "<!--", A_LINE, "</outline>",
    "<![CDATA[", "<!DOCTYPE ", "]]>", "\0", "xmlUrl='", "xmlUrl =",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_ends_soon(piece: str) -> None:
    data = opml(A_LINE + piece * (1_000_000 // len(piece)))
    assert read(data)[0] == A


# --- real lists -----------------------------------------------------------------------------------

WITHOUT_FEEDS = {  # outlines of notes, not of subscriptions
    "feedreader__pluto__feedbase_about.opml.opml",
    "feedreader__pluto__presentation.opml.opml",
}


@pytest.mark.corpus
def test_every_real_list_gives_its_feeds(corpus: Path) -> None:
    files = sorted((corpus / "opml").iterdir())
    assert files
    for file in files:
        if file.name in WITHOUT_FEEDS:
            with pytest.raises(ConfigError, match="outlines names a feed"):
                read(file.read_bytes())
            continue
        outlines = read(file.read_bytes())
        named = re.findall(r'xmlUrl\s*=\s*["\'](http[^"\']+)', file.read_text("utf-8"))
        assert {one.url for one in outlines} == {url.replace("&amp;", "&") for url in named}
        again = read(write(outlines, file.name).encode())
        assert sorted(again, key=repr) == sorted(outlines, key=repr), file.name


@pytest.mark.parametrize("depth", [19, 20, 21, 1_000, 20_000])
def test_folders_may_lie_in_each_other_however_deeply(depth: int) -> None:
    category = SEPARATOR.join(f"f{number}" for number in range(depth))
    feed = OpmlOutline(url="https://example.org/feed", title="A", category=category)
    [read_back] = read(write([feed], "list").encode())
    assert read_back == feed


def test_a_list_nested_a_thousand_deep_is_read() -> None:
    nested = '<outline text="f">' * 1_000 + '<outline type="rss" xmlUrl="https://a.example/"/>'
    [feed] = read(f"<opml><body>{nested}{'</outline>' * 1_000}</body></opml>".encode())
    assert feed.url == "https://a.example/"
    assert write([feed], "list")


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/\x01b", "https://a.example/%01b"),
        ("https://a.example/a b\tc", "https://a.example/a%20b%09c"),
        ("https://a.example/\x7f\x85", "https://a.example/%7F%C2%85"),
        ("https://a.example/\ufffe", "https://a.example/%EF%BF%BE"),
        ("https://a.example/\ud800", "https://a.example/%3F"),
        ("https://a.example/é?a=1&b=<2>", "https://a.example/é?a=1&b=<2>"),
    ],
)
def test_an_address_comes_back_as_one_that_leads_to_the_same(url: str, written: str) -> None:
    [feed] = read(write([OpmlOutline(url=url, html_url=url)], "list").encode())
    assert feed.url == written
    assert feed.html_url == written
