"""The figures of the yearly report, each with the statement that gave it.

Cases that go on in another are not counted. What happened after the last day of the period is left out, so a
report that is made again later tells of the same closings, answers and measures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, extract, func, not_, or_, select
from sqlalchemy.orm import Session

from cases.calendar import OSLO, oslo_date
from cases.case_filter import matches
from cases.categories import Category, Kind, Status
from cases.policy import Asker
from cases.query import CaseQuery, Days, Grouping, Want
from cases.tables import BreachRow, CaseRow, MeasureRow
from organisation.directory import Directory

_DAY = timedelta(days=1)
_LEAST_FOR_DURATION = 3
_COLUMNS: dict[Grouping, ColumnElement[Any]] = {
    Grouping.CATEGORY: CaseRow.category.expression,
    Grouping.SEVERITY: CaseRow.severity.expression,
    Grouping.UNIT: CaseRow.unit_id.expression,
    Grouping.SUBTYPE: CaseRow.subtype.expression,
    Grouping.MONTH: extract("month", CaseRow.reported_on),
}


@dataclass(frozen=True)
class Period:
    """Days in Norway, both included."""

    first: date
    last: date

    @property
    def days(self) -> Days:
        """The same for a question about cases."""
        return Days(self.first, self.last + _DAY)

    @property
    def begin(self) -> datetime:
        """The moment when it begins, UTC."""
        return datetime.combine(self.first, time(), OSLO).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The moment after its last, UTC."""
        return datetime.combine(self.last + _DAY, time(), OSLO).astimezone(UTC)


@dataclass(frozen=True)
class Source:
    """Where a figure comes from; `query` when it is one that can be asked in the chat too."""

    figure: str
    query: CaseQuery | None
    sql: str


@dataclass(frozen=True)
class Duration:
    """How long something took, in days; None for fewer than three cases.

    Attributes:
        p90_days: nine of ten took no longer, by the nearest rank.
    """

    cases: int
    median_days: float | None
    p90_days: float | None


@dataclass(frozen=True)
class Closings:
    """Cases that were closed or rejected, and how many of them by their due date."""

    cases: int
    in_time: int
    duration: Duration


@dataclass(frozen=True)
class MeasureCounts:
    """Measures of the period's cases on its last day; `overdue` are a part of those that are left."""

    planned: int
    done: int
    overdue: int

    @property
    def left(self) -> int:
        """Not done yet."""
        return self.planned - self.done


