"""Formulas in plain text are found in every form; amounts of money are no formulas."""

# ruff: noqa: E501  # a row of a table is a line

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.normalize.formulas.find_in_text import mark_math
from digest.text.marks import ANY, DISPLAY, END, HEADING, MATH


def m(tex: str) -> str:
    return MATH + tex + END


def d(tex: str) -> str:
    return DISPLAY + tex + END


FORMULAS = [
    ("a letter", "let $x$ be", f"let {m('x')} be"),
    ("a letter inside Chinese", "其中$x$是", f"其中{m('x')}是"),
    ("a script", "the $x_i$ of", f"the {m('x_i')} of"),
    ("a script escaped for Markdown", r"the $x\_i$ of", f"the {m(chr(92).join(['x', '_i']))} of"),
    ("a command", r"so $\alpha$ is", f"so {m(chr(92) + 'alpha')} is"),
    ("a command between spaces", r"so $ \alpha $ is", f"so {m(chr(92) + 'alpha')} is"),
    ("a sum", "so $a+b$ is", f"so {m('a+b')} is"),
    ("an equation", "so $x = 1$ is", f"so {m('x = 1')} is"),
    ("a comparison", "so $a<b$ is", f"so {m('a<b')} is"),
    ("a call", "in $O(n)$ time", f"in {m('O(n)')} time"),
    ("a function by name", "in $n log n$ time", f"in {m('n log n')} time"),
    ("a word that is a name", "the $softmax$ layer", f"the {m('softmax')} layer"),
    ("words that are names", "so $loss = a+b$ is", f"so {m('loss = a+b')} is"),
    ("a list of letters", "let $a,b,c$ be", f"let {m('a,b,c')} be"),
    ("a half-open interval", "in $[0,1)$ lies", f"in {m('[0,1)')} lies"),
    ("a set", r"in $\{0,1\}$ lies", f"in {m(chr(92) + '{0,1' + chr(92) + '}')} lies"),
    ("a conditional", "so $p(x|y)$ is", f"so {m('p(x|y)')} is"),
    ("a prime", "so $f'(x)$ is", f"so {m(chr(102) + chr(39) + '(x)')} is"),
    ("a factorial", "so $n!$ is", f"so {m('n!')} is"),
    ("a power of ten", "so $10^{-8}$ is", f"so {m('10^{-8}')} is"),
    ("a number", "so $-1$ is", f"so {m('-1')} is"),
    ("a script behind a number", "so 10$^{-8}$ is", f"so 10{m('^{-8}')} is"),
    ("an ordinal", "the $n$-th and $n$th", f"the {m('n')}-th and {m('n')}th"),
    ("two side by side", "$x$$y$", m("x") + m("y")),
    ("two in a sentence", "$x=1$，$y=2$", f"{m('x=1')}，{m('y=2')}"),
    ("one beside a price", "a $5 price, a $x_i$ and $10", f"a $5 price, a {m('x_i')} and $10"),
    ("two dollars", "so\n$$E = mc^2$$\nis", f"so\n{d('E = mc^2')}\nis"),
    ("two dollars on several lines", "$$\na = b\n$$", d("a = b")),
    ("parentheses", r"so \(a+b\) is", f"so {m('a+b')} is"),
    ("a letter in parentheses", r"so \(x\) is", f"so {m('x')} is"),
    ("a tuple in parentheses", r"so \((-1,1,1)\) is", f"so {m('(-1,1,1)')} is"),
    ("brackets", r"so \[ a = b \] is", f"so {d('a = b')} is"),
    (
        "an environment",
        "so \\begin{align} a &= b \\end{align} is",
        f"so {d(chr(92) + 'begin{align} a &= b ' + chr(92) + 'end{align}')} is",
    ),
    (
        "an environment with a star",
        "\\begin{equation*}a\\end{equation*}",
        d("\\begin{equation*}a\\end{equation*}"),
    ),
    ("inside a heading", f"{HEADING}The $x_i${END}", f"{HEADING}The {m('x_i')}{END}"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(text, made, id=says) for says, text, made in FORMULAS]
)
def test_a_formula_is_marked(text: str, expected: str) -> None:
    assert mark_math(text) == expected


