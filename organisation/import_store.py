"""Make the stored organisation like the one that a source describes, whatever the source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from organisation.errors import RowProblem
from organisation.import_report import Action, Change, FieldChange, ImportReport, Kind
from organisation.model import Deputy, Person, Unit
from organisation.tables import DeputyRow, PersonRow, UnitRow

# What a report may tell the old and the new value of.
_PLAIN_FIELDS = frozenset({"parent_id", "sector", "unit_id", "role", "ends", "active"})

T = TypeVar("T")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """Something a source says, and in which row."""

    row: int
    value: T


@dataclass(frozen=True)
class Source:
    """The organisation as a source describes it, checked.

    Attributes:
        units: parents first; None leaves the stored ones as they are. One that is missing stays stored.
        people: who works here; all others have left, except those in `undecided`.
        deputies: all of them; None leaves the stored ones as they are.
        undecided: ids of people who are left as they are, because the source does not say enough.
        warnings: for the report.
    """

    units: Sequence[Entry[Unit]] | None
    people: Sequence[Entry[Person]]
    deputies: Sequence[Entry[Deputy]] | None
    undecided: frozenset[str] = frozenset()
    warnings: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class _Wanted:
    row: int
    values: Mapping[str, Any]


class ImportPlan:
    """What a source would change in the database, and the means to do it."""

    def __init__(self, session: Session, source: Source) -> None:
        """Compare; nothing is changed."""
        self._session = session
        self._units = {entry.value.unit_id: _wanted(entry) for entry in source.units or ()}
        self._people = {entry.value.employee_id: _wanted(entry, active=True) for entry in source.people}
        self._deputies = {_deputy_key(entry.value): _wanted(entry) for entry in source.deputies or ()}
        people = {row.employee_id: row._asdict() for row in self._stored(PersonRow)}
        leaving = {
            key
            for key, values in people.items()
            if values["active"] and key not in self._people and key not in source.undecided
        }
        changes = [
            *_differences(
                Kind.UNIT, self._units, {row.unit_id: row._asdict() for row in self._stored(UnitRow)}
            ),
            *_differences(Kind.PERSON, self._people, people),
            *(Change(Kind.PERSON, Action.DEACTIVATED, key, None) for key in sorted(leaving)),
            *(self._deputy_changes() if source.deputies is not None else ()),
        ]
        active = sum(values["active"] for values in people.values())
        self.report = ImportReport(tuple(changes), source.warnings, active)

    def carry_out(self) -> None:
        """Store the changes, a few statements for each kind, in the caller's transaction."""
        self._insert(UnitRow, self._of(Kind.UNIT, Action.ADDED, self._units))
        self._update(UnitRow, self._of(Kind.UNIT, Action.CHANGED, self._units))
        self._insert(PersonRow, self._of(Kind.PERSON, Action.ADDED, self._people))
        self._update(PersonRow, self._of(Kind.PERSON, Action.CHANGED, self._people))
        gone = [change.key for change in self._changes(Kind.PERSON, Action.DEACTIVATED)]
        self._update(PersonRow, [{"employee_id": key, "active": False} for key in gone])
        self._store_deputies()

    def _deputy_changes(self) -> Iterator[Change]:
        stored = {key: row._asdict() for key, row in self._stored_deputies().items()}
        yield from _differences(Kind.DEPUTY, self._deputies, stored)
        for key in sorted(stored.keys() - self._deputies.keys()):
            yield Change(Kind.DEPUTY, Action.REMOVED, key, None)

    def _store_deputies(self) -> None:
        ids = {key: row.id for key, row in self._stored_deputies().items()}
        self._insert(DeputyRow, self._of(Kind.DEPUTY, Action.ADDED, self._deputies))
        changed = self._changes(Kind.DEPUTY, Action.CHANGED)
        self._update(
            DeputyRow,
            [
                {"id": ids[change.key], "ends": self._deputies[change.key].values["ends"]}
                for change in changed
            ],
        )
        for change in self._changes(Kind.DEPUTY, Action.REMOVED):
            self._session.execute(delete(DeputyRow).where(DeputyRow.id == ids[change.key]))

    def _stored_deputies(self) -> dict[str, Row[Any]]:
        return {f"{row.leader_id}/{row.deputy_id}/{row.begins}": row for row in self._stored(DeputyRow)}

    def _stored(self, table: type[UnitRow | PersonRow | DeputyRow]) -> Sequence[Row[Any]]:
        # Columns instead of objects: a large municipality has tens of thousands of people.
        return self._session.execute(select(*table.__table__.columns)).all()

    def _changes(self, kind: Kind, action: Action) -> list[Change]:
        return [change for change in self.report.changes if (change.kind, change.action) == (kind, action)]

    def _of(self, kind: Kind, action: Action, wanted: Mapping[str, _Wanted]) -> list[Mapping[str, Any]]:
        return [wanted[change.key].values for change in self._changes(kind, action)]

    def _insert(self, table: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
        if values := [dict(row) for row in rows]:
            self._session.execute(insert(table), values)

    def _update(self, table: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
        if values := [dict(row) for row in rows]:
            self._session.execute(update(table), values)


def _wanted(entry: "Entry[Unit] | Entry[Person] | Entry[Deputy]", **more: Any) -> _Wanted:
    return _Wanted(entry.row, {**vars(entry.value), **more})


def _deputy_key(deputy: Deputy) -> str:
    return f"{deputy.leader_id}/{deputy.deputy_id}/{deputy.begins}"


def _differences(
    kind: Kind, wanted: Mapping[str, _Wanted], stored: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    """What is new or differs, in the order of the source."""
    for key, one in wanted.items():
        before = stored.get(key)
        if before is None:
            yield Change(kind, Action.ADDED, key, one.row)
        elif fields := tuple(
            _field_change(name, before[name], after)
            for name, after in one.values.items()
            if before[name] != after
        ):
            yield Change(kind, Action.CHANGED, key, one.row, fields)


def _field_change(name: str, before: object, after: object) -> FieldChange:
    if name not in _PLAIN_FIELDS:
        return FieldChange(name)
    return FieldChange(name, _plain(before), _plain(after))


def _plain(value: object) -> str | None:
    return None if value is None else str(value)
