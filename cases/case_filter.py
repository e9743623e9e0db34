"""Questions and rights as conditions of the database."""

from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select, true

from cases.calendar import OSLO
from cases.categories import OPEN_STATUSES, Category
from cases.model import clean
from cases.policy import Asker, Relation, Right, grants_of
from cases.query import CaseQuery, Days, Who
from cases.repository import search_text
from cases.tables import CaseRow, InvolvedRow, MeasureRow, WatcherRow
from organisation.directory import Directory
from organisation.model import Role


def visible_to(asker: Asker, relations: frozenset[Relation] = frozenset(Relation)) -> ColumnElement[bool]:
    """The cases that somebody may read, by `policy.rights_on`.

    Args:
        relations: only what these relations give.
    """
    allowed: list[ColumnElement[bool]] = [false()]
    for relation, holds in _holding(asker).items():
        grant = grants_of()[relation]
        if relation not in relations or Right.READ not in grant.may:
            continue
        conditions = [holds]
        if not grant.on_sensitive:
            conditions.append(not_(CaseRow.sensitive))
        if grant.charge and asker.employee_id is not None:
            conditions.append(not_(_is_involved(asker.employee_id)))
        allowed.append(and_(*conditions))
    return or_(*allowed)


def not_about(asker: Asker) -> ColumnElement[bool]:
    """The cases that are not about somebody; they do not even count those that are."""
    return true() if asker.employee_id is None else not_(_is_involved(asker.employee_id))


def in_charge_of(asker: Asker) -> ColumnElement[bool]:
    """The cases that are somebody's by duty: by role, or because they handle them."""
    return visible_to(
        asker,
        frozenset({Relation.ASSIGNEE, Relation.LEADER, Relation.QUALITY_ADVISER, Relation.PRIVACY_OFFICER}),
    )


def reported_by(asker: Asker) -> ColumnElement[bool]:
    """What somebody has reported: under their name, or in this conversation."""
    return visible_to(asker, frozenset({Relation.REPORTER, Relation.ORIGIN}))


def matches(query: CaseQuery, asker: Asker, directory: Directory, today: date) -> ColumnElement[bool]:
    """What a question asks for, whoever may see it.

    Args:
        today: the date in Norway.
    """
    return and_(
        true(),
        *_choices(query),
        *_people(query, asker),
        *_places(query, directory),
        *_times(query, today),
        *_words(query),
    )


def _holding(asker: Asker) -> dict[Relation, ColumnElement[bool]]:
    """The relations that somebody can have at all, as `policy.relations` finds them in one case."""
    holds: dict[Relation, ColumnElement[bool]] = {}
    if asker.origin is not None:
        holds[Relation.ORIGIN] = CaseRow.origin == asker.origin
    if asker.led_units:
        holds[Relation.LEADER] = CaseRow.unit_id.in_(asker.led_units)
    if asker.role is Role.QUALITY_ADVISER:
        holds[Relation.QUALITY_ADVISER] = true()
    if asker.role is Role.PRIVACY_OFFICER:
        holds[Relation.PRIVACY_OFFICER] = CaseRow.category == Category.INFORMASJONSSIKKERHET
    me = asker.employee_id
    if me is not None:
        holds[Relation.REPORTER] = CaseRow.reporter_id == me
        holds[Relation.ASSIGNEE] = CaseRow.assignee_id == me
        # Not correlated: the few numbers are looked up once, which lets the indexes of the rest work.
        holds[Relation.WATCHER] = CaseRow.number.in_(_numbers_of(WatcherRow, "employee_id", me))
        holds[Relation.RESPONSIBLE] = CaseRow.number.in_(_numbers_of(MeasureRow, "responsible_id", me))
    return holds


def _numbers_of(table: type[WatcherRow] | type[MeasureRow], column: str, employee_id: str) -> Select[str]:
    return select(table.case_number).where(getattr(table, column) == employee_id)


def _is_involved(employee_id: str) -> ColumnElement[bool]:
    return exists().where(InvolvedRow.case_number == CaseRow.number, InvolvedRow.employee_id == employee_id)


def _choices(query: CaseQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.number is not None:
        conditions.append(CaseRow.number == query.number)
    if query.kind is not None:
        conditions.append(CaseRow.kind == query.kind)
    for column, wanted in (
        (CaseRow.category, query.categories),
        (CaseRow.subtype, query.subtypes),
        (CaseRow.severity, query.severities),
        (CaseRow.status, query.statuses),
    ):
        if wanted:
            conditions.append(column.in_(wanted))
    return conditions


def _people(query: CaseQuery, asker: Asker) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.assignee == Who.NOBODY:
        conditions.append(CaseRow.assignee_id.is_(None))
    elif query.assignee == Who.ME:
        conditions.append(CaseRow.assignee_id == asker.employee_id)
    elif query.assignee is not None:
        conditions.append(CaseRow.assignee_id == query.assignee)
    if query.reporter is not None:
        conditions.append(reported_by(asker))
    return conditions


def _words(query: CaseQuery) -> list[ColumnElement[bool]]:
    words = search_text(clean(query.text or ""))
    return [CaseRow.search_text.contains(words, autoescape=True)] if words else []


def _places(query: CaseQuery, directory: Directory) -> list[ColumnElement[bool]]:
    if query.unit_id is None:
        return []
    if query.only_unit:
        return [CaseRow.unit_id == query.unit_id]
    return [CaseRow.unit_id.in_(directory.unit_and_below(query.unit_id))]


def _times(query: CaseQuery, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.overdue:
        conditions += [CaseRow.status.in_(OPEN_STATUSES), CaseRow.due_date < today]
    for days, column in ((query.reported, CaseRow.reported_on), (query.due, CaseRow.due_date)):
        if days is not None and days.first is not None:
            conditions.append(column >= days.first)
        if days is not None and days.end is not None:
            conditions.append(column < days.end)
    if query.closed is not None:
        conditions += _closed(query.closed)
    return conditions


def _closed(days: Days) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [CaseRow.closed_at.is_not(None)]
    if days.first is not None:
        conditions.append(CaseRow.closed_at >= _begin_of(days.first))
    if days.end is not None:
        conditions.append(CaseRow.closed_at < _begin_of(days.end))
    return conditions


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO).astimezone(UTC)
