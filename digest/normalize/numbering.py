"""Number the items of a list (HTML, 4.4.5 and 4.4.8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode


class Numbering:
    """Where a list has come to."""

    def __init__(self, node: LexborNode, tag: str, given: dict[str, str | None]) -> None:
        self._ordered = tag == "ol"
        self._style = given.get("type") or "1"
        items = sum(child.tag == "li" for child in node.iter())
        self._single = items < 2
        self._step = -1 if "reversed" in given else 1
        start = _integer(given.get("start"))
        self._next = start if start is not None else (items if self._step < 0 else 1)

    def mark(self, value: str | None) -> str:
        """Return what stands before the next item; `value` is the number that it asks for."""
        if not self._ordered:
            return "" if self._single else "• "
        given = _integer(value)
        number = self._next if given is None else given
        self._next = number + self._step
        if self._style in {"a", "A"} and 1 <= number <= 26:
            return f"{chr(ord(self._style) + number - 1)}. "
        return f"{number}. "


_INTEGER = re.compile(r"\s*(-?\d{1,6})\s*", re.ASCII)


def _integer(text: str | None) -> int | None:
    found = _INTEGER.fullmatch(text) if text else None
    return int(found[1]) if found else None
