"""Questions about one node of a tree and its neighbors, for the walk that writes the text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from digest.normalize.image import SOURCES, written_tags

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

Attributes = dict[str, str | None]

MOST_LOOKED_AT = 32
"""Nodes in an element that are examined, at most."""
MOST_ESCAPED = 5_000
"""Characters of an element that are searched for escaped tags."""


def repeats_mathml(node: LexborNode) -> bool:
    """Say whether a node repeats the MathML before it (KaTeX without its classes)."""
    before = node.prev
    return (
        before is not None
        and not (before.tag or "-").startswith("-")
        and (before.tag == "math" or before.css_first("math") is not None)
    )


def is_subscript(node: LexborNode) -> bool:
    """Say whether an emphasis is two TeX subscripts whose underscores Markdown took for signs."""
    following = node.next
    after = following.text_content if following is not None and following.tag == "-text" else ""
    return node.text().startswith("{") or (after or "").startswith("{")


def is_prose(node: LexborNode) -> bool:
    """Say whether an element holds only text, links and line breaks."""
    return all(child.tag in {"-text", "a", "br"} for child in node.iter(include_text=True))


def has_little_text(node: LexborNode) -> bool:
    """Say whether an element has fewer than three characters of text: an icon, a sign."""
    text = ""
    for inner in islice(node.traverse(include_text=True), MOST_LOOKED_AT):
        if inner.tag == "-text":
            text += inner.text_content or ""
            if len(text.strip()) > 2:
                return False
    return True


def with_sources(node: LexborNode, given: Attributes) -> Attributes:
    """Add the sources of the ``<picture>`` around an image, except AVIF, which few can show."""
    parent = node.parent
    if parent is None or parent.tag != "picture":
        return given
    sets = [
        child.attributes.get("srcset") or child.attributes.get("data-srcset") or ""
        for child in islice(parent.iter(), MOST_LOOKED_AT)
        if child.tag == "source" and child.attributes.get("type") != "image/avif"
    ]
    return {**given, SOURCES: ", ".join(filter(None, sets))}


def escaped_images(node: LexborNode) -> list[LexborNode]:
    """Return the images that an element shows as escaped tags, each parsed on its own."""
    tags = written_tags(node.text()[:MOST_ESCAPED])
    trees = (LexborHTMLParser(f"<!---->{tag}>", is_fragment=True) for tag in tags[:MOST_LOOKED_AT])
    return [image for tree in trees if (image := tree.css_first("img")) is not None]


def is_lone_source(node: LexborNode) -> bool:
    """Say whether a ``<source>`` is the first of a ``<picture>`` that has no image."""
    before = node.prev
    if before is not None and before.tag == "-text":
        before = before.prev
    parent = node.parent
    return before is None and parent is not None and parent.css_first("img") is None


def stands_alone(node: LexborNode) -> bool:
    """Say whether an image is all that its paragraph holds."""
    parent = node.parent
    if parent is None or parent.tag not in {"p", "div", "figure", "center"}:
        return False
    pictures = 0
    for count, inner in enumerate(parent.traverse(include_text=True)):
        pictures += inner.tag == "img"
        if (
            count > MOST_LOOKED_AT
            or pictures > 1
            or (inner.tag == "-text" and (inner.text_content or "").strip())
        ):
            return False
    return True
