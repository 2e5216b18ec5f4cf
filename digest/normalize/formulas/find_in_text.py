r"""Enclose in marks the formulas that a text writes as `$x$`, `$$x$$`, `\(x\)` or `\[x\]`.

A dollar is more often money, a shell variable or jQuery than mathematics, so the text between two
delimiters is a formula only if it looks like one.  Code between backticks is not changed.
"""

from __future__ import annotations

import re

from digest.text import scripts
from digest.text.marks import DISPLAY, END, MATH

LONGEST_INLINE = 600
LONGEST_DISPLAY = 5000

_NAMES = (
    "equation|align|gather|multline|eqnarray|displaymath|math|alignat|flalign|split|aligned|cases"
    "|[pbvBV]?matrix|array"
)
_DELIMITER = re.compile(
    rf"\\begin\{{((?:{_NAMES})\*?)\}}|\\[(\[]|\\.|\$+|`+|[\ue000-\ue002][^\ue000-\ue00f]*",
    re.DOTALL,
)
_OPENER = re.compile(r"\\[(\[]|\\begin\{")

# Private use: our marks, and the opaque characters of pieces of text that are put back later.
_OPAQUE = re.compile("[\ue000-\ue00f\U000f0000-\U0010ffff]")
_CJK = re.compile(f"[{scripts.CHINESE_JAPANESE}{scripts.HANGUL}]")

_TEX = re.compile(r"\\(?:[a-zA-Z]|[,;!|{}_])|[\w)}\]|][_^](?:\{|\\|[\w*+-])|\A[_^]\{")
_TEXT_COMMAND = re.compile(r"\\(?:text\w*|mbox|math\w+|operatorname\*?|label|tag)\s*\{[^{}]*\}")
_FUNCTION = re.compile(
    r"\\[a-zA-Z]+|\b(?:log|ln|exp|sin|cos|tan|max|min|sup|inf|lim|det|dim|mod|arg|gcd|sgn|in)\b"
)
_PROSE = re.compile(r"\b[a-zA-Z]{2,}[,;:]?\s+\w|\w,?\s+[a-zA-Z]{2,}\b")
_FOREIGN = re.compile(  # quotes, attributes, regular expressions, other templates' variables
    r"[\"`@#]|\[\^|\]\*|&&|://|\A\{\w+\}\Z|\A\.[a-zA-Z]|\A\|[^|]*\Z|[/:&(]\Z|(?<!\w)'\w+'"
)
_SIMPLE = re.compile(r"[\w\s+\-−*/=<>≤≥≠≈×·±∈→()\[\]{}|,.:;!'’…%]*[^\W_][^\\$^&]*")
_BARE_WORD = re.compile(r"[a-zA-Z]{3,}")
_RELATION = re.compile(r"[a-zA-Z0-9)]\s*[=<>+≤≥≈-]\s*[(\w]")
_CALL = re.compile(r"[a-zA-Z]'?\s?\([^()]{1,40}\)")
_ORDINAL = re.compile(r"(?:th|st|nd|rd|s|D|d)\b")


def mark_math(text: str) -> str:
    """Enclose the formulas of `text` in the marks of `digest.text.marks`, their delimiters dropped.

    >>> mark_math("a price of $5, a set $x_i$ of $10")
    'a price of $5, a set \\ue000x_i\\ue00f of $10'
    """
    if "$" not in text and ("\\" not in text or not _OPENER.search(text)):
        return text
    closers = _Closers(text)
    parts: list[str] = []
    done = position = 0
    while match := _DELIMITER.search(text, position):
        position = match.end()
        found = _span(match, closers)
        if found is None:
            continue
        mark, tex, position = found
        if mark:
            parts += (text[done : match.start()], mark, tex.strip(), END)
            done = position
    parts.append(text[done:])
    return "".join(parts)


