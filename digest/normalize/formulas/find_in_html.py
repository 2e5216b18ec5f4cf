"""Read the TeX of each formula once from the elements that publishers write.

The tools of publishers write one formula up to three times (rendered, MathML, TeX).  The TeX of the
author is taken if any copy of it is left; otherwise MathML is translated, if there is any.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from digest.normalize.formulas import mathml_to_tex
from digest.text.characters import scrub

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

UNREADABLE = "\\unreadable"
"""The TeX of a formula without any readable copy, which no line can show."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as TeX; ``tex`` is empty if the element only repeats another one."""

    tex: str
    display: bool = False


_RENDERED = frozenset(
    """
    MathJax MathJax_Display MathJax_SVG MathJax_SVG_Display MathJax_CHTML MathJax_Preview
    MathJax_MathML mjx-chtml
    """.split()
)
_CONTAINERS = frozenset(
    """
    katex katex-display katex-block katex--inline katex--display katex-mathml mwe-math-element
    notion-equation notion-equation-inline notion-equation-block notion-text-equation-token math
    arithmatex math-tex equation
    """.split()
)
_IMAGE_CLASSES = frozenset(
    """
    latex tex texrender mwe-math-fallback-image-inline mwe-math-fallback-image-display ee_img
    tr_noresize_tex formula inlineformula math wp-katex-eq quicklatex-auto-format ql-img-inline-
    formula ql-img-displayed-equation
    """.split()
)
_IMAGE_SOURCE = re.compile(
    r"latex\.php\?|/equation\?tex=|latex\.codecogs\.com|codecogs\.com/(?:gif|png|svg)\.latex"
    r"|/math/render/(?:svg|png)/|render/math\?math=|math\.now\.sh|i\.upmath\.me"
    r"|chart\.(?:googleapis|apis\.google)\.com/chart\?.*cht=tx|mathurl\.com|mimetex\.cgi|mathtex\.cgi"
)
_QUERY_NAMES = ("tex", "latex", "math", "chl", "from")
_DELIMITED = re.compile(
    r"\s*(?:\\\((?P<a>.*)\\\)|\\\[(?P<b>.*)\\\]|\$\$(?P<c>.*)\$\$|\$(?P<d>[^$]*)\$)\s*", re.DOTALL
)
_WIKIPEDIA = re.compile(r"\{\\(?:display|text|script)style (.*)\}", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_BLOCK_TAGS = frozenset({"div", "figure", "p", "section"})


def script(kind: str, node: LexborNode) -> Formula | None:
    """Read MathJax 2's ``<script type="math/tex">``."""
    if not kind.lower().startswith(("math/tex", "math/latex", "math/asciimath", "math/mml")):
        return None
    display = "mode=display" in kind.replace(" ", "")
    if "math/mml" in kind.lower():
        return Formula(UNREADABLE, display)
    return Formula(tidy(node.text()), display)


def image(given: dict[str, str | None], classes: frozenset[str]) -> Formula | None:
    """Read an image of a formula: its alternative text, or the address that drew it, is TeX."""
    source = given.get("data-original-src") or given.get("src") or ""
    alt = given.get("alt") or ""
    display = bool(classes & {"mwe-math-fallback-image-display", "ql-img-displayed-equation"})
    delimited = _DELIMITED.fullmatch(alt)
    if delimited:
        return Formula(tidy(alt), display or _is_displayed(delimited))
    drawn = _IMAGE_SOURCE.search(source)
    if not drawn and not (alt and classes & _IMAGE_CLASSES):
        return None
    found = alt if alt and alt.lower() not in {"equation", "formula", "latex"} else ""
    found = found or (_from_address(source) if drawn else "")
    found = tidy(found)
    # Zhihu ends the TeX of a displayed formula in a line break.
    display = display or found.endswith("\\\\")
    return Formula(found.removesuffix("\\\\").strip() or UNREADABLE, display)


def element(
    node: LexborNode, tag: str, given: dict[str, str | None], classes: frozenset[str]
) -> Formula | None:
    """Read the element of a formula; return ``None`` for any other element."""
    if tag == "math":
        return Formula(_from_math(node), _is_block(given))
    if tag == "mjx-container":
        return _mathjax3(node, given)
    if tag in {"d-math", "tex-math"}:
        return Formula(tidy(node.text()), "block" in given)
    if classes & _RENDERED:
        return _mathjax2(node, given, classes)
    if classes & _CONTAINERS:
        return _container(node, tag, classes)
    return None


def tidy(tex: str) -> str:
    """Return TeX without its delimiters, comments and line breaks."""
    found = _DELIMITED.fullmatch(tex)
    if found:
        tex = next(group for group in found.groups() if group is not None)
    if "\n" in tex and "%" in tex:
        tex = _COMMENT.sub("", tex)
    tex = " ".join(scrub(tex).split())
    wrapped = _WIKIPEDIA.fullmatch(tex)
    return wrapped[1].strip() if wrapped else tex


def _container(node: LexborNode, tag: str, classes: frozenset[str]) -> Formula | None:
    display = bool(
        classes & {"katex-display", "katex-block", "katex--display", "display"}
        or classes & {"notion-equation-block"}
        or ("equation" in classes and tag in _BLOCK_TAGS)
    )
    math = node.css_first("math")
    if math is not None:
        display = display or _is_block(math.attributes)
        if not display and "katex-display" not in classes:
            display = node.css_first(".katex-display") is not None
        return Formula(_from_math(math), display)
    picture = node.css_first("img")
    if picture is not None and "mwe-math-element" in classes:
        given = picture.attributes
        return image(given, frozenset((given.get("class") or "").split()))
    if node.css_first("script[type^='math/']") is not None:
        return None
    if "katex" in classes or "katex-display" in classes:
        return Formula(UNREADABLE, display) if node.css_first(".katex-html") else None
    text = node.text()
    if node.css_first("em, sup, sub, p, div, code, li, a, img") is not None or not text.strip():
        return None
    delimited = _DELIMITED.fullmatch(text)
    # The classes "math" and "equation" are too common to decide without delimiters.
    if not delimited and classes.isdisjoint({"inline", "display"} | _SURE):
        return None
    return Formula(tidy(text), display or (delimited is not None and _is_displayed(delimited)))


_SURE = _CONTAINERS - {"math", "equation", "arithmatex"}


def _mathjax2(node: LexborNode, given: dict[str, str | None], classes: frozenset[str]) -> Formula:
    """Read what MathJax rendered; skip it if the script with its TeX follows."""
    after = node.next
    for _ in range(4):
        if after is None:
            break
        if after.tag == "script" and (after.attributes.get("type") or "").startswith("math/"):
            return Formula("")
        if after.tag == "-text" and (after.text_content or "").strip():
            break
        after = after.next
    if "MathJax_Preview" in classes:
        return Formula(tidy(node.text()))
    display = any("Display" in name for name in classes)
    math = node.css_first("math")
    if math is not None:
        return Formula(_from_math(math), display or _is_block(math.attributes))
    return Formula(UNREADABLE, display)


def _mathjax3(node: LexborNode, given: dict[str, str | None]) -> Formula:
    display = given.get("display") in {"true", "block"}
    math = node.css_first("mjx-assistive-mml math") or node.css_first("math")
    if math is not None:
        return Formula(_from_math(math), display or _is_block(math.attributes))
    return Formula(UNREADABLE, display)


def _from_math(math: LexborNode) -> str:
    """Return the TeX in an annotation or ``alttext``, else a translation of the MathML."""
    for note in math.css("annotation"):
        if "tex" in (note.attributes.get("encoding") or "").lower():
            return tidy(note.text()) or UNREADABLE
    alttext = tidy(math.attributes.get("alttext") or "")
    return alttext or mathml_to_tex.tex(math) or UNREADABLE


def _is_displayed(delimited: re.Match[str]) -> bool:
    return delimited["b"] is not None or delimited["c"] is not None


def _is_block(given: dict[str, str | None]) -> bool:
    return given.get("display") == "block" or given.get("mode") == "display"


def _from_address(source: str) -> str:
    try:
        parts = urlsplit(source)
    except ValueError:
        return ""
    try:
        named = parse_qs(parts.query, max_num_fields=20) if "=" in parts.query[:40] else {}
    except ValueError:  # more of them: `&` divides the columns of a matrix
        named = {}
    for name in _QUERY_NAMES:
        if name in named:
            return named[name][0]
    if "codecogs" in parts.netloc or parts.path.endswith(("mimetex.cgi", "mathtex.cgi")):
        return unquote(parts.query)
    if parts.netloc == "i.upmath.me":
        return unquote(parts.path.rpartition("/")[2])
    return ""
