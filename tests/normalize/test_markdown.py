"""Markdown left in a text is removed; signs that only look like Markdown stay."""

# ruff: noqa: E501  # a row of a table is a line

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.normalize.markdown import strip_markdown
from digest.text.marks import CODE, END, HEADING, MATH

PLAIN = [
    ("a link", "see [the docs](https://example.org/d) now", "see the docs now"),
    ("a link with a title", 'see [it](https://example.org "It is") now', "see it now"),
    ("a link with parentheses", "see [it](https://example.org/a_(b)) now", "see it now"),
    ("a relative link", "see [it](/about) or [that](./x.html) now", "see it or that now"),
    ("a link to a part", "see [it](#part) now", "see it now"),
    ("a link inside Chinese", "[点击这里](https://example.org)查看", "点击这里查看"),
    ("a link by label", "see [it][1] now\n[1]: https://example.org", "see it now"),
    ("a link by its own words", "see [it][] now\n[it]: https://example.org 'x'", "see it now"),
    (
        "a link in angle brackets",
        "see <https://example.org/x> now",
        "see https://example.org/x now",
    ),
    ("an image", "![a cat](cat.png)\nMeow.", "Meow."),
    ("an image in a line", "so ![a cat](cat.png) it is", "so  it is"),
    ("an image that is a link", "[![b](https://example.org/b.svg)](https://example.org) ok", " ok"),
    ("strong words", "so **very** good", "so very good"),
    ("strong words in Chinese", "这是**重点**内容", "这是重点内容"),
    ("strong words with a colon", "**注意：**内容", "注意：内容"),
    ("strong underlined words", "so __very good__ it is", "so very good it is"),
    ("emphasis", "so *very* good", "so very good"),
    ("underlined emphasis", "so _very_ good", "so very good"),
    ("emphasis in parentheses", "(*so*) it is", "(so) it is"),
    ("strong emphasis", "so ***very*** good", "so very good"),
    ("emphasis within strong words", "**so *very* good**", "so very good"),
    ("a strong link", "**see [it](https://example.org)**", "see it"),
    ("struck words", "so ~~bad~~ good", "so bad good"),
    ("code in a line", "use `x * y * z` and ``a``", "use x * y * z and a"),
    ("strong code", "so **`x`** is", "so x is"),
    ("a fence", "Run:\n```sh\nmake *a* *b*\n```\nThen.", f"Run:\n{CODE}make *a* *b*{END}\nThen."),
    ("a fence of tildes", "~~~\nmake\n~~~", f"{CODE}make{END}"),
    ("a fence without end", "Run:\n```\nmake", f"Run:\n{CODE}make{END}"),
    ("a fence in a line", "Run ```python print(1)``` now", f"Run {CODE}print(1){END} now"),
    ("a heading", "## What it is\nIt is.", f"{HEADING}What it is{END}\nIt is."),
    ("a heading closed", "## What it is ##", f"{HEADING}What it is{END}"),
    ("a heading of C#", "## All about C#", f"{HEADING}All about C#{END}"),
    ("a heading without a space", "##标题\n正文", f"{HEADING}标题{END}\n正文"),
    ("a heading underlined", "What\n====\nIt is.", f"{HEADING}What{END}\nIt is."),
    ("a heading in a heading", f"{HEADING}## What{END}", f"{HEADING}What{END}"),
    ("a quotation", "> So it is\n> > and so", "So it is\nand so"),
    ("a rule", "a\n---\nb\n* * *\nc", "a\nb\nc"),
    ("a list with stars", "* a\n* b", "• a\n• b"),
    ("a task", "- [x] done\n- [ ] to do", "- done\n- to do"),
    ("a footnote", "so it is[^1]\n[^1]: Or is it?", "so it is\nOr is it?"),
    ("a table", "| a | b |\n|---|:-:|\n| 1 | 2 |\nend", "a, b\n1, 2\nend"),
    ("a table without outer bars", "a | b\n--|--\n1 | 2", "a, b\n1, 2"),
    ("escapes", r"snake\_case and 2 \* 3 \# \[x\]", "snake_case and 2 * 3 # [x]"),
    ("words around a formula", f"**the {MATH}x*y*z{END} term**", f"the {MATH}x*y*z{END} term"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(text, made, id=says) for says, text, made in PLAIN]
)
def test_markdown_becomes_plain_text(text: str, expected: str) -> None:
    assert strip_markdown(text) == expected
    assert strip_markdown(expected) == expected


