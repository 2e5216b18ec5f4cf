"""Write a TeX formula as readable Unicode; ``None`` if one line cannot show it.

The module works as TeX does, on a small scale: tokens, then a list of atoms of the classes of TeX
(TeXbook, chapter 17), then spaces by class.  A formula with unknown commands, unbalanced, with more
than one row or too long is not readable, because a wrong formula is worse than none.
"""

# ruff: noqa: S105  # TeX's tokens are no passwords

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from digest.normalize.formulas import tex_symbols

LONGEST_SOURCE = 400
LONGEST = 80
_DEEPEST = 12

Kind = Literal[
    "ordinary",
    "function",
    "big",
    "binary",
    "relation",
    "open",
    "close",
    "comma",
    "fraction",
    "space",
]

_TOKEN = re.compile(r"\\(?:[a-zA-Z]+\*?|.)|\s+|.", re.DOTALL)
_ESCAPED = re.compile(r"\\([_*])")  # escaped for Markdown, not for TeX
_CONTROL_WORD = re.compile(r"\\[a-zA-Z]")  # it swallows the space after it
_ENVIRONMENT = re.compile(
    r"\\begin\{(equation|align|gather|displaymath|math|aligned|gathered|split|multline)(\*?)\}"
    r"(.*)\\end\{\1\2\}",
    re.DOTALL,
)
_LABEL = re.compile(r"\\(?:label|tag\*?)\{[^{}]*\}|\\(?:nonumber|notag)(?![a-zA-Z])")
_SPACE = frozenset(
    [
        "\\,",
        "\\;",
        "\\:",
        "\\>",
        "\\ ",
        "\\quad",
        "\\qquad",
        "\\enspace",
        "\\thinspace",
        "\\space",
        "~",
    ]
)
_NOTHING = frozenset(
    ["\\!", "\\limits", "\\nolimits", "\\displaystyle", "\\textstyle", "\\scriptstyle", "\\rm",
     "\\bf", "\\it", "\\left", "\\right", "\\middle", "\\big", "\\Big", "\\bigg", "\\Bigg",
     "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\biggl", "\\biggr", "\\bigm", "\\negthinspace"]
)  # fmt: skip
_UPRIGHT = frozenset(
    ["\\text", "\\textrm", "\\textbf", "\\textit", "\\texttt", "\\textsf", "\\mbox", "\\textnormal"]
)
_WORD = frozenset(["\\operatorname", "\\operatorname*", "\\mathop"])
_FONT = frozenset(
    [
        "\\mathrm",
        "\\mathbf",
        "\\mathsf",
        "\\mathit",
        "\\mathtt",
        "\\mathnormal",
        "\\bm",
        "\\boldsymbol",
        "\\pmb",
        "\\symbf",
        "\\boxed",
        "\\ensuremath",
        "\\mathstrut",
        "\\mathbin",
        "\\mathrel",
    ]
)
_FRACTION = frozenset(["\\frac", "\\dfrac", "\\tfrac", "\\cfrac"])
_FORBIDDEN = frozenset("&#$%\\")
_RELATIONS = frozenset("=<>≤≥≠≈≡∼≃≅∝∈∉∋⊂⊆⊃⊇→←↔⇒⇐⇔↦≪≫")
_BINARIES = frozenset("+*±×÷·∪∩∧∨⊕⊗∖")


class _UnreadableError(Exception):
    """The formula does not fit in a line of text."""


@dataclass(frozen=True, slots=True)
class _Atom:
    kind: Kind
    text: str
    spaced: bool = False
    """Whether white space stands before it in the source."""
    trailing: bool = False
    """Whether it ends with a script on the line, which must not run into the next atom."""


_TABLES: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("ordinary", tex_symbols.ORDINARY),
    ("binary", tex_symbols.BINARY),
    ("relation", tex_symbols.RELATION),
    ("big", tex_symbols.BIG),
    ("open", tex_symbols.OPEN),
    ("close", tex_symbols.CLOSE),
    ("function", tex_symbols.FUNCTION),
)
_CLASSES = {
    f"\\{name}": _Atom(kind, text) for kind, table in _TABLES for name, text in table.items()
} | {
    "\\colon": _Atom("comma", ":"),
    "\\{": _Atom("open", "{"),
    "\\}": _Atom("close", "}"),
    "\\|": _Atom("ordinary", "‖"),
    "\\%": _Atom("ordinary", "%"),
    "\\&": _Atom("ordinary", "&"),
    "\\#": _Atom("ordinary", "#"),
    "\\$": _Atom("ordinary", "$"),
}


