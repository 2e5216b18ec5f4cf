"""Remove controls, surrogates and invisible characters from any string.

All text of an entry passes `scrub`, so a private-use character in a stored text is always a mark of
`digest.text.marks`.  `scrub` and `collapse` are idempotent.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

from digest.text import scripts

# Scripts whose letters join, in which ZWJ and ZWNJ change the reading (Persian, Hindi, Sinhala).
_JOINING = (
    "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"  # Arabic
    "\u0900-\u0dff\u1000-\u109f\u1780-\u18af"  # Indic, Myanmar, Khmer, Mongolian
)
_EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\u20e3\U0001f000-\U0001faff"

_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls
    "\xad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"  # invisible
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # interlinear marks, noncharacters
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000f0000-\U0010ffff]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+"  # tags, but in a flag
    f"|\u200c(?!(?<=[{_JOINING}]\u200c)[{_JOINING}])"
    f"|\u200d(?!(?<=[{_JOINING}]\u200d)|[{_JOINING}]|(?<=[{_EMOJI}]\u200d)[{_EMOJI}])"
)
_SUSPECT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u115f\u1160\u180e\u200b-\u200d"
    "\u2060-\u206f\u3164"
    "\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff\U000e0000-\U0010ffff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ASCII = bytes(range(128))
_NO_CONTROLS = b"\t\n\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

# Character references, the commonest harmless ones excepted.
_HIDING = re.compile(
    "&(?:#(?!(?:82(?:1[1-8]|2[0-6]|30)|3[489]|6[02]|160|1[03]|43|x27|x2F);)|shy|zw|Zero|Negative|NoBreak|af;|i[ct];"
    "|ApplyF|Invisible)"
)

_WIDE = scripts.WIDE
_BREAK_IN_CJK = re.compile(
    f"[ \t\r\n](?<=[{_WIDE}].)(?:(?<=\n)|[ \t\r]*\n)\\s*(?=[{_WIDE}])", re.DOTALL
)
_NO_BREAK_SPACE = re.compile("[\xa0\u2009\u202f](?:(?<=[\\d«].)(?=\\S)|(?=[!?:;»%]))")
_LETTERS = re.compile(r"[^\W_]+")
_NEITHER = bytes(code for code in range(128) if not chr(code).isalnum())
_PLACE_HOLDER, _NARROW_PLACE_HOLDER = "\ufdd0", "\ufdd1"

_DOUBLED = re.compile(
    r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|amp|quot|apos|nbsp|hellip|[lr][sd]quo|[mn]dash|bull|middot"
    r"|copy|reg|trade|euro|pound|deg|times|laquo|raquo|[aeiouAEIOU](?:uml|acute|grave|circ)"
    r"|szlig|[cC]cedil|[nN]tilde|shy|zwnj|[lr]saquo|sbquo|bdquo);"
)


def decode_references(text: str) -> str:
    """Decode the character references of HTML, with numbers of any length.

    >>> decode_references("Q&amp;A &#8217; &copy 2026 &#x1F600;")
    'Q&A ’ © 2026 😀'
    """
    return _REFERENCE.sub(_decoded_reference, text) if "&" in text else text


def _decoded_reference(found: re.Match[str]) -> str:
    written = found[0]
    return _decoded(written) if len(written) <= _LONGEST_REFERENCE else "\ufffd"


@lru_cache(maxsize=2048)
def _decoded(reference: str) -> str:
    return unescape(reference)


_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""The references that `html.unescape` decodes; it fails at a number of over 4,300 digits."""
_LONGEST_REFERENCE = 40


def scrub(text: str) -> str:
    """Drop characters that are no text: controls, surrogates, soft hyphens, private use and so on.

    Vertical tab, form feed and next line become spaces.  Zero-width characters are dropped,
    except ZWJ and ZWNJ that join (in emoji, Arabic and Indic scripts) and tag characters in flags.

    >>> scrub("co\\xadoper\\u200bate")
    'cooperate'
    """
    if "\x0b" in text or "\x0c" in text:
        text = text.replace("\x0b", " ").replace("\x0c", " ")
    if text.isascii():
        return _CONTROL.sub("", text)
    text = text.replace("\x85", " ")
    return _DROPPED.sub("", text) if _SUSPECT.search(text) else text


def may_need_scrub(html: str) -> bool:
    """Say whether a text taken from `html` may hold characters that `scrub` drops."""
    octets = html.encode("utf-8", "surrogatepass")
    if octets.translate(None, _NO_CONTROLS):
        return True
    if len(octets) > len(html):
        # Most texts are short without their ASCII characters, so the search is fast.
        beyond = octets.translate(None, _ASCII).decode("utf-8", "surrogatepass")
        if _SUSPECT.search(beyond) or "\x85" in beyond:
            return True
    return _HIDING.search(html) is not None


def collapse(text: str) -> str:
    """Make each run of white space one space, and drop it at both ends.

    A line break between Chinese or Japanese characters becomes no space at all.  A no-break space
    after a digit ("10 km") or beside the signs that French separates from words ("« oui ! »") stays
    a no-break space, so that no excerpt is cut there.
    """
    if text.isascii():
        return " ".join(text.split())
    if "\n" in text:
        text = _BREAK_IN_CJK.sub("", text)
    if not ("\xa0" in text or "\u2009" in text or "\u202f" in text):
        return " ".join(text.split())
    text = " ".join(_NO_BREAK_SPACE.sub(_place_holder, text).split())
    return text.replace(_PLACE_HOLDER, "\xa0").replace(_NARROW_PLACE_HOLDER, "\u202f")


