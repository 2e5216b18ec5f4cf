"""Count, in linear time, how deep the HTML parsers would nest a document, before they see it.

Both HTML libraries are quadratic in the depth of open elements.  This module is a small model of
their tree construction (WHATWG HTML, 13.2.6): a stack of names, the elements that an end tag may
cross, foreign content (SVG and MathML, in which ``<source>`` and ``<tr>`` nest like any element),
and raw text.  Where it cannot be exact, it counts an element as still open.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re

MAX_DEPTH = 256
MAX_REOPENED = 500_000
"""Formatting elements that a parser may open anew, over the whole document."""

VALUE = r"""(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+)"""
ALL_ATTRIBUTES = rf"(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+{VALUE})?){{0,10000}}"
"""Attributes and their values as HTML 13.2.5 reads them: linear, because it never backtracks.
No tag of `MAX_TAG` characters has more of them than this; each costs some 200 bytes."""
_TOKEN = re.compile(
    rf"<(/?)([a-zA-Z][^\s/>]*+){ALL_ATTRIBUTES}\s*+(/?)[\s/]*+>?+"
    r"|<!--(?:-?>|.*?(?:--!?>|\Z))|<(!)\[CDATA\[|<[!?/][^>]*+>?+",
    re.DOTALL,
)
"""A tag, a comment or a declaration (13.2.5); the pattern never backtracks."""

_VOID = frozenset(
    """
    area base basefont bgsound br col embed frame hr image img input keygen link meta param source
    track wbr body colgroup frameset head html
    """.split()
)
"""Elements without content, and elements that the parsers ignore in a fragment."""
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CLOSED_BY = {
    name: frozenset(closed.split())
    for names, closed in (
        ("p", "p"),
        ("td th", "p td th"),
        ("tr", "p td th tr"),
        ("tbody thead tfoot caption", "p td th tr tbody thead tfoot caption"),
        ("option", "option"),
        ("optgroup", "option optgroup"),
    )
    for name in names.split()
}
"""For each start tag, the elements that it closes if they are the innermost ones."""
_LIST_ITEMS = {
    "li": frozenset({"li"}),
    "dd": frozenset({"dd", "dt"}),
    "dt": frozenset({"dd", "dt"}),
}
_IN_SELECT = frozenset({"option", "optgroup", "hr"})
_TABLE_PARTS = frozenset("table tbody thead tfoot tr td th caption".split())
_SCOPED = frozenset(
    """
    address article aside blockquote button center details dialog dir div dl fieldset figcaption
    figure footer header hgroup listing main menu nav ol pre search section summary ul applet
    marquee object h p li dd dt select
    """.split()
)
"""Elements whose end tag closes all elements open in them."""
_ENDS_PARAGRAPH = (_SCOPED - frozenset("button applet marquee object select".split())) | frozenset(
    "form xmp plaintext table".split()
)
_RAW = frozenset("script style xmp iframe noembed noframes textarea title".split())
_MATH_TEXT = frozenset("mi mo mn ms mtext".split())
_HTML_IN_SVG = frozenset("foreignobject desc title".split())
_HTML_IN_FOREIGN = _MATH_TEXT | _HTML_IN_SVG | {"annotation-xml"}
_BREAKOUT = frozenset(
    """
    b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li
    listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var
    """.split()
)
"""Tags that end foreign content."""
_BORDERS = frozenset("applet caption marquee object select table td template th".split())
_SPECIAL = (
    _SCOPED
    | _TABLE_PARTS
    | _BORDERS
    | frozenset("form plaintext optgroup option".split())
    | {"h", "noscript", "iframe", "xmp", "textarea", "script", "style", "noembed", "noframes"}
) - {"optgroup", "option"}


def nests_deeply(html: str) -> bool:
    """Say whether a parser might nest elements of `html` over `MAX_DEPTH` deep."""
    return not _is_tidy(html) and depth(html, most=MAX_DEPTH) > MAX_DEPTH


def _is_tidy(html: str) -> bool:
    """Say whether a document is well-formed and flat, several times faster than `depth` could.

    In such a document every start tag has its end tag, in order; raw text holds no tag; MathML
    holds only MathML; and no other element switches the tokenizer.
    """
    if "<!--" in html:
        # No tag may hold this mark, so a tag whose value looks like a comment does not match.
        html = _PLAIN_COMMENT.sub("\0", html)
        if _COMMENT_IN_RAW_TEXT.search(html):
            return False
    if "<mspace" in html:
        html = _CLOSED_SPACE.sub(f"<{_SPACE_END}>", html)
    tags = _PLAIN_TAG.findall(html)
    if len(tags) != html.count("<"):
        return False
    stack: list[str] = []
    deepest = 0
    special = ""
    """The element of raw text or MathML around the tag, if any."""
    for tag in tags:
        if tag[0] == "/":
            if stack and stack[-1] == tag[1:]:
                if stack.pop() == special:
                    special = ""
            elif special:
                if tag != _SPACE_END or special != "math" or stack[-1] in _MATH_TEXT:
                    return False
            elif tag not in _IGNORED:
                return False
        elif tag in _IGNORED:
            if special:
                return False
        else:
            if special:
                if special != "math" or tag not in _TIDY_MATH or stack[-1] in _MATH_TEXT:
                    return False
            elif tag in _SWITCHES:
                if tag != "math" and tag not in _RAW:
                    return False
                special = tag
            stack.append(tag)
            if len(stack) > deepest:
                deepest = len(stack)
    return not stack and deepest <= MAX_DEPTH // 2 and len(tags) * deepest <= MAX_REOPENED


_PLAIN_COMMENT = re.compile(r"<!--(?!-?>).*?(?:--!?>|\Z)", re.DOTALL)
_PLAIN_TAG = re.compile(
    r"""<(/?[a-zA-Z][^\s<>/"'\0]*+)[^<>"'\0]*+"""
    r"""(?:(?:"[^"<>\0]*+"|'[^'<>\0]*+')[^<>"'\0]*+){0,1000}>"""
)
_COMMENT_IN_RAW_TEXT = re.compile(rf"<(?:{'|'.join(sorted(_RAW))})[^<]*\0", re.IGNORECASE)
"""Raw text has no comments; what was replaced as one may hold the end tag of that text."""
_CLOSED_SPACE = re.compile(r"""<mspace(?:\s[a-z]+="[^"<>\0]*")*\s?/>""")
"""A space that closes itself, which only MathML allows."""
_SPACE_END = "/mspace\1"
"""The replacement of such a space: the end tag of an element that nothing opens."""
_IGNORED = frozenset([*_VOID, *(f"/{name}" for name in _VOID)])
_SWITCHES = _RAW | frozenset("svg math select template noscript plaintext".split())
"""Elements in which or after which the tokenizer reads tags differently."""
_TIDY_MATH = frozenset(
    """
    annotation maction menclose merror mfenced mfrac mi mn mo mover mpadded mphantom mroot mrow ms
    mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics
    """.split()
)
"""Elements of MathML that do not end it, and hold no HTML if all in them are of this set."""


def depth(html: str, *, most: int) -> int:
    """Return how deep a parser may nest `html`; over `most`, return at once.

    >>> depth("<p>one<p>two<ul><li>three<li>four</ul>", most=256)
    3
    """
    elements = _OpenElements()
    deepest = position = 0
    while found := _TOKEN.search(html, position):
        position = found.end()
        closing, name, closed, section = found.groups()
        if section:
            end = elements.section_end(html, position)
            if end < 0:
                return most + 1
            position = end
        if not name:
            continue
        name = name.lower()
        if closing:
            elements.close(name)
            continue
        raw = elements.open(name, is_closed=bool(closed))
        if elements.is_doubtful:
            return most + 1
        deepest = max(deepest, elements.depth)
        if deepest > most or elements.reopened > MAX_REOPENED:
            return most + 1
        if raw:
            end_tag = re.compile(rf"</{name}(?=[\s/>])|\Z", re.IGNORECASE).search(html, position)
            assert end_tag is not None, "the end of the document is an end"
            position = end_tag.start()
    return deepest


class _OpenElements:
    """The stack of open elements; formatting elements, which are reopened, stand beside it."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.formatting: list[tuple[str, int, bool]] = []
        """Each open formatting element, the number of elements around it, and whether it is the
        one that was opened first and not one that was reopened."""
        self.reopened = 0
        self.is_doubtful = False
        """Whether the parsers may differ here, so that the depth is unknown."""

    @property
    def depth(self) -> int:
        return len(self.stack) + len(self.formatting)

    def is_foreign(self) -> bool:
        """Say whether the next tag stands in SVG or MathML (13.2.6.5)."""
        if not self.stack or self.stack[-1][0] != ":":
            return False
        return self.stack[-1][1:] not in _HTML_IN_FOREIGN

    def open(self, name: str, *, is_closed: bool) -> bool:
        """Open an element; return whether what follows is raw text."""
        self.reopened += len(self.formatting)
        if name not in _IN_SELECT and "select" in self.stack:
            self.is_doubtful = True
        if self.is_foreign():
            if name == "font":
                self.is_doubtful = True
            if name not in _BREAKOUT:
                if not is_closed or name == "script":
                    self.stack.append(self._foreign(name))
                return False
            self._leave_foreign()
        inner = self.stack[-1] if self.stack else ""
        if name in {"svg", "math"} or (inner[1:] in _MATH_TEXT and name in _MATH_ONLY):
            if not is_closed:
                self.stack.append(f":{name}")
        elif inner == ":annotation-xml":
            # Its content is HTML or not, as an attribute says: count all of it as open.
            self.stack.append(name)
        elif name in _FORMATTING:
            if name in {"a", "nobr"}:
                self._close_formatting(name)
            self.formatting.append((name, len(self.stack), True))
        elif name not in _VOID:
            self._open_html("h" if name in _HEADINGS else name)
            return name in _RAW
        return False

    def _foreign(self, name: str) -> str:
        """Return the stack name of a foreign element; a space marks one that may not hold HTML."""
        is_svg = next(root for root in reversed(self.stack) if root in _ROOTS) == ":svg"
        other = _MATH_TEXT if is_svg else _HTML_IN_SVG
        return f":{name} " if name in other else f":{name}"

    def _open_html(self, name: str) -> None:
        if name in _TABLE_PARTS and name != "table" and "table" not in self.stack:
            return  # ignored outside a table
        if name == "table":
            self._close_bare_table()
        elif name == "h" and self.stack[-1:] == ["h"] and not self.formatting:
            self._cut(len(self.stack) - 1)
        elif name == "button" and name in self.stack:
            self._close_html(name, len(self.stack))
        elif name in _LIST_ITEMS:
            self._close_item(_LIST_ITEMS[name])
        if name in _ENDS_PARAGRAPH and "p" in self.stack:
            self._close_html("p", len(self.stack))
        closed = _CLOSED_BY.get(name)
        # A formatting element that was opened anew keeps an option from being closed.
        if closed and not (name in {"option", "optgroup"} and self.formatting):
            keep = len(self.stack)
            while keep and self.stack[keep - 1] in closed:
                keep -= 1
            self._cut(keep)
        self.stack.append(name)

    def _close_item(self, names: frozenset[str]) -> None:
        """End the item of a list before the next one begins."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] in names:
                self._cut(at)
                return
            if self.stack[at] in _SPECIAL - {"address", "div", "p"} or self.stack[at][0] == ":":
                return

    def _close_bare_table(self) -> None:
        """Close the outer table of a table that stands in it but in no cell."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] in {"td", "th", "caption", "template"}:
                return
            if self.stack[at] == "table":
                self._cut(at)
                return

    def close(self, name: str) -> None:
        """Close the element of an end tag, with all elements in it."""
        stack = self.stack
        if self.is_foreign() and name in {"p", "br"}:
            self._leave_foreign()
        at = len(stack)
        inner = {around for _, around, _ in self.formatting} if at and stack[-1][0] == ":" else ()
        while at and stack[at - 1][0] == ":" and at not in inner:
            at -= 1
            if stack[at].rstrip() == f":{name}":
                self._cut(at)
                return
            if stack[at][1:] in _HTML_IN_FOREIGN:
                return
        name = "h" if name in _HEADINGS else name
        if name in _FORMATTING:
            self._close_formatting(name)
        elif name not in _VOID:
            self._close_html(name, at)

    def _close_html(self, name: str, at: int) -> None:
        stack = self.stack
        stops = _SPECIAL
        if name in _RAW or name == "template":
            stops = frozenset()
        elif name in _TABLE_PARTS:
            if "table" not in stack:
                return
            stops = frozenset({"table", "template", "select"})
        elif name == "li":
            stops = _BORDERS | {"ol", "ul"}
        elif name == "p":
            stops = _BORDERS | {"button"}
        elif name in _SCOPED or name == "form":
            stops = _BORDERS
        while at:
            at -= 1
            if stack[at] == name:
                # The elements in a form stay open after its end tag.
                if name != "form" or at == len(stack) - 1:
                    self._cut(at)
                return
            if stack[at] in stops or stack[at][1:] in _HTML_IN_FOREIGN:
                return

    def _close_formatting(self, name: str) -> None:
        """Follow the adoption agency (13.2.6.4.7) as far as eight elements."""
        for at in range(len(self.formatting) - 1, -1, -1):
            open_name, around, is_first = self.formatting[at]
            if open_name != name:
                continue
            inside = self.stack[around:]
            if not _BORDERS.isdisjoint(inside) or len(inside) > 7:
                return
            if any(element[1:] in _HTML_IN_FOREIGN for element in inside):
                return
            del self.formatting[at]
            if is_first and _SPECIAL.isdisjoint(inside):
                del self.stack[around:]
            return

    def _leave_foreign(self) -> None:
        stack = self.stack
        keep = len(stack)
        while keep and stack[keep - 1][0] == ":" and stack[keep - 1][1:] not in _HTML_IN_FOREIGN:
            keep -= 1
        self._cut(keep)

    def _cut(self, keep: int) -> None:
        """Close all but the `keep` outermost elements; formatting elements are reopened."""
        del self.stack[keep:]
        for at in range(len(self.formatting) - 1, -1, -1):
            name, around, _ = self.formatting[at]
            if around <= keep:
                break
            self.formatting[at] = (name, keep, False)

    def section_end(self, html: str, start: int) -> int:
        """Return the end of a ``<![CDATA[`` section; -1 if the parsers may differ about it."""
        if not any(element[0] == ":" for element in self.stack):
            end = html.find(">", start)
            return len(html) if end < 0 else end + 1
        end = html.find("]]>", start)
        end = len(html) if end < 0 else end
        return -1 if _ANY_TAG.search(html, start, end) else end


_ROOTS = frozenset({":svg", ":math"})
_MATH_ONLY = frozenset({"mglyph", "malignmark"})
_ANY_TAG = re.compile(r"</?[a-zA-Z]")
