"""Rows of the register as the JSON of an exported file, and back.

Every column of every table below is in the file, so a new column needs no thought here.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import JSON, Boolean, Column, Date, Enum, Integer, LargeBinary, String, Table

from cases.history import plain
from cases.tables import (
    AttachmentRow,
    BreachRow,
    CaseEventRow,
    CaseRoutineRow,
    CaseRow,
    CommentRow,
    InvolvedRow,
    MeasureRow,
    WatcherRow,
)
from database.base import Base, UtcDateTime

Record = dict[str, Any]
FORMAT = 1
CASES = cast(Table, CaseRow.__table__)
EVENTS = cast(Table, CaseEventRow.__table__)
CONTENT = "content"
_CASE_NUMBER = "case_number"


def _table(row: type[Base]) -> Table:
    return cast(Table, row.__table__)


PARTS: Mapping[str, Table] = {
    "measures": _table(MeasureRow),
    "routines": _table(CaseRoutineRow),
    "watchers": _table(WatcherRow),
    "involved": _table(InvolvedRow),
    "comments": _table(CommentRow),
    "attachments": _table(AttachmentRow),
    "breaches": _table(BreachRow),
}
"""What a case's record holds of other tables."""


def event_columns() -> list[Column[Any]]:
    """The columns of an event's record; its id is its place in the file."""
    return [column for column in EVENTS.columns if column.name != "id"]


def part_columns(table: Table) -> list[Column[Any]]:
    """The columns of a part of a case; the case is that of the record."""
    return [column for column in table.columns if column.name != _CASE_NUMBER]


def to_json(value: Any) -> Any:
    """A value as it stands in the file: moments in UTC and days in ISO 8601, bytes in Base64."""
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else plain(value)


def to_line(record: Record) -> bytes:
    """A record as a line of the file, the same for the same record."""
    return (json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def row_of(record: Any, columns: list[Column[Any]]) -> Record:
    """The values of a row.

    Raises:
        ValueError: a field is missing, unknown or holds no such value. The message does not repeat the value.
    """
    if not isinstance(record, dict) or set(record) != {column.name for column in columns}:
        raise ValueError("has not the fields that it should have")
    return {column.name: _from_json(column, record[column.name]) for column in columns}


def _from_json(column: Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.name} is missing")
        return None
    try:
        return _read(column, value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{column.name} is not usable") from error


def _read(column: Column[Any], value: Any) -> Any:
    match column.type:
        case UtcDateTime():
            return _aware(datetime.fromisoformat(value))
        case Date():
            return date.fromisoformat(value)
        case Enum() as members if members.enum_class is not None:
            return members.enum_class(value)
        case LargeBinary():
            return b64decode(value, validate=True)
        case String() as text:
            return _checked(value, str, fits=text.length is None or len(value) <= text.length)
        case Boolean():
            return _checked(value, bool)
        case Integer():
            return _checked(value, int, fits=not isinstance(value, bool))
        case JSON():
            return _checked(value, dict)
    raise TypeError(f"no reader of {column.name}")


def _checked(value: Any, kind: type, *, fits: bool = True) -> Any:
    if not isinstance(value, kind) or not fits:
        raise ValueError("no such value")
    return value


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("no UTC offset")
    return moment


class FileDigest:
    """SHA-256 over what an exported file holds, whenever it was written."""

    def __init__(self, header: Record) -> None:
        stable = {name: value for name, value in header.items() if name != "exported_at"}
        self._total = hashlib.sha256(to_line(stable))

    def add(self, line: bytes) -> None:
        """Take in the next line."""
        self._total.update(line)

    def end_line(self) -> bytes:
        """The last line of the file."""
        return to_line({"end": {"sha256": self._total.hexdigest()}})
