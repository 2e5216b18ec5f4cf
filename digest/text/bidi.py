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
    still_open: list[str] = []
    for control in _CONTROL.findall(text):
        if control == _POP_EMBEDDING:
            if still_open and still_open[-1] == _POP_EMBEDDING:
                still_open.pop()
        elif control == _POP_ISOLATE:
            if _POP_ISOLATE in still_open:
                while still_open.pop() != _POP_ISOLATE:
                    pass
        else:
            still_open.append(_POP_EMBEDDING if control < "\u2066" else _POP_ISOLATE)
    isolates = still_open.count(_POP_ISOLATE)
    outside = still_open.index(_POP_ISOLATE) if isolates else len(still_open)
    return _POP_ISOLATE * isolates + _POP_EMBEDDING * outside


def stripped(text: str) -> str:
    """Return `text` without the controls of embeddings and isolates."""
    return _CONTROL.sub("", text)
