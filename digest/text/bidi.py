"""Close the embeddings and isolates that a cut text leaves open (UAX 9, 3.1)."""

from __future__ import annotations

import re

_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")


def closers(text: str) -> str:
    """Return the controls that close the embeddings and isolates open at the end of `text`.

    The innermost is closed first.  The end of an isolate closes the embeddings in it too.
    """
    if text.isascii() or not _CONTROL.search(text):
        return ""
    open_ones: list[str] = []
    for control in _CONTROL.findall(text):
        if control == _POP_EMBEDDING:
            if open_ones and open_ones[-1] == _POP_EMBEDDING:
                open_ones.pop()
        elif control == _POP_ISOLATE:
            if _POP_ISOLATE in open_ones:
                while open_ones.pop() != _POP_ISOLATE:
                    pass
        else:
            open_ones.append(_POP_EMBEDDING if control < "\u2066" else _POP_ISOLATE)
    isolates = open_ones.count(_POP_ISOLATE)
    outside = open_ones.index(_POP_ISOLATE) if isolates else len(open_ones)
    return _POP_ISOLATE * isolates + _POP_EMBEDDING * outside


def stripped(text: str) -> str:
    """Return `text` without the controls of embeddings and isolates."""
    return _CONTROL.sub("", text)
