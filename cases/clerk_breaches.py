"""The clock of breaches of personal data."""

from datetime import timedelta

from sqlalchemy import select

from cases.breaches import LIMIT
from cases.clerk import Clerk
from cases.repository import to_case
from cases.tables import BreachRow, CaseRow

_HOURS_LEFT = (48, 24, 6)
_HOUR = timedelta(hours=1)


def watch_breaches(clerk: Clerk) -> int:
    """Tell privacy officers and handlers how long there is to notify a breach, while that is undecided.

    After an outage they are told once, with the hours that are left by then.
    """
    now = clerk.now()
    told = 0
    with clerk.sessions.begin() as session:
        rows = session.execute(
            select(BreachRow, CaseRow)
            .join(CaseRow, CaseRow.number == BreachRow.case_number)
            .where(BreachRow.decision.is_(None), BreachRow.discovered_at > now - LIMIT)
            .order_by(BreachRow.case_number)
        ).all()
        notices = clerk.notices(session)
        for breach, row in rows:
            left = breach.discovered_at + LIMIT - now
            passed = [hours for hours in _HOURS_LEFT if left <= hours * _HOUR]
            if passed:
                told += notices.breach(to_case(row), min(passed), round(left / _HOUR))
    return told
