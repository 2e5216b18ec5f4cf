"""XML in every state: encodings, what is hostile, and that both paths read the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from digest.errors import ParseError
from digest.model import ParsedFeed
from digest.parse import parse, xml
from digest.parse.reading.elements import MAX_ENTRIES
from support.documents import URL, document


def rss(items: str, declaration: str = "") -> str:
    return f'{declaration}<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


def item(title: str) -> str:
    return f"<item><title>{title}</title></item>"


def titles(feed: ParsedFeed) -> list[str]:
    return [entry.title.value for entry in feed.entries if entry.title]


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>'


# --- encodings: (label in the document, how the bytes are made, the server's charset) ------------

GERMAN = "Größe – „Übermaß“ ist süß"
CHINESE = "今天天气很好，我们去公园"
RUSSIAN = "Съешь ещё этих мягких булок"
GREEK = "Ξεσκεπάζω την ψυχοφθόρα"


@pytest.mark.parametrize(
    ("text", "label", "encoding", "charset"),
    [
        pytest.param(GERMAN, "utf-8", "utf-8", None, id="UTF-8 that says so"),
        pytest.param(GERMAN, None, "utf-8", None, id="UTF-8 that says nothing"),
        pytest.param(GERMAN, "utf-8", "utf-8-sig", None, id="UTF-8 with a byte order mark"),
        pytest.param(GERMAN, "iso-8859-1", "utf-8", None, id="UTF-8 labelled Latin-1"),
        pytest.param(GERMAN, "iso-8859-1", "utf-8-sig", None, id="... with a byte order mark"),
        pytest.param(GERMAN, "utf-16", "utf-8", None, id="UTF-8 labelled UTF-16"),
        pytest.param(GERMAN, "nonsense", "utf-8", "more-nonsense", id="UTF-8 labelled nonsense"),
        pytest.param(GERMAN, "utf-8", "utf-8", "iso-8859-1", id="UTF-8, the server says Latin-1"),
        pytest.param(GERMAN, "utf-8", "cp1252", None, id="windows-1252 labelled UTF-8"),
        pytest.param(GERMAN, None, "cp1252", None, id="windows-1252 that says nothing"),
        pytest.param(GERMAN, "iso-8859-1", "cp1252", None, id="windows-1252 labelled Latin-1"),
        pytest.param(GERMAN, "us-ascii", "cp1252", None, id="windows-1252 labelled ASCII"),
        pytest.param(GERMAN, "utf-16", "utf-16", None, id="UTF-16 with a byte order mark"),
        pytest.param(GERMAN, "utf-8", "utf-16", None, id="UTF-16 labelled UTF-8"),
        pytest.param(GERMAN, "utf-8", "utf-16-le", None, id="UTF-16 without a mark, little end"),
        pytest.param(GERMAN, None, "utf-16-be", None, id="UTF-16 without a mark, big end"),
        pytest.param(GERMAN, "utf-32", "utf-32", None, id="UTF-32"),
        pytest.param(CHINESE, "gb2312", "gb2312", None, id="gb2312"),
        pytest.param(CHINESE + "镕", "gb2312", "gbk", None, id="gbk labelled gb2312"),
        pytest.param(CHINESE, None, "gb18030", "gbk", id="gbk that only the server names"),
        pytest.param(CHINESE, "gb2312", "utf-8", None, id="UTF-8 labelled gb2312"),
        pytest.param("天氣很好", "big5", "big5", None, id="big5"),
        pytest.param("今日は良い天気", "shift_jis", "cp932", None, id="Shift_JIS"),
        pytest.param("今日は良い天気", "iso-2022-jp", "iso-2022-jp", None, id="ISO-2022-JP"),
        pytest.param("오늘은 날씨가", "euc-kr", "cp949", None, id="EUC-KR"),
        pytest.param(RUSSIAN, "windows-1251", "cp1251", None, id="windows-1251"),
        pytest.param(RUSSIAN, "utf-8", "cp1251", "windows-1251", id="... labelled UTF-8"),
        pytest.param(RUSSIAN, "koi8-r", "koi8-r", "utf-8", id="koi8-r, the server says UTF-8"),
        pytest.param(GREEK, "iso-8859-7", "iso-8859-7", None, id="iso-8859-7"),
        pytest.param(GERMAN, "punycode", "utf-8", "unicode_escape", id="codecs that are no sets"),
    ],
)
def test_bytes_are_read_as_they_are(
    text: str, label: str | None, encoding: str, charset: str | None
) -> None:
    body = rss(item(text), declared(label) if label else "").encode(encoding)
    media_type = f"text/xml; charset={charset}" if charset else None
    assert titles(parse(document(body, media_type))) == [text]


def test_utf8_taken_for_windows_1252_and_encoded_again_is_undone() -> None:
    twice = GERMAN.encode().decode("latin-1")
    feed = parse(document(rss(item(twice), declared("utf-8"))))
    assert titles(feed) == [GERMAN]
    assert feed.flaw == "encoded as UTF-8 twice"


def test_a_text_about_such_encoding_stays_as_it_is() -> None:
    title = "Why é becomes Ã©, and ü Ã¼, ß ÃŸ, ä Ã¤, ö Ã¶"
    assert titles(parse(document(rss(item(title))))) == [title]


def test_one_bad_byte_among_utf8_spoils_nothing_else() -> None:
    body = rss(item("naïve caf\x00")).encode().replace(b"\0", b"\xe9")
    assert titles(parse(document(body))) == ["naïve café"]


def test_an_endless_label_is_no_label() -> None:
    assert titles(parse(document(rss(item("x"), declared("a" * 90))))) == ["x"]


# --- what is hostile -----------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "billion laughs": rss(item("&a11;"), f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>'),
    "a long entity often": rss(item("&a;" * 50_000), f'<!DOCTYPE r [<!ENTITY a "{"x" * 9_000}">]>'),
    "laughs in a broken feed": rss(
        item("&a11;<br>"), f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>'
    ),
    "a parameter entity": rss(
        item("x"), '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
    ),
    "an unclosed DTD": '<!DOCTYPE r [' + '<!ENTITY a "b">' * 5_000 + rss(item("x")),
    "deep nesting": rss("<item><description>" + "<b>" * 10_000 + "</b>" * 10_000),
    "items in items": rss("<item>" * 12_000),
    "nested bases": rss('<a xml:base="b/">' * 10_000),
    "many elements": rss("<a/>" * 100_000),
    "many attributes": rss("<item " + " ".join(f"a{n}='1'" for n in range(10_000)) + "/>"),
    "one attribute often": rss("<item " + 'a="" ' * 20_000 + "/>"),
    "many prefixes": rss("".join(f"<p{n}:a/>" for n in range(10_000))),
    "open angle brackets": rss("<" * 100_000),
    "open tags": rss("<a " * 40_000),
    "open quotes": rss('<a b="' * 10_000),
    "open comments": rss("<!--" * 30_000),
    "open CDATA": rss("<![CDATA[" * 10_000),
    "CDATA almost closed": rss("<item><title>" + "<![CDATA[x]]" * 30_000),
    "open declarations": rss("<!" * 40_000),
    "open instructions": rss("<?" * 40_000),
    "ampersands": rss(item("&" * 40_000)),
    "references to nothing": rss(item("&#x110000;&#xD800;&#0;" * 10_000)),
    "blanks": rss("<item" + " " * 400_000),
    "dots and slashes": rss(f"<item><link>{'../' * 40_000}</link><guid>1</guid></item>"),
    "an author of blanks": rss(f"<item><title>x</title><author>{' ' * 400_000}(</author></item>"),
    "roots": "<rss " * 30_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_cost_little(name: str) -> None:
    started = time.process_time()
    try:
        feed = parse(document(HOSTILE[name]), kind="xml")
    except ParseError:
        pass
    else:
        assert all(len(title) < 1_000_000 for title in titles(feed))
    assert time.process_time() - started < 10  # well under 1 s; CI machines are slow


def test_ten_megabytes_are_read() -> None:
    filler = "x" * 100_000
    feed = parse(document(rss("".join(item(f"{n} {filler}") for n in range(100)))))
    assert len(feed.entries) == 100


def test_a_million_tags_without_an_entry_are_refused() -> None:
    with pytest.raises(ParseError, match="more than 300,000 tags in one entry, or in none"):
        parse(document(rss("<a/>" * 1_000_001)))


def test_no_more_entries_than_a_feed_can_have() -> None:
    feed = parse(document(rss("<item><guid>1</guid></item>" * 30_000)))
    assert len(feed.entries) == MAX_ENTRIES
    assert feed.flaw == "only its first 20000 entries are read"


@pytest.mark.parametrize("broken", ["", "<br>"])
@pytest.mark.parametrize("entity", ['SYSTEM "file:///etc/passwd"', 'PUBLIC "x" "/etc/passwd"'])
def test_no_file_is_ever_read(entity: str, broken: str) -> None:
    dtd = f"<!DOCTYPE rss [<!ENTITY file {entity}>]>"
    feed = parse(document(rss(item(f"[&file;]{broken}"), dtd)))
    assert "file;]" in titles(feed)[0]


def test_a_body_that_is_an_address_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss(item("x")))
    for body in (str(file), file.as_uri()):
        with pytest.raises(ParseError):
            parse(document(body), kind="xml")


@pytest.mark.parametrize(
    "name",
    [
        *("authors", "links", "tags", "content", "title_detail", "summary_detail", "guidislink"),
        *("media_content", "media_thumbnail", "image", "source", "enclosures", "id", "updated"),
        *("feedburner_origlink", "language", "ttl", "entries", "published_parsed", "x-dc-date"),
    ],
)
@pytest.mark.parametrize("attribute", ["", " a='b'"])
def test_elements_named_as_feedparser_names_its_own_fields(name: str, attribute: str) -> None:
    odd = f"<{name}{attribute}>x</{name}><{name}{attribute}/>"
    feed = parse(document(rss(f"{odd}<item><link>1</link>{odd}<author>J</author></item><br>")))
    assert feed.parser == "feedparser"
    assert len(feed.entries) == 1


# --- the same on both paths ----------------------------------------------------------------------


def test_a_broken_feed_keeps_the_ids_of_the_whole_one() -> None:
    ids = ["/blog/1", "t3_abc", "tag:example.org,2024:1", "https://example.org/1", "../x?y#z"]
    items = "".join(f'<item><guid isPermaLink="false">{id_}</guid></item>' for id_ in ids[:4])
    whole, broken = parse(document(rss(items))), parse(document(rss(items + "<br>")))
    assert (whole.parser, broken.parser) == ("xml", "feedparser")
    assert (
        [entry.id for entry in broken.entries] == [entry.id for entry in whole.entries] == ids[:4]
    )


def test_the_flaw_says_what_was_wrong() -> None:
    flaw = parse(document(rss(item("a <br> b")))).flaw
    assert flaw is not None
    assert flaw.startswith("not well-formed XML: Opening and ending tag mismatch: br")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parse(document(rss(""))).entries == ()


def test_broken_xml_without_anything_in_it_is_none() -> None:
    with pytest.raises(
        ParseError, match="no entry can be read: the document is cut short"
    ) as caught:
        parse(document("<rss><channel><a></channel>"))
    assert caught.value.url == URL


@pytest.mark.parametrize(
    ("head", "feed"),
    [
        ("<rss>", True),
        ("<?xml version='1.0'?><!-- <html> is no root --><feed ", True),
        ("<!DOCTYPE html>\n<rss>", True),
        ("<!DOCTYPE html><!-- <html> --><?x <p> ?><rss>", True),
        ("<!DOCTYPE html><title>How to write <rss>", False),
        ("<br />\n<b>Warning</b>: include()\n<rss>", True),
        ("<!-- a --><entry xmlns='http://www.w3.org/2005/Atom'>", True),
        ("<atom:entry xmlns:atom='http://www.w3.org/2005/Atom'>", True),
        ("<entry><name>", False),
        ("<rdf:RDF\nxmlns", True),
        ("<x:feed/>", True),
        ("<rsss>", False),
        ("<rss", False),
        ("<html><rss>", False),
        ("text", False),
    ],
)
def test_recognizing(head: str, feed: bool) -> None:
    assert xml.recognizes(head) is feed
