"""MathML (a DOM node) in, TeX out: enough of TeX to be read or shown, by one recursion."""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

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
    """Write a ``<math>`` element, or a part of one, as TeX."""
    return " ".join(_Writer().row(math).split())


class _Writer:
    """Counts the nodes it has written: a hostile tree ends in a short formula, not in hours."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def row(self, node: LexborNode) -> str:
        out: list[str] = []
        for child in node.iter():
            part = self.node(child)
            # "\alpha" and "x" must not become "\alphax".
            if out and part[:1].isalpha() and _ends_in_command(out[-1]):
                out.append(" ")
            out.append(part)
        return "".join(out)

    def node(self, node: LexborNode) -> str:
        self.left -= 1
        if self.left < 0:
            return ""
        kind = (node.tag or "").rpartition(":")[2]
        if kind in {"mi", "mn", "mo", "mtext", "ms"}:
            return _token(node, kind)
        if kind in {"annotation", "annotation-xml", "mphantom"}:
            return ""
        if kind == "mspace":
            return " "
        if kind == "mfenced":
            return self._fenced(node)
        if kind == "mtable":
            return self._table(node)
        if kind == "semantics":
            first = next(node.iter(), None)
            return self.node(first) if first is not None else ""
        if kind == "msqrt":
            return f"\\sqrt{{{self.row(node)}}}"
        if kind in _SCHEMES:
            return self._scheme(node, kind)
        return self.row(node)

    def _scheme(self, node: LexborNode, kind: str) -> str:
        arguments = [self.node(child) for child in node.iter()]
        needed = 3 if kind in {"msubsup", "munderover"} else 2
        if len(arguments) < needed:
            return "".join(arguments)
        if kind in {"mover", "munder"} and arguments[1].strip() in _ACCENTS:
            return f"{_ACCENTS[arguments[1].strip()]}{{{arguments[0]}}}"
        if kind not in {"mfrac", "mroot"}:
            arguments[0] = _base(arguments[0])
        return _SCHEMES[kind].format(*arguments)

    def _fenced(self, node: LexborNode) -> str:
        given = node.attributes
        separator = (given.get("separators") or ",")[:1]
        inside = separator.join(self.node(child) for child in node.iter())
        return f"{given.get('open') or '('}{inside}{given.get('close') or ')'}"

    def _table(self, node: LexborNode) -> str:
        rows = [" & ".join(self.row(cell) for cell in row.iter()) for row in node.iter()]
        return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"


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
    """Brace what a script hangs on, unless it is one sign, a command or braced already."""
    if len(part) <= 1 or part.startswith(("\\", "{")):
        return part
    return f"{{{part}}}"


def _ends_in_command(part: str) -> bool:
    _, slash, name = part.rpartition("\\")
    return bool(slash) and name.isalpha()