class _Closers:
    """The next place of each closing delimiter; each is searched through the text only once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, int] = {}

    def next(self, closer: str, start: int) -> int:
        """Return the first place of `closer` from `start` on; the length of the text for none."""
        place = self.known.get(closer, -1)
        if place < start:
            place = self.text.find(closer, start)
            place = self.known[closer] = len(self.text) if place < 0 else place
        return place


def _span(match: re.Match[str], closers: _Closers) -> tuple[str, str, int] | None:
    """Return mark, TeX and end of the opened span; "" as mark of code; ``None`` for no span."""
    opener = match[0]
    if opener[0] == "`":
        return _code(match, closers)
    if match[1]:
        return _environment(match, closers)
    if opener == "$":
        return _dollars(match, closers)
    if opener in ("$$", "\\(", "\\["):
        return _bracketed(match, closers)
    return None


def _code(match: re.Match[str], closers: _Closers) -> tuple[str, str, int] | None:
    """Return the end of code between backticks: of a fence, or of a span that ends on its line."""
    start, opener = match.end(), match[0]
    end = closers.next(opener, start)
    if end == len(match.string) or (len(opener) < 3 and closers.next("\n", start) < end):
        return None
    return "", "", end + len(opener)


def _environment(match: re.Match[str], closers: _Closers) -> tuple[str, str, int] | None:
    closer = f"\\end{{{match[1]}}}"
    end = closers.next(closer, match.end())
    if end - match.end() > LONGEST_DISPLAY or end == len(match.string):
        return None
    end += len(closer)
    tex = match.string[match.start() : end]
    return None if _OPAQUE.search(tex) else (DISPLAY, tex, end)


def _bracketed(match: re.Match[str], closers: _Closers) -> tuple[str, str, int] | None:
    text, start, opener = match.string, match.end(), match[0]
    closer = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}[opener]
    longest = LONGEST_INLINE if opener == "\\(" else LONGEST_DISPLAY
    end = closers.next(closer, start)
    if end == len(text) or end - start > longest or text.find(opener, start, end) >= 0:
        return None
    tex = text[start:end].strip()
    if not _is_formula(tex) or (opener != "$$" and _is_escaped(tex, opener)):
        return None
    return MATH if opener == "\\(" else DISPLAY, tex, end + 2


def _dollars(match: re.Match[str], closers: _Closers) -> tuple[str, str, int] | None:
    """Read `$x$` by the rule of pandoc, and check the result further."""
    text, start = match.string, match.end()
    end = closers.next("$", start)
    if end - start > LONGEST_INLINE or end == len(text) or closers.next("\n", start) < end:
        return None
    tex = text[start:end]
    before, after = text[start - 2 : start - 1], text[end + 1 : end + 2]
    if before.isascii() and before.isalnum() and tex[0] not in "^_":
        return None
    if (
        after.isdigit()
        or after == "{"
        or tex[0] + after == "(("
        or tex[-1] == "\\"
        or tex.isspace()
    ):
        return None
    apart = tex[0].isspace() or tex[-1].isspace()
    runs_on = after.isascii() and after.isalpha() and not _ORDINAL.match(text, end + 1)
    if (apart or runs_on) and (not _TEX.search(tex) or _PROSE.search(tex)):
        return None
    return (MATH, tex, end + 1) if _is_formula(tex) else None


def _is_formula(tex: str) -> bool:
    """Say whether the text between two delimiters is mathematics, not there by chance."""
    tex = tex.strip()
    if len(tex) <= 1:
        return tex.isalnum()
    if _OPAQUE.search(tex) or _FOREIGN.search(tex) or not _is_balanced(tex):
        return False
    prose = len(_PROSE.findall(_FUNCTION.sub("", _TEXT_COMMAND.sub("", tex))))
    if _TEX.search(tex):
        return prose < 4
    if _CJK.search(tex):
        return "=" in tex
    if _BARE_WORD.fullmatch(tex):
        return not tex.isupper() and len(tex) < 16
    return not prose and _SIMPLE.fullmatch(tex) is not None


def _is_escaped(tex: str, opener: str) -> bool:
    """Say whether brackets after backslashes were only escaped: a word, a number, a group."""
    if _TEX.search(tex) or _RELATION.search(tex) or _CALL.fullmatch(tex):
        return False
    return opener == "\\[" or (len(tex) > 1 and "," not in tex)


def _is_balanced(tex: str) -> bool:
    depth = braces = 0
    for bracket in re.findall(r"\\.|[()\[\]{}]", tex):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(bracket, 0)
        braces += {"{": 1, "}": -1}.get(bracket, 0)
        if braces < 0:
            return False
    return not braces and (not depth or bool(_TEX.search(tex)))