def _place_holder(found: re.Match[str]) -> str:
    """Return the place holder of a no-break space; narrow ones after a digit become wide."""
    is_narrow = found[0] == "\u202f" and not found.string[found.start() - 1].isdigit()
    return _NARROW_PLACE_HOLDER if is_narrow else _PLACE_HOLDER


def mended(text: str) -> str:
    """Repair UTF-8 that was read as Windows-1252, and replace U+FFFD by an apostrophe or a space.

    >>> mended("weâ€™re in SÃ£o Paulo, don\ufffdt worry")
    'we’re in São Paulo, don’t worry'
    """
    if "&" in text and _MISREAD_HINT.search(text) and _MISREAD_LEAD.search(text):
        text = _MISREAD_REFERENCES.sub(_reread_references, text)
    if text.isascii():
        return text
    if any(map(text.__contains__, "âÃÂãï")) and _SIGN_OF_MISREADING.search(text):
        text = _MISREAD.sub(_reread, text)
        text = _MISREAD_SPACE.sub("", text) if "Â" in text else text
    if "\ufffd" in text:
        text = _LOST.sub(lambda found: "’" if found[1] is not None else " ", text)
    return text


def _reread(found: re.Match[str]) -> str:
    """Decode a run of characters that could be UTF-8; «MAÇÃ» and cité»… could not."""
    run = found[0]
    if (run[0] not in "ÂÃâð" and len(run) < 9) or (len(run) == 2 and run[1] in "»”’“…—–"):
        return run
    try:
        return bytes(_OCTETS.get(sign, ord(sign) & 0xFF) for sign in run).decode("utf-8")
    except UnicodeDecodeError:
        return run


def _reread_references(found: re.Match[str]) -> str:
    """Decode a run of characters of which some are written as character references."""
    signs = decode_references(found[0])
    read = _MISREAD.sub(_reread, signs)
    return read if read != signs and not set(read) & set("<>&") else found[0]


_OCTETS = {
    bytes([code]).decode("cp1252"): code
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_LATER = "\x80-\xbf" + "".join(_OCTETS)
_SIGN_OF_MISREADING = re.compile(f"â€|Ã[{_LATER}]|Â[{_LATER}\\s]|ã€|ï¼")
_MISREAD = re.compile(f"(?:[Â-ð][{_LATER}]{{1,3}})+")
_LEAD = (
    r"&(?:[aA]circ|[aA]tilde|eth|ETH|#(?:19[4-9]|2[0-3]\d|240)|#[xX](?:[c-eC-E][0-9a-fA-F]|[fF]0));"
)
_MISREAD_LEAD = re.compile(f"(?:{_LEAD}|[Â-ð])(?:&|[{_LATER}]+&)")
_MISREAD_HINT = re.compile(f"&(?:(?<=[Â-ð{_LATER}]&)|(?=[aA](?:circ|tilde)|eth|ETH|#[12xX]))")
"""A part of every match of `_MISREAD_LEAD` that is found many times faster."""
_MISREAD_REFERENCES = re.compile(
    f"(?:(?:{_LEAD}|[Â-ð])"
    f"(?:&(?:#\\d{{3,4}}|#[xX][0-9a-fA-F]{{2,4}}|[A-Za-z]{{2,8}}[0-9]?);|[{_LATER}]){{1,3}})+"
)
"""Misread UTF-8 written as character references: ``&acirc;&#128;&#153;``."""
_MISREAD_SPACE = re.compile(r"(?<=[a-z.,;:!?])Â(?=\s)")
_LOST = re.compile(r"(?<=[^\W\d_])\ufffd(?=(?:s|t|re|ve|ll|d|m)\b)()|\ufffd")


def decode_again(text: str) -> str:
    """Decode the character references that a doubly escaped text shows, except `<` and `>`.

    >>> decode_again("Q&amp;A &#8217; R&D")
    'Q&A ’ R&D'
    """
    if "&" not in text:
        return text
    return _DOUBLED.sub(lambda found: scrub(_decoded(found[0])), text)


NONCHARACTERS = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
UNPRINTABLE = f"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}"
"""Characters that no line may hold, as ranges: controls, surrogates, noncharacters."""
_JOINERS = "\u200c\u200d"


def one_line(text: str, most: int | None = None) -> str:
    """Return an untrusted text as one printable line of at most `most` characters.

    Each run of white space becomes one space.  No character is left that controls a terminal, a
    mail header or a page.

    >>> one_line("250 ok\\r\\n\\x1b[31mred\\u202e"), one_line("a long line", 7)
    ('250 ok [31mred', 'a long…')
    """
    if most is not None:
        text = text[: 8 * most]
    if not (text.isascii() and text.isprintable()):
        text = "".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in text)
    line = " ".join(text.split())
    return line if most is None or len(line) <= most else f"{line[: most - 1].rstrip()}…"


def is_lower(letter: str) -> bool:
    """Say whether a letter is lower case in a script that begins sentences with capitals.

    The everyday letters of Georgian (Mkhedruli) are lower case in Unicode, but begin sentences.
    """
    return letter.islower() and not "\u10d0" <= letter <= "\u10ff"


_WIDE_SIGNS = tuple(zip("，：！？；（）…\xa0\u3000", [*",:!?;()", "...", " ", " "], strict=True))
"""Characters that are no letters, and their forms in NFKC."""


def comparison_form(text: str) -> str:
    """Return only the letters and digits of `text`, casefolded (NFKC)."""
    if not text.isascii():
        # Without this, most texts in Chinese and many others would need the slow normalization.
        for sign, form in _WIDE_SIGNS:
            text = text.replace(sign, form)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    # Most characters to remove are ASCII; bytes.translate is many times faster than a pattern.
    form = text.casefold().encode("utf-8", "ignore").translate(None, _NEITHER).decode()
    return form if form.isascii() else "".join(_LETTERS.findall(form))
