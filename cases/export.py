"""The case register as a JSON Lines file, with everything that belongs to a case.

The lines: a header, a case each by number, an event each in the order in which they were written, and an
end with a digest. It is an administrator's tool and knows no rights: who holds the file holds all cases.
Subscriptions, known trends and notices are not in it; a backup of the database has them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from cases.history import digest
from cases.register_records import (
    CASES,
    CONTENT,
    FORMAT,
    PARTS,
    FileDigest,
    Record,
    event_columns,
    to_json,
    to_line,
)
from cases.tables import CaseEventRow, CaseNumberRow, CaseRow

Write = Callable[[bytes], object]
PAGE = 500


@dataclass(frozen=True)
class Scope:
    """Which cases are exported.

    Attributes:
        year: in which they were reported, Norwegian time; None for all.
        unit_ids: of which units; None for all.
    """

    year: int | None = None
    unit_ids: frozenset[str] | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.year is None and self.unit_ids is None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The scope as conditions on cases."""
        found: list[ColumnElement[bool]] = []
        if self.year is not None:
            first, last = date(self.year, 1, 1), date(self.year, 12, 31)
            found.append(CaseRow.reported_on.between(first, last))
        if self.unit_ids is not None:
            found.append(CaseRow.unit_id.in_(self.unit_ids))
        return found


@dataclass(frozen=True)
class Exported:
    """How much was written."""

    cases: int
    events: int


def export_register(
    session: Session,
    write: Write,
    now: datetime,
    schema: str,
    *,
    scope: Scope | None = None,
    attachments: bool = False,
) -> Exported:
    """Write cases and their history, a page at a time.

    Args:
        session: for reading, so that all is of one moment.
        write: takes a line after the other.
        now: aware.
        schema: the revision of the database.
        attachments: with what the files hold, not only what they are.
    """
    scope = scope or Scope()
    header = _header(session, now, schema, scope, attachments)
    total = FileDigest(header)
    write(to_line(header))
    for line in _lines(session, scope, attachments):
        total.add(line)
        write(line)
    write(total.end_line())
    return Exported(header["header"]["cases"], header["header"]["events"])


def pages(session: Session, scope: Scope, *conditions: ColumnElement[bool]) -> Iterator[list[str]]:
    """The numbers of the cases, in order, some at a time."""
    wanted = [*scope.conditions(), *conditions]
    last = ""
    while numbers := session.scalars(
        select(CaseRow.number).where(CaseRow.number > last, *wanted).order_by(CaseRow.number).limit(PAGE)
    ).all():
        yield list(numbers)
        last = numbers[-1]


def _header(session: Session, now: datetime, schema: str, scope: Scope, attachments: bool) -> Record:
    cases = session.scalar(select(func.count()).select_from(CaseRow).where(*scope.conditions()))
    of_scope = _events(session, scope)
    series = session.execute(select(CaseNumberRow.year, CaseNumberRow.last_number)).all()
    content = {
        "format": FORMAT,
        "schema": schema,
        "year": scope.year,
        "units": sorted(scope.unit_ids) if scope.unit_ids is not None else None,
        "attachments": attachments,
        "cases": cases,
        "events": session.scalar(select(func.count()).select_from(CaseEventRow).where(*_of_cases(scope))),
        "digest": digest(of_scope),
        "series": {str(year): last for year, last in series},
    }
    return {"header": content, "exported_at": now.astimezone(UTC).isoformat(timespec="seconds")}


def _lines(session: Session, scope: Scope, attachments: bool) -> Iterator[bytes]:
    for numbers in pages(session, scope):
        for record in _records(session, numbers, attachments):
            yield to_line({"case": record})
    names = [column.name for column in event_columns()]
    for event in _events(session, scope):
        yield to_line({"event": {name: to_json(getattr(event, name)) for name in names}})


def _records(session: Session, numbers: list[str], attachments: bool) -> Iterator[Record]:
    rows = session.execute(select(CASES).where(CASES.c.number.in_(numbers)).order_by(CASES.c.number))
    records = {row.number: {**_as_json(row), **{part: [] for part in PARTS}} for row in rows}
    for part, table in PARTS.items():
        keys: list[Column[Any]] = list(table.primary_key)
        columns = [column for column in table.columns if attachments or column.name != CONTENT]
        query = select(*columns).where(table.c.case_number.in_(numbers)).order_by(table.c.case_number, *keys)
        for row in session.execute(query):
            found = _as_json(row)
            records[found.pop("case_number")][part].append(found)
    yield from records.values()


def _as_json(row: Row[Any]) -> Record:
    return {name: to_json(value) for name, value in row._mapping.items()}


def _events(session: Session, scope: Scope) -> Iterator[CaseEventRow]:
    query = select(CaseEventRow).where(*_of_cases(scope)).order_by(CaseEventRow.id)
    yield from session.scalars(query.execution_options(yield_per=1000))


def _of_cases(scope: Scope) -> list[ColumnElement[bool]]:
    if scope.is_all:
        return []
    return [CaseEventRow.case_number.in_(select(CaseRow.number).where(*scope.conditions()))]
