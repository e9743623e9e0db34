"""Load units, people and deputies from CSV files."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from organisation.errors import ImportFileError, RowProblem
from organisation.import_checks import (
    deputy_problems,
    deputy_warnings,
    missing_leaders,
    people_problems,
    unit_problems,
)
from organisation.import_files import CsvFile, CsvRow, column_limits, read_csv_file
from organisation.import_report import ImportReport
from organisation.import_store import Entry, ImportPlan, Source
from organisation.model import Deputy, Person, Role, Unit
from organisation.tables import DeputyRow, PersonRow, UnitRow

UNIT_COLUMNS = ("unit_id", "name", "parent_id", "sector")
PEOPLE_COLUMNS = ("employee_id", "name", "email", "title", "unit_id", "role")
DEPUTY_COLUMNS = ("leader_id", "deputy_id", "begins", "ends")

_NO_DEPUTIES_FILE = CsvFile("", (), ())
_ISO_FORM = "%Y-%m-%d"
_NORWEGIAN_FORM = "%d.%m.%Y"  # what a Norwegian Excel makes of the other


def import_csv(
    session: Session,
    units_path: Path,
    people_path: Path,
    deputies_path: Path | None = None,
    *,
    dry_run: bool = False,
) -> ImportReport:
    """Make units, people and deputies as the files say. The same files again change nothing.

    Units that are no longer in the file stay, as cases point to them; people are deactivated; deputies are
    removed. Without a file of deputies they stay as they are.

    Args:
        session: in a transaction that the caller commits.
        units_path: CSV with the columns of `UNIT_COLUMNS`; no parent for the topmost unit.
        people_path: CSV with the columns of `PEOPLE_COLUMNS`.
        deputies_path: CSV with the columns of `DEPUTY_COLUMNS`; no last day when it is not known.
        dry_run: only tell what would change.
    Raises:
        ImportFileError: all that is wrong in all files; nothing was changed.
        OSError: a file cannot be read.
    """
    plan = ImportPlan(session, read_csv_source(units_path, people_path, deputies_path))
    if not dry_run:
        plan.carry_out()
    return plan.report


def read_csv_source(units_path: Path, people_path: Path, deputies_path: Path | None = None) -> Source:
    """Read and check the files; see `import_csv`."""
    units = read_csv_file(
        units_path, UNIT_COLUMNS, frozenset({"parent_id"}), column_limits(UnitRow)
    ).which_has_rows()
    people = read_csv_file(
        people_path, PEOPLE_COLUMNS, frozenset(), column_limits(PersonRow)
    ).which_has_rows()
    deputies = _NO_DEPUTIES_FILE
    if deputies_path is not None:
        deputies = read_csv_file(deputies_path, DEPUTY_COLUMNS, frozenset({"ends"}), column_limits(DeputyRow))
    problems = [*_row_problems(units, people), *_row_problems_of_deputies(deputies, people)]
    if problems:
        raise ImportFileError(_in_order(problems, units, people, deputies))
    source = _source(units, people, deputies if deputies_path else None)
    fatal, warnings = missing_leaders(
        units.name, source.units or (), (entry.value for entry in source.people)
    )
    warnings += deputy_warnings(deputies.name, source.deputies or (), source.people)
    if fatal:
        raise ImportFileError(tuple(fatal), tuple(warnings))
    return Source(source.units, source.people, source.deputies, warnings=tuple(warnings))


def _row_problems(units: CsvFile, people: CsvFile) -> Iterator[RowProblem]:
    yield from units.problems
    yield from unit_problems(units)
    yield from people.problems
    yield from people_problems(people, frozenset(row["unit_id"] for row in units.rows))


def _row_problems_of_deputies(deputies: CsvFile, people: CsvFile) -> Iterator[RowProblem]:
    yield from deputies.problems
    readable: list[Entry[Deputy]] = []
    for row in deputies.rows:
        wrong = [name for name in ("begins", "ends") if row[name] and not _is_date(row[name])]
        yield from (RowProblem(deputies.name, row.number, f"{name} is no date") for name in wrong)
        if not wrong and row["begins"]:
            readable.append(_deputy(row))
    yield from deputy_problems(deputies.name, readable, frozenset(row["employee_id"] for row in people.rows))


def _in_order(problems: Iterable[RowProblem], *files: CsvFile) -> tuple[RowProblem, ...]:
    places = {file.name: place for place, file in enumerate(files)}
    return tuple(sorted(problems, key=lambda problem: (places[problem.file], problem.row)))


def _source(units: CsvFile, people: CsvFile, deputies: CsvFile | None) -> Source:
    return Source(
        [Entry(row.number, _unit(row)) for row in _parents_first(units.rows)],
        [Entry(row.number, _person(row)) for row in people.rows],
        [_deputy(row) for row in deputies.rows] if deputies else None,
    )


def _parents_first(rows: Iterable[CsvRow]) -> Iterator[CsvRow]:
    """Checked rows in an order in which each unit comes after its parent."""
    placed = {""}
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if row["parent_id"] in placed]
        yield from ready
        placed |= {row["unit_id"] for row in ready}
        waiting = [row for row in waiting if row["unit_id"] not in placed]


def _unit(row: CsvRow) -> Unit:
    return Unit(row["unit_id"], row["name"], row["parent_id"] or None, row["sector"])


def _person(row: CsvRow) -> Person:
    return Person(
        row["employee_id"], row["name"], row["email"], row["title"], row["unit_id"], Role(row["role"])
    )


def _deputy(row: CsvRow) -> Entry[Deputy]:
    ends = parse_date(row["ends"]) if row["ends"] else None
    return Entry(row.number, Deputy(row["leader_id"], row["deputy_id"], parse_date(row["begins"]), ends))


def parse_date(text: str) -> date:
    """Read 2026-11-20 or 20.11.2026.

    Raises:
        ValueError: it is neither.
    """
    form = _NORWEGIAN_FORM if "." in text else _ISO_FORM
    return datetime.strptime(text, form).replace(tzinfo=UTC).date()


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueError:
        return False
    return True
