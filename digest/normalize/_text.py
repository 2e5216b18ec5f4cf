"""HTML in, the blocks of a plain text out, by one walk over the tree.

A block is what stands on its own: a paragraph, a heading, a list item, a table row, code.  What is
not to be touched by later steps (code, formulas) travels as one opaque character for each piece,
from `Kept`, and is put back between its marks at the end.
"""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from selectolax.lexbor import LexborHTMLParser

from digest import marks
from digest.normalize import _code, _formula
from digest.normalize._plain import collapse, decode_again, hides, scrub

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

Kind = Literal["text", "heading", "item", "caption", "row", "code"]

_FIRST = 0xF0000
_CAPACITY = 0xFFFD
OPAQUE = re.compile("[\U000f0000-\U000ffffd]")


MOST_CODE = 1_000
"""Characters that are taken in of a block of code: no excerpt shows more than its first line."""


class Kept:
    """Pieces of text behind opaque characters."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        """Return the character that stands for `piece` (the piece itself after 65,533 of them)."""
        if len(self._pieces) >= _CAPACITY:
            return marks.plain(piece)
        self._pieces.append(piece)
        return chr(_FIRST + len(self._pieces) - 1)

    def restore(self, text: str) -> str:
        """Put every piece back."""
        if not self._pieces:
            return text
        return OPAQUE.sub(lambda found: self._pieces[ord(found[0]) - _FIRST], text)


@dataclass(slots=True)
class Block:
    """A block of text; ``mark`` is a list item's number or bullet."""

    text: str
    kind: Kind = "text"
    mark: str = ""
    linked: int = 0
    """How many characters of it are links."""
    inner: int = 0
    """How many characters of it are links into the page itself."""
    parted: Literal["feed", "break", "block"] = "feed"
    """What stands before it: a line feed in a plain text, ``<br>``, or an element's border."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An ``<img>`` as written, and how many blocks of text stand before it."""

    given: dict[str, str | None]
    after: int


