"""Telling leaders of what has become more frequent."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.categories import Kind
from cases.clerk import Clerk
from cases.clerk_audience import involved_in, leader_to_tell, quality_advisers
from cases.clerk_texts import LANGUAGES, clerk_text
from cases.labels import label
from cases.tables import CaseRow, TrendAlertRow
from cases.trend_model import Observation, Parents
from cases.trends import AlertKey, Finding, alert_key, find_trends, is_new
from database.engine import reading
from organisation.directory import Directory

MAX_NUMBERS = 8


def find_new_trends(clerk: Clerk) -> int:
    """Look for trends and tell of those that nobody was told of: the unit's leader and the quality advisers.

    Deviations only, as in `sifra evaluate trends`. Sensitive cases do not count, as not all who are told may
    know of them; whom a case is about is not told of its trend.
    """
    today = oslo_date(clerk.now())
    # It looks for seconds in a large register: nobody who writes waits meanwhile.
    with reading(clerk.sessions) as session:
        units = {unit.unit_id: unit.parent_id for unit in clerk.directory(session).units()}
        observations = _observations(session)
        told = [
            AlertKey(row.unit_id, row.subject, row.count, row.found_on)
            for row in session.scalars(select(TrendAlertRow))
        ]
    new = _new_findings(observations, units, told, clerk) if units else []
    count = 0
    for finding in new:
        with clerk.sessions.begin() as session:
            if _tell(clerk, session, finding):
                key = alert_key(finding, today)
                session.add(
                    TrendAlertRow(
                        unit_id=key.unit_id, subject=key.subject, count=key.count, found_on=key.found_on
                    )
                )
                count += 1
    return count


def _observations(session: Session) -> list[Observation]:
    rows = session.execute(
        select(CaseRow.number, CaseRow.unit_id, CaseRow.category, CaseRow.subtype, CaseRow.reported_on).where(
            CaseRow.kind == Kind.DEVIATION, CaseRow.merged_into.is_(None), CaseRow.sensitive.is_(False)
        )
    )
    return [Observation(*row) for row in rows]


def _new_findings(
    observations: list[Observation], units: Parents, told: list[AlertKey], clerk: Clerk
) -> list[Finding]:
    today = oslo_date(clerk.now())
    new = []
    for finding in find_trends(observations, units, today):
        if is_new(finding, told, units=units, today=today):
            # Of two that tell the same story only the first is told.
            told = [*told, alert_key(finding, today)]
            new.append(finding)
    return new


def _tell(clerk: Clerk, session: Session, finding: Finding) -> bool:
    """Whether anybody was told who had not been today, by another clerk."""
    directory = clerk.directory(session)
    involved = involved_in(session, finding.case_numbers)
    leader = leader_to_tell(directory, finding.unit_id, involved)
    audience = {*quality_advisers(session), *([leader] if leader else [])} - involved
    texts = {f"text_{language}": _text(finding, directory, language) for language in LANGUAGES}
    today = oslo_date(clerk.now()).isoformat()
    notices = clerk.notices(session)
    told = [
        notices.to_person(
            someone, f"trend:{finding.unit_id}:{finding.subject}:{today}:{someone}", "trend_alert", texts
        )
        for someone in sorted(audience)
    ]
    return any(told)


def _text(finding: Finding, directory: Directory, language: str) -> str:
    unit = directory.unit(finding.unit_id)
    kind, subject = ("subtype", finding.subtype) if finding.subtype else ("category", finding.category)
    return clerk_text(
        "trend", "found", language,
        unit=unit.name if unit else finding.unit_id, count=finding.count, days=finding.window_days,
        subject=label(kind, subject, language), expected=f"{finding.expected:.1f}".replace(".", ","),
        numbers=", ".join(finding.case_numbers[:MAX_NUMBERS]),
    )  # fmt: skip
