"""Read the lines of a block of code from its DOM element, without line numbers and buttons."""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.text.characters import scrub

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

BLOCK_CLASSES = frozenset(
    [
        "syntaxhighlighter",
        "crayon-syntax",
        "js-file-line-container",
        "blob-wrapper",
        "dp-highlighter",
        "mermaid",
    ]
)
"""Classes of highlighters that write code without ``<pre>``."""

GUTTERS = frozenset(
    """
    gutter gl linenos linenodiv lineno line-numbers line-number line_numbers line-numbers-rows
    lnt ln blob-num js-line-number crayon-nums crayon-nums-content hljs-ln-numbers pre-numbering
    rouge-gutter rouge-lineno linenumber lnum react-syntax-highlighter-line-number
    """.split()
)
_NOT_CODE_CLASSES = frozenset(
    """
    button toolbar copy-btn copy-button btn-copy crayon-toolbar code-toolbar-item hljs-copy
    """.split()
)
_LINES = frozenset({"div", "li", "p", "tr", "table", "ol", "ul", "pre"})
_SKIPPED = frozenset({"button", "script", "style", "svg", "template", "textarea", "select"})
_STRUCTURE = re.compile(rf"<(?:br|{'|'.join(sorted(_LINES | _SKIPPED))})\b")
_CLASSES = re.compile(r"class=\"([^\"]*)\"")
_NUMBERS = re.compile(r"[\s\d.:|+…-]*")
_NUMBERED = re.compile(r"\s*(\d{1,4})(?:[.:|]?\s|$)")


def is_gutter(element: LexborNode, classes: frozenset[str]) -> bool:
    """Say whether an element holds only the line numbers beside code.

    Its text decides too: the class ``line-numbers`` is on the code itself in Prism, and on the
    numbers in Octopress.
    """
    return not classes.isdisjoint(GUTTERS) and _NUMBERS.fullmatch(element.text()) is not None


def lines(element: LexborNode) -> str:
    """Return the code in `element`, a line feed between lines, no empty line at either end."""
    if not _is_structured(element.inner_html or ""):
        return tidy(element.text())
    out: list[str] = []
    node = element.first_child
    depth = 1
    while node is not None:
        descend = _enter(node, out)
        child = node.first_child if descend else None
        if child is not None:
            node = child
            depth += 1
            continue
        while node is not None:
            if node.tag in _LINES:
                _end_line(out)
            following = node.next
            if following is not None:
                node = following
                break
            depth -= 1
            if not depth:
                node = None
                break
            node = node.parent
    return tidy("".join(out))


def _is_structured(html: str) -> bool:
    """Say whether code has a structure: lines in elements, line numbers, buttons."""
    if _STRUCTURE.search(html):
        return True
    names = " ".join(set(_CLASSES.findall(html))).split()
    return not (GUTTERS.isdisjoint(names) and _NOT_CODE_CLASSES.isdisjoint(names))


def _enter(node: LexborNode, out: list[str]) -> bool:
    tag = node.tag
    if tag == "-text":
        out.append(node.text_content or "")
        return False
    if tag == "br":
        out.append("\n")
        return False
    if tag is None or tag in _SKIPPED or tag.startswith("-"):
        return False
    named = node.attributes.get("class")
    if named:
        classes = frozenset(named.split())
        if is_gutter(node, classes) or not classes.isdisjoint(_NOT_CODE_CLASSES):
            return False
    if tag in _LINES:
        _end_line(out)
    return True


def _end_line(out: list[str]) -> None:
    for part in reversed(out):
        if part:
            if not part.endswith("\n"):
                out.append("\n")
            return


def tidy(code: str) -> str:
    """Normalize line ends and indents; drop line numbers if every line has one, from 1 on."""
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    rows = [row.rstrip() for row in scrub(code).expandtabs(4).split("\n")]
    return "\n".join(_unnumbered("\n".join(rows).strip("\n").split("\n")))


def _unnumbered(rows: list[str]) -> list[str]:
    if len(rows) < 2:
        return rows
    cut = []
    for number, row in enumerate(rows, 1):
        found = _NUMBERED.match(row)
        if not found or int(found[1]) != number:
            return rows
        cut.append(row[found.end() :])
    return cut