@dataclass(slots=True)
class Reading:
    """What one walk found."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    html: str = ""
    """The document, formulas and code made plain elements, for the sanitizer."""
    notes: list[str] = field(default_factory=list)


def read(html: str, kept: Kept, *, most: int) -> Reading:
    """Read bounded HTML; after about `most` characters of text no more is taken in."""
    # A fragment needs no head and no body made for it, and ignores those that a page brings.
    # Its first node would say the text of all the others too: a comment says nothing.
    tree = LexborHTMLParser("<!---->" + html, is_fragment=True)
    walk = _Walk(tree, kept, most, html)
    walk.through(tree.root)
    found = walk.found
    found.html = tree.inner_html or "" if walk.apply_edits() else html
    return found


def read_lines(text: str) -> list[Block]:
    """Read plain text: a line is a block, a paragraph of hard-wrapped lines is one.

    Hard-wrapped is a paragraph whose lines but the last are all 50 to 90 characters long.
    """
    blocks = []
    for paragraph in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        rows = [row for row in map(scrub, paragraph.split("\n")) if row.strip()]
        if len(rows) > 1 and _are_wrapped(rows):
            rows = ["\n".join(rows)]
        blocks += [Block(line) for line in map(collapse, rows) if line]
    return blocks


def _are_wrapped(rows: list[str]) -> bool:
    return all(50 <= len(row.rstrip()) <= 90 for row in rows[:-1]) and not any(
        _ITEM.match(row) for row in rows[1:]
    )


_ITEM = re.compile(r"\s*(?:[-–—*•·▪►▶#]|\d{1,3}[.)])\s?|[^\n]{0,60}https?://\S+\s*\Z")


# --- what elements mean --------------------------------------------------------------------------

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | frozenset(
    """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset
    figcaption figure footer header hgroup hr legend li main menu ol p section summary table
    tbody tfoot thead tr ul td th caption
    """.split()
)
_DROPPED = frozenset(
    """
    applet area audio base button canvas col colgroup datalist del embed form frame frameset
    head iframe input link map meta meter nav noembed noframes noscript object option optgroup
    param progress rp rt rtc s script select source strike style svg template textarea title
    track video
    """.split()
)
_TRANSPARENT = frozenset({"b", "em", "font", "i", "ins", "mark", "small", "span", "strong", "u"})
_CODE_TAGS = frozenset({"pre", "listing", "xmp", "plaintext"})
_INLINE_CODE = frozenset({"code", "kbd", "samp", "tt"})
_FORMULA_TAGS = frozenset({"math", "mjx-container", "d-math", "tex-math"})

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_JUNK = {
    name: note
    for note, names in {
        "hidden text": "sr-only screen-reader-text visually-hidden visuallyhidden",
        "table of contents": "toc table-of-contents toc-container toc_container markdown-toc"
        " ez-toc-container lwptoc wp-block-table-of-contents article-toc post-toc",
        "share links": "sharedaddy sd-sharing addtoany_share_save_container addtoany_content"
        " share-buttons social-share social-sharing feedflare sociable ssba post-share"
        " heateor_sss_sharing_container",
        "related links": "jp-relatedposts yarpp yarpp-related related-posts related_posts"
        " wp-block-yoast-seo-related-links crp_related",
        "newsletter box": "mc4wp-form newsletter-signup newsletter-box subscription-widget-wrap"
        " subscribe-widget wp-block-jetpack-subscriptions captioned-button-wrap cookie-notice",
        "footnotes": "footnotes footnotes-list footnote-definition easy-footnotes-wrapper reflist",
    }.items()
    for name in names.split()
}
_CAPTIONS = frozenset(
    """
    wp-caption-text caption image-caption img-caption photo-caption figcaption photo-credit
    image-credit tr-caption
    """.split()
)
_TOC_IDS = frozenset({"toc", "table-of-contents", "markdown-toc", "text-table-of-contents"})
_ANCHOR_SIGNS = frozenset({"#", "¶", "§", "🔗", "∞", "", "permalink", "Link", "link"})
_NOTE_LINK = re.compile(
    r"#(?:_?ftn|fn|cite_note|footnote|easy-footnote|note|user-content-fn|sdfoot)"
)

_SUPERSCRIPT = dict(
    zip(
        "0123456789+-−=()niabcdefghjklmoprstuvwxyz",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
        strict=True,
    )
)
_SUBSCRIPT = dict(
    zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_EXPONENT = re.compile(r"[-+−]?\d+|[-+−]?[0-9a-z]|[a-z0-9][-+−][a-z0-9]|[-+−]|\d[+−-]")
_REFERENCE = re.compile(r"\s*[\[(]?\s*(?:\d{1,3}|[*†‡§])\s*[\])]?\s*(?:[,;–-]\s*\d{1,3}\s*)*")
_SIGN_ALT = re.compile(r"[^\w\s<>&]{1,12}|\w")


# Where none of these stands, the walk has nothing to write anew for the sanitizer.
_EDITED = (
    *("<pre", "<PRE", "<script", "math", "Math", "katex", "mjx", "latex", "LaTeX", "equation"),
    *("highlight", "crayon", "mermaid", "gutter", "linen", "listing", "xmp", "plaintext"),
)
_PIXEL_TAG = re.compile(r"<img\s[^<>]*\b(?:width|height)=[\"']?[012](?:px)?[\"'\s/>]")


class _Walk:
    """The walk's state: the open block, the lists and the table row around it."""

    def __init__(self, tree: LexborHTMLParser, kept: Kept, most: int, html: str) -> None:
        self.found = Reading()
        self._tree = tree
        self._kept = kept
        self._left = most
        self._parts: list[str] = []
        self._kind: Kind = "text"
        self._mark = ""
        self._linked = self._inner = 0
        self._link: str | None = None
        self._parted: Literal["break", "block"] = "block"
        self._lists: list[_List] = []
        self._rows: list[tuple[int, int]] = []
        self._edits: list[tuple[LexborNode, str, str]] = []
        self._subscripts = "<em>{" in html or "</em>{" in html
        """Markdown took underscores of TeX for emphasis."""
        self._reads_only = (
            len(html) > most
            and not any(sign in html for sign in _EDITED)
            and not _PIXEL_TAG.search(html)
        )
        """Nothing in the tree itself is to be replaced."""
        self._hides = hides(html)

    # --- the walk ---

    def through(self, first: LexborNode | None) -> None:
        """Walk over `first`, what follows it, and all they hold."""
        node = first
        depth = 1
        while node is not None:
            if self._left < 0 and self._reads_only:
                break
            descend = self._enter(node)
            child = node.first_child if descend else None
            if child is not None:
                node = child
                depth += 1
                continue
            if descend:
                self._leave(node)
            following = node.next
            while following is None:
                depth -= 1
                node = node.parent
                if not depth or node is None:
                    self._end()
                    return
                self._leave(node)
                following = node.next
            node = following
        self._end()

    def apply_edits(self) -> bool:
        """Replace formulas and code by plain elements in the tree itself."""
        for node, tag, text in self._edits:
            if not tag:
                node.decompose()
                continue
            made = self._tree.create_node(tag)
            made.insert_child(text)
            node.replace_with(made)
        return bool(self._edits)

    def _enter(self, node: LexborNode) -> bool:
        """Take a node in; tell whether to go into it."""
        tag = node.tag
        if tag == "-text":
            self._say(node.text_content or "")
            return False
        if tag is None or tag.startswith("-"):
            return False
        given = node.attributes
        if not given and tag in _TRANSPARENT:
            if self._subscripts and tag in {"em", "i"} and _is_subscript(node):
                self._say("_")
            return True
        classes = _NO_CLASSES
        if given:
            named = given.get("class")
            if named:
                classes = frozenset(named.split())
            if tag == "img":
                self._image(node, given, classes)
                return False
            if tag == "script" and given.get("type"):
                self._formula(node, _formula.script(given["type"] or "", node))
                return False
            if classes or tag in _FORMULA_TAGS:
                formula = _formula.element(node, tag, given, classes)
                if formula is not None:
                    self._formula(node, formula)
                    return False
            if self._is_left_out(node, given, classes):
                return False
        elif tag == "math":
            self._formula(node, _formula.element(node, tag, given, classes))
            return False
        if tag in _DROPPED:
            return False
        return self._open(node, tag, given, classes)

    def _open(
        self,
        node: LexborNode,
        tag: str,
        given: dict[str, str | None],
        classes: frozenset[str],
    ) -> bool:
        if tag == "pre" and "pre-wrap" in (given.get("style") or "") and _is_prose(node):
            self._lines(node)
            return False
        if tag in _CODE_TAGS or (classes and not classes.isdisjoint(_code.BLOCK_CLASSES)):
            self._code(node, classes)
            return False
        if tag in _INLINE_CODE:
            return self._inline_code(node)
        if tag in _BLOCKS:
            self._open_block(node, tag, given, classes)
        elif tag == "br":
            self._end()
            self._parted = "break"
        elif tag == "a":
            return self._open_link(node, given)
        elif tag in {"sup", "sub"}:
            return self._script(node, tag)
        elif tag == "q":
            self._say("“")
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in _BLOCKS:
            self._end()
            self._kind = "item" if self._lists else "text"
            if tag in {"ol", "ul"} and self._lists:
                self._lists.pop()
            elif tag == "li":
                self._mark = ""
            elif tag == "tr" and self._rows:
                self._end_row(*self._rows.pop())
        elif tag == "a":
            self._link = None
        elif tag == "q":
            self._say("”")
        elif self._subscripts and tag in {"em", "i"} and _is_subscript(node):
            self._say("_")

    # --- text ---

    def _say(self, text: str) -> None:
        if self._left < 0:
            return
        self._left -= len(text)
        if self._hides:
            text = scrub(text)
        self._parts.append(text)
        if self._link is not None:
            size = len(text.strip())
            self._linked += size
            if self._link.startswith("#"):
                self._inner += size

    def _end(self) -> None:
        """End the open block, if it says anything."""
        if not self._parts:
            return
        text = collapse(decode_again("".join(self._parts)))
        self._parts.clear()
        if text:
            self.found.blocks.append(
                Block(text, self._kind, self._mark, self._linked, self._inner, self._parted)
            )
            self._mark = ""
            self._parted = "block"
        self._linked = self._inner = 0

    # --- blocks ---

    def _open_block(
        self, node: LexborNode, tag: str, given: dict[str, str | None], classes: frozenset[str]
    ) -> None:
        self._end()
        self._parted = "block"
        if tag == "p" and not classes:
            return
        if tag in _HEADINGS:
            self._kind = "heading"
        elif tag == "li":
            self._kind = "item"
            if self._lists:
                self._mark = self._lists[-1].mark(given.get("value"))
        elif tag in {"ol", "ul"}:
            self._lists.append(_List(node, tag, given))
        elif tag in {"figcaption", "caption"} or not classes.isdisjoint(_CAPTIONS):
            self._kind = "caption"
        elif tag == "tr":
            self._rows.append((len(self.found.blocks), 0))
        elif tag in {"td", "th"} and self._rows:
            start, cells = self._rows[-1]
            self._rows[-1] = (start, cells + 1)

    def _end_row(self, start: int, cells: int) -> None:
        """Make the cells of a data table's row one block; a layout table's stay blocks.

        A row is data where it has two cells or more, one short block at most in each.
        """
        blocks = self.found.blocks[start:]
        if cells < 2 or not blocks or len(blocks) > cells:
            return
        if any(block.kind in {"code", "heading"} or len(block.text) > 120 for block in blocks):
            return
        joined = " | ".join(block.text for block in blocks)
        linked = sum(block.linked for block in blocks)
        self.found.blocks[start:] = [Block(joined, "row", "", linked)]

    def _open_link(self, node: LexborNode, given: dict[str, str | None]) -> bool:
        href = given.get("href") or ""
        if href.startswith("#"):
            if given.get("role") == "doc-noteref" or _NOTE_LINK.match(href):
                return False
            if self._kind == "heading" and node.text().strip() in _ANCHOR_SIGNS:
                return False
        elif self._kind == "heading" and node.text().strip() in {"#", "¶", "🔗"}:
            return False
        self._link = href
        return True

    # --- formulas, code, pictures ---

    def _formula(self, node: LexborNode, formula: _formula.Formula | None) -> None:
        if formula is None:
            return
        if not formula.tex:
            self._edits.append((node, "", ""))
            return
        opening = marks.DISPLAY if formula.display else marks.MATH
        self._edits.append((node, "code", formula.tex))
        if self._left < 0:
            return
        self._left -= len(formula.tex)
        apart = formula.display and node.tag in _BLOCKS
        if apart:
            self._end()
        self._parts.append(self._kept.put(f"{opening}{marks.ANY.sub('', formula.tex)}{marks.END}"))
        if apart:
            self._end()

    def _code(self, node: LexborNode, classes: frozenset[str]) -> None:
        if _code.is_gutter(classes):
            self._edits.append((node, "", ""))
            return
        text = _code.lines(node)
        if not text:
            return
        self._edits.append((node, "pre", text))
        if self._left < 0:
            return
        text = text[:MOST_CODE]
        self._left -= len(text)
        mark, kind = self._mark, self._kind
        self._end()
        self._mark = ""
        piece = self._kept.put(f"{marks.CODE}{text}{marks.END}")
        self.found.blocks.append(Block(piece, "code", mark if not self._mark else ""))
        self._kind = kind

    def _lines(self, node: LexborNode) -> None:
        """Read prose that only keeps its line breaks, as that of a commit or a letter."""
        self._end()
        for block in read_lines(decode_again(node.text())):
            self._say(block.text)
            self._end()

    def _inline_code(self, node: LexborNode) -> bool:
        if next(node.iter(), None) is not None:
            if node.css_first("br") is not None:
                self._code(node, _NO_CLASSES)
                return False
            if node.css_first(".katex, math, mjx-container, script, img") is not None:
                return True
        text = collapse(scrub(node.text()))
        if text:
            self._parts.append(self._kept.put(text))
            if self._link is not None:
                self._linked += 1
        return False

    def _image(
        self, node: LexborNode, given: dict[str, str | None], classes: frozenset[str]
    ) -> None:
        formula = _formula.image(given, classes)
        if formula is not None:
            if not formula.display and _stands_alone(node):
                formula = _formula.Formula(formula.tex, True)
            self._formula(node, formula)
            return
        self.found.pictures.append(Picture(given, len(self.found.blocks) + bool(self._parts)))
        if given.get("width") in _PIXEL or given.get("height") in _PIXEL:
            self._edits.append((node, "", ""))
            return
        alt = (given.get("alt") or "").strip()
        if alt and _SIGN_ALT.fullmatch(alt):
            self._say(alt)

    def _script(self, node: LexborNode, tag: str) -> bool:
        """Write ``x<sup>2</sup>`` as x², leave references to footnotes out."""
        text = node.text().strip()
        if tag == "sup" and (
            (_REFERENCE.fullmatch(text) and node.css_first("a") is not None)
            or (text.startswith("[") and _REFERENCE.fullmatch(text))
        ):
            return False
        if node.css_first(".katex, math, mjx-container, script, img, code") is not None:
            return True
        table = _SUPERSCRIPT if tag == "sup" else _SUBSCRIPT
        if _EXPONENT.fullmatch(text) and all(sign in table for sign in text):
            text = "".join(table[sign] for sign in text)
        self._say(text)
        return False

    # --- what is not text ---

    def _is_left_out(
        self, node: LexborNode, given: dict[str, str | None], classes: frozenset[str]
    ) -> bool:
        if given.keys().isdisjoint(_TELLING):
            return False
        if "hidden" in given or _HIDDEN_STYLE.search(given.get("style") or ""):
            return True
        if given.get("aria-hidden") == "true" and (
            len(node.text().strip()) < 3 or _shows_again(node)
        ):
            return True
        if given.get("role") in {"doc-endnotes", "doc-toc", "navigation"}:
            return True
        for name in classes:
            note = _JUNK.get(name)
            if note:
                self._note(note)
                return True
        if (given.get("id") or "") in _TOC_IDS:
            self._note("table of contents")
            return True
        if node.tag in {"td", "th"} and _code.is_gutter(classes):
            self._edits.append((node, "", ""))
            return True
        return False

    def _note(self, note: str) -> None:
        if note not in self.found.notes:
            self.found.notes.append(note)


