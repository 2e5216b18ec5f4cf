"""Find faults of a look beyond its syntax: files that are no pictures, colors hard to read."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import Look
from digest.render.looks import colors, pictures


def problems(look: Look) -> Iterator[tuple[str, str]]:
    """Yield each mistaken key of a look with a message."""
    for key, file, most in (
        ("logo", look.logo, pictures.MOST_BYTES_OF_LOGO),
        ("share_image", look.share_image, pictures.MOST_BYTES_OF_SHARE_IMAGE),
    ):
        if file is not None:
            try:
                pictures.load(file, key, most=most)
            except ValueError as error:
                yield key, str(error)
    for key, accent, background, page in (
        ("accent", look.accent, colors.LIGHT, "light"),
        ("accent_dark", look.accent_dark, colors.DARK, "dark"),
    ):
        if accent is None:
            continue
        color = colors.parse(accent)
        found = colors.contrast(color, background)
        if found < colors.LEAST_CONTRAST:
            # Rounded down, so that 4.499 is not shown as the 4.50 that is needed.
            yield (
                key,
                f"{accent} has a contrast of {int(found * 100) / 100:.2f}:1 with the "
                f"{page} page, {background}; text needs {colors.LEAST_CONTRAST}:1 (WCAG 2.2, AA): "
                f'"{colors.readable(color, background)}" would do',
            )
