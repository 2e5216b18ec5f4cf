"""Read the addresses of a file as people keep it, and name the lines that hold none.

It is a table (CSV; commas, semicolons or tabs) with a column called ``address`` or ``email``, or
with none called anything, or one address a line.  Where a column ``state`` says who is not on the
list, they are left out: so the list of those who left puts nobody back.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from digest.net import mail_addresses

_ADDRESS = frozenset({"address", "email", "e-mail", "mail", "email address", "e-mail address"})
_STATE = frozenset({"state", "status"})
_ON_IT = frozenset({"", "active", "subscribed", "confirmed", "enabled"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet takes for the beginning of a formula; and what is put before that."""
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSubscriberLine:
    """A line, by its number from 1, without an address that mail can be sent to."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberFile:
    """What a file holds, in its order."""

    found: tuple[str, ...]
    bad: tuple[BadSubscriberLine, ...] = ()
    inactive: int = 0
    """How many are not on the list any more, as their state says."""


def read(data: bytes) -> SubscriberFile:
    """Read a list; raises ValueError, which says what is wrong with it as a whole.

    >>> read(b"Name;E-Mail\\nJane;jane@example.org\\n").found
    ('jane@example.org',)
    """
    rows = _rows(_decoded(data))
    if not rows:
        return SubscriberFile(found=())
    names = [cell.strip().casefold() for cell in rows[0][1]]
    column = next((at for at, name in enumerate(names) if name in _ADDRESS), None)
    state = next((at for at, name in enumerate(names) if name in _STATE), None)
    if column is not None:
        rows = rows[1:]
    else:
        state, column = None, next((at for at, name in enumerate(names) if "@" in name), 0)
        if len(names) > 1 and "@" not in names[column]:
            raise ValueError('its first line names no column "address" or "email"')
    found, bad, inactive = [], [], 0
    for line, cells in rows:
        if state is not None and _cell(cells, state).casefold() not in _ON_IT:
            inactive += 1
            continue
        cell = _cell(cells, column)
        try:
            found.append(mail_addresses.split_name(_unguarded(cell))[1])
        except ValueError as error:
            bad.append(BadSubscriberLine(line=line, text=cell[:_SHOWN], reason=str(error)))
    return SubscriberFile(found=tuple(found), bad=tuple(bad), inactive=inactive)


def write(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write lines of CSV (RFC 4180) of which no spreadsheet takes a cell for a formula."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_guarded(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


def _decoded(data: bytes) -> str:
    """Decode as spreadsheets encode: the addresses are ASCII, the names beside them need not be."""
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise ValueError(f"it is not the {encoding.upper()} text that it begins as") from None
        return data.decode("cp1252", errors="replace")


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data[:2]:
        return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return "utf-8"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Divide into rows, with the numbers of their first lines; empty ones are left out."""
    lines = text.splitlines()
    head = next(filter(str.strip, lines), "")
    delimiter = max(";\t,", key=head.count)
    if delimiter not in head:
        rows = [(number, [line.strip().strip('"')]) for number, line in enumerate(lines, 1)]
    else:
        try:
            rows = _table(text, delimiter)
        except csv.Error:  # a quotation mark too many: its line is bad, and no other
            rows = [(number, _cells(line, delimiter)) for number, line in enumerate(lines, 1)]
    return [(number, cells) for number, cells in rows if any(map(str.strip, cells))]


def _cells(line: str, delimiter: str) -> list[str]:
    """Divide a line, whatever it is."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell beyond all measure
        return [line]


def _table(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, number = [], 1
    for cells in reader:
        rows.append((number, cells))
        number = reader.line_num + 1
    return rows
