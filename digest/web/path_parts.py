"""The converters for path parameters in Starlette's routes.

The gate refuses a line feed at the end of a path, because the ``$`` of the router accepts it.
"""

from __future__ import annotations

import re

from starlette.convertors import StringConvertor, register_url_convertor

_APPENDED = ".,;:!)]}>'\"*_/ \u00a0\u200b\u2019\u201d\u00bb\u2026"
"""Characters that mail programs and people append to a link in a sentence or in brackets."""


class _DigestName(StringConvertor):
    regex = "[a-z0-9_-]+"


class _EditionSlot(StringConvertor):
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}"


class _ArchiveFile(StringConvertor):
    regex = "[A-Za-z0-9./-]*"


class _LinkToken(StringConvertor):
    """A token; punctuation that a mail program has appended is removed.

    The path step ``/..`` does not count as punctuation.
    """

    regex = rf"[A-Za-z0-9-]{{1,64}}(?!/\.\.)[{re.escape(_APPENDED)}]{{0,4}}"

    def convert(self, value: str) -> str:
        return value.rstrip(_APPENDED)


class _HubToken(StringConvertor):
    regex = "[a-z2-7]{32}"


def register() -> None:
    """Register the converters in Starlette."""
    register_url_convertor("digest_name", _DigestName())
    register_url_convertor("edition_slot", _EditionSlot())
    register_url_convertor("archive_file", _ArchiveFile())
    register_url_convertor("link_token", _LinkToken())
    register_url_convertor("hub_token", _HubToken())
