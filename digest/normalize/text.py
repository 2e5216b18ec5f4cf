"""Read HTML as the blocks of a plain text, by one walk over the tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from selectolax.lexbor import LexborHTMLParser

from digest.normalize import code, elements
from digest.normalize.blocks import Block, Kind, OpaquePieces, read_lines
from digest.normalize.boilerplate.platforms import SHORTCODE
from digest.normalize.elements import Numbering, in_small_forms, is_reference
from digest.normalize.formulas import find_in_html as _formula
from digest.normalize.image import is_pixel, may_hide
from digest.normalize.nodes import (
    MOST_LOOKED_AT,
    Attributes,
    escaped_images,
    has_little_text,
    is_lone_source,
    is_prose,
    is_subscript,
    repeats_mathml,
    stands_alone,
    with_sources,
)
from digest.text import marks
from digest.text.characters import collapse, decode_again, may_need_scrub, scrub

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode


MOST_CODE = 1_000
"""Characters kept of a block of code: no excerpt shows more than its first line."""
MOST_TEX = 5_000
"""Characters of a formula; a longer one counts as unreadable."""


@dataclass(slots=True)
class HtmlText:
    """The text blocks and the images of a document."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Attributes] = field(default_factory=list)
    """The attributes of each image that is no formula."""
    html: str = ""
    """The document for the sanitizer, with formulas and code as plain elements."""
    may_need_scrub: bool = True
    """Whether it may hold characters that `scrub` drops."""
    notes: list[str] = field(default_factory=list)
    base: str | None = None
    """The address in its ``<base>``, to which the links of the document are relative."""


def read(html: str, kept: OpaquePieces, *, most: int) -> HtmlText:
    """Read bounded HTML, up to about `most` characters of its text."""
    # For a fragment the parser makes no head and no body, and ignores those of a page.  The first
    # node of a fragment returns the text of all the others too, so it is an empty comment.
    tree = LexborHTMLParser("<!---->" + html, is_fragment=True)
    walk = _TreeReader(tree, kept, most, html)
    walk.through(tree.root)
    found = walk.found
    found.html = tree.inner_html or "" if walk.apply_edits() else html
    return found


# If a document has none of these, the walk replaces nothing for the sanitizer.
_EDITED = (
    *("<pre", "<PRE", "<script", "math", "Math", "katex", "mjx", "latex", "LaTeX", "equation"),
    *(
        "hidden",
        "clip",
        "-999",
        "display:none",
        "display: none",
        "highlight",
        "crayon",
        "mermaid",
        "gutter",
        "linen",
        "listing",
        "xmp",
        "plaintext",
    ),
)
_SIGN_ALT = re.compile(r"[^\w\s<>&]{1,12}|\w")
_NO_CLASSES: frozenset[str] = frozenset()


