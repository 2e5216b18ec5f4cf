"""Check and write lists of fonts for CSS."""

from __future__ import annotations

import re

_GENERIC = re.compile(
    "serif|sans-serif|monospace|cursive|fantasy|system-ui|math|emoji|fangsong|"
    "ui-serif|ui-sans-serif|ui-monospace|ui-rounded|-apple-system",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W_](?: ?[.+-]? ?[^\W_]){0,63}")
_MOST = 12


def stack(text: str) -> str:
    """Return a list of fonts with each name in quotes; raise ValueError for anything else.

    A name is made of letters and digits of any script, with single blanks, hyphens, dots or plus
    signs between them.  So no list can end the CSS rule, the style or the attribute around it.

    >>> stack('Inter, "Segoe UI", sans-serif')
    "'Inter','Segoe UI',sans-serif"
    """
    families = [_family(part.strip()) for part in text.split(",")]
    if len(families) > _MOST:
        raise ValueError(f"expected at most {_MOST} fonts, found {len(families)}")
    return ",".join(families)


def _family(written: str) -> str:
    name = written[1:-1].strip() if re.fullmatch(r"\"[^\"]*\"|'[^']*'", written) else written
    if _GENERIC.fullmatch(name):
        return name.lower()
    if not _NAME.fullmatch(name):
        raise ValueError(
            f'"{written[:40]}" is no name of a font; expected names with commas between them, '
            'such as "Source Serif 4, Georgia, serif"'
        )
    return f"'{name}'"
