"""The sanitizer, whose output a second parser (lxml) checks, and its bounds."""

# a case is a line

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import lxml.html
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.normalize.entry import document
from digest.normalize.html import ATTRIBUTES, MAX_CHARS, TAGS, bounded, sanitize, strip

BASE = "https://example.org/posts/1"
WEB = re.compile(r"https?://[^\s/]")
ADDRESS = re.compile(r"https?://[^\s/]|mailto:\S")


def faults(html: str) -> list[str]:
    """Return what a second parser sees in `html` that the allow-list does not name."""
    found = []
    for element in lxml.html.fragment_fromstring(html, create_parent="div").iter():
        if not isinstance(element.tag, str):
            found.append(f"a {element.tag}")
            continue
        if element.tag not in TAGS:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            named = ATTRIBUTES.get(element.tag, set()) | ATTRIBUTES["*"] | ({"rel"} & {name})
            if name not in named:
                found.append(f"<{element.tag} {name}>")
            if name == "href" and not ADDRESS.match(value):
                found.append(f"link {value!r}")
            if name in {"src", "cite"} and not WEB.match(value):
                found.append(f"address {value!r}")
    return found


CLEANED = [
    ("a script goes with its content", "<script>alert(1)</script>a", "a"),
    ("handlers go", '<b onclick="x()">a</b>', "<b>a</b>"),
    ("style, class and id go", '<p style="color:red" class="c" id="i">a</p>', "<p>a</p>"),
    ("a form goes with its content", "<form><input name=a>x</form>b", "b"),
    ("a frame goes", '<iframe src="https://example.com/"></iframe>a', "a"),
    ("an unknown element goes, its text stays", "<blink>a</blink>", "a"),
    ("svg goes", '<svg><a href="javascript:x">y</a></svg>a', "a"),
    ("a comment goes", "a<!-- b -->c", "ac"),
    (
        "a script link goes, its text stays",
        '<a href="javascript:x()">a</a>',
        '<a rel="noopener noreferrer nofollow">a</a>',
    ),
    (
        "also behind a no-break space",
        '<a href="&nbsp;javascript:x()">a</a>',
        '<a rel="noopener noreferrer nofollow">a</a>',
    ),
    ("a data: image goes", '<img src="data:image/png;base64,AAAA" alt="x">a', "a"),
    (
        "a relative link is resolved",
        '<a href="../x">a</a>',
        '<a href="https://example.org/x" rel="noopener noreferrer nofollow">a</a>',
    ),
    (
        "tracking goes from links",
        '<a href="https://example.com/a?b=1&amp;utm_source=rss">a</a>',
        '<a href="https://example.com/a?b=1" rel="noopener noreferrer nofollow">a</a>',
    ),
    (
        "a relative image is resolved",
        '<img src="/i.png" alt="i">',
        '<img src="https://example.org/i.png" alt="i">',
    ),
    (
        "a size that is no number goes",
        '<img src="/i.png" width="100%" height="4">',
        '<img src="https://example.org/i.png" height="4">',
    ),
    ("characters that are no text go", "a&#xE000;b&#0;c\u200b", "ab\ufffdc"),
]
LEFT_ALONE = [
    "<p>a <b>b</b> <i>c</i></p>",
    '<ol start="3"><li value="4">a</li></ol>',
    "<pre><code>a &lt; b</code></pre>",
    '<p lang="he" dir="rtl">a</p>',
    '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
    '<a href="mailto:a@example.org" rel="noopener noreferrer nofollow">a</a>',
    "<ruby>漢<rt>kan</rt></ruby>",
]


@pytest.mark.parametrize(
    ("html", "expected"), [row[1:] for row in CLEANED], ids=[row[0] for row in CLEANED]
)
def test_sanitize(html: str, expected: str) -> None:
    assert sanitize(html, base=BASE) == expected


@pytest.mark.parametrize("html", LEFT_ALONE)
def test_sanitize_leaves_alone(html: str) -> None:
    assert sanitize(html, base=BASE) == html


def test_a_tracking_pixel_is_gone() -> None:
    html = '<p>a</p><img src="https://example.com/open.gif" width="1" height="1">'
    assert document(html, base_url=BASE).html == "<p>a</p>"


MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<a",
            "</a>",
            "href=",
            "'javascript:x'",
            '"x"',
            "https://example.com/?utm_source=a",
            ">",
            "<",
            "&",
            "&lt;",
            "&#0;",
            "<svg>",
            "<math>",
            "<mtext>",
            "<style>",
            "<title>",
            "<textarea>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<img",
            "src=x",
            "onerror=y>",
            "<table>",
            "<td>",
            "<select>",
            "<template>",
            "<noscript>",
            "<form>",
            "<pre>",
            "<li>",
            "<span\tstyle=a>",
            "\x00",
            "�",
            "é",
            "中",
            "\u202e",
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@given(MARKUP)
def test_any_markup_gives_safe_html(html: str) -> None:
    safe = document(html, base_url=BASE).html
    assert faults(safe) == []
    assert not re.search("[\ud800-\udfff\ue000-\uf8ff\x00-\x08]", safe)


@example("<pre>\x85href=")
@given(MARKUP)
def test_any_markup_gives_a_plain_text(html: str) -> None:
    text = document(html, base_url=BASE).text
    assert not re.search("[\ud800-\udfff\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\xad]", text)
    assert "  " not in re.sub("\ue002[^\ue00f]*\ue00f", "", text)


