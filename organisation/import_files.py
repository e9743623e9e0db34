"""Read CSV files as people's spreadsheets write them."""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from sqlalchemy import String

from database.base import Base
from organisation.errors import RowProblem

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class CsvRow:
    """A row with all the columns that were asked for, stripped, NFC.

    Attributes:
        number: its line in the file; the heading is 1.
    """

    number: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


@dataclass(frozen=True)
class CsvFile:
    """What was read from a file, and what was wrong with it; rows that are wrong are among the rows too.

    Attributes:
        is_readable: whether the rows are known, if only that there are none.
    """

    name: str
    rows: tuple[CsvRow, ...]
    problems: tuple[RowProblem, ...]
    is_readable: bool = True

    def which_has_rows(self) -> "CsvFile":
        """The same file; if it has no rows, that is a fault."""
        if self.rows or not self.is_readable:
            return self
        return _unreadable(self.name, 1, "there are no rows")


def read_csv_file(
    path: Path,
    columns: tuple[str, ...],
    optional: frozenset[str],
    limits: Mapping[str, int] | None = None,
) -> CsvFile:
    """Read a CSV file with commas or semicolons; other columns are passed over.

    Args:
        path: UTF-8, with or without a byte order mark.
        columns: those that must be there.
        optional: those of them whose values may be empty.
        limits: how many characters a column takes, where that is limited.
    Raises:
        OSError: the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unreadable(path.name, 1, _not_utf8(error))
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _read(path.name, reader, columns, optional, limits or {})
    except csv.Error as error:
        return _unreadable(path.name, reader.reader.line_num, f"not CSV: {error}")


def column_limits(table: type[Base]) -> dict[str, int]:
    """How many characters the columns of a table take. SQLite does not look, PostgreSQL refuses."""
    return {
        column.name: column.type.length
        for column in table.__table__.columns
        if isinstance(column.type, String) and column.type.length is not None
    }


def _read(
    name: str,
    reader: "csv.DictReader[str]",
    columns: tuple[str, ...],
    optional: frozenset[str],
    limits: Mapping[str, int],
) -> CsvFile:
    reader.fieldnames = [tidy(heading) for heading in reader.fieldnames or ()]
    missing = [column for column in columns if column not in reader.fieldnames]
    if missing:
        return _unreadable(name, 1, f"columns are missing: {', '.join(missing)}")
    rows: list[CsvRow] = []
    problems: list[RowProblem] = []
    for raw in reader:
        row = CsvRow(reader.line_num, {column: tidy(raw[column]) for column in columns})
        if not any(row.values.values()):
            continue  # spreadsheets leave rows of nothing but delimiters
        rows.append(row)
        problems += [RowProblem(name, row.number, fault) for fault in _faults(row, optional, limits)]
        if any(key not in reader.fieldnames for key in raw):
            problems.append(RowProblem(name, row.number, "more fields than there are columns"))
    return CsvFile(name, tuple(rows), tuple(problems))


def _faults(row: CsvRow, optional: frozenset[str], limits: Mapping[str, int]) -> Iterator[str]:
    for name, value in row.values.items():
        if not value and name not in optional:
            yield f"{name} is empty"
        if len(value) > limits.get(name, len(value)):
            yield f"{name} is longer than {limits[name]} characters"
        if not value.isprintable():
            yield f"{name} holds a character that cannot be shown"


def _not_utf8(error: UnicodeDecodeError) -> str:
    found = "UTF-16" if error.object.startswith(_UTF16_MARKS) else "probably Windows-1252, as Excel writes it"
    return f'the file is not UTF-8 (it is {found}); in Excel, save it as "CSV UTF-8"'


def _unreadable(name: str, row: int, problem: str) -> CsvFile:
    return CsvFile(name, (), (RowProblem(name, row, problem),), is_readable=False)


def tidy(value: str | None) -> str:
    """A value as it is stored: NFC, with single plain spaces (spreadsheets like to put others)."""
    return " ".join(unicodedata.normalize("NFC", value or "").split())