class _TreeReader:
    """A walk over the tree; its state is the open block, with the lists and rows around it."""

    def __init__(self, tree: LexborHTMLParser, kept: OpaquePieces, most: int, html: str) -> None:
        self.found = HtmlText(may_need_scrub=may_need_scrub(html))
        self._tree = tree
        self._html = html
        self._kept = kept
        self._left = self._most = most
        self._parts: list[str] = []
        self._kind: Kind = "text"
        self._mark = ""
        self._linked = self._inner = 0
        self._link: str | None = None
        self._pictured = False
        self._parted: Literal["break", "block"] = "block"
        self._lists: list[Numbering] = []
        self._rows: list[tuple[int, int]] = []
        self._edits: list[tuple[LexborNode, str, str]] = []
        self._may_need_scrub = self.found.may_need_scrub
        self._subscripts = "<em>{" in html or "</em>{" in html
        """Whether Markdown took underscores of TeX for emphasis."""

    # --- the walk ---

    def through(self, node: LexborNode | None) -> None:
        """Walk over `node`, the siblings after it, and all their descendants."""
        around: list[tuple[LexborNode, str]] = []
        stops = None
        while node is not None:
            if self._left < 0:
                stops = self._reads_only() if stops is None else stops
                if stops:
                    break
            tag = node.tag
            if tag == "-text":
                self._append_text(node.text_content or "")
            elif tag is not None and tag[0] != "-" and self._enter(node, tag):
                child = node.first_child
                if child is not None:
                    around.append((node, tag))
                    node = child
                    continue
                self._leave(node, tag)
            following = node.next
            while following is None and around:
                node, tag = around.pop()
                self._leave(node, tag)
                following = node.next
            node = following
        self._end()

    def _reads_only(self) -> bool:
        """Say whether the walk will replace nothing in the tree."""
        html = self._html
        return not any(sign in html for sign in _EDITED) and not may_hide(html)

    def apply_edits(self) -> bool:
        """Replace formulas and code in the tree by plain elements; return whether any were."""
        for node, tag, text in self._edits:
            if not tag:
                node.decompose()
                continue
            made = self._tree.create_node(tag)
            made.insert_child(text)
            node.replace_with(made)
        return bool(self._edits)

    def _enter(self, node: LexborNode, tag: str) -> bool:
        """Read the start of an element; return whether to walk into it."""
        given = node.attributes
        if not given:
            if tag in elements.PLAIN_BLOCKS:
                self._border()
                return True
            if tag in elements.TRANSPARENT:
                if self._subscripts and tag in {"em", "i"} and is_subscript(node):
                    self._append_text("_")
                return True
            if tag == "math":
                self._formula(node, tag, _formula.element(node, tag, given, _NO_CLASSES))
                return False
            classes = _NO_CLASSES
        else:
            named = given.get("class")
            classes = frozenset(named.split()) if named else _NO_CLASSES
            if self._take_whole(node, tag, given, classes):
                return False
        if tag in elements.DROPPED:
            self._look_inside(node, tag, given)
            return False
        return self._open(node, tag, given, classes)

    def _look_inside(self, node: LexborNode, tag: str, given: Attributes) -> None:
        """Read images, or the base of the links, from an element that has no text."""
        if tag == "noscript":
            for picture in (node.css("img") or escaped_images(node))[:MOST_LOOKED_AT]:
                if not is_pixel(picture.attributes):
                    self.found.pictures.append(picture.attributes)
        elif tag == "video" and (poster := given.get("poster") or given.get("data-poster")):
            self.found.pictures.append({**given, "src": poster})
        elif tag == "source" and is_lone_source(node):
            self.found.pictures.append(given)
        elif tag == "base" and self.found.base is None:
            self.found.base = given.get("href")

    def _take_whole(
        self, node: LexborNode, tag: str, given: Attributes, classes: frozenset[str]
    ) -> bool:
        """Read an element that is a formula, an image or left out; return whether it is one."""
        if tag == "img":
            self._image(node, given, classes)
            return True
        if tag in elements.AMP_PICTURES:
            self.found.pictures.append(given)
            return True
        if tag == "script" and given.get("type"):
            self._formula(node, tag, _formula.script(given["type"] or "", node))
            return True
        if classes or tag in elements.FORMULAS:
            formula = _formula.element(node, tag, given, classes)
            if formula is not None:
                self._formula(node, tag, formula)
                return True
        return not elements.TELLING.isdisjoint(given) and self._is_left_out(
            node, tag, given, classes
        )

    def _open(self, node: LexborNode, tag: str, given: Attributes, classes: frozenset[str]) -> bool:
        if tag == "pre" and "pre-wrap" in (given.get("style") or "") and is_prose(node):
            self._lines(node)
            return False
        if tag in elements.CODE or (classes and not classes.isdisjoint(code.BLOCK_CLASSES)):
            self._code(node, classes)
            return False
        if tag in elements.INLINE_CODE:
            return self._inline_code(node)
        if tag in elements.BLOCKS:
            self._open_block(node, tag, given, classes)
        elif tag == "br":
            self._end()
            self._parted = "break"
        elif tag == "a":
            return self._open_link(node, given)
        elif tag in {"sup", "sub"}:
            return self._script(node, tag)
        elif tag == "q":
            self._append_text("“")
        return True

    def _leave(self, node: LexborNode, tag: str) -> None:
        if tag in elements.BLOCKS:
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
            self._append_text("”")
        elif self._subscripts and tag in {"em", "i"} and is_subscript(node):
            self._append_text("_")

    # --- text ---

    def _append_text(self, text: str) -> None:
        if self._left < 0:
            return
        size = len(text)
        self._left -= size
        if not self._parts and text.isspace():
            return
        if size > self._most:
            text = text[: self._most]
        if self._may_need_scrub:
            text = scrub(text)
        self._parts.append(text)
        if self._link is not None:
            size = len(text.strip())
            self._linked += size
            if self._link.startswith("#"):
                self._inner += size

    def _end(self) -> None:
        """End the open block, if it has text."""
        if not self._parts:
            return
        parts = self._parts
        text = parts[0] if len(parts) == 1 else "".join(parts)
        parts.clear()
        text = collapse(decode_again(text) if "&" in text else text)
        if "[" in text:
            text = SHORTCODE.sub("", text).strip()
        if text:
            self.found.blocks.append(
                Block(
                    text,
                    self._kind,
                    self._mark,
                    self._linked,
                    self._inner,
                    self._pictured,
                    self._parted,
                )
            )
            self._mark = ""
            self._pictured = False
            self._parted = "block"
        self._linked = self._inner = 0

    # --- blocks ---

    def _border(self) -> None:
        self._end()
        self._parted = "block"

    def _open_block(
        self, node: LexborNode, tag: str, given: Attributes, classes: frozenset[str]
    ) -> None:
        self._border()
        if tag in elements.HEADINGS:
            self._kind = "heading"
        elif tag == "li":
            self._kind = "item"
            if self._lists:
                self._mark = self._lists[-1].mark(given.get("value"))
        elif tag in {"ol", "ul"}:
            self._lists.append(Numbering(node, tag, given))
        elif tag in {"figcaption", "caption"} or not classes.isdisjoint(elements.CAPTIONS):
            self._kind = "caption"
        elif tag == "tr":
            self._rows.append((len(self.found.blocks), 0))
        elif tag in {"td", "th"} and self._rows:
            start, cells = self._rows[-1]
            self._rows[-1] = (start, cells + 1)

    def _end_row(self, start: int, cells: int) -> None:
        """Join the cells of a row of a data table to one block; those of a layout table stay apart.

        A row is data if it has two cells or more, each with one short block at most.
        """
        blocks = self.found.blocks[start:]
        if cells < 2 or not blocks or len(blocks) > cells:
            return
        if any(block.kind in {"code", "heading"} or len(block.text) > 120 for block in blocks):
            return
        joined = " | ".join(block.text for block in blocks)
        linked = sum(block.linked for block in blocks)
        self.found.blocks[start:] = [Block(joined, "row", "", linked)]

    def _open_link(self, node: LexborNode, given: Attributes) -> bool:
        href = given.get("href") or ""
        if href.startswith("#"):
            if given.get("role") == "doc-noteref" or elements.NOTE_LINK.match(href):
                return False
            if self._kind == "heading" and node.text().strip() in elements.ANCHOR_SIGNS:
                return False
        elif self._kind == "heading" and node.text().strip() in {"#", "¶", "🔗"}:
            return False
        self._link = href
        return True

    # --- formulas, code, pictures ---

    def _formula(self, node: LexborNode, tag: str, formula: _formula.Formula | None) -> None:
        if formula is None:
            return
        if not formula.tex:
            self._edits.append((node, "", ""))
            return
        self._edits.append((node, "code", formula.tex))
        if self._left < 0:
            return
        self._left -= len(formula.tex)
        apart = formula.display and tag in elements.BLOCKS
        if apart:
            self._end()
        opening = marks.DISPLAY if formula.display else marks.MATH
        tex = marks.ANY.sub("", formula.tex)
        if len(tex) > MOST_TEX:
            tex = _formula.UNREADABLE
        self._parts.append(self._kept.put(f"{opening}{tex}{marks.END}"))
        if apart:
            self._end()

    def _code(self, node: LexborNode, classes: frozenset[str]) -> None:
        if code.is_gutter(node, classes):
            self._edits.append((node, "", ""))
            return
        text = code.lines(node)
        if not text:
            return
        if code.is_number_column(node, text):
            self._edits.append((node, "", ""))
            return
        self._edits.append((node, "pre", text))
        if self._left < 0:
            return
        text = text[:MOST_CODE]
        self._left -= len(text)
        kind = self._kind
        self._end()
        # A number or bullet belongs before words, not before code that may be left out.
        self._mark = ""
        piece = self._kept.put(f"{marks.CODE}{text}{marks.END}")
        self.found.blocks.append(Block(piece, "code"))
        self._kind = kind

    def _lines(self, node: LexborNode) -> None:
        """Read prose that keeps its line breaks, such as a commit message or a letter."""
        self._end()
        for block in read_lines(decode_again(node.text())):
            self._append_text(block.text)
            self._end()

    def _inline_code(self, node: LexborNode) -> bool:
        if next(node.iter(), None) is not None:
            if node.css_first("br") is not None:
                self._code(node, _NO_CLASSES)
                return False
            if node.css_first(".katex, math, mjx-container, script, img") is not None:
                return True
        text = collapse(scrub(node.text()[: self._most]))
        if text and self._left >= 0:
            self._left -= len(text)
            self._parts.append(self._kept.put(text))
            if self._link is not None:
                self._linked += 1
        return False

    def _image(self, node: LexborNode, given: Attributes, classes: frozenset[str]) -> None:
        formula = _formula.image(given, classes)
        if formula is not None:
            if not formula.display and stands_alone(node):
                formula = _formula.Formula(formula.tex, True)
            self._formula(node, "img", formula)
            return
        if is_pixel(given):
            self._edits.append((node, "", ""))
            return
        self.found.pictures.append(with_sources(node, given))
        self._pictured = True
        alt = (given.get("alt") or "").strip()
        if alt and _SIGN_ALT.fullmatch(alt):
            self._append_text(alt)

    def _script(self, node: LexborNode, tag: str) -> bool:
        """Write ``x<sup>2</sup>`` as x²; leave out references to footnotes."""
        text = node.text().strip()
        if (
            tag == "sup"
            and is_reference(text)
            and (text.startswith("[") or node.css_first("a") is not None)
        ):
            return False
        if next(node.iter(), None) is not None and (
            node.css_first(".katex, math, mjx-container, script, img, code") is not None
        ):
            return True
        self._append_text(in_small_forms(text, tag))
        return False

    # --- elements left out ---

    def _is_left_out(
        self, node: LexborNode, tag: str, given: Attributes, classes: frozenset[str]
    ) -> bool:
        if "hidden" in given or elements.HIDDEN_STYLE.search(given.get("style") or ""):
            # The sanitizer removes styles, so it would show the element.
            self._edits.append((node, "", ""))
            return True
        if given.get("aria-hidden") == "true" and (has_little_text(node) or repeats_mathml(node)):
            return True
        if given.get("role") in elements.JUNK_ROLES:
            return True
        if not classes.isdisjoint(elements.JUNK):
            self._note(min(elements.JUNK[name] for name in classes & elements.JUNK.keys()))
            return True
        if (given.get("id") or "") in elements.TOC_IDS:
            self._note("table of contents")
            return True
        if tag in {"td", "th"} and code.is_gutter(node, classes):
            self._edits.append((node, "", ""))
            return True
        return False

    def _note(self, note: str) -> None:
        if note not in self.found.notes:
            self.found.notes.append(note)
