"""Put the main text of its page into an entry that is a teaser, or say why not.

trafilatura finds the main text, and is imported only when there is a page to read.  Pages are
hostile, and what stands behind trafilatura is quadratic in the attributes of a tag: so it never
sees a page, only what `_tamed` has written anew of it, in linear time and within bounds.
"""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape
from importlib.util import find_spec
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING

from digest.model import Document, Markup, ParsedEntry, RawHtml
from digest.text.charset import decode_page

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_OF_A_TEASER = 1_000
"""Letters and digits of a text that is taken for a teaser, whatever it ends in."""
LEAST_GAIN = 2
"""How many times as long as the teaser the page's text has to be."""
LEAST_AGREEMENT = 0.5
"""The share of the teaser's words that have to stand in the page's text as well."""

MOST_BYTES = 4_000_000
"""Bytes of a page that are read."""
MOST_CHARS = 1_000_000
MOST_TAGS = 20_000  # their ends counted
MOST_ATTRIBUTES = 24
LONGEST_VALUE = 2_000
"""What of a page trafilatura sees: it takes some 50 microseconds for a tag."""
MOST_COMPARED = 6_000
"""Tags of a page that is read in more ways than one: jusText, one of them, is quadratic."""


def is_installed() -> bool:
    """Tell whether trafilatura can be imported, without importing it."""
    return find_spec("trafilatura") is not None


def is_teaser(entry: ParsedEntry) -> bool:
    """Tell whether the feed's own text looks like a part of a longer one.

    It does below `MOST_OF_A_TEASER`, and at any length where it ends in an ellipsis or in words
    such as "read more".  Short texts that are whole are told apart later, by their page.
    """
    if entry.verbatim:
        return False
    text = _text(entry)
    return len(_letters(text)) < MOST_OF_A_TEASER or _CUT.search(text[-_TAIL:]) is not None


