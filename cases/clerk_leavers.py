"""Cases of people who have left."""

from sqlalchemy import select

from cases.categories import OPEN_STATUSES
from cases.clerk import Clerk, one_by_one
from cases.handling import next_handler
from cases.history import History, plain
from cases.repository import CaseRepository, to_case
from cases.tables import CaseRow
from database.engine import reading
from organisation.tables import PersonRow


def move_cases_of_leavers(clerk: Clerk) -> int:
    """Give the open cases of people who have left to the leaders of their units, each in a transaction."""
    with reading(clerk.sessions) as session:
        numbers = list(
            session.scalars(
                select(CaseRow.number)
                .join(PersonRow, PersonRow.employee_id == CaseRow.assignee_id)
                .where(CaseRow.status.in_(OPEN_STATUSES), ~PersonRow.active)
                .order_by(CaseRow.number)
            )
        )
    return one_by_one("move_cases_of_leavers", numbers, lambda number: _move(clerk, number))


def _move(clerk: Clerk, number: str) -> int:
    with clerk.sessions.begin() as session:
        row = CaseRepository(session).locked(number)
        directory = clerk.directory(session)
        if row is None or row.assignee_id is None or row.status not in OPEN_STATUSES:
            return 0
        if directory.is_active(row.assignee_id):
            return 0
        successor = next_handler(to_case(row), directory, {row.assignee_id})
        changed = {"assignee_id": [plain(row.assignee_id), plain(successor)]}
        row.assignee_id = successor
        row.version += 1
        session.flush()
        event = History(session).append(
            number, clerk.now(), None, "clerk", "moved", {"changed": changed, "version": row.version}
        )
        if successor is not None:
            clerk.notices(session).to_handler(
                to_case(row), f"{event.seq}:{successor}", "case_moved_leaver", successor
            )
    return 1
