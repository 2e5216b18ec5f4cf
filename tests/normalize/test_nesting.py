"""Deeply nested documents never reach the parsers; those that only look deep do."""

from __future__ import annotations

import random

import pytest
from selectolax.lexbor import LexborHTMLParser

from digest.normalize.entry import document
from digest.normalize.html import bounded
from digest.normalize.nesting import MAX_DEPTH, depth

N = 1000
DEEP = {
    "void elements in MathML": "<math>" + "<source>" * N,
    "line break opportunities in MathML": "<math>" + "<wbr>" * N,
    "fields in MathML": "<math>" + "<input>" * N,
    "columns in MathML": "<math>" + "<col>" * N,
    "rows in MathML": "<math>" + "<tr>" * N,
    "cells in SVG": "<svg>" + "<td>" * N,
    "links in upper case in SVG": "<SVG>" + "<LINK>" * N,
    "an end tag in a comment": "<div><!--</div>-->" * N,
    "an end tag in a value": '<div title="</div>">' * N,
    "an end tag in single quotes": "<div title='</div>'>" * N,
    "an end tag that a paragraph keeps out": "<span><p></span></p>" * N,
    "an end tag that an object keeps out": "<div><object></div></object>" * N,
    "an end tag in raw text": "<div><style></div></style>" * N,
    "an end tag in a title": "<div><title></div></title>" * N,
    "a comment that a style does not have": "<style><!--</style>" + "<div>" * N,
    "a comment in a script that holds its end": "<script><!--</script><div>--></script>" * N,
    "a comment in a title that holds its end": "<title>a<!-- b</title><div>--></title>" * N,
    "a section in SVG": "<svg><![CDATA[></svg>]]>" * N,
    "a form's end tag": "<form><div></form>" * N,
    "elements that close themselves in SVG alone": "<svg><p>" + "<path/>" * N,
    "tables in cells": "<table><tr><td>" * N,
    "spaces of MathML outside of it": "<mspace/>" * N,
    "spaces of MathML that close nothing": "<math>" + "<mspace>" * N + "</math>",
    "spaces of MathML that seem to close others": "<mspace><mspace/></mspace>" * N,
    "spaces of MathML in the text of an operator": "<math><mo><mspace/></mo></math>" * N,
    "spaces of MathML behind its end": "<math></math>" + "<mspace width='1em'/>" * N,
    "HTML that ends MathML": "<math><mrow><b></b></mrow></math><i>" * N,
}
FLAT = {
    "paragraphs that are never closed": "<p>a" * N,
    "items that are never closed": "<ul>" + "<li>a" * N,
    "rows that are never closed": "<table>" + "<tr><td>a<td>b" * N,
    "terms that are never closed": "<dl>" + "<dt>a<dd>b" * N,
    "line breaks and pictures": "<div>a<br><img src=a></div>" * N,
    "elements of SVG that close themselves": "<svg>" + "<path d='m0 0'/>" * N + "</svg>",
    "spaces in formulas": "<p><math><mi>x</mi><mspace width='1em'/><mi>y</mi></math></p>" * N,
    "spaces that close themselves": '<math><mi>x</mi><mspace width="1em" /><mi>y</mi></math>' * N,
    "many small formulas": "<math><msup><mi>x</mi><mn>2</mn></msup></math>, " * N,
    "comments that hold tags": "<p>a</p><!-- <div> -->" * N,
    "less-than signs": "a < b " * N,
    "emphasis across paragraphs": "<p><b>a</p><p>b</b></p>" * 300,
    "scripts among comments": "<!-- a --><script>a(1 > 0)</script><p><i>b</i></p>" * N,
    "scripts that write": "<script>document.write('<div>')</script>" * N,
    "options": "<select>" + "<option>a" * N + "</select>",
}


@pytest.mark.parametrize("html", DEEP.values(), ids=DEEP)
def test_what_nests_deeply_reaches_no_parser(html: str) -> None:
    assert bounded(html) is None
    assert "tags stripped: nested too deeply" in document(html + "<p>x").notes


@pytest.mark.parametrize("html", FLAT.values(), ids=FLAT)
def test_what_only_looks_deep_is_parsed(html: str) -> None:
    assert bounded(html) == html


NAMES = """
    div p li ul ol span table tr td th tbody b a i font svg math mi mo mtext foreignobject desc
    title path source wbr input col form object button option h1 h2 dl dd dt mrow msup munder
    mfrac mtable mtr style script custom center pre code img br nobr small mglyph caption
    textarea iframe label section
""".split()  # noqa: SIM905


def soup(chance: random.Random) -> str:
    """Write a run of tags that belong together badly, forty times."""
    pool = chance.sample(NAMES, chance.randint(1, 5))
    parts = [
        chance.choices(
            (
                f"<{name}>",
                f"</{name}>",
                f"<{name}/>",
                f"<{name} title='</div>'>",
                "<!--",
                "-->",
                "x",
            ),
            (50, 35, 5, 3, 2, 2, 3),
        )[0]
        for name in chance.choices(pool, k=chance.randint(1, 8))
    ]
    return "".join(parts) * 40


def nested(chance: random.Random) -> str:
    """Write a formula or a drawing, deep and wide, some of its end tags missing."""
    names = [*chance.sample(NAMES, 6), "mrow", "msup"]
    parts: list[str] = []
    open_names: list[str] = []
    for _ in range(chance.randint(1, 600)):
        if open_names and chance.random() < 0.3:
            parts.append(f"</{open_names.pop()}>")
        else:
            open_names.append(chance.choice(names))
            parts.append(f"<{open_names[-1]}>{chance.choice('xy1+')}")
    return f"<{chance.choice(('math', 'svg', 'p'))}>{''.join(parts)}"


def actual_depth(html: str) -> int:
    """Measure how deep the parser nests."""
    node = LexborHTMLParser("<!---->" + html, is_fragment=True).root
    around = []
    deepest = 0
    while node is not None:
        child = node.first_child
        if child is not None:
            around.append(node)
            deepest = max(deepest, len(around))
            node = child
            continue
        following = node.next
        while following is None and around:
            following = around.pop().next
        node = following
    return deepest


def check_depths(seeds: range) -> None:
    wrong = 0
    for seed in seeds:
        html = soup(random.Random(seed))
        # Elements that nobody wrote (table bodies, formatting once more) are not counted.
        wrong += actual_depth(html) > 2.2 * depth(html, most=10_000) + 12
    assert wrong <= len(seeds) // 2_000, "the odd mixture may be counted too low, no more"


def check_trees(seeds: range) -> None:
    for seed in seeds:
        document(nested(random.Random(seed)))


def test_no_mixture_of_tags_nests_much_deeper_than_counted() -> None:
    check_depths(range(1_500))


def test_random_nested_trees_are_cleaned() -> None:
    check_trees(range(300))


@pytest.mark.long
def test_no_mixture_of_many_nests_much_deeper_than_counted() -> None:
    check_depths(range(100_000, 160_000))


@pytest.mark.long
def test_ten_thousand_nested_trees_are_cleaned() -> None:
    check_trees(range(100_000, 110_000))


def test_the_cap_is_where_it_says() -> None:
    assert bounded("<div>" * MAX_DEPTH + "x" * 9) is not None
    assert bounded("<div>" * (MAX_DEPTH + 1) + "x") is None