_TELLING = frozenset({"hidden", "style", "aria-hidden", "role", "class", "id"})
"""Attributes that may say that an element is no text."""
_NO_CLASSES: frozenset[str] = frozenset()
_PIXEL = frozenset({"0", "1", "2", "0px", "1px", "2px"})


class _List:
    """How a list numbers its items (HTML, 4.4.5 and 4.4.8)."""

    def __init__(self, node: LexborNode, tag: str, given: dict[str, str | None]) -> None:
        self._ordered = tag == "ol"
        self._style = given.get("type") or "1"
        items = sum(child.tag == "li" for child in node.iter())
        self._single = items < 2
        self._step = -1 if "reversed" in given else 1
        start = _integer(given.get("start"))
        self._next = start if start is not None else (items if self._step < 0 else 1)

    def mark(self, value: str | None) -> str:
        if not self._ordered:
            return "" if self._single else "• "
        given = _integer(value)
        number = self._next if given is None else given
        self._next = number + self._step
        if self._style in {"a", "A"} and 1 <= number <= 26:
            return f"{chr(ord(self._style) + number - 1)}. "
        return f"{number}. "


def _integer(text: str | None) -> int | None:
    found = re.fullmatch(r"\s*(-?\d{1,6})\s*", text or "", re.ASCII)
    return int(found[1]) if found else None


def _shows_again(node: LexborNode) -> bool:
    """Tell whether the MathML before a node is what it shows (KaTeX, its classes lost)."""
    before = node.prev
    return (
        before is not None
        and not (before.tag or "-").startswith("-")
        and (before.tag == "math" or before.css_first("math") is not None)
    )


def _is_subscript(node: LexborNode) -> bool:
    """Tell whether Markdown made an emphasis of the underscores of two TeX subscripts."""
    following = node.next
    after = following.text_content if following is not None and following.tag == "-text" else ""
    return node.text().startswith("{") or (after or "").startswith("{")


def _is_prose(node: LexborNode) -> bool:
    return all(child.tag in {"-text", "a", "br"} for child in node.iter(include_text=True))


def _stands_alone(node: LexborNode) -> bool:
    """Tell whether an image is all that its paragraph holds."""
    parent = node.parent
    if parent is None or parent.tag not in {"p", "div", "figure", "center"}:
        return False
    return not parent.text().strip() and len(parent.css("img")) == 1
