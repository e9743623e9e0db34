"""Lists and counts of cases, as somebody may see them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.case_filter import in_charge_of, matches, not_about, reported_by, visible_to
from cases.case_work import Actor, as_seen
from cases.categories import OPEN_STATUSES, Severity
from cases.counts import CountRow, CountTable
from cases.errors import NotALeaderError
from cases.model import CasePage
from cases.policy import Asker, asker
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Who
from cases.repository import CaseRepository
from cases.small_counts import Elsewhere, hide_small
from cases.tables import CaseRow
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.model import Role
from organisation.origin import origin_of

_MOST_SEVERE_FIRST = {severity: -rank for rank, severity in enumerate(Severity)}
_COLUMNS = {
    Grouping.CATEGORY: CaseRow.category,
    Grouping.SUBTYPE: CaseRow.subtype,
    Grouping.SEVERITY: CaseRow.severity,
    Grouping.STATUS: CaseRow.status,
    Grouping.UNIT: CaseRow.unit_id,
    Grouping.ASSIGNEE: CaseRow.assignee_id,
    Grouping.PLACE: CaseRow.place,
}
_BY_TIME = frozenset({Grouping.WEEK, Grouping.MONTH, Grouping.YEAR})
NOTHING = ""
"""The key of the group of those that have none: without sub-type, handler, unit or place."""


class CaseSearch:
    """Answers a `CaseQuery`."""

    def __init__(self, sessions: SessionFactory, clock: Clock, origin_key: bytes) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin_key = origin_key

    def list(self, actor: Actor, query: CaseQuery, limit: int, offset: int = 0) -> CasePage:
        """The cases that a question asks for and the actor may see, in the order that it asks for.

        Args:
            limit: of this page; `query.limit` bounds the whole list.
        Raises:
            NotALeaderError: the actor asks for others' cases and has none in their charge.
        """
        with reading(self._sessions) as session:
            who, directory = self._asker(actor, session)
            _require_charge(who, query)
            condition = and_(_scope(who, query), matches(query, who, directory, self._today()))
            wanted = limit if query.limit is None else max(0, min(limit, query.limit - offset))
            # Numbers and their count in one pass: the condition may be costly, a word anywhere above all.
            page = session.execute(
                select(CaseRow.number, func.count().over())
                .where(condition)
                .order_by(*self._order(query))
                .limit(wanted)
                .offset(offset)
            ).all()
            found = {case.number: case for case in CaseRepository(session).cases(_numbered(page))}
            total = page[0][1] if page else _count(session, condition)
            if query.limit is not None:
                total = min(total, query.limit)
            return CasePage(tuple(as_seen(found[number], who) for number, _ in page), total)

    def count(self, actor: Actor, query: CaseQuery) -> CountTable:
        """How many cases there are, split and compared as asked.

        Cases that go on in another are not counted. About a unit that is not in the actor's charge all
        cases but sensitive ones count, and numbers that rest on fewer than three cases outside it are hidden,
        see `small_counts`.

        Raises:
            NotALeaderError: the actor asks for others' cases and has none in their charge.
        """
        with reading(self._sessions) as session:
            who, directory = self._asker(actor, session)
            _require_charge(who, query)
            others = _is_about_others(who, query, directory)
            scope = and_(not_(CaseRow.sensitive), not_about(who)) if others else _scope(who, query)
            condition = and_(scope, CaseRow.merged_into.is_(None))
            table = self._counted(session, condition, query, who, directory)
            if not others:
                return table
            outside = and_(condition, CaseRow.unit_id.not_in(who.led_units))
            return hide_small(table, _elsewhere(self._counted(session, outside, query, who, directory)))

    def _counted(
        self, session: Session, scope: ColumnElement[bool], query: CaseQuery, who: Asker, directory: Directory
    ) -> CountTable:
        now = self._counts(session, scope, query, who, directory)
        earlier = _earlier(query, self._today())
        before = self._counts(session, scope, earlier, who, directory) if earlier else None
        return _table(query, now, before, earlier)

    def _counts(
        self, session: Session, scope: ColumnElement[bool], query: CaseQuery, who: Asker, directory: Directory
    ) -> Counter[str]:
        condition = and_(scope, matches(query, who, directory, self._today()))
        group = query.group_by
        if group is None:
            total = session.scalar(select(func.count()).select_from(CaseRow).where(condition)) or 0
            return Counter({NOTHING: total})
        column = CaseRow.reported_on if group in _BY_TIME else _COLUMNS[group]
        rows = session.execute(select(column, func.count()).where(condition).group_by(column)).all()
        counts: Counter[str] = Counter()
        for key, count in rows:
            counts[_key(group, key)] += count
        return counts

    def _order(self, query: CaseQuery) -> Iterable[ColumnElement[Any]]:
        severity = sql_case(_MOST_SEVERE_FIRST, value=CaseRow.severity)
        late = and_(CaseRow.status.in_(OPEN_STATUSES), CaseRow.due_date < self._today())
        is_overdue = sql_case((late, 0), else_=1)
        orders: dict[Order, tuple[ColumnElement[Any], ...]] = {
            Order.URGENCY: (is_overdue, severity, CaseRow.due_date.asc()),
            Order.NEWEST: (CaseRow.reported_at.desc(),),
            Order.OLDEST: (CaseRow.reported_at.asc(),),
            Order.SEVERITY: (severity, CaseRow.due_date.asc()),
            Order.DUE: (CaseRow.due_date.asc(), severity),
        }
        last = CaseRow.number.desc() if query.order is Order.NEWEST else CaseRow.number.asc()
        return (*orders[query.order], last)

    def _asker(self, actor: Actor, session: Session) -> tuple[Asker, Directory]:
        directory = Directory(session)
        origin = origin_of(actor.conversation_id, self._origin_key) if actor.conversation_id else None
        return asker(actor.person, origin, directory, self._today()), directory

    def _today(self) -> date:
        return oslo_date(self._clock())


def _numbered(page: Sequence[Row[str, int]]) -> Select[CaseRow]:
    return select(CaseRow).where(CaseRow.number.in_([number for number, _ in page]))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(CaseRow).where(condition)) or 0


def earlier_days(days: Days, compare: Comparison, today: date) -> Days | None:
    """The earlier time that a period is compared with; None for one without a first day.

    A period that is not over yet is compared with as much of the earlier one. A year before whole weeks are
    the same days of the week.
    """
    if days.first is None:
        return None
    tomorrow = today + relativedelta(days=1)
    whole_end = days.end or tomorrow
    end = min(whole_end, max(tomorrow, days.first))
    if compare is Comparison.PERIOD_BEFORE:
        back = _length(days.first, whole_end)
    elif days.first.weekday() == whole_end.weekday() == 0 and not days.first.day == whole_end.day == 1:
        back = relativedelta(weeks=52)
    else:
        back = relativedelta(years=1)
    return Days(days.first - back, _moved_end(end, back))


def _moved_end(end: date, back: relativedelta) -> date:
    # By its last day, as a month may have fewer days; but the end of a whole month stays one.
    one = relativedelta(days=1)
    return end - back if end.day == 1 else end - one - back + one


def _length(first: date, end: date) -> relativedelta:
    """A period's length as whole months if it is some, else in days."""
    months = (end.year - first.year) * 12 + end.month - first.month
    if first.day == end.day == 1:
        return relativedelta(months=months)
    return relativedelta(days=(end - first).days)


