"""What HTML's elements, classes, ids and roles mean for a plain text: tables for the walk."""

# ruff: noqa: SIM905  # a set of words reads best as words

from __future__ import annotations

import re

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PLAIN_BLOCKS = frozenset(
    """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset figure
    footer header hgroup hr legend main menu p section summary table tbody tfoot thead
    """.split()
)
"""Blocks that are no more than a block."""
BLOCKS = HEADINGS | PLAIN_BLOCKS | frozenset("caption figcaption li ol td th tr ul".split())
DROPPED = frozenset(
    """
    applet area audio base button canvas col colgroup datalist del embed form frame frameset
    head iframe input link map meta meter nav noembed noframes noscript object option optgroup
    param progress rp rt rtc s script select source strike style svg template textarea title
    track video
    """.split()
)
TRANSPARENT = frozenset({"b", "em", "font", "i", "ins", "mark", "small", "span", "strong", "u"})
CODE = frozenset({"pre", "listing", "xmp", "plaintext"})
INLINE_CODE = frozenset({"code", "kbd", "samp", "tt"})
FORMULAS = frozenset({"math", "mjx-container", "d-math", "tex-math"})

TELLING = frozenset({"hidden", "style", "aria-hidden", "role", "class", "id"})
"""Attributes that may say that an element is no text."""
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
JUNK = {
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
        " subscribe-widget wp-block-jetpack-subscriptions captioned-button-wrap button-wrapper"
        " cookie-notice subscription-widget blogger-post-footer",
        "footnotes": "footnotes footnotes-list footnote-definition easy-footnotes-wrapper reflist",
    }.items()
    for name in names.split()
}
"""Classes of what is not the author's text, and what each is called."""
JUNK_ROLES = frozenset({"doc-endnotes", "doc-toc", "navigation"})
TOC_IDS = frozenset({"toc", "table-of-contents", "markdown-toc", "text-table-of-contents"})
CAPTIONS = frozenset(
    """
    wp-caption-text caption image-caption img-caption photo-caption figcaption photo-credit
    image-credit tr-caption
    """.split()
)

ANCHOR_SIGNS = frozenset({"#", "¶", "§", "🔗", "∞", "", "permalink", "Link", "link"})
"""What a heading's link to itself says."""
NOTE_LINK = re.compile(
    r"#(?:_?ftn|fn|cite_note|footnote|easy-footnote|note|user-content-fn|sdfoot)"
)
