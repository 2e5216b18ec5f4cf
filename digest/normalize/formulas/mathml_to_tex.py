"""Translate MathML (a DOM node) to TeX, as far as an excerpt needs it.

Hostile input may nest very deeply, so the walk keeps the open elements in a list of its own.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from digest.text.characters import scrub

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_NODES = 4_000

_ACCENTS = {
    "^": "\\hat", "ˆ": "\\hat", "\u0302": "\\hat",
    "~": "\\tilde", "˜": "\\tilde", "∼": "\\tilde",
    "¯": "\\bar", "‾": "\\bar", "―": "\\bar", "_": "\\bar", "ˉ": "\\bar", "\u0305": "\\bar",
    "→": "\\vec", "⃗": "\\vec", "˙": "\\dot", ".": "\\dot", "¨": "\\ddot",
    "⏞": "\\overbrace", "⏟": "\\underbrace",
}  # fmt: skip
_FUNCTIONS = frozenset(
    """
    arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf
    limsup ln log max min sec sin sinh sup tan tanh
    """.split()
)
_VARIANTS = {
    "double-struck": "\\mathbb",
    "script": "\\mathcal",
    "fraktur": "\\mathfrak",
    "bold": "\\mathbf",
}
_ESCAPED = str.maketrans({"{": "\\{", "}": "\\}", "%": "\\%", "#": "\\#", "&": "\\&", "$": "\\$"})


def tex(math: LexborNode) -> str:
    """Return a ``<math>`` element, or a part of one, as TeX.

    At most `MAX_NODES` nodes are read, so a hostile tree gives a short formula in a short time.
    """
    left = MAX_NODES
    opened = [_OpenElement(math, "row")]
    while True:
        inner = opened[-1]
        child = inner.next_child() if left > 0 else None
        if child is not None:
            left -= 1
            kind = _TABLE_MODES.get(inner.kind) or _kind(child)
            if kind in _TOKENS:
                inner.parts.append(_token(child, kind))
            elif kind in _SILENT:
                inner.parts.append(_SILENT[kind])
            else:
                opened.append(_OpenElement(child, kind))
            continue
        opened.pop()
        written = _WRITERS.get(inner.kind, _row)(inner)
        if not opened:
            return " ".join(written.split())
        opened[-1].parts.append(written)


_TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_SILENT = {"annotation": "", "annotation-xml": "", "mphantom": "", "mspace": " "}
_TABLE_MODES = {"mtable": "table row", "table row": "row"}
"""The kind of a child of a table or a row, whatever the name of the element."""


def _kind(node: LexborNode) -> str:
    return (node.tag or "").rpartition(":")[2]


class _OpenElement:
    """An element whose children are being written."""

    def __init__(self, node: LexborNode, kind: str) -> None:
        self.node = node
        self.kind = kind
        self.parts: list[str] = []
        self._children = node.iter()

    def next_child(self) -> LexborNode | None:
        """Return the next child to write; of ``<semantics>`` only the first one is written."""
        if self.kind == "semantics" and self.parts:
            return None
        return next(self._children, None)


def _row(element: _OpenElement) -> str:
    out: list[str] = []
    for part in element.parts:
        # "\alpha" and "x" must not become "\alphax".
        if out and part[:1].isalpha() and _ends_in_command(out[-1]):
            out.append(" ")
        out.append(part)
    return "".join(out)


def _scheme(element: _OpenElement) -> str:
    kind, arguments = element.kind, element.parts
    needed = 3 if kind in {"msubsup", "munderover"} else 2
    if len(arguments) < needed:
        return "".join(arguments)
    if kind in {"mover", "munder"} and arguments[1].strip() in _ACCENTS:
        return f"{_ACCENTS[arguments[1].strip()]}{{{arguments[0]}}}"
    if kind not in {"mfrac", "mroot"}:
        arguments[0] = _base(arguments[0])
    return _SCHEMES[kind].format(*arguments)


def _fenced(element: _OpenElement) -> str:
    given = element.node.attributes
    separator = (given.get("separators") or ",")[:1]
    inside = separator.join(element.parts)
    return f"{given.get('open') or '('}{inside}{given.get('close') or ')'}"


def _table(element: _OpenElement) -> str:
    return "\\begin{matrix}" + " \\\\ ".join(element.parts) + "\\end{matrix}"


_SCHEMES = {
    "mfrac": "\\frac{{{0}}}{{{1}}}",
    "mroot": "\\sqrt[{1}]{{{0}}}",
    "msup": "{0}^{{{1}}}",
    "msub": "{0}_{{{1}}}",
    "msubsup": "{0}_{{{1}}}^{{{2}}}",
    "mover": "{0}^{{{1}}}",
    "munder": "{0}_{{{1}}}",
    "munderover": "{0}_{{{1}}}^{{{2}}}",
}
_WRITERS: dict[str, Callable[[_OpenElement], str]] = {
    "mfenced": _fenced,
    "mtable": _table,
    "table row": lambda element: " & ".join(element.parts),
    "msqrt": lambda element: f"\\sqrt{{{_row(element)}}}",
    **dict.fromkeys(_SCHEMES, _scheme),
}


def _token(node: LexborNode, kind: str) -> str:
    text = " ".join(scrub(node.text()).split())
    text = text.replace("\u2061", "").replace("\u2062", "").replace("\u2063", "")
    if kind in {"mtext", "ms"}:
        return f"\\text{{{text.translate(_ESCAPED)}}}" if text else " "
    if text in _FUNCTIONS:
        return f"\\{text} "
    escaped = text.replace("\\", "\\setminus ").translate(_ESCAPED)
    variant = node.attributes.get("mathvariant") or ""
    if variant in _VARIANTS:
        return f"{_VARIANTS[variant]}{{{escaped}}}"
    if kind == "mi" and len(text) > 1 and text.isalpha() and text.isascii():
        return f"\\mathrm{{{escaped}}}"
    return escaped


def _base(part: str) -> str:
    """Put braces around the base of a script, unless it is one sign, a command or in braces."""
    if len(part) <= 1 or part.startswith(("\\", "{")):
        return part
    return f"{{{part}}}"


def _ends_in_command(part: str) -> bool:
    _, slash, name = part.rpartition("\\")
    return bool(slash) and name.isalpha()