NO_FORMULAS = [
    ("nothing", ""),
    ("a price", "it costs $5 and $10 more"),
    ("prices with a currency's name", "US$5 or A$6 or R$7"),
    ("prices with the sign behind", "5$ and 10$"),
    ("a range of prices", "$5-$10 a piece"),
    ("a range in parentheses", "$5 (or 10$)"),
    ("millions", "$20M, up from $10M"),
    ("a rate", "$5/day or $10/week"),
    ("Chinese prices", "从$100到$200不等"),
    ("stocks", "buy $AAPL and $MSFT, sell $GOOG"),
    ("shell variables", "echo $HOME and $PATH"),
    ("a path of shell variables", "export X=$HOME/bin:$PATH"),
    ("shell commands", "x=$(date) y=$(pwd)"),
    ("braces of a shell", "${x}/${y} and ${z}"),
    ("a shell variable alone between dollars", "${HOME}$"),
    ("a directory", "if [ -d $DIRECTORY ]; then cd $DIRECTORY; fi"),
    ("names with underscores", "$FOO_BAR and $BAZ_QUX"),
    ("jQuery", "$('#a').hide(); $('.b').show()"),
    ("jQuery's functions", "$.ajax({}) and $.get(x)"),
    ("PHP", "$a = $b + $c; $_GET['x'] . $_POST['y']"),
    ("PHP without spaces", "$x+$y and $a->b=$c"),
    ("a template's strings", "$t('a') + $t('b')"),
    ("groups of a regular expression", "s/(a)(b)/$1$2/ and $1, $2"),
    ("anchors of a regular expression", "^foo$ or ^bar$"),
    ("anchors and a bar", "(^foo$|^bar$)"),
    ("escaped dollars", r"a \$5 or \$6 b"),
    ("escaped brackets", r"see \[1\] and \[a link\](https://example.org)"),
    ("escaped parentheses", r"so \(see below\) it is"),
    ("groups of sed", r"s/\(foo\)/\1/"),
    ("code between backticks", "use `$x$` or ``$y$`` here"),
    ("a fence", "```\nlet $x$ = $y$\n```"),
    ("a lone dollar", "one $ and no more"),
    ("dollars in a row", "$$$$ and $$$"),
    ("an environment that is none of mathematics", "\\begin{itemize} $ \\end{itemize}"),
    ("an environment without end", "\\begin{align} a &= b"),
    ("parentheses without end", r"so \(a+b is"),
    ("two dollars without end", "so $$a+b is"),
    ("a formula across lines", "so $x\n+ y$ is"),
    ("quotes", 'the "$1", "$2" and "$3"'),
    ("words between dollars", "$this is no formula at all$"),
    ("a formula that is marked already", f"so {m('x_i = $5')} is"),
    ("opaque pieces between dollars", "$x + \U000f0000 y$"),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=says) for says, text in NO_FORMULAS])
def test_what_is_no_formula_stays(text: str) -> None:
    assert mark_math(text) == text


SIGNS = ["$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{align}", "\\end{align}", "`", "\\", "x_1"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*SIGNS, "5", " ", "\n", "and", "=", "(", "{"]), max_size=30))
def test_marks_come_in_pairs_and_nothing_but_delimiters_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    made = mark_math(text)
    assert re.fullmatch("(?:[^\ue000-\ue00f]|[\ue000\ue001][^\ue000-\ue00f]+\ue00f)*", made)
    bare = re.compile(r"[\\$()\[\]\s]")
    assert bare.sub("", ANY.sub("", made)) == bare.sub("", text)
    assert mark_math(made) == made or "$" in made or "\\" in made


@pytest.mark.parametrize(
    "unit",
    ["$", "$a", "$ ", "$$a", "$x$", "\\(", "\\(a", "\\(\\(\\(x\\)", "\\[", "\\begin{align}", "`", "\\", "``a", "$" + "(" * 500 + "$", "\\begin{align}a\\end{align*}", "$a\n", "{", "(", "_"],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    small, large = (unit * (size // len(unit)) for size in (50_000, 400_000))
    assert len(mark_math(small)) <= 2 * len(small)
    assert len(mark_math(large)) <= 2 * len(large)
