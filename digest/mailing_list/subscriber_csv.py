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
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO, StringIO, TextIOWrapper
from itertools import islice
from typing import BinaryIO

from digest.mailing_list.consent_columns import ConsentColumns, consent_columns
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
    return next(portions(BytesIO(data), sys.maxsize), SubscriberFile(addresses=()))


def portions(file: BinaryIO, size: int) -> Iterator[SubscriberFile]:
    """Read a list in portions of at most `size` rows; only one portion is in memory at a time.

    The file is read several times, because its encoding, its form and the meaning of its columns
    depend on all of it.  Raises ValueError where it cannot be read as a whole.
    """
    table = _Table(file, _form(file))
    first = next(iter(table), None)
    if first is None:
        return
    names = [cell.strip().casefold() for cell in first[1]]
    column = next((at for at, name in enumerate(names) if _is_address(name)), None)
    title: list[str] = []
    if column is None:
        column = _only_addresses(names, table)
    if column is not None:
        title = first[1]
    else:
        column = next((at for at, name in enumerate(names) if "@" in name), 0)
        if len(names) > 1 and "@" not in names[column]:
            raise ValueError('its first line names no column "address" or "email"')
    columns = _Columns(
        address=column,
        names=_name_columns(title),
        consent=consent_columns(title, _Cells(table, below=bool(title)), column),
    )
    rows = islice(table, 1 if title else 0, None)
    while portion := list(islice(rows, size)):
        yield _portion(portion, columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What the columns of a list hold."""

    address: int
    names: tuple[int, ...]
    consent: ConsentColumns


def _portion(rows: Iterable[tuple[int, Sequence[str]]], columns: _Columns) -> SubscriberFile:
    addresses, bad, left = [], [], Counter[str]()
    called: dict[str, str] = {}
    for line, cells in rows:
        if (left_by := columns.consent.left_by(cells)) is not None:
            left[left_by] += 1
            continue
        cell = _cell(cells, columns.address)
        try:
            written, address = mail_addresses.split_name(_unguarded(cell))
            addresses.append(address)
            if name := _name_of(cells, columns.names) or _parsed_name(written):
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


def _only_addresses(names: Sequence[str], table: _Table) -> int | None:
    """Return the only column whose name speaks of mail and whose cells are addresses, if any."""
    if any("@" in name for name in names):
        return None  # there are no names
    possible = {at for at, name in enumerate(names) if _OF_MAIL.search(name)}
    filled: set[int] = set()
    if possible:
        for cells in _Cells(table, below=True):
            for at in list(possible):
                if cell := _cell(cells, at):
                    filled.add(at)
                    if "@" not in cell:
                        possible.remove(at)
    columns = sorted(possible & filled)
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


# --- the file ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How the text of a list is written."""

    encoding: str
    delimiter: str | None
    """``None``: each line is an address."""
    quoted: bool = True
    """Whether all its quotation marks are balanced."""


class _Table:
    """The rows of a list, with the numbers of their first lines, without empty ones.

    Each iteration reads the file from its beginning.
    """

    def __init__(self, file: BinaryIO, form: _Form) -> None:
        self._file = file
        self._form = form

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        form = self._form
        rows: Iterator[tuple[int, list[str]]]
        with _opened(self._file, form.encoding) as text:
            if form.delimiter is None:
                rows = ((number, [line.strip().strip('"')]) for number, line in _lines(text))
            elif form.quoted:
                rows = _table(text, form.delimiter)
            else:  # an unbalanced quotation mark: only its line is bad
                delimiter = form.delimiter
                rows = ((number, _cells(line, delimiter)) for number, line in _lines(text))
            for number, cells in rows:
                if any(map(str.strip, cells)):
                    yield number, cells


class _Cells:
    """The cells of a list's rows: of all of them, or of those `below` the first."""

    def __init__(self, table: _Table, *, below: bool) -> None:
        self._table = table
        self._below = below

    def __iter__(self) -> Iterator[list[str]]:
        return (cells for _, cells in islice(self._table, 1 if self._below else 0, None))


@contextmanager
def _opened(file: BinaryIO, encoding: str) -> Iterator[TextIOWrapper]:
    """Read a file as text from its beginning, and leave it open."""
    file.seek(0)
    errors = "replace" if encoding == "cp1252" else "strict"
    text = TextIOWrapper(file, encoding, errors, newline="")
    try:
        yield text
    finally:
        text.detach()


def _form(file: BinaryIO) -> _Form:
    """Find out how a list is written; addresses are ASCII, names need not be.

    The encodings are those of spreadsheets.
    """
    file.seek(0)
    encoding = _encoding(file.read(4))
    try:
        head = _checked(file, encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise ValueError(f"it is not the {encoding.upper()} text that it begins as") from None
        encoding = "cp1252"
        head = _checked(file, encoding)
    delimiter = max(";\t,", key=head.count)
    if delimiter not in head:
        return _Form(encoding=encoding, delimiter=None)
    form = _Form(encoding=encoding, delimiter=delimiter)
    try:
        for _ in _Table(file, form):
            pass
    except csv.Error:
        return replace(form, quoted=False)
    return form


def _checked(file: BinaryIO, encoding: str) -> str:
    """Return the first line that is not blank; raise ValueError where the file is no text."""
    head = ""
    with _opened(file, encoding) as text:
        for _, line in _lines(text):
            if "\0" in line:
                raise ValueError("it is no text: save a spreadsheet as CSV first")
            if not head and line.strip():
                head = line
    return head


def _lines(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines, counted from 1, without their ends."""
    number = 0
    for piece in text:
        for line in piece.splitlines():
            number += 1
            yield number, line


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data[:2]:
        return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return "utf-8"


def _cells(line: str, delimiter: str) -> list[str]:
    """Divide a line into cells; a line that is no CSV is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell longer than the csv module accepts
        return [line]


def _table(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 1
    for cells in reader:
        yield number, cells
        number = reader.line_num + 1
