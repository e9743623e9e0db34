"""The monthly list of what came back although something was done about it."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.categories import Kind
from cases.clerk import Clerk
from cases.clerk_audience import involved_in, leader_to_tell, quality_advisers
from cases.clerk_texts import LANGUAGES, clerk_text
from cases.labels import label
from cases.quiet import working_day_after
from cases.recurrences import HandledCase, Recurrence, find_recurrences
from cases.tables import CaseRow, MeasureRow
from database.engine import reading
from organisation.directory import Directory
from outbox.tables import OutboxRow

MAX_NUMBERS = 8
# So long the list of a month is made up for when the clerk was away on its day.
_LATE = timedelta(days=7)


def tell_recurrences(clerk: Clerk) -> int:
    """Tell quality advisers, and leaders of their units, once a month; sensitive cases are left out.

    The list is that of the morning of the month's first working day, also when it is made later.
    """
    today = oslo_date(clerk.now())
    day = _first_working_day(today)
    if not day <= today < day + _LATE:
        return 0
    month = f"recurrences:{day:%Y-%m}:"
    with reading(clerk.sessions) as session:
        if session.scalar(select(exists().where(OutboxRow.key.startswith(month)))):
            return 0
        found = find_recurrences(_handled(session, day), day)
    with clerk.sessions.begin() as session:
        directory, notices = clerk.directory(session), clerk.notices(session)
        return sum(
            notices.to_person(someone, f"{month}{someone}", "recurrences", _texts(rows, directory))
            for someone, rows in sorted(_audience(session, directory, found).items())
        )


def _first_working_day(today: date) -> date:
    return working_day_after(today.replace(day=1) - timedelta(days=1))


def _handled(session: Session, day: date) -> list[HandledCase]:
    """The cases before a day, as they were on its morning."""
    done: dict[str, list[date | None]] = defaultdict(list)
    for number, moment in session.execute(select(MeasureRow.case_number, MeasureRow.done_at)):
        done[number].append(oslo_date(moment) if moment else None)
    rows = session.execute(
        select(CaseRow.number, CaseRow.unit_id, CaseRow.subtype, CaseRow.reported_on).where(
            CaseRow.kind == Kind.DEVIATION,
            CaseRow.unit_id.is_not(None),
            CaseRow.subtype.is_not(None),
            CaseRow.reported_on < day,
            CaseRow.merged_into.is_(None),
            CaseRow.sensitive.is_(False),
        )
    )
    return [
        HandledCase(number, unit_id or "", subtype or "", reported_on, _last(done[number], day))
        for number, unit_id, subtype, reported_on in rows
    ]


def _last(days: list[date | None], before: date) -> date | None:
    """The last day of measures that were all done before a day."""
    ended = [day for day in days if day is not None and day < before]
    return max(ended) if ended and len(ended) == len(days) else None


def _audience(session: Session, directory: Directory, found: list[Recurrence]) -> dict[str, list[Recurrence]]:
    told: dict[str, list[Recurrence]] = defaultdict(list)
    advisers = quality_advisers(session)
    for row in found:
        involved = involved_in(session, row.case_numbers)
        leader = leader_to_tell(directory, row.unit_id, involved)
        for someone in {*advisers, *([leader] if leader else [])} - involved:
            told[someone].append(row)
    return told


def _texts(rows: list[Recurrence], directory: Directory) -> dict[str, str]:
    return {
        f"text_{language}": "\n".join(_line(row, directory, language) for row in rows)
        for language in LANGUAGES
    }


def _line(row: Recurrence, directory: Directory, language: str) -> str:
    unit = directory.unit(row.unit_id)
    return clerk_text(
        "recurrence", "row", language,
        unit=unit.name if unit else row.unit_id, subject=label("subtype", row.subtype, language),
        count=len(row.came_back), numbers=", ".join(row.came_back[-MAX_NUMBERS:]),
    )  # fmt: skip