@lru_cache(maxsize=4096)
def readable(tex: str) -> str | None:
    """Return the formula as plain text of at most `LONGEST` code points, or ``None``.

    >>> readable(r"x_i \\in \\mathbb{R}^n")
    'xᵢ ∈ ℝⁿ'
    >>> readable(r"\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}") is None
    True
    """
    if len(tex) > LONGEST_SOURCE:
        return None
    tex = tex.strip()
    if match := _ENVIRONMENT.fullmatch(tex):
        tex = match[3] if "\\\\" in match[3] else match[3].replace("&", "")
    try:
        atoms = _Parser(_LABEL.sub("", tex)).formula()
    except _UnreadableError:
        return None
    text = " ".join(_written(atoms).split())
    return text if 0 < len(text) <= LONGEST else None


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, tex: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(_ESCAPED.sub(r"\1", tex))
        self.position = 0
        self.depth = 0

    def formula(self) -> list[_Atom]:
        if self.tokens.count("\\left") != self.tokens.count("\\right"):
            raise _UnreadableError
        atoms = self.atoms("")
        if self.position < len(self.tokens):
            raise _UnreadableError
        return atoms

    def atoms(self, closer: str) -> list[_Atom]:
        """Read atoms up to `closer`, which stays unread; "" means the end of the formula."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError
        found: list[_Atom] = []
        spaced = False
        while (token := self.peek()) not in ("", closer):
            if token.isspace():
                spaced = not _CONTROL_WORD.match(self.tokens[self.position - 1])
                self.position += 1
                continue
            if (atom := self.atom()) is not None:
                found.append(replace(atom, spaced=spaced))
                spaced = False
        self.depth -= 1
        return found

    def atom(self) -> _Atom | None:
        """Read a nucleus with its scripts; ``None`` for a token that prints nothing."""
        token = self.peek()
        if token in ("^", "_", "'"):
            return self.scripted(_Atom("ordinary", ""))
        self.position += 1
        nucleus = self.nucleus(token)
        return nucleus if nucleus is None else self.scripted(nucleus)

    def nucleus(self, token: str) -> _Atom | None:
        if token == "{":
            return self.collapsed(self.closed_group())
        if token.startswith("\\"):
            return self.command(token)
        if token == "~":
            return _Atom("space", " ")
        if token == "}" or token in _FORBIDDEN:
            raise _UnreadableError
        if token == ":" and self.peek() == "=":
            self.position += 1
            return _Atom("relation", ":=")
        return _Atom(*_character(token))

    def command(self, name: str) -> _Atom | None:
        if name in _SPACE:
            return _Atom("space", " ")
        if name in _NOTHING:
            self.skip_empty_delimiter(name)
            return None
        if atom := _CLASSES.get(name):
            return atom
        if name in _UPRIGHT:
            return _Atom("ordinary", self.raw())
        if name in _WORD:
            return _Atom("function", "".join(atom.text for atom in self.argument()))
        if name in _FONT:
            return self.collapsed(self.argument())
        if name in _FRACTION:
            return _fraction(self.argument(), self.argument())
        if name == "\\sqrt":
            return self.root()
        if name == "\\not":
            return _Atom("relation", unicodedata.normalize("NFC", self.text() + "\u0338"))
        if name == "\\pmod":
            return _Atom("ordinary", f" (mod {self.text()})")
        if letters := tex_symbols.FANCY.get(name[1:]):
            return _Atom("ordinary", _mapped(self.text(), letters.get))
        if accent := tex_symbols.ACCENT.get(name[1:]):
            return _Atom("ordinary", _accented(self.text(), accent))
        raise _UnreadableError

    def root(self) -> _Atom:
        sign = "√"
        if self.peek() == "[":
            self.position += 1
            index = _written(self.atoms("]"))
            self.expect("]")
            if index not in ("2", "3", "4"):
                raise _UnreadableError
            sign = {"2": "√", "3": "∛", "4": "∜"}[index]
        radicand = self.argument()
        text = _written(radicand)
        return _Atom("ordinary", sign + (text if _is_single(radicand) else f"({text})"))

    def scripted(self, nucleus: _Atom) -> _Atom:
        """Read the primes, subscript and superscript that follow `nucleus`."""
        primes, below, above = 0, "", ""
        while True:
            mark = self.position
            self.skip_space()
            while self.peek() in ("\\limits", "\\nolimits"):
                self.position += 1
            token = self.peek()
            if token not in ("'", "^", "_"):
                self.position = mark
                break
            self.position += 1
            if token == "'":
                primes += 1
            elif token == "_" and not below:
                below = _script(self.argument(), "_", tex_symbols.SUBSCRIPT)
            elif token == "^" and not above:
                above = _script(self.argument(), "^", tex_symbols.SUPERSCRIPT)
            else:
                raise _UnreadableError
        if primes > 3:
            raise _UnreadableError
        text = nucleus.text + tex_symbols.PRIMES.get(primes, "") + below + above
        trailing = (above or below).startswith(("^", "_")) and text[-1] != ")"
        return replace(nucleus, text=text, trailing=trailing)

    def argument(self) -> list[_Atom]:
        """Read a group, or the one token in place of a group."""
        self.skip_space()
        token = self.peek()
        if token in ("", "}", "^", "_", "'"):
            raise _UnreadableError
        self.position += 1
        if token == "{":
            return self.closed_group()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError
        atom = self.nucleus(token)
        self.depth -= 1
        return [] if atom is None else [atom]

    def closed_group(self) -> list[_Atom]:
        atoms = self.atoms("}")
        self.expect("}")
        return atoms

    def text(self) -> str:
        return _written(self.argument())

    def raw(self) -> str:
        """Return the words of a group as written."""
        self.skip_space()
        self.expect("{")
        words = ""
        while (token := self.peek()) != "}":
            if token in ("", "{", "$") or (token[0] == "\\" and token[1:] not in "%&#$ -"):
                raise _UnreadableError
            words += token[1:] if token[0] == "\\" else token
            self.position += 1
        self.position += 1
        return words

    def collapsed(self, atoms: list[_Atom]) -> _Atom:
        """Return a group as one atom; the only atom of a group keeps its class."""
        return atoms[0] if len(atoms) == 1 else _Atom("ordinary", _written(atoms))

    def skip_empty_delimiter(self, name: str) -> None:
        if name in ("\\left", "\\right") and self.peek() == ".":
            self.position += 1

    def skip_space(self) -> None:
        while self.peek().isspace():
            self.position += 1

    def expect(self, token: str) -> None:
        if self.peek() != token:
            raise _UnreadableError
        self.position += 1

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""


def _character(char: str) -> tuple[Kind, str]:
    if char == "-":
        return "binary", "−"
    if char in _BINARIES:
        return "binary", char
    if char in _RELATIONS:
        return "relation", char
    if char in "([":
        return "open", char
    if char in ")]!":
        return "close", char
    if char in ",;:，；：":
        return "comma", char
    return "ordinary", char


def _mapped(text: str, form: Callable[[str], str | None]) -> str:
    forms = [form(char) for char in text]
    if not forms or None in forms:
        raise _UnreadableError
    return "".join(char for char in forms if char)


def _accented(text: str, accent: str) -> str:
    """Put an accent on a single letter, which may have scripts; raise `_UnreadableError` else."""
    if (
        text
        and text[0].isalpha()
        and not any(char.isalpha() and char.isascii() for char in text[1:])
    ):
        return unicodedata.normalize("NFC", text[0] + accent) + text[1:]
    raise _UnreadableError


def _script(atoms: list[_Atom], sign: str, small: dict[int, int]) -> str:
    """Return a script in small forms of Unicode, else after `sign`, in parentheses if needed."""
    text = _written(atoms, tight=True)
    if not text:
        return ""
    word = len(text) > 2 and text.isalpha() and not set("aeou").isdisjoint(text.lower())
    if not word and all(ord(char) in small for char in text):
        return text.translate(small)
    if len(text) == 1 or (text.isalnum() and text.isascii()):
        return sign + text
    if "\n" in text or sign in text:
        raise _UnreadableError
    return f"{sign}({text})"


def _fraction(above: list[_Atom], below: list[_Atom]) -> _Atom:
    if any(atom.kind == "fraction" for atom in above + below):
        raise _UnreadableError
    numerator, denominator = _written(above), _written(below)
    if not numerator or not denominator:
        raise _UnreadableError
    if vulgar := tex_symbols.VULGAR.get(f"{numerator}/{denominator}"):
        return _Atom("ordinary", vulgar)
    if any(atom.kind in ("binary", "relation", "comma", "space", "big") for atom in above):
        numerator = f"({numerator})"
    if not _is_single(below):
        denominator = f"({denominator})"
    return _Atom("fraction", f"{numerator}/{denominator}")


def _is_single(atoms: list[_Atom]) -> bool:
    """Say whether the atoms read as one unit: a number, a letter, n!, dx, f(x)."""
    if len(atoms) > 1 and atoms[-1].text == "!":
        atoms = atoms[:-1]
    if all(atom.kind == "ordinary" and atom.text.isdigit() for atom in atoms):
        return True
    if len(atoms) == 1:
        return atoms[0].kind in ("ordinary", "function") and " " not in atoms[0].text
    if len(atoms) == 2 and atoms[0].text in ("d", "∂"):
        return atoms[1].kind == "ordinary"
    inner = atoms[2:-1]
    return (
        atoms[0].kind in ("ordinary", "function")
        and atoms[1].kind == "open"
        and atoms[-1].kind == "close"
        and not any(atom.kind in ("open", "close") for atom in inner)
    )


_AS_WRITTEN = frozenset("+−*·")
_STANDS_ALONE = frozenset(["ordinary", "close", "function", "fraction"])


def _written(atoms: list[_Atom], *, tight: bool = False) -> str:
    """Return a list of atoms as text, relations between spaces; `tight` (a script): no spaces."""
    text = ""
    for index, atom in enumerate(atoms):
        before = atoms[index - 1] if index else None
        after = atoms[index + 1] if index + 1 < len(atoms) else None
        piece = atom.text
        if atom.kind == "fraction" and _touches(before, after):
            piece = f"({piece})"
        if before is not None and (
            (before.trailing and piece[:1].isalnum())
            or (not tight and _parted(before, atom, _sign(atoms, index)))
        ):
            text += " "
        text += piece
    return text


def _touches(before: _Atom | None, after: _Atom | None) -> bool:
    """Say whether a neighbor could be read as part of a fraction's numerator or denominator."""
    return (before is not None and before.kind in _STANDS_ALONE) or (
        after is not None
        and after.kind in (*_STANDS_ALONE, "open", "big")
        and after.kind != "close"
    )


def _sign(atoms: list[_Atom], index: int) -> Literal["spaced", "tight", ""]:
    """Return how the binary operator at or before `index` is spaced, "" if there is none.

    Plus and minus keep the spacing of the author; the sign of a number has no space after it.
    """
    at = index if atoms[index].kind == "binary" else index - 1
    operator = atoms[at]
    if operator.kind != "binary":
        return ""
    if at == 0 or atoms[at - 1].kind not in _STANDS_ALONE:
        return "tight" if at < index else ""
    if operator.text in _AS_WRITTEN:
        spaced = operator.spaced or (at + 1 < len(atoms) and atoms[at + 1].spaced)
        return "spaced" if spaced else "tight"
    return "spaced"


def _parted(before: _Atom, atom: _Atom, sign: str) -> bool:
    """Say whether a space stands between two atoms."""
    kinds = (before.kind, atom.kind)
    if "space" in kinds or before.kind == "open" or atom.kind in ("close", "comma"):
        return False
    if "relation" in kinds:
        return kinds != ("relation", "relation")
    if sign:
        return sign == "spaced"
    if before.kind == "comma":
        return atom.spaced
    if atom.kind in ("function", "big"):
        return True
    return before.kind == "big" or (before.kind == "function" and atom.kind != "open")
