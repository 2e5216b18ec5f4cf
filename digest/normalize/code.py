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


def is_number_column(element: LexborNode, text: str) -> bool:
    """Say whether code is a column of line numbers, whatever its class: 1, 2, 3 beside code.

    `text` is the text of the element, which must be in a cell of a table before another cell.
    """
    rows = text.split("\n")
    if len(rows) < 2 or not rows[0].strip().isdigit():
        return False
    first = int(rows[0])
    if any(row.strip() != str(number) for number, row in enumerate(rows, first)):
        return False
    cell = element.parent
    while cell is not None and cell.tag in {"div", "code", "pre"}:
        cell = cell.parent
    if cell is None or cell.tag not in {"td", "th"}:
        return False
    beside = cell.next
    while beside is not None and beside.tag not in {"td", "th"}:
        beside = beside.next
    return beside is not None and beside.css_first("pre, code") is not None


def without_line_numbers(text: str) -> str:
    """Drop the line numbers that stand in a row before the code of a text that lost its markup.

    A row of numbers alone is no sign: code must follow it, or a long row ends the text.

    >>> without_line_numbers("Try it: 1 2 3 4 func main() { run() }")
    'Try it: func main() { run() }'
    >>> without_line_numbers("We counted 1 2 3 4 and jumped.")
    'We counted 1 2 3 4 and jumped.'
    """
    kept = []
    end = 0
    for found in _NUMBER_ROW.finditer(text):
        numbers = found[0].split(" ")
        count = 0
        while count < len(numbers) and numbers[count] == str(count + 1):
            count += 1
        after = found.start() + len(" ".join(numbers[:count]))
        is_last = after == len(text)
        if count >= (LEAST_LAST_NUMBERS if is_last else LEAST_NUMBERS) and (
            is_last or _CODE_AHEAD.match(text, after, after + 100)
        ):
            kept.append(text[end : found.start()])
            end = after + 1
    return "".join([*kept, text[end:]]).strip() if kept else text


LEAST_NUMBERS, LEAST_LAST_NUMBERS = 4, 8
"""How many numbers of lines a row needs before code, and at the end of a text."""
_NUMBER_ROW = re.compile(r"(?<![^\s])1 2 3 4(?: \d{1,4})*(?![^\s])")
_CODE_AHEAD = re.compile(
    r"[^\n.!?。！？]{0,60}?(?:[{}]|;[^\n]{0,40};|\w\(|[=!<>]=|\s(?:=|=>|->|&&|\|\|)\s|//|/\*|\$\w|</?\w)"
    r"|\s(?:#\w|import\b|package\b|def\b|class\b|func\b|public\b|struct\b|sudo\b|npm\b|pip\b|git\b|SELECT\b)"
)
"""Signs of code within the first words after the numbers."""


def lines(element: LexborNode) -> str:
    """Return the code in `element`, a line feed between lines, no empty line at either end."""
    html = element.inner_html or ""
    names = " ".join(set(_CLASSES.findall(html))).split()
    has_other = not (GUTTERS.isdisjoint(names) and _NOT_CODE_CLASSES.isdisjoint(names))
    if not has_other and not _STRUCTURE.search(html):
        return tidy(element.text())
    out: list[str] = []
    node = element.first_child
    depth = 1
    while node is not None:
        descend = _enter(node, out, has_other)
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


def _enter(node: LexborNode, out: list[str], has_other: bool) -> bool:
    """Read a node of code; return whether to walk into it.

    `has_other` says whether the code may hold elements that a class shows to be no code.
    """
    tag = node.tag
    if tag == "-text":
        out.append(node.text_content or "")
        return False
    if tag == "br":
        out.append("\n")
        return False
    if tag is None or tag in _SKIPPED or tag.startswith("-"):
        return False
    if has_other and (named := node.attributes.get("class")):
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
    return cut if any(cut) else rows
