"""Telling those who have forgotten, and those who stand in for them."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from cases.calendar import OSLO, oslo_date
from cases.categories import OPEN_STATUSES, Severity, Status
from cases.clerk import Clerk, Readers
from cases.handling import next_handler
from cases.history import History
from cases.model import Case
from cases.quiet import is_day_off, working_day_after, working_day_before
from cases.repository import CaseRepository, to_case
from cases.tables import CaseEventRow, CaseRow, MeasureRow
from organisation.directory import Directory
from outbox.tables import OutboxRow

ESCALATE_AFTER = timedelta(minutes=30)
# An unread case older than this has been escalated long ago, or came with an import.
_ESCALATE_WITHIN = timedelta(days=7)
_SOON = timedelta(days=2)
# A measure whose last day went by while the clerk was away is told of so much later.
_MEASURE_LATE = timedelta(days=7)
_OVERDUE = "overdue_cases"
_MAX_LISTED = 5
# What begins the half hour of a handler anew.
_BEGINS = frozenset({"assignee_id", "severity"})


def escalate_unread(clerk: Clerk) -> int:
    """Tell deputies, or the leader above, of critical cases whose handler has not looked for half an hour.

    The half hour begins when the handler gets the case, or when it becomes critical.
    """
    now = clerk.now()
    has_looked = exists().where(
        CaseEventRow.case_number == CaseRow.number, CaseEventRow.actor_id == CaseRow.assignee_id
    )
    query = select(CaseRow).where(
        CaseRow.severity == Severity.KRITISK,
        CaseRow.status == Status.NY,
        CaseRow.assignee_id.is_not(None),
        CaseRow.reported_at <= now - ESCALATE_AFTER,
        CaseRow.reported_at > now - _ESCALATE_WITHIN,
        ~has_looked,
    )
    told = 0
    with clerk.sessions.begin() as session:
        notices, readers = clerk.notices(session), clerk.readers(session)
        for case in CaseRepository(session).cases(query):
            if _with_handler_since(session, case) > now - ESCALATE_AFTER:
                continue
            for someone in _stand_ins(clerk.directory(session), readers, case, oslo_date(now)):
                told += notices.to_handler(
                    case, f"unread:{someone}", "critical_case_unread", someone,
                    values={"leader": notices.name(case.assignee_id)}, urgent=True,
                )  # fmt: skip
    return told


def remind(clerk: Clerk) -> int:
    """Tell handlers what is due soon and what is late, and others which measures are theirs."""
    today = oslo_date(clerk.now())
    if is_day_off(today):
        return 0
    with clerk.sessions.begin() as session:
        readers = clerk.readers(session)
        return (
            _due_soon(clerk, session, readers, today)
            + _overdue(clerk, session, readers, today)
            + _measures(clerk, session, readers, today)
        )


def _with_handler_since(session: Session, case: Case) -> datetime:
    moments = [event.at for event in History(session).of_case(case.number) if _BEGINS & event.changed.keys()]
    return max([case.reported_at, *moments])


def _stand_ins(directory: Directory, readers: Readers, case: Case, today: date) -> list[str]:
    """Deputies who may read the case, else the next leader; never who reported it or whom it is about."""
    handler = case.assignee_id or ""
    deputies = [person.employee_id for person in directory.deputies_of(handler, today)]
    wanted = [
        someone for someone in deputies if someone != case.reporter_id and readers.may_read(case, someone)
    ]
    if wanted:
        return wanted
    above = next_handler(case, directory, {handler})
    return [above] if above else []


def _due_soon(clerk: Clerk, session: Session, readers: Readers, today: date) -> int:
    query = (
        select(CaseRow)
        .where(
            CaseRow.status.in_(OPEN_STATUSES),
            CaseRow.assignee_id.is_not(None),
            CaseRow.due_date >= today,
            CaseRow.due_date <= _soon(today),
        )
        .order_by(CaseRow.due_date, CaseRow.number)
    )
    notices = clerk.notices(session)
    return sum(
        notices.to_handler(
            case, f"soon:{case.due_date.isoformat()}:{case.assignee_id}", "due_soon", case.assignee_id or ""
        )
        for case in CaseRepository(session).cases(query)
        if readers.may_read(case, case.assignee_id)
    )


def _soon(today: date) -> date:
    """The last day that is soon: before days off also the first working day after them."""
    return max(today + _SOON, working_day_after(today))


def _overdue(clerk: Clerk, session: Session, readers: Readers, today: date) -> int:
    """On the first working day of a week all that is late; later in the week what became late since."""
    told = {} if _begins_week(today) else _last_told(session, today)
    notices = clerk.notices(session)
    sent = 0
    for someone, cases in _late(session, today).items():
        since = told.get(someone, date.min)
        late = [case for case in cases if case.due_date >= since and readers.may_read(case, someone)]
        if late:
            lines = "\n".join(f"{case.number} {case.title}" for case in late[:_MAX_LISTED])
            key = f"overdue:{someone}:{today.isoformat()}"
            sent += notices.to_person(someone, key, _OVERDUE, {"count": len(late), "list": lines})
    return sent


def _late(session: Session, today: date) -> dict[str, list[Case]]:
    """By handler."""
    query = (
        select(CaseRow)
        .where(CaseRow.status.in_(OPEN_STATUSES), CaseRow.assignee_id.is_not(None), CaseRow.due_date < today)
        .order_by(CaseRow.assignee_id, CaseRow.due_date, CaseRow.number)
    )
    late: dict[str, list[Case]] = defaultdict(list)
    for case in CaseRepository(session).cases(query):
        late[case.assignee_id or ""].append(case)
    return late


def _last_told(session: Session, today: date) -> dict[str, date]:
    """The last day before today on which each was told what is late: days on which the clerk was away count
    as not told.
    """
    begin = datetime.combine(today, time(), OSLO).astimezone(UTC)
    rows = session.execute(
        select(OutboxRow.person_id, func.max(OutboxRow.posted_at))
        .where(OutboxRow.template == _OVERDUE, OutboxRow.posted_at < begin)
        .group_by(OutboxRow.person_id)
    )
    return {someone: oslo_date(moment) for someone, moment in rows if someone is not None}


def _begins_week(today: date) -> bool:
    return working_day_before(today).isocalendar()[:2] != today.isocalendar()[:2]


def _measures(clerk: Clerk, session: Session, readers: Readers, today: date) -> int:
    rows = session.execute(
        select(MeasureRow, CaseRow)
        .join(CaseRow, CaseRow.number == MeasureRow.case_number)
        .where(
            MeasureRow.done_at.is_(None),
            MeasureRow.responsible_id.is_not(None),
            MeasureRow.deadline > today - _MEASURE_LATE,
            MeasureRow.deadline <= _soon(today),
            CaseRow.status.in_(OPEN_STATUSES),
        )
        .order_by(MeasureRow.case_number, MeasureRow.position)
    ).all()
    notices = clerk.notices(session)
    return sum(
        notices.to_handler(
            to_case(row), f"measure:{measure.position}:{measure.deadline}:{measure.responsible_id}",
            "measure_due", measure.responsible_id or "",
            values={"text": measure.text, "deadline": str(measure.deadline)},
        )
        for measure, row in rows
        if readers.may_read(to_case(row), measure.responsible_id)
    )  # fmt: skip