def _earlier(query: CaseQuery, today: date) -> CaseQuery | None:
    if query.compare is None or query.reported is None:
        return None
    days = earlier_days(query.reported, query.compare, today)
    return query.narrowed(reported=days) if days is not None else None


def _elsewhere(table: CountTable) -> Elsewhere:
    if table.group_by is None:
        return Elsewhere({NOTHING: table.total or 0}, {NOTHING: table.total_before or 0})
    return Elsewhere(
        {row.key: row.count or 0 for row in table.rows}, {row.key: row.before or 0 for row in table.rows}
    )


def _table(
    query: CaseQuery, now: Counter[str], before: Counter[str] | None, earlier: CaseQuery | None
) -> CountTable:
    group = query.group_by
    if before is not None and group in _BY_TIME and earlier is not None:
        before = _moved(before, query, earlier)
    total_before = before.total() if before is not None else None
    rows: tuple[CountRow, ...] = ()
    if group is not None:
        keys = _keys(group, {*now, *(before or ())})
        rows = tuple(CountRow(key, now[key], before[key] if before is not None else None) for key in keys)
        if group not in _BY_TIME:
            rows = tuple(sorted(rows, key=lambda row: (-(row.count or 0), row.key)))
    return CountTable(rows, now.total(), total_before, group, query.compare)


