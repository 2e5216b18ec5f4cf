"""Compute the contrast of two colors, and the nearest color with enough contrast.

Contrast is that of WCAG 2.2 (1.4.3).  A color is made lighter or darker in OKLCH (Ottosson 2020),
which keeps its hue for the eye.
"""

from __future__ import annotations

import math
import re

LIGHT, DARK = "#fcfbf8", "#151412"
"""The backgrounds of pages and mails, the ``--paper`` of the style sheets."""
LEAST_CONTRAST = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3, level AA)."""

_COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_STEPS = 24
"""The steps of the bisection; its error is far below the distance of two colors."""


def parse(text: str) -> str:
    """Return a color as ``#rrggbb``; raise ValueError for any other text.

    >>> parse("#FA0")
    '#ffaa00'
    """
    if not _COLOR.fullmatch(text):
        raise ValueError(f'expected a color such as "#0b5fff", found "{text[:40]}"')
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def contrast(color: str, background: str) -> float:
    """Return the contrast of two colors, from 1 to 21.

    >>> round(contrast("#ffffff", "#000000")), round(contrast("#777777", "#ffffff"), 2)
    (21, 4.48)
    """
    darker, lighter = sorted((_luminance(color), _luminance(background)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(color: str, background: str) -> str:
    """Return `color`, or the nearest color of its hue with enough contrast to `background`."""
    if contrast(color, background) >= LEAST_CONTRAST:
        return color
    lightness, chroma, hue = _oklch(color)
    near, far = lightness, 1.0 if _luminance(background) < 0.18 else 0.0
    for _ in range(_STEPS):
        middle = (near + far) / 2
        if contrast(_hex(middle, chroma, hue), background) >= LEAST_CONTRAST:
            far = middle
        else:
            near = middle
    return _hex(far, chroma, hue)


def _channels(color: str) -> tuple[float, float, float]:
    """Return linear red, green and blue, from 0 to 1."""
    values = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values
    )
    return red, green, blue


def _luminance(color: str) -> float:
    red, green, blue = _channels(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklch(color: str) -> tuple[float, float, float]:
    red, green, blue = _channels(color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Write a color as ``#rrggbb``; outside of sRGB, the nearest color of less chroma."""
    for step in range(21):
        channels = _linear(lightness, chroma * (1 - step / 20), hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in channels):
            break
    return "#" + "".join(f"{_encoded(channel):02x}" for channel in channels)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel: float) -> int:
    channel = min(1.0, max(0.0, channel))
    value = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(255 * value)
