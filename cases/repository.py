"""All SQL of the case register."""

from dataclasses import fields
from datetime import date

from sqlalchemy import ColumnElement, Select, false, func, or_, select, text
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from cases.categories import OPEN_STATUSES, Severity
from cases.model import Case, CasePage, Measure
from cases.policy import Visibility
from cases.tables import CaseNumberRow, CaseRoutineRow, CaseRow, MeasureRow

_OWN_TABLES = ("measures", "routine_ids")
_PLAIN_FIELDS = tuple(field.name for field in fields(Case) if field.name not in _OWN_TABLES)
_MOST_SEVERE_FIRST = {severity: -rank for rank, severity in enumerate(Severity)}

# One statement, so that two transactions cannot read the same number; SQLite and PostgreSQL agree on it.
_TAKE_NUMBER = text(
    "INSERT INTO case_number_series (year, last_number) VALUES (:year, 1) "
    "ON CONFLICT (year) DO UPDATE SET last_number = case_number_series.last_number + 1 "
    "RETURNING last_number"
)


class CaseRepository:
    """Cases within one transaction of the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_number(self, year: int) -> str:
        """The next case number of a year. A rollback gives it back, and other writers wait until then."""
        return f"{year}-{self._session.execute(_TAKE_NUMBER, {'year': year}).scalar_one():05d}"

    def raise_series(self, year: int, last_number: int) -> None:
        """Make sure that the next number of a year is above one that is in use."""
        row = self._session.get(CaseNumberRow, year)
        if row is None:
            self._session.add(CaseNumberRow(year=year, last_number=last_number))
        else:
            row.last_number = max(row.last_number, last_number)

    def add(self, case: Case) -> None:
        """Store a new case with its measures and routines.

        Raises:
            sqlalchemy.exc.IntegrityError: its number, or its draft in that conversation, is stored
                already, or it points to a person, unit or conversation that is not there.
        """
        row = CaseRow(**{name: getattr(case, name) for name in _PLAIN_FIELDS})
        row.measures = [
            MeasureRow(
                position=position,
                text=measure.text,
                responsible_id=measure.responsible_id,
                done_at=measure.done_at,
            )
            for position, measure in enumerate(case.measures)
        ]
        row.routines = [
            CaseRoutineRow(position=position, routine_id=routine_id)
            for position, routine_id in enumerate(case.routine_ids)
        ]
        self._session.add(row)
        self._session.flush()

    def numbers(self) -> set[str]:
        """The numbers of all cases."""
        return set(self._session.scalars(select(CaseRow.number)))

    def by_draft(self, conversation_id: str, draft_id: str) -> Case | None:
        """The case that a draft became."""
        query = select(CaseRow).where(
            CaseRow.conversation_id == conversation_id, CaseRow.draft_id == draft_id
        )
        return next(iter(self._cases(query)), None)

    def by_number(self, visible: Visibility, number: str) -> Case | None:
        """The case with a number, if it is visible."""
        return next(iter(self._cases(select(CaseRow).where(CaseRow.number == number, _in(visible)))), None)

    def newest(self, visible: Visibility, limit: int) -> list[Case]:
        """The visible cases, newest first."""
        query = select(CaseRow).where(_in(visible))
        return self._cases(query.order_by(CaseRow.reported_at.desc(), CaseRow.number.desc()).limit(limit))

    def most_urgent(self, visible: Visibility, today: date, limit: int, offset: int) -> CasePage:
        """Visible open cases: overdue first, then by severity, due date and number."""
        matches = (_in(visible), CaseRow.status.in_(OPEN_STATUSES))
        query = (
            select(CaseRow)
            .where(*matches)
            .order_by(
                sql_case((CaseRow.due_date < today, 0), else_=1),
                sql_case(_MOST_SEVERE_FIRST, value=CaseRow.severity),
                CaseRow.due_date,
                CaseRow.number,
            )
        )
        total = self._session.scalar(select(func.count()).select_from(CaseRow).where(*matches))
        return CasePage(tuple(self._cases(query.limit(limit).offset(offset))), total or 0)

    def _cases(self, query: Select[CaseRow]) -> list[Case]:
        return [_to_case(row) for row in self._session.scalars(query)]


def _in(visible: Visibility) -> ColumnElement[bool]:
    """The same rule as `Visibility.covers`, for the database."""
    return or_(false(), *(getattr(CaseRow, grant.field).in_(grant.values) for grant in visible.grants))


def _to_case(row: CaseRow) -> Case:
    return Case(
        **{name: getattr(row, name) for name in _PLAIN_FIELDS},
        measures=tuple(Measure(item.text, item.responsible_id, item.done_at) for item in row.measures),
        routine_ids=tuple(item.routine_id for item in row.routines),
    )
