"""The code points of scripts, as ranges for a character class.

Names are those of ISO 15924.  The table holds the blocks of a script that are in use today, not all
of them.
"""

from __future__ import annotations

SCRIPTS = {
    "Latn": "\u00c0-\u024f\u1e00-\u1eff",  # ASCII letters aside
    "Hang": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Kana": "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f",  # hiragana and katakana
    "Hani": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Cyrl": "\u0400-\u052f",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Hebr": "\u0590-\u05ff",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff",
    "Mymr": "\u1000-\u109f\uaa60-\uaa7f",
    "Geor": "\u10a0-\u10ff",
    "Armn": "\u0530-\u058f",
    "Ethi": "\u1200-\u137f",
    "Khmr": "\u1780-\u17ff",
}
HAN, KANA, HANGUL, GREEK = (SCRIPTS[name] for name in ("Hani", "Kana", "Hang", "Grek"))
HIRAGANA = "\u3041-\u309f"
KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"
SOUTH_EAST_ASIAN = SCRIPTS["Thai"] + SCRIPTS["Laoo"] + SCRIPTS["Mymr"] + SCRIPTS["Khmr"]
"""Scripts written without spaces between words, in which a word has several characters."""
CHINESE_JAPANESE = HAN + KANA
WITHOUT_SPACES = SOUTH_EAST_ASIAN + CHINESE_JAPANESE
"""Scripts written without spaces between words."""
CJK_SIGNS = "\u2e80-\u303f"
"""Radicals, and the punctuation that is as wide as a character of Han."""
FULL_WIDTH = "\uff00-\uffef"
WIDE = CJK_SIGNS + CHINESE_JAPANESE + FULL_WIDTH
"""Characters of full width, which need no space beside them."""
