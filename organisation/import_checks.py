"""What must hold in units, people and deputies before they are stored."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from organisation.errors import RowProblem
from organisation.import_files import CsvFile, CsvRow
from organisation.import_store import Entry
from organisation.model import Deputy, Person, Role, Unit

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def unit_problems(file: CsvFile) -> Iterator[RowProblem]:
    """Ids that are there twice, parents that are not there, units above themselves."""
    parents = {row["unit_id"]: row["parent_id"] for row in file.rows}
    yield from _duplicates(file, "unit_id")
    for row in file.rows:
        if row["parent_id"] and row["parent_id"] not in parents:
            yield RowProblem(file.name, row.number, f"unknown parent {row['parent_id']}")
        elif _is_its_own_ancestor(row["unit_id"], parents):
            yield RowProblem(file.name, row.number, f"{row['unit_id']} is above itself")


def people_problems(file: CsvFile, unit_ids: frozenset[str]) -> Iterator[RowProblem]:
    """Ids and addresses that are there twice or are none, unknown units and roles.

    Args:
        file: people.
        unit_ids: the units that there are; empty when they could not be read, then none is unknown.
    """
    roles = {role.value for role in Role}
    yield from _duplicates(file, "employee_id")
    yield from _duplicates(file, "email")
    for row in file.rows:
        if unit_ids and row["unit_id"] and row["unit_id"] not in unit_ids:
            yield RowProblem(file.name, row.number, f"unknown unit {row['unit_id']}")
        if row["role"] and row["role"] not in roles:
            yield RowProblem(file.name, row.number, f"unknown role {row['role']}")
        if row["email"] and not is_email(row["email"]):
            yield RowProblem(file.name, row.number, "email is not an e-mail address")


def deputy_problems(
    file: str, deputies: Iterable[Entry[Deputy]], employee_ids: frozenset[str]
) -> Iterator[RowProblem]:
    """People who are not there, deputies of themselves, periods that end before they begin, rows twice.

    Args:
        file: the name of their file.
        deputies: with their rows.
        employee_ids: who there is; empty when they could not be read, then nobody is unknown.
    """
    seen: set[tuple[object, ...]] = set()
    for entry in deputies:
        deputy = entry.value
        for employee_id in (deputy.leader_id, deputy.deputy_id):
            if employee_ids and employee_id and employee_id not in employee_ids:
                yield RowProblem(file, entry.row, f"unknown person {employee_id}")
        if deputy.leader_id and deputy.leader_id == deputy.deputy_id:
            yield RowProblem(file, entry.row, f"{deputy.deputy_id} is their own deputy")
        if deputy.ends is not None and deputy.ends < deputy.begins:
            yield RowProblem(file, entry.row, "ends before it begins")
        key = (deputy.leader_id, deputy.deputy_id, deputy.begins)
        if key in seen:
            yield RowProblem(file, entry.row, "the same deputy and first day are there twice")
        seen.add(key)


def deputy_warnings(
    file: str, deputies: Iterable[Entry[Deputy]], people: Iterable[Entry[Person]]
) -> Iterator[RowProblem]:
    """Deputies of people who lead nothing, so that they get nothing either."""
    leaders = {entry.value.employee_id for entry in people if entry.value.role is Role.LEADER}
    for entry in deputies:
        if entry.value.leader_id not in leaders:
            yield RowProblem(
                file, entry.row, f"{entry.value.leader_id} is no leader, so the deputy leads nothing"
            )


def missing_leaders(
    file: str, units: Sequence[Entry[Unit]], people: Iterable[Person]
) -> tuple[list[RowProblem], list[RowProblem]]:
    """Units whose cases would go to nobody, as neither they nor any unit above them has a leader.

    Args:
        file: where the units are from.
        units: checked: no unknown parents, no cycles.
        people: those who are active.
    Returns:
        Problems: the topmost units, when none of them has a leader. And warnings: all other such units.
    """
    parents = {entry.value.unit_id: entry.value.parent_id for entry in units}
    led = {person.unit_id for person in people if person.role is Role.LEADER}
    leaderless = [entry for entry in units if not led & set(_upwards(entry.value.unit_id, parents))]
    tops = {unit_id for unit_id, parent in parents.items() if parent is None}
    fatal = tops if not led & tops else frozenset[str]()
    problems = [
        RowProblem(file, entry.row, f"{entry.value.unit_id} is at the top and has no leader")
        for entry in leaderless
        if entry.value.unit_id in fatal
    ]
    warnings = [
        RowProblem(file, entry.row, f"neither {entry.value.unit_id} nor a unit above it has a leader")
        for entry in leaderless
        if entry.value.unit_id not in fatal
    ]
    return problems, warnings


def is_email(text: str) -> bool:
    """Whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def _duplicates(file: CsvFile, column: str) -> Iterator[RowProblem]:
    """Values that an earlier row has too; the case of letters does not matter in addresses."""
    first: dict[str, CsvRow] = {}
    for row in file.rows:
        value = row[column].casefold() if column == "email" else row[column]
        earlier = first.setdefault(value, row)
        if value and earlier is not row:
            # An address is personal data, so its other row is told instead.
            told = (
                f"is the same as in row {earlier.number}" if column == "email" else f"{value} is there twice"
            )
            yield RowProblem(file.name, row.number, f"{column} {told}")


def _is_its_own_ancestor(unit_id: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    parent = parents[unit_id]
    while parent and parent not in seen:
        if parent == unit_id:
            return True
        seen.add(parent)
        parent = parents.get(parent, "")
    return False


def _upwards(unit_id: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    while unit_id is not None:
        yield unit_id
        unit_id = parents.get(unit_id)