class FigureQueries:
    """Asks the register within the caller's transaction, and remembers the statement behind each figure."""

    def __init__(self, session: Session, period: Period) -> None:
        self.sources: dict[str, Source] = {}
        self._session = session
        self._directory = Directory(session)
        self._period = period

    def count(self, figure: str, *, kind: Kind | None = None, category: Category | None = None) -> int:
        """Cases that were reported in the period."""
        categories = (category,) if category else ()
        query = CaseQuery(Want.COUNT, kind=kind, categories=categories, reported=self._period.days)
        return int(self._rows(figure, self._counting(self._asked(query)), query)[0][0])

    def grouped(self, figure: str, group: Grouping) -> Counter[str]:
        """The same by group; months as 1 to 12, and an empty key for cases without a value."""
        query = CaseQuery(Want.COUNT, reported=self._period.days, group_by=group)
        column = _COLUMNS[group]
        statement = select(column, func.count()).where(self._asked(query)).group_by(column)
        return Counter({_key(key): count for key, count in self._rows(figure, statement, query)})

    def places(self, figure: str) -> Counter[str]:
        """Reported cases by place in the reporters' words, without sensitive ones; case does not matter."""
        query = CaseQuery(Want.COUNT, reported=self._period.days, group_by=Grouping.PLACE)
        where = and_(self._asked(query), CaseRow.place.is_not(None), not_(CaseRow.sensitive))
        statement = select(CaseRow.place, func.count()).where(where).group_by(CaseRow.place)
        names: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for place, count in sorted(self._rows(figure, statement, None)):
            counts[names.setdefault(place.casefold(), place)] += count
        return counts

    def closings(self, figure: str) -> dict[Category | None, Closings]:
        """Cases that were closed in the period, by category, and all of them under None."""
        query = CaseQuery(Want.COUNT, closed=self._period.days)
        columns = (CaseRow.category, CaseRow.reported_at, CaseRow.closed_at, CaseRow.due_date)
        rows = self._rows(figure, select(*columns).where(self._asked(query)), query)
        return {
            group: _closings([row[1:] for row in rows if group in (None, row[0])])
            for group in (*Category, None)
        }

    def responses(self, figure: str) -> dict[Category | None, Duration]:
        """Time from report to a handler's first action, for cases where that was in the period."""
        columns = (CaseRow.category, CaseRow.reported_at, CaseRow.responded_at)
        answered = and_(CaseRow.responded_at >= self._period.begin, CaseRow.responded_at < self._period.end)
        rows = self._rows(figure, select(*columns).where(_COUNTED, answered), None)
        return {
            group: _duration([end - begin for of, begin, end in rows if group in (None, of)])
            for group in (*Category, None)
        }

    def open_at_end(self, figure: str, *, overdue: bool = False) -> int:
        """Cases that nobody had closed by the end of the period; with `overdue` those past their due date."""
        condition = and_(
            CaseRow.reported_on <= self._period.last,
            or_(CaseRow.closed_at.is_(None), CaseRow.closed_at >= self._period.end),
        )
        if overdue:
            condition = and_(condition, CaseRow.due_date < self._period.last)
        return int(self._rows(figure, self._counting(and_(_COUNTED, condition)), None)[0][0])

    def measures(self, figure: str) -> MeasureCounts:
        """Measures of the cases that were reported in the period."""
        done = and_(MeasureRow.done_at.is_not(None), MeasureRow.done_at < self._period.end)
        late = and_(not_(done), MeasureRow.deadline < self._period.last)
        statement = (
            select(func.count(), _number_where(done), _number_where(late))
            .select_from(MeasureRow)
            .join(CaseRow, CaseRow.number == MeasureRow.case_number)
            .where(self._asked(CaseQuery(reported=self._period.days)))
        )
        planned, finished, overdue = self._rows(figure, statement, None)[0]
        return MeasureCounts(planned, finished or 0, overdue or 0)

    def realised(self, figure: str) -> int:
        """Suggestions of the period that were closed by its end, with at least one measure done."""
        query = CaseQuery(
            kind=Kind.IMPROVEMENT,
            statuses=(Status.LUKKET,),
            reported=self._period.days,
            closed=self._period.days,
        )
        done = exists().where(
            MeasureRow.case_number == CaseRow.number,
            MeasureRow.done_at.is_not(None),
            MeasureRow.done_at < self._period.end,
        )
        return int(self._rows(figure, self._counting(and_(self._asked(query), done)), None)[0][0])

    def assessed_breaches(self, figure: str) -> int:
        """Cases of the period that were looked at as possible breaches of personal data."""
        asked = self._asked(CaseQuery(reported=self._period.days))
        noted = exists().where(BreachRow.case_number == CaseRow.number)
        return int(self._rows(figure, self._counting(and_(asked, noted)), None)[0][0])

    def _asked(self, query: CaseQuery) -> ColumnElement[bool]:
        return and_(_COUNTED, matches(query, Asker(), self._directory, self._period.last))

    def _counting(self, condition: ColumnElement[bool]) -> Select[int]:
        return select(func.count()).select_from(CaseRow).where(condition)

    def _rows(
        self, figure: str, statement: Select[*tuple[Any, ...]], query: CaseQuery | None
    ) -> Sequence[Any]:
        sql = str(statement.compile(compile_kwargs={"literal_binds": True}))
        self.sources[figure] = Source(figure, query, " ".join(sql.split()))
        return self._session.execute(statement).all()


_COUNTED = CaseRow.merged_into.is_(None)


def _key(value: object) -> str:
    return "" if value is None else str(value)


def _number_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _closings(rows: Sequence[tuple[datetime, datetime, date]]) -> Closings:
    in_time = sum(oslo_date(closed_at) <= due for _, closed_at, due in rows)
    return Closings(len(rows), in_time, _duration([closed_at - begin for begin, closed_at, _ in rows]))


def _duration(times: Sequence[timedelta]) -> Duration:
    if len(times) < _LEAST_FOR_DURATION:
        return Duration(len(times), None, None)
    days = sorted(item / _DAY for item in times)
    return Duration(len(days), median(days), days[ceil(0.9 * len(days)) - 1])