def _moved(before: Counter[str], query: CaseQuery, earlier: CaseQuery) -> Counter[str]:
    """The earlier counts under the keys of the time that they are compared with."""
    group = query.group_by
    if group is None or query.reported is None or earlier.reported is None:
        return before
    first, was = query.reported.first, earlier.reported.first
    if first is None or was is None:
        return before
    moved: Counter[str] = Counter()
    for key, count in before.items():
        moved[_key(group, _first_day(group, key) + (first - was))] += count
    return moved


def _first_day(group: Grouping, key: str) -> date:
    if group is Grouping.WEEK:
        year, week = key.split("-W")
        return date.fromisocalendar(int(year), int(week), 4)
    # The middle of a month or year: moved by about a year or some months, it stays in the right one.
    return date.fromisoformat(f"{key}-15" if group is Grouping.MONTH else f"{key}-07-01")


def _key(group: Grouping, value: object) -> str:
    if isinstance(value, date):
        if group is Grouping.WEEK:
            year, week, _ = value.isocalendar()
            return f"{year}-W{week:02d}"
        return value.isoformat()[: 7 if group is Grouping.MONTH else 4]
    # Not in SQL: SQLite makes only A to Z small, and PostgreSQL goes by its locale.
    text = str(value) if value is not None else NOTHING
    return text.casefold() if group is Grouping.PLACE else text


def _keys(group: Grouping, found: set[str]) -> list[str]:
    """The groups in order; between the first and the last time none is left out."""
    keys = sorted(found)
    if group not in _BY_TIME or not keys:
        return keys
    step = {Grouping.WEEK: relativedelta(weeks=1), Grouping.MONTH: relativedelta(months=1)}
    day, last, filled = _first_day(group, keys[0]), keys[-1], [keys[0]]
    while filled[-1] < last:
        day += step.get(group, relativedelta(years=1))
        filled.append(_key(group, day))
    return filled


def _require_charge(who: Asker, query: CaseQuery) -> None:
    asks_for_own = query.reporter == Who.ME or query.assignee == Who.ME or query.number is not None
    if not who.in_charge and not asks_for_own:
        raise NotALeaderError("the asker has no unit's cases to list")


def _scope(who: Asker, query: CaseQuery) -> ColumnElement[bool]:
    if query.reporter == Who.ME:
        return reported_by(who)
    return visible_to(who) if query.number is not None else in_charge_of(who)


def _is_about_others(who: Asker, query: CaseQuery, directory: Directory) -> bool:
    """Whether a count is about a unit that is not in the asker's charge."""
    # Words, places and handlers of cases that one may not read would tell what is in them.
    is_own = query.reporter is not None or query.assignee is not None or query.number is not None
    tells_more = query.text is not None or query.group_by in {Grouping.PLACE, Grouping.ASSIGNEE}
    if query.unit_id is None or is_own or tells_more or not who.led_units or who.role is Role.QUALITY_ADVISER:
        return False
    return not directory.unit_and_below(query.unit_id) <= who.led_units