NO_MARKDOWN = [
    ("nothing", ""),
    ("a product", "2 * 3 * 4"),
    ("a product without spaces", "2*3*4 and a*b*c"),
    ("a product in Chinese", "长*宽*高"),
    ("a power", "x**2 + y**2"),
    ("a snake", "snake_case_name and a_b"),
    ("a dunder", "in __init__ and __main__ it is"),
    ("a private name", "the _private name"),
    ("arguments", "f(*args, **kwargs) and (*a, *b)"),
    ("pointers", "int *p; *q = 1; char **argv"),
    ("arrows of pointers", "(*p)->x + (*q)"),
    ("globs", "*.c,*.h and *.txt"),
    ("a number sign", "issue #1 and C# and #hashtag"),
    ("a number behind its sign", "# 5 of 10"),
    ("a reference", "as shown in [1] and [2, 3]"),
    ("an index", "f[i](x) and a[0](1)"),
    ("a bracket and a parenthesis", "[sic] (so)"),
    ("a label that nobody defines", "see [a][b] there"),
    ("a class of characters", "[^abc] and [^a-z]"),
    ("a comparison", "> 5 and < 3"),
    ("a prompt", ">>> print(1)"),
    ("an arrow", "a -> b => c"),
    ("a list with dashes", "- a\n- b"),
    ("stars of hotels", "a 5* hotel and a 4* hotel"),
    ("a word starred out", "what the f*** is ****"),
    ("quotes of TeX", "``so'' and `so'"),
    ("a tilde", "~/x and ~5 and a ~ b"),
    ("bars", "a | b | c and |x|"),
    ("a path with an underscore", r"C:\_temp\x"),
    ("an address with underscores", "https://example.org/_a_/b_c_d"),
    ("an initialism", "M*A*S*H"),
    ("a mark of a note", "price* and more*"),
    ("a definition without an address", "[note]: this is one"),
    ("marked TeX", f"so {MATH}a_1*b_1*c_1{END} is"),
    ("marked code", f"so {CODE}# a\n*b* `c`{END} is"),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=says) for says, text in NO_MARKDOWN])
def test_what_only_looks_like_markdown_stays(text: str) -> None:
    assert strip_markdown(text) == text


SIGNS = [
    "*",
    "**",
    "_",
    "__",
    "`",
    "```",
    "~~",
    "[",
    "](",
    "https://a.b",
    ")",
    "#",
    "> ",
    "|",
    "---",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*SIGNS, "a", "字", " ", "\n", "!", "\\", "1."]), max_size=30))
def test_no_letter_is_added_and_marks_come_in_pairs(pieces: list[str]) -> None:
    text = "".join(pieces)
    made = strip_markdown(text)
    for sign in "a字1*_`#":
        assert made.count(sign) <= text.count(sign)
    assert made.count(CODE) + made.count(HEADING) == made.count(END)


@pytest.mark.parametrize(
    "unit",
    ["*", "**a", "*a", "_", "_a_", "__a", "`", "`a", "```", "```\n", "~", "~~a", "[", "[a](", "![", "](", "[a](http://a", "[a][b]", "# ", "\n# a", "\n> ", "|", "\n|-|", "-", "\n---", "\\*", "<http://a", "[x](a(b)", '[a](#a "', "*a b*c", "# a" + " " * 999, "[^1]", "=", " ", "́", "\U00100000"],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    assert len(strip_markdown(text)) <= 2 * len(text)