def fill(entry: ParsedEntry, page: Document) -> ParsedEntry | str:
    """Return `entry` with the main text of its page as its content, or in words why not.

    The page's text is taken where it is at least `LEAST_GAIN` times as long as the teaser and
    agrees with it: most words of the teaser, or of the title where there is none, stand in it.
    """
    kind = (page.media_type or "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        return f"the page is {kind}"
    html = _tamed(decode_page(page.body[:MOST_BYTES], page.media_type))
    found = _main_text(html, page.url)
    if found is None:
        return "the page asks not to be copied (noarchive)"
    teaser, letters = _text(entry), _letters(text := _without_tags(found))
    if not letters:
        return "no text was found on the page"
    if len(letters) < LEAST_GAIN * len(_letters(teaser)):
        return "the page says no more than the feed"
    words = _words(_CUT.sub("", teaser)) or _words(_title(entry))
    if len(words & _words(f"{text} {_page_title(html)}")) < max(1, LEAST_AGREEMENT * len(words)):
        return "the page tells something else"
    before = entry.content or entry.summary
    content = Markup(
        value=RawHtml(found),
        html=True,
        base=page.url,
        language=before.language if before else None,
    )
    return replace(entry, summary=None, content=content)


# --- what a text says ----------------------------------------------------------------------------

_TAIL = 300
_MORE = (
    r"(?:continue|keep) reading|read (?:more|on|the (?:rest|full|whole))|(?:full|whole) (?:story"
    r"|post|article)|weiterlesen|mehr lesen|lire la suite|en savoir plus|leer más|seguir leyendo"
    r"|leia mais|continua a leggere|leggi tutto|lees (?:meer|verder)|läs mer|czytaj więcej"
    r"|czytaj dalej|читать (?:далее|дальше|полностью)|(?:阅读|查看)(?:全文|更多|原文)"
    r"|閱讀(?:全文|更多)|继续阅读|繼續閱讀|続きを読む|もっと読む|全文を読む|더\s?보기|계속 읽기"
)
_CUT = re.compile(
    rf"(?:…|\.\.\.|\[(?:…|\.\.\.)\])\s*$|(?<!\w)(?:{_MORE})(?:[\s:“„«\"(-][^\n.!?…。！？]{{0,120}})?\W{{0,5}}$",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_NO_LETTERS = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+")
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def _text(entry: ParsedEntry) -> str:
    """Return the longer of an entry's texts, as plain text."""
    texts = (_plain(markup) for markup in (entry.content, entry.summary) if markup)
    return max(texts, key=len, default="").strip()


def _title(entry: ParsedEntry) -> str:
    return _plain(entry.title) if entry.title else ""


def _plain(markup: Markup) -> str:
    return _without_tags(markup.value) if markup.html else markup.value


def _without_tags(html: str) -> str:
    return unescape(_ANY_TAG.sub(" ", html))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


def _words(text: str) -> frozenset[str]:
    """Return the words by which texts are compared: long ones; pairs where no spaces part them."""
    words: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _WITHOUT_SPACES.search(word):
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) > 3:
            words.add(word)
    return frozenset(words)


# --- what a page says ----------------------------------------------------------------------------

_PAGE_TITLE = re.compile(r"<(title|h1)\b[^<>]*>(.{0,500}?)</\1>", re.DOTALL)
_DOUBLES = (
    "//body//*[contains(@class, 'katex-html') or @class = 'MathJax_Preview'"
    " or (self::span and contains(@class, 'MathJax') and not(.//math))"
    " or (self::td and contains(@class, 'gutter'))]"
)
"""Formulas once more, drawn in letters, and the numbers of lines of code."""
_WISHES = "//meta[translate(@name, 'ROBTS', 'robts') = 'robots']/@content"
_NOT_COPIED = re.compile(r"\b(?:noarchive|nosnippet)\b", re.IGNORECASE)


def _main_text(html: str, url: str) -> str | None:
    """Return the main text of a tamed page as HTML, "" for none; ``None`` if it forbids that."""
    trafilatura = _trafilatura()
    tree = _tree(html)
    if any(_NOT_COPIED.search(wish) for wish in tree.xpath(_WISHES)):
        return None
    for element in tree.xpath(_DOUBLES):
        element.drop_tree()
    for block in list(tree.iter("pre")):
        _make_plain(block)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = trafilatura.bare_extraction(
                tree,
                url=url,
                fast=html.count("<") > MOST_COMPARED,
                output_format="html",
                include_comments=False,
                include_formatting=True,
                include_images=True,
                include_links=True,
                include_tables=True,
            )
    except Exception:
        # trafilatura promises no exception of its own: of an odd page it raises whatever it hits.
        return ""
    return _html(found.body) if found is not None and found.body is not None else ""


def _trafilatura() -> ModuleType:
    """Import trafilatura, and silence it: what its log tells of a page is nobody's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trafilatura
    for name in ("trafilatura", "htmldate", "courlan", "justext"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return trafilatura


def _make_plain(block: HtmlElement) -> None:
    """Make a block of code what trafilatura keeps the lines of: one that holds no elements."""
    for line_break in block.iter("br"):
        line_break.tail = f"\n{line_break.tail or ''}"
    words, tail = block.text_content(), block.tail
    block.clear()
    block.tag, block.text, block.tail = "code", words, tail


_TAGS = {
    "item": "li",
    "quote": "blockquote",
    "lb": "br",
    "graphic": "img",
    "ref": "a",
    "row": "tr",
}
_LISTS = {"ol": "ol", "dl": "dl"}
_KEPT = {"target": "href", "src": "src", "alt": "alt"}
_LOOKS = {"#b": "strong", "#i": "em", "#u": "u", "#t": "kbd", "#sub": "sub", "#sup": "sup"}


def _html(body: HtmlElement) -> str:
    """Write what trafilatura found, which is in the manner of TEI, as HTML.

    Its own HTML has neither inline code nor numbered lists.
    """
    from lxml.etree import tostring

    for element in body.iter("*"):
        tag, look = element.tag, element.get("rend") or ""
        parent = element.getparent()
        if tag == "code":
            is_block = "\n" in (element.text or "") or (parent is not None and parent.tag == "body")
            element.tag = "pre" if is_block else "code"
        elif tag == "list":
            element.tag = _LISTS.get(look, "ul")
        elif tag == "item" and parent is not None and parent.tag == "dl":
            element.tag = look[:2] if look[:2] in ("dt", "dd") else "dd"
        elif tag == "head":
            element.tag = look if re.fullmatch("h[1-6]", look) else "h3"
        elif tag == "hi":
            element.tag = _LOOKS.get(look, "em")
        elif tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        else:
            element.tag = _TAGS.get(tag, tag)
        kept = {name: element.get(old) for old, name in _KEPT.items() if element.get(old)}
        element.attrib.clear()
        element.attrib.update(kept)
    body.tag = "div"
    return str(tostring(body, encoding="unicode"))


def _tree(html: str) -> HtmlElement:
    """Parse a tamed page.  libxml2 itself ends a page that is nested 256 elements deep."""
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # With a root of our own there is a tree, whatever the page is.
    return lxml_html.document_fromstring(f"<html>{html}".encode(), parser=parser)


def _page_title(html: str) -> str:
    return _without_tags(" ".join(found[2] for found in _PAGE_TITLE.finditer(html)))


# --- taming --------------------------------------------------------------------------------------

_VALUE = r"""(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+)"""
_ATTRIBUTE = rf"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE})?+"
_MARK = re.compile(
    rf"<!--.*?(?:--!?>|\Z)|<[!?][^>]*+>?+|</(?P<end>[a-zA-Z][^\s/>]*+)[^>]*+>?+"
    rf"|<(?P<start>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:{_ATTRIBUTE})*+)[\s/]*+>?+",
    re.DOTALL,
)
"""Comments, declarations and tags, as HTML 13.2.5 reads them.  Every part takes what it can and
gives nothing back, so the pattern never fails late and is linear."""
_NAMED_VALUE = re.compile(
    rf"[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>{_VALUE}))?+", re.DOTALL
)
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]{0,40}")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])|\Z", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
"""Elements that hold no tags (HTML 13.2.5.1), and the end of each."""
_TEX = re.compile(r"type\s*=\s*[\"']?math/tex(?P<display>[^\"'>]{0,20}mode\s*=\s*display)?", re.I)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")


def _tamed(page: str) -> str:
    """Write a page anew, without scripts, styles, comments, and without any excess."""
    return "".join(islice(_within(MOST_CHARS, _pieces(_CONTROLS.sub("", page))), 2 * MOST_TAGS))


def _within(most: int, pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _pieces(page: str) -> Iterator[str]:
    """Yield the tags of a page and, escaped, the texts between them."""
    at = 0
    while mark := _MARK.search(page, at):
        yield page[at : mark.start()].replace("<", "&lt;")
        at = mark.end()
        if name := mark["start"]:
            if not _NAME.fullmatch(name):
                continue
            name = name.lower()
            if name not in _RAW:
                yield f"<{name}{''.join(_attributes(mark['attributes']))}>"
                continue
            end = _RAW[name].search(page, at)
            assert end is not None, "the end of the page is an end"
            yield _raw(name, mark["attributes"], page[at : end.start()])
            at = end.start()
        elif (name := mark["end"]) and _NAME.fullmatch(name) and name.lower() not in _RAW:
            yield f"</{name}>"
    yield page[at:].replace("<", "&lt;")


def _attributes(written: str) -> Iterator[str]:
    for found in islice(_NAMED_VALUE.finditer(written), MOST_ATTRIBUTES):
        value = found["value"] or ""
        if value[:1] in ("'", '"'):
            value = value[1:].removesuffix(value[0])
        if _NAME.fullmatch(found["name"]) and len(value) <= LONGEST_VALUE:
            yield f' {found["name"]}="{value.replace(chr(34), "&quot;")}"'


def _raw(name: str, attributes: str, text: str) -> str:
    """Keep of an element without tags what is the page's title, or a formula (MathJax 2)."""
    if name == "title":
        return f"<title>{escape(unescape(text[:LONGEST_VALUE]))}</title>"
    tex = _TEX.search(attributes[:LONGEST_VALUE]) if name == "script" else None
    if tex is None:
        return ""
    return escape(rf"\[{text}\]" if tex["display"] else rf"\({text}\)")
