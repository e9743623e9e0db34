"""Load people from Microsoft Graph. Units are those that are stored already."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from organisation.directory import Directory
from organisation.errors import GraphAnswerError, ImportFileError, RowProblem
from organisation.graph_client import GraphUser
from organisation.graph_settings import GraphSettings
from organisation.import_checks import is_email, missing_leaders
from organisation.import_files import column_limits, read_csv_file, tidy
from organisation.import_report import ImportReport
from organisation.import_store import Entry, ImportPlan, Source
from organisation.model import Person, Role, Unit
from organisation.tables import PersonRow

DEPARTMENT_COLUMNS = ("department", "unit_id")
SOURCE_NAME = "Microsoft Graph"
_GUEST = "Guest"


class GraphReader(Protocol):
    """What the import asks of Microsoft Graph; `GraphClient` is it."""

    def users(self) -> list[GraphUser]:
        """All users, with their managers."""

    def member_ids(self, group_id: UUID) -> frozenset[str]:
        """Ids of all that are in a group."""


@dataclass(frozen=True)
class GraphDirectory:
    """What Microsoft Graph told.

    Attributes:
        users: in its order.
        roles: by Graph's id of the user; who is not there is an ordinary employee.
    """

    users: Sequence[GraphUser]
    roles: Mapping[str, Role]


def fetch_directory(graph: GraphReader, groups: Mapping[UUID, Role]) -> GraphDirectory:
    """Ask for everything, before a transaction is begun: it may take minutes.

    Args:
        graph: whom to ask.
        groups: which role the members of a group have; the first that somebody is in counts. When none is for
            leaders, whoever is the manager of somebody is a leader.
    Raises:
        GraphError: see `organisation.errors`.
    """
    users = graph.users()
    roles: dict[str, Role] = {}
    for group_id, role in groups.items():
        for member_id in graph.member_ids(group_id):
            roles.setdefault(member_id, role)
    if Role.LEADER not in groups.values():
        for user in users:
            if user.manager is not None and _works_here(user):
                roles.setdefault(user.manager.id, Role.LEADER)
    return GraphDirectory(users, roles)


def import_graph(
    session: Session, fetched: GraphDirectory, settings: GraphSettings, *, dry_run: bool = False
) -> ImportReport:
    """Make people as Microsoft Graph says. Who is disabled or gone there is deactivated here.

    Of whom it does not say enough, nothing is changed, and the report has a warning.

    Args:
        session: in a transaction that the caller commits.
        fetched: from `fetch_directory`.
        settings: the departments, and what the employee id is.
        dry_run: only tell what would change.
    Raises:
        ImportFileError: the file of departments is faulty, or no topmost unit would have a leader.
        GraphAnswerError: there would be nobody left.
        OSError: the file of departments cannot be read.
    """
    directory = Directory(session)
    units = [Entry(0, unit) for unit in directory.units()]
    departments = read_departments(settings.departments, [entry.value for entry in units])
    source = _Reading(fetched, departments, settings.employee_key).source()
    kept = [person for person in directory.people() if person.employee_id in source.undecided]
    active = [*(entry.value for entry in source.people), *kept]
    if not active:
        raise GraphAnswerError("it names nobody who works here")
    fatal, warnings = missing_leaders(SOURCE_NAME, units, active)
    warnings = [*source.warnings, *warnings]
    if fatal:
        raise ImportFileError(tuple(fatal), tuple(warnings))
    plan = ImportPlan(session, Source(None, source.people, None, source.undecided, tuple(warnings)))
    if not dry_run:
        plan.carry_out()
    return plan.report


def read_departments(path: Path, units: Sequence[Unit]) -> dict[str, str]:
    """Which unit a department is, by the department's name in lower case.

    Raises:
        ImportFileError: a row names a unit that is not there, or a department a second time.
        OSError: the file cannot be read.
    """
    file = read_csv_file(path, DEPARTMENT_COLUMNS, frozenset()).which_has_rows()
    problems = list(file.problems)
    known = {unit.unit_id for unit in units}
    found: dict[str, str] = {}
    for row in file.rows:
        if row["unit_id"] not in known:
            problems.append(RowProblem(file.name, row.number, f"unknown unit {row['unit_id']}"))
        if found.setdefault(row["department"].casefold(), row["unit_id"]) != row["unit_id"]:
            problems.append(RowProblem(file.name, row.number, "the department has another unit above"))
    if problems:
        raise ImportFileError(tuple(sorted(problems, key=lambda problem: problem.row)))
    return found


class _Reading:
    """Turns users into people, and notes what stands in the way."""

    def __init__(self, fetched: GraphDirectory, departments: Mapping[str, str], employee_key: str) -> None:
        self._roles = fetched.roles
        self._departments = departments
        self._by_object_id = employee_key == "id"
        self._users = [
            Entry(place, user) for place, user in enumerate(fetched.users, start=1) if _works_here(user)
        ]
        self._times = Counter(self._employee_id(entry.value) for entry in self._users)
        self._addresses = Counter(_address(entry.value).casefold() for entry in self._users)
        self._limits = column_limits(PersonRow)

    def source(self) -> Source:
        """People who can be stored, ids of those who cannot, and why."""
        people: list[Entry[Person]] = []
        undecided: set[str] = set()
        warnings: list[RowProblem] = []
        for entry in self._users:
            person = self._person(entry.value)
            faults = self._faults(entry.value, person)
            if faults:
                undecided.add(person.employee_id)
                who = person.employee_id or entry.value.id
                warnings += [RowProblem(SOURCE_NAME, entry.row, f"{who} {fault}") for fault in faults]
            else:
                people.append(Entry(entry.row, person))
        return Source(None, people, None, frozenset(undecided - {""}), tuple(warnings))

    def _person(self, user: GraphUser) -> Person:
        return Person(
            employee_id=self._employee_id(user),
            name=tidy(user.display_name),
            email=_address(user),
            title=tidy(user.job_title),
            unit_id=self._departments.get(tidy(user.department).casefold(), ""),
            role=self._roles.get(user.id, Role.EMPLOYEE),
        )

    def _faults(self, user: GraphUser, person: Person) -> list[str]:
        checks = {
            "has no employeeId": not person.employee_id,
            "is the employeeId of several users": self._times[person.employee_id] > 1 and person.employee_id,
            "has no name": not person.name,
            "has no usable e-mail address": not is_email(person.email),
            "shares its e-mail address with another user": self._addresses[person.email.casefold()] > 1,
            "has no department": not tidy(user.department),
            "has a department that the file of departments does not know": tidy(user.department)
            and not person.unit_id,
        }
        too_long = [
            f"has a {name} longer than {limit} characters"
            for name, limit in self._limits.items()
            if len(getattr(person, name)) > limit
        ]
        return [fault for fault, holds in checks.items() if holds] + too_long

    def _employee_id(self, user: GraphUser) -> str:
        return user.id if self._by_object_id else tidy(user.employee_id)


def _works_here(user: GraphUser) -> bool:
    return bool(user.account_enabled) and user.user_type != _GUEST


def _address(user: GraphUser) -> str:
    return tidy(user.mail or user.user_principal_name)
