"""SQL that stores and finds single cases; lists and counts are in `case_search`."""

import unicodedata
from dataclasses import fields

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.orm import Session

from cases.history import new_nonce
from cases.model import Case, Comment, Measure
from cases.tables import (
    CaseNumberRow,
    CaseRoutineRow,
    CaseRow,
    CommentRow,
    InvolvedRow,
    MeasureRow,
    WatcherRow,
)

_OWN_TABLES = ("measures", "routine_ids", "watcher_ids", "involved_ids")
PLAIN_FIELDS = tuple(field.name for field in fields(Case) if field.name not in _OWN_TABLES)

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

    def add(self, case: Case) -> CaseRow:
        """Store a new case with its measures, routines and people.

        Raises:
            sqlalchemy.exc.IntegrityError: its number, or its draft in that conversation, is stored
                already, or it points to a person, unit or case that is not there.
        """
        row = CaseRow(
            **{name: getattr(case, name) for name in PLAIN_FIELDS},
            search_text=search_text(case.title, case.description, case.place),
            nonce=new_nonce(),
        )
        row.measures = [
            MeasureRow(
                position=position, text=measure.text, nonce=new_nonce(),
                responsible_id=measure.responsible_id, deadline=measure.deadline, done_at=measure.done_at,
            )
            for position, measure in enumerate(case.measures)
        ]  # fmt: skip
        row.routines = [
            CaseRoutineRow(position=position, routine_id=routine_id)
            for position, routine_id in enumerate(case.routine_ids)
        ]
        row.watchers = [WatcherRow(employee_id=someone) for someone in sorted(case.watcher_ids)]
        row.involved = [InvolvedRow(employee_id=someone) for someone in sorted(case.involved_ids)]
        self._session.add(row)
        self._session.flush()
        return row

    def numbers(self) -> set[str]:
        """The numbers of all cases."""
        return set(self._session.scalars(select(CaseRow.number)))

    def by_draft(self, origin: str, draft_id: str) -> Case | None:
        """The case that a draft became."""
        query = select(CaseRow).where(CaseRow.origin == origin, CaseRow.draft_id == draft_id)
        return next(iter(self.cases(query)), None)

    def locked(self, number: str) -> CaseRow | None:
        """The row of a case, held against other writers until the transaction ends."""
        return self._session.scalars(
            select(CaseRow).where(CaseRow.number == number).with_for_update(of=CaseRow)
        ).one_or_none()

    def by_number(self, number: str, *conditions: ColumnElement[bool]) -> Case | None:
        """The case with a number, if the conditions hold."""
        return next(iter(self.cases(select(CaseRow).where(CaseRow.number == number, *conditions))), None)

    def newest(self, condition: ColumnElement[bool], limit: int) -> list[Case]:
        """The cases that a condition holds for, newest first."""
        query = select(CaseRow).where(condition)
        return self.cases(query.order_by(CaseRow.reported_at.desc(), CaseRow.number.desc()).limit(limit))

    def comments(self, number: str, *, internal: bool) -> list[Comment]:
        """What was written about a case, oldest first.

        Args:
            internal: also what is not for the reporter.
        """
        query = select(CommentRow).where(CommentRow.case_number == number).order_by(CommentRow.id)
        if not internal:
            query = query.where(CommentRow.internal.is_(False))
        return [
            Comment(row.author_id, row.speaker, row.internal, row.text, row.at)
            for row in self._session.scalars(query)
        ]

    def cases(self, query: Select[CaseRow]) -> list[Case]:
        """The cases that a query finds."""
        return [to_case(row) for row in self._session.scalars(query)]


def search_text(*texts: str | None) -> str:
    """What a search looks in, comparable with a casefolded NFC word."""
    return unicodedata.normalize("NFC", " ".join(filter(None, texts))).casefold()


def to_case(row: CaseRow) -> Case:
    """A case as it is read."""
    return Case(
        **{name: getattr(row, name) for name in PLAIN_FIELDS},
        measures=tuple(
            Measure(item.text, item.responsible_id, item.done_at, item.deadline) for item in row.measures
        ),
        routine_ids=tuple(item.routine_id for item in row.routines),
        watcher_ids=frozenset(item.employee_id for item in row.watchers),
        involved_ids=frozenset(item.employee_id for item in row.involved),
    )
