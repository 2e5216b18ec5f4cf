"""The forms of the parts of an address on the web side, as Starlette's router reads them.

The gate refuses a line feed at the end of a path, which the ``$`` of the router would overlook.
"""

from __future__ import annotations

import re

from starlette.convertors import StringConvertor, register_url_convertor

_APPENDED = ".,;:!)]}>'\"*_/ \u00a0\u200b\u2019\u201d\u00bb\u2026"
"""What mail programs and people append to a link that stands in a sentence or in brackets."""


class _DigestName(StringConvertor):
    regex = "[a-z0-9_-]+"


class _EditionSlot(StringConvertor):
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}"


class _ArchiveFile(StringConvertor):
    regex = "[A-Za-z0-9./-]*"


class _LinkToken(StringConvertor):
    """A token, without what a mail program has appended to its link.

    A step upwards (``/..``) is not taken for punctuation.
    """

    regex = rf"[A-Za-z0-9-]{{1,64}}(?!/\.\.)[{re.escape(_APPENDED)}]{{0,4}}"

    def convert(self, value: str) -> str:
        return value.rstrip(_APPENDED)


class _HubToken(StringConvertor):
    regex = "[a-z2-7]{32}"


def register() -> None:
    """Make the forms known to Starlette, by the names that the routes use."""
    register_url_convertor("digest_name", _DigestName())
    register_url_convertor("edition_slot", _EditionSlot())
    register_url_convertor("archive_file", _ArchiveFile())
    register_url_convertor("link_token", _LinkToken())
    register_url_convertor("hub_token", _HubToken())
