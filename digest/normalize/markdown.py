"""Remove Markdown that was left in a text; signs that only look like Markdown stay.

An excerpt that keeps an asterisk reads badly, but one that lost a multiplication reads wrong.  So
signs are removed only where nothing but Markdown writes them in that way.  Formulas and code are
not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from digest.text.marks import ANY, CODE, END, HEADING

_SIGNS = ("==", "*", "_", "`", "]", "~", "|", "#", ">", "\\", "---", "===")

_MARKED = re.compile("[\ue000-\ue002][^\ue000-\ue00f]*\ue00f")
_FIRST, _LAST = 0x100000, 0x10FFFD
_OPAQUE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
_KEPT = "\U000f0000-\U0010fffd"

_FENCE = re.compile(
    r"^[ ]{0,3}(`{3,}+|~{3,}+)[^`\n]*+\n(.*?)(?:^[ ]{0,3}\1[`~]*[ ]*$|\Z)", re.DOTALL | re.MULTILINE
)
# The pattern finds a sign first and then checks the text before it, which is ten times faster.
_FENCE_IN_LINE = re.compile(
    r"```(?<!````)(?!`)[ ]*"
    r"(?:(?:bash|c|cpp|cs|css|go|html|java|javascript|js|json|kotlin|lua|php|py|python"
    r"|ruby|rust|sh|shell|sql|swift|text|toml|ts|typescript|xml|yaml)\s)?([^`\n]+)```(?!`)"
)
_CODE = re.compile(r"(`(?<![`\\]`)`?)(?![`\s])([^`\n]{1,400}+)(?<!\s)\1(?!`)")

_URL = (
    r"(?:https?://|mailto:|ftp://|/|#|\.{1,2}/|[\w-]+\.\w)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*"
)
_TARGET = rf"\(\s?(?:<{_URL}>|{_URL})?(?:\s{{1,4}}(?:\"[^\"\n]{{0,300}}\"|'[^'\n]{{0,300}}'))?\s?\)"
_IMAGE = re.compile(
    rf"!\[[^\[\]\n]{{0,300}}+\](?:{_TARGET}|\[[^\[\]\n]{{0,80}}\])(?:\{{[^{{}}\n]{{0,80}}\}})?"
)
_LINK = re.compile(rf"\[(?<!\\\[)([^\[\]\n]{{0,500}}+)\]{_TARGET}")
_REFERENCE = re.compile(r"\[(?<!\\\[)([^\[\]\n]{1,300}+)\][ ]?\[([^\[\]\n]{0,80})\]")
_EMPTY_LINES = re.compile(r"\n\s*\n")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_FOOTNOTE = re.compile(r"\[(?<=\S\[)\^\d{1,3}\]")
_ESCAPE = re.compile(r"\\(?<![:\\/]\\)([*_#`~\[\]]|\$(?=\d))")

_DEFINITION = re.compile(
    r"\[([^\[\]^][^\[\]]{0,79})\]:\s+<?(?:https?://|/|#|\.{1,2}/|mailto:)\S*(?:\s.*)?"
)
_FOOTNOTE_DEFINITION = re.compile(r"\[\^[^\[\]\s]{1,40}\]:\s*")
_HEADING = re.compile(r"#\s+(?=\D)|#{2,6}\s+|#{2,6}(?=[^\W\d])")
_QUOTE = re.compile(rf"(?!>>>)(?:> ?){{0,3}}> (?=[^\W\d]|[\"“«*_\[({_KEPT}])")
_TASK = re.compile(r"([-*+•]\s+)\[[ xX]\]\s+")
_BEGINS = re.compile(rf"^(?:{HEADING}?#|[>=*_+\[|:!-]|•\s+\[|\s\S)", re.MULTILINE)
_COLUMNS = re.compile(r"\|?(?:\s*:?-+:?\s*\|)*(?:\s*:?-+:?\s*)?")

# No letter or digit outside, no space inside: 2*3*4, a * b, *args and snake_case stay.
_CLOSING = r"(?![A-Za-z0-9*])"
_INSIDE = rf"(?=[\w\"'“‘«(\[「『《¿¡{_KEPT}])"
_STAR = re.compile(
    rf"\*(?<![A-Za-z0-9/\\*)\]]\*){_INSIDE}([^*\n]{{1,400}}+)(?<=[\w.!?…。！？%\"'”’»)\]」』》{_KEPT}])\*"
    r"(?![A-Za-z0-9*(])"
)
_STARS = re.compile(
    rf"(\*(?<![A-Za-z0-9/\\*]\*)\*{{1,2}})(?=[^\s*])([^*\n]{{1,400}}+)(?<=\S)\1{_CLOSING}"
)
_LOW = re.compile(r"_(?<![\w/\\]_)(?=[^\W_]|[\"“(])([^_\n]{1,400}+)(?<=[^\s_])_(?!\w)")
_LOWS = re.compile(r"__(?<![\w/\\]__)(?=[^\s_])([^_\n]{1,400}+)(?<=[^\s_])__(?!\w)")
_MARKED_WORDS = re.compile(r"==(?<![=!<>]==)(?=[^\s=])([^=\n]{1,200}+)(?<=\S)==(?!=)")
_STRUCK = re.compile(r"~~(?=[^\s~])([^~\n]{1,400}+)(?<=\S)~~")


def strip_markdown(text: str) -> str:
    """Return `text` without the signs of Markdown, fenced code between marks.

    >>> strip_markdown("see **the [docs](https://example.org/d)**, not 2 * 3 * 4")
    'see the docs, not 2 * 3 * 4'
    """
    if not any(map(text.__contains__, _SIGNS)):
        return text
    kept = _OpaquePieces()
    text = _MARKED.sub(lambda found: kept.put(found[0]), _OPAQUE.sub("", text))
    if "`" in text or "~~~" in text:
        text = _FENCE.sub(lambda found: kept.code(found[2]), text)
        text = _FENCE_IN_LINE.sub(lambda found: kept.code(found[1]), text)
        text = _CODE.sub(lambda found: kept.put(found[2]), text)
    labels: frozenset[str] = frozenset()
    if _BEGINS.search(text):
        text, labels = _lines(text)
    if "[" in text:
        text = _EMPTY_LINES.sub("\n", _IMAGE.sub("", text)).strip("\n")
        text = _LINK.sub(r"\1", text)
        text = _FOOTNOTE.sub("", text)
        text = _REFERENCE.sub(_resolve(labels), text)
    text = _AUTOLINK.sub(r"\1", text) if "<" in text else text
    text = _emphasis(text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return kept.restore(text)


class _OpaquePieces:
    """Pieces of text, each replaced by one opaque character."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def put(self, piece: str) -> str:
        if len(self.pieces) > _LAST - _FIRST:
            return piece
        self.pieces.append(piece)
        return chr(_FIRST + len(self.pieces) - 1)

    def code(self, piece: str) -> str:
        piece = ANY.sub("", self.restore(piece)).strip("\n")
        return self.put(f"{CODE}{piece}{END}") if piece.strip() else ""

    def restore(self, text: str) -> str:
        if not self.pieces:
            return text
        return _OPAQUE.sub(lambda found: self.pieces[ord(found[0]) - _FIRST], text)


