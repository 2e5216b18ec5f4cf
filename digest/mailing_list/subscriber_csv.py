"""Read and write lists of subscribers: the CSV tables and text files of people and services.

A list is a table (CSV; commas, semicolons or tabs) or has one address a line.  The column of
addresses is called ``address`` or ``email``, or has a name that speaks of mail; a table may also
have no names of columns.  A person whom a column calls no longer subscribed is left out
(`consent_columns`), so importing a list of those who left adds none of them.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from digest.mailing_list.consent_columns import consent_columns
from digest.mailing_list.names import parse_name
from digest.net import mail_addresses

_ADDRESS = frozenset(
    (  # noqa: SIM905 - a table of words, to be read and lengthened
        "address|email|e mail|mail|email address|e mail address|emailaddress|mail address|"
        "user email|subscriber email|contact email|member email|correo|email 1 value|"
        "email id|e mail adresse|email adresse|adresse e mail|courriel|correo electrónico|"
        "indirizzo email|адрес|почта|邮箱|メールアドレス|이메일"
    ).split("|")
)
"""The names of a column of addresses, in lower case, without punctuation."""
_NAME = frozenset(
    (  # noqa: SIM905 - as above
        "name|full name|fullname|display name|subscriber name|contact name|nombre|nom|"
        "nome|имя|姓名|名前|氏名|이름|الاسم"
    ).split("|")
)
_FIRST_NAME = frozenset({"first name", "firstname", "vorname", "given name", "prénom", "fname"})
_LAST_NAME = frozenset({"last name", "lastname", "nachname", "surname", "family name", "lname"})
_OF_MAIL = re.compile(
    "mail|post|correo|courriel|почт|пошт|邮|郵|メール|메일|البريد|אימייל|דוא|ηλεκτρονικ",
    re.IGNORECASE,
)
"""Words in the name of a column of addresses, for other languages and longer names."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""The characters that begin a formula in a spreadsheet, and the apostrophe that guards them."""
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSubscriberLine:
    """A line without a valid address, and its number, from 1."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberFile:
    """The contents of a file of subscribers, in the file's order."""

    addresses: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Address -> name, for the addresses with a name."""
    bad: tuple[BadSubscriberLine, ...] = ()
    inactive: int = 0
    """How many people the file calls no longer subscribed."""
    inactive_by: tuple[tuple[str, int], ...] = ()
    """The names of the columns that say so, each with its number of people."""


def read(data: bytes) -> SubscriberFile:
    """Read a list; raise ValueError where it cannot be read as a whole.

    >>> read(b"Name;E-Mail\\nJane;jane@example.org\\n").addresses
    ('jane@example.org',)
    """
    rows = _rows(_decoded(data))
    if not rows:
        return SubscriberFile(addresses=())
    names = [cell.strip().casefold() for cell in rows[0][1]]
    column = next((at for at, name in enumerate(names) if _is_address(name)), None)
    title: list[str] = []
    if column is None:
        column = _only_addresses(rows)
    if column is not None:
        title, rows = rows[0][1], rows[1:]
    else:
        column = next((at for at, name in enumerate(names) if "@" in name), 0)
        if len(names) > 1 and "@" not in names[column]:
            raise ValueError('its first line names no column "address" or "email"')
    consent = consent_columns(title, [cells for _, cells in rows], column)
    addresses, bad, left = [], [], Counter[str]()
    called: dict[str, str] = {}
    name_columns = _name_columns(title)
    for line, cells in rows:
        if (left_by := consent.left_by(cells)) is not None:
            left[left_by] += 1
            continue
        cell = _cell(cells, column)
        try:
            written, address = mail_addresses.split_name(_unguarded(cell))
            addresses.append(address)
            if name := _name_of(cells, name_columns) or _parsed_name(written):
                called[address] = name
        except ValueError as error:
            bad.append(BadSubscriberLine(line=line, text=cell[:_SHOWN], reason=str(error)))
    return SubscriberFile(
        addresses=tuple(addresses),
        names=called,
        bad=tuple(bad),
        inactive=left.total(),
        inactive_by=tuple(left.items()),
    )


def _only_addresses(rows: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """Return the only column whose name speaks of mail and whose cells are addresses, if any."""
    names, below = rows[0][1], [cells for _, cells in rows[1:]]
    if any("@" in name for name in names):
        return None  # there are no names
    filled = [[cell for cells in below if (cell := _cell(cells, at))] for at, _ in enumerate(names)]
    columns = [
        at
        for at, cells in enumerate(filled)
        if cells and all("@" in cell for cell in cells) and _OF_MAIL.search(names[at])
    ]
    return columns[0] if len(columns) == 1 else None


def _is_address(name: str) -> bool:
    return _plain(name) in _ADDRESS


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def _name_columns(title: Sequence[str]) -> tuple[int, ...]:
    """Return the columns of a person's name: one for the whole name, or two for its parts."""
    names = [_plain(cell) for cell in title]
    whole = next(((at,) for at, name in enumerate(names) if name in _NAME), ())
    parts = (
        next((at for at, name in enumerate(names) if name in known), None)
        for known in (_FIRST_NAME, _LAST_NAME)
    )
    return whole or tuple(at for at in parts if at is not None)


def _name_of(cells: Sequence[str], columns: Sequence[int]) -> str | None:
    return _parsed_name(" ".join(_unguarded(_cell(cells, at)) for at in columns))


def _parsed_name(text: str) -> str | None:
    """Return a name, or ``None`` for text that is no name: the address counts without it."""
    try:
        return parse_name(text)
    except ValueError:
        return None


def write(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield lines of CSV (RFC 4180) in which no spreadsheet reads a cell as a formula."""
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
    """Decode in the encodings of spreadsheets: addresses are ASCII, names need not be."""
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise ValueError(f"it is not the {encoding.upper()} text that it begins as") from None
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ValueError("it is no text: save a spreadsheet as CSV first")
    return text


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data[:2]:
        return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return "utf-8"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Divide into rows, with the numbers of their first lines; leave empty rows out."""
    lines = text.splitlines()
    head = next(filter(str.strip, lines), "")
    delimiter = max(";\t,", key=head.count)
    if delimiter not in head:
        rows = [(number, [line.strip().strip('"')]) for number, line in enumerate(lines, 1)]
    else:
        try:
            rows = _table(text, delimiter)
        except csv.Error:  # an unbalanced quotation mark: only its line is bad
            rows = [(number, _cells(line, delimiter)) for number, line in enumerate(lines, 1)]
    return [(number, cells) for number, cells in rows if any(map(str.strip, cells))]


def _cells(line: str, delimiter: str) -> list[str]:
    """Divide a line into cells; a line that is no CSV is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell longer than the csv module accepts
        return [line]


def _table(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, number = [], 1
    for cells in reader:
        rows.append((number, cells))
        number = reader.line_num + 1
    return rows
