"""What others ask of the case register. Each call is one transaction."""

import logging
from datetime import UTC

import stamina
from sqlalchemy.exc import IntegrityError

from cases.calendar import due_date, oslo_date
from cases.categories import Status
from cases.errors import CaseNotFoundError, InvalidReportError, NotALeaderError
from cases.model import Case, CasePage, NewReport, title_from
from cases.policy import ROLES_IN_CHARGE, visibility, visible_as_reporter, visible_in_charge
from cases.repository import CaseRepository
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.model import Person

_log = logging.getLogger(__name__)


class CaseService:
    """The case register.

    `actor` is always whom the channel has authenticated, and None for an unknown sender.
    """

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def file(self, report: NewReport) -> Case:
        """File a report, once: the same draft in the same conversation gives the same case, unchanged.

        The case goes to the leader of its unit, or to the one above when the report is the leader's
        own. The leader of an anonymous report is not compared, as that would point them out.

        Raises:
            InvalidReportError: the unit or conversation is unknown, or the reporter is not the
                conversation's person.
        """
        # On PostgreSQL two transactions may both miss the draft; the loser then finds the winner's case.
        for attempt in stamina.retry_context(on=IntegrityError, attempts=3, wait_initial=0.01):
            with attempt, self._sessions.begin() as session:
                repository = CaseRepository(session)
                known = repository.by_draft(report.conversation_id, report.draft_id)
                if known is not None:
                    _log.info("draft was filed already as case %s", known.number)
                    return known
                case = self._new_case(report, repository, Directory(session))
                repository.add(case)
        _log.info("filed case %s", case.number)
        return case

    def filed_as(self, conversation_id: str, draft_id: str) -> Case | None:
        """The case that a draft of a conversation became, None when it was not filed."""
        with reading(self._sessions) as session:
            return CaseRepository(session).by_draft(conversation_id, draft_id)

    def by_number(self, actor: Person | None, conversation_id: str | None, number: str) -> Case:
        """The case with a number.

        Raises:
            CaseNotFoundError: there is none, or the asker may not see it.
        """
        with reading(self._sessions) as session:
            visible = visibility(actor, conversation_id, Directory(session))
            case = CaseRepository(session).by_number(visible, number.strip())
        if case is None:
            raise CaseNotFoundError(number)
        return case

    def reported_in(self, actor: Person | None, conversation_id: str | None, limit: int) -> list[Case]:
        """The asker's own reports: under their name or in this conversation, newest first."""
        with reading(self._sessions) as session:
            return CaseRepository(session).newest(visible_as_reporter(actor, conversation_id), limit)

    def open_cases(self, actor: Person | None, limit: int, offset: int = 0) -> CasePage:
        """The open cases in someone's charge: overdue first, then by severity, due date and number.

        Raises:
            NotALeaderError: the asker is no leader, quality adviser or privacy officer.
        """
        if actor is None or actor.role not in ROLES_IN_CHARGE:
            raise NotALeaderError("the asker has no unit's cases to list")
        today = oslo_date(self._clock())
        with reading(self._sessions) as session:
            visible = visible_in_charge(actor, Directory(session))
            return CaseRepository(session).most_urgent(visible, today, limit, offset)

    def _new_case(self, report: NewReport, repository: CaseRepository, directory: Directory) -> Case:
        _check_references(report, directory)
        reported_at = self._clock().astimezone(UTC)
        return Case(
            number=repository.take_number(oslo_date(reported_at).year),
            conversation_id=report.conversation_id,
            draft_id=report.draft_id,
            channel=report.channel,
            kind=report.kind,
            category=report.category,
            subtype=report.subtype,
            severity=report.severity,
            status=Status.NY,
            title=title_from(report.description),
            description=report.description,
            unit_id=report.unit_id,
            place=report.place,
            occurred_at=report.occurred_at.astimezone(UTC) if report.occurred_at else None,
            occurred_text=report.occurred_text,
            reporter_id=report.known_reporter_id,
            anonymous=report.anonymous,
            assignee_id=_assignee_id(report, directory),
            due_date=due_date(reported_at, report.severity),
            reported_at=reported_at,
        )


def _check_references(report: NewReport, directory: Directory) -> None:
    conversation = directory.conversation(report.conversation_id)
    if conversation is None:
        raise InvalidReportError("conversation_id", "is unknown")
    if report.unit_id is not None and directory.unit(report.unit_id) is None:
        raise InvalidReportError("unit_id", "is unknown")
    owner_id = conversation.person.employee_id if conversation.person else None
    if report.reporter_id is not None and report.reporter_id != owner_id:
        raise InvalidReportError("reporter_id", "is not the person of the conversation")


def _assignee_id(report: NewReport, directory: Directory) -> str | None:
    leader = directory.leader_of(report.unit_id) if report.unit_id else None
    if leader is not None and leader.employee_id == report.known_reporter_id:
        above = directory.unit(leader.unit_id)
        leader = directory.leader_of(above.parent_id) if above and above.parent_id else None
    return leader.employee_id if leader else None