def _lines(text: str) -> tuple[str, frozenset[str]]:
    """Remove the signs at the beginnings of lines; return the text and the labels it defines."""
    out: list[str] = []
    labels: set[str] = set()
    in_table = False
    for line in text.split("\n"):
        if in_table and "|" in line:
            out.append(_row(line))
            continue
        in_table = False
        if line[:1] not in _BEGINNINGS and not line[:1].isspace():
            out.append(line)
        elif "|" in line and out and "|" in out[-1] and _COLUMNS.fullmatch(line.strip()):
            out[-1] = _row(out[-1])
            in_table = True
        else:
            _line(line.strip(), out, labels)
    return "\n".join(out), frozenset(labels)


_BEGINNINGS = ("#", ">", "-", "=", "*", "_", "+", "[", "|", ":", "!", "•", HEADING)


def _line(line: str, out: list[str], labels: set[str]) -> None:
    """Append a line that may begin with a sign of Markdown to `out`, unless it is only signs."""
    if len(line) > 2 and line[0] in "-*_=" and set(line) <= {line[0], " "}:
        if line[0] == "=" and out and out[-1] and out[-1][0] != HEADING:
            out[-1] = f"{HEADING}{ANY.sub('', out[-1])}{END}"
    elif definition := _DEFINITION.fullmatch(line):
        labels.add(definition[1].casefold())
    elif heading := _HEADING.match(line):
        out.append(f"{HEADING}{_without_closing_signs(line[heading.end() :])}{END}")
    elif line[:1] == HEADING and (heading := _HEADING.match(line, 1)):
        out.append(HEADING + line[heading.end() :])
    else:
        line = _TASK.sub(r"\1", line, count=1) if _TASK.match(line) else line
        if quote := _QUOTE.match(line) or _FOOTNOTE_DEFINITION.match(line):
            line = line[quote.end() :]
        out.append("• " + line[2:] if line.startswith("* ") else line)


def _without_closing_signs(words: str) -> str:
    """Drop the number signs that close a heading, but not that of C#."""
    bare = words.rstrip("#")
    return bare.rstrip() if bare.endswith((" ", "\t")) else words


def _row(line: str) -> str:
    cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
    return ", ".join(cell for cell in cells if cell)


def _resolve(labels: frozenset[str]) -> Callable[[re.Match[str]], str]:
    """Return a function that replaces `[words][label]` by the words if the label is defined."""
    return lambda found: found[1] if (found[2] or found[1]).casefold() in labels else found[0]


def _emphasis(text: str) -> str:
    if "*" in text:
        text = _STAR.sub(_starred, text)
        text = _STARS.sub(r"\2", text)
    if "_" in text:
        text = _LOW.sub(r"\1", text)
        text = _LOWS.sub(_underlined, text)
    if "==" in text:
        text = _MARKED_WORDS.sub(r"\1", text)
    return _STRUCK.sub(r"\1", text) if "~~" in text else text


def _starred(found: re.Match[str]) -> str:
    """Remove single stars, unless they stand between letters (a product in Chinese)."""
    text, (start, end) = found.string, found.span()
    between = text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
    return found[0] if between else found[1]


def _underlined(found: re.Match[str]) -> str:
    """Remove double underscores, unless they are part of a name, as in `__init__`."""
    is_name = found[1].isascii() and found[1].isidentifier()
    return found[0] if is_name else found[1]
