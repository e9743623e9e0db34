"""Load units and people from CSV files."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from organisation.errors import ImportFileError, RowProblem
from organisation.model import Role
from organisation.tables import PersonRow, UnitRow

UNIT_COLUMNS = ("unit_id", "name", "parent_id", "sector")
PEOPLE_COLUMNS = ("employee_id", "name", "email", "title", "unit_id", "role")


@dataclass(frozen=True)
class ImportReport:
    """How many rows an import added and changed; people who were missing from the file are deactivated."""

    units_added: int
    units_changed: int
    people_added: int
    people_changed: int
    people_deactivated: int


@dataclass(frozen=True)
class _Row:
    number: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


def import_csv(session: Session, units_path: Path, people_path: Path) -> ImportReport:
    """Make units and people as the files say. The same files again change nothing.

    Units that are no longer in the file stay, as cases point to them; people are deactivated.

    Args:
        session: in a transaction that the caller commits.
        units_path: UTF-8 CSV with the columns of `UNIT_COLUMNS`; no parent for the topmost unit.
        people_path: UTF-8 CSV with the columns of `PEOPLE_COLUMNS`.
    Raises:
        ImportFileError: all that is wrong in both files; nothing was changed.
        OSError: a file cannot be read.
    """
    units = _read(units_path, UNIT_COLUMNS, optional=frozenset({"parent_id"}))
    people = _read(people_path, PEOPLE_COLUMNS, optional=frozenset())
    problems = [*_unit_problems(units_path.name, units), *_people_problems(people_path.name, people, units)]
    if problems:
        raise ImportFileError(tuple(problems))
    units_added, units_changed = _store(
        session, [_unit_row(row) for row in _parents_first(units)], list(UNIT_COLUMNS)
    )
    people_added, people_changed = _store(
        session, [_person_row(row) for row in people], [*PEOPLE_COLUMNS, "active"]
    )
    gone = _deactivate_others(session, {row["employee_id"] for row in people})
    session.flush()
    return ImportReport(units_added, units_changed, people_added, people_changed, gone)


def _read(path: Path, columns: tuple[str, ...], optional: frozenset[str]) -> list[_Row]:
    """Rows with all their columns, stripped.

    Raises:
        ImportFileError: not UTF-8, a column or required value is missing, or there are no rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise _failure(path, 1, f"columns are missing: {', '.join(missing)}")
            rows = [_Row(reader.line_num, {name: _clean(row[name]) for name in columns}) for row in reader]
    except UnicodeDecodeError as error:
        raise _failure(path, 1, "the file is not UTF-8") from error
    except csv.Error as error:
        raise _failure(path, reader.line_num, f"not CSV: {error}") from error
    if not rows:
        raise _failure(path, 1, "there are no rows")
    problems = [
        RowProblem(path.name, row.number, f"{name} is empty")
        for row in rows
        for name in columns
        if not row[name] and name not in optional
    ]
    if problems:
        raise ImportFileError(tuple(problems))
    return rows


def _clean(value: str | None) -> str:
    return unicodedata.normalize("NFC", value or "").strip()


def _failure(path: Path, row: int, problem: str) -> ImportFileError:
    return ImportFileError((RowProblem(path.name, row, problem),))


def _unit_problems(file: str, rows: list[_Row]) -> Iterator[RowProblem]:
    parents = {row["unit_id"]: row["parent_id"] for row in rows}
    yield from _duplicates(file, rows, "unit_id")
    for row in rows:
        if row["parent_id"] and row["parent_id"] not in parents:
            yield RowProblem(file, row.number, f"unknown parent {row['parent_id']}")
        elif _is_its_own_ancestor(row["unit_id"], parents):
            yield RowProblem(file, row.number, f"{row['unit_id']} is above itself")


def _people_problems(file: str, rows: list[_Row], units: list[_Row]) -> Iterator[RowProblem]:
    unit_ids = {row["unit_id"] for row in units}
    roles = {role.value for role in Role}
    yield from _duplicates(file, rows, "employee_id")
    for row in rows:
        if row["unit_id"] not in unit_ids:
            yield RowProblem(file, row.number, f"unknown unit {row['unit_id']}")
        if row["role"] not in roles:
            yield RowProblem(file, row.number, f"unknown role {row['role']}")


def _duplicates(file: str, rows: list[_Row], column: str) -> Iterator[RowProblem]:
    seen: set[str] = set()
    for row in rows:
        if row[column] in seen:
            yield RowProblem(file, row.number, f"{column} {row[column]} is there twice")
        seen.add(row[column])


def _is_its_own_ancestor(unit_id: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    parent = parents[unit_id]
    while parent and parent not in seen:
        if parent == unit_id:
            return True
        seen.add(parent)
        parent = parents.get(parent, "")
    return False


def _parents_first(rows: list[_Row]) -> Iterator[_Row]:
    """Checked rows in an order in which each unit comes after its parent."""
    placed = {""}
    waiting = rows
    while waiting:
        ready = [row for row in waiting if row["parent_id"] in placed]
        yield from ready
        placed |= {row["unit_id"] for row in ready}
        waiting = [row for row in waiting if row["unit_id"] not in placed]


def _unit_row(row: _Row) -> UnitRow:
    return UnitRow(
        unit_id=row["unit_id"], name=row["name"], parent_id=row["parent_id"] or None, sector=row["sector"]
    )


def _person_row(row: _Row) -> PersonRow:
    return PersonRow(**{**row.values, "role": Role(row["role"])}, active=True)


def _store(session: Session, rows: Iterable[UnitRow | PersonRow], columns: list[str]) -> tuple[int, int]:
    """Add the rows that are new and update those that differ; count both.

    The first of the columns is the key.
    """
    added = changed = 0
    for row in rows:
        stored = session.get(type(row), getattr(row, columns[0]))
        if stored is None:
            session.add(row)
            session.flush()
            added += 1
        elif any(getattr(stored, name) != getattr(row, name) for name in columns):
            for name in columns:
                setattr(stored, name, getattr(row, name))
            changed += 1
    return added, changed


def _deactivate_others(session: Session, employee_ids: set[str]) -> int:
    active = session.scalars(select(PersonRow).where(PersonRow.active)).all()
    gone = [row for row in active if row.employee_id not in employee_ids]
    for row in gone:
        row.active = False
    return len(gone)
