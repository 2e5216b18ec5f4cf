"""Read the publisher's logo and share image.

An unusable picture is left out and logged; it stops no edition.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from digest.model import Look, Picture
from digest.render.looks import pictures

logger = logging.getLogger(__name__)


def logo(look: Look) -> Picture | None:
    return _picture(look.logo, "logo", pictures.MOST_BYTES_OF_LOGO)


def share_image(look: Look) -> Picture | None:
    return _picture(look.share_image, "share", pictures.MOST_BYTES_OF_SHARE_IMAGE)


def files(look: Look) -> Mapping[str, Picture]:
    """Return the pictures that are published beside a digest's pages, by file name."""
    return {picture.filename: picture for picture in (logo(look), share_image(look)) if picture}


def _picture(file: Path | None, name: str, most: int) -> Picture | None:
    if file is None:
        return None
    try:
        state = file.stat()
    except OSError as error:
        logger.warning("%s is left out: %s", file, error.strerror)
        return None
    return _loaded(file, name, most, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _loaded(file: Path, name: str, most: int, written: int, size: int) -> Picture | None:
    """Read a picture; the result is cached until the file's time or size changes."""
    try:
        return pictures.load(file, name, most=most)
    except ValueError as error:
        logger.warning("%s; it is left out", error)
        return None