@given(MARKUP)
def test_sanitizing_twice_changes_nothing(html: str) -> None:
    once = sanitize(bounded(html) or "", base=BASE)
    twice = sanitize(once, base=BASE)
    # The first pass may leave a tree that HTML cannot write down (a table in a paragraph).
    assert sanitize(twice, base=BASE) == twice


def test_a_large_body_is_cut_between_tags() -> None:
    html = "<p>word word word</p>" * (MAX_CHARS // 10)
    cut = bounded(html)
    assert cut is not None
    assert len(cut) <= MAX_CHARS
    assert cut.endswith(">")


def test_data_urls_do_not_count() -> None:
    html = '<img src="data:image/png;base64,' + "A" * 2 * MAX_CHARS + '"><p>after</p>'
    assert (bounded(html) or "").endswith("<p>after</p>")


@pytest.mark.parametrize(
    "html",
    ["<div>" * 300, "<b></x>" * 300, "<a " + "b " * 10_000 + ">", "<span>" * 300 + "</b>" * 300],
    ids=["deep", "deep behind foreign end tags", "a huge tag", "deep before foreign end tags"],
)
def test_what_would_be_quadratic_reaches_no_parser(html: str) -> None:
    assert bounded(html) is None


@pytest.mark.parametrize(
    "html", ["<p>a" * 300, "<div>a</div>" * 300, "<ul><li>a</ul>" * 300, "a < b " * 300]
)
def test_what_only_looks_deep_is_parsed(html: str) -> None:
    assert bounded(html) == html


def test_strip_keeps_the_text_and_no_script() -> None:
    assert strip("<p>a &amp; b</p><script>x<y</script>c < d").split() == [
        "a",
        "&",
        "b",
        "c",
        "<",
        "d",
    ]


M = 1_000_000
HOSTILE = {
    "less-than signs": "<" * M,
    "ampersands": "&" * M,
    "dollars": "$" * M,
    "open elements": "<div>" * (M // 5),
    "open inline elements": "<b>" * (M // 3),
    "combining marks": "a" + "\u0301" * M,
    "digits": "1" * M,
    "unfinished tags": "<a <a" * (M // 5),
    "attributes": "<a " + " ".join(f"a{number}" for number in range(M // 7)) + ">",
    "paragraphs": "<p>" * (M // 3),
    "misnested": "<b><i></b></i>" * (M // 14),
    "comments": "<!--" * (M // 4),
    "scripts": "<script>" * (M // 8),
    "formulas": "<math><mi>x</mi></math>" * (M // 23),
    "line breaks": "a<br>" * (M // 5),
    "tables": "<table><tr><td>" * (M // 15),
    "empty lines of code": "<pre>" + "\n" * M + "</pre>",
    "joiners": "<p>" + "\u200d" * M,
    "tag characters": "<p>" + "\U000e0041" * M,
    "addresses": "<p>" + "a@" * (M // 2),
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_anything_takes_linear_time(html: str) -> None:
    start = time.process_time()
    document(html, base_url=BASE)
    assert time.process_time() - start < 2  # a quadratic step takes minutes


@pytest.mark.corpus
def test_no_payload_survives(corpus: Path) -> None:
    """Every payload of the XSS corpora gives safe HTML, bare and inside a paragraph."""
    seen = 0
    for payload in payloads(corpus / "xss"):
        for html in (payload, f"<p>a{payload}b</p>"):
            assert faults(document(html, base_url=BASE).html) == [], payload
        seen += 1
    assert seen > 500


def payloads(folder: Path) -> list[str]:
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
            found.append(text)
            if path.suffix == ".json":
                found += strings(json.loads(text))
            found += re.findall(r"(?s)<!\[CDATA\[(.*?)\]\]>", text)
    return found


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return []


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_tag_is_measured_whole_though_its_values_hold_its_end(quote: str) -> None:
    attributes = " ".join(f"a{number}={quote}>{quote}" for number in range(40_000))
    assert bounded(f"<p {attributes}>x") is None


@pytest.mark.parametrize(
    ("base", "address"),
    [
        pytest.param('<base href="/sub/">', "/sub/x.html", id="before the text"),
        pytest.param('<base href="//example.org/s/">', "/s/x.html", id="without a scheme"),
        pytest.param(
            '<base target="a"><base href="/s/"><base href="/t/">', "/s/x.html", id="first"
        ),
        pytest.param("<BASE HREF=' /s/ '/>", "/s/x.html", id="capitals and blanks"),
        pytest.param('<base href="">', "/posts/x.html", id="an empty one"),
        pytest.param('<base href="javascript:x">', "/posts/x.html", id="a script"),
        pytest.param('<base href="http://[bad">', "/posts/x.html", id="no address"),
        pytest.param('<pre>&lt;base href="/s/"&gt;</pre>', "/posts/x.html", id="one that is shown"),
    ],
)
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_links_are_relative_to_the_base_in_a_body(base: str, address: str, behind: bool) -> None:
    link = '<p>See <a href="x.html">x</a></p>'
    html = document(
        link + base if behind else base + link, base_url="https://example.org/posts/"
    ).html
    assert f'href="https://example.org{address}"' in html
