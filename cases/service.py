"""What others ask of the case register. Each call is one transaction."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from functools import lru_cache
from pathlib import Path

import stamina
import yaml
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.breaches import LIMIT, BreachService, start_clock, starts_clock
from cases.calendar import due_date, oslo_date
from cases.case_filter import reported_by
from cases.case_search import CaseSearch
from cases.case_work import Actor, CaseWork, as_seen, events_as_seen
from cases.categories import Status
from cases.erasure import Erasure
from cases.errors import CaseNotFoundError, InvalidReportError, NotAllowedError
from cases.handling import CaseHandling, Change, next_handler
from cases.history import Event, History, plain, seal
from cases.model import Case, Comment, NewReport, Speaker, title_from
from cases.notices import CaseNotices, NoticeTimes
from cases.policy import Asker, Right, asker, relations, rights_on
from cases.repository import CaseRepository, to_case
from cases.tables import CaseRow
from cases.undo import undo
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.model import Person
from organisation.origin import origin_of

_log = logging.getLogger(__name__)
# One look counts once, however often its page is turned.
_SAME_LOOK = timedelta(hours=1)
# What the history keeps of a new case: choices, ids and dates, no words.
_STATE = (
    *(
        "kind",
        "category",
        "subtype",
        "severity",
        "status",
        "unit_id",
        "assignee_id",
        "anonymous",
        "protected",
    ),
    *("due_date", "reported_at", "sensitive", "likelihood", "closed_at", "merged_into", "responded_at"),
)


@dataclass(frozen=True)
class CaseView:
    """A case as somebody may see it.

    Attributes:
        comments: oldest first; without internal ones for those who may not read them.
        rights: what they may do with it.
        reporter_hidden: there is a name, but not for them.
    """

    case: Case
    comments: tuple[Comment, ...]
    rights: frozenset[Right]
    reporter_hidden: bool


class CaseService:
    """The case register.

    Attributes:
        handling: what handlers and reporters do with cases.
        search: lists and counts.
        erasure: what people may ask about what is kept of them.
        breaches: breaches of personal data.
    """

    def __init__(
        self, sessions: SessionFactory, clock: Clock, origin_key: bytes, times: NoticeTimes | None = None
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin_key = origin_key
        self._work = CaseWork(sessions, clock, origin_key, times or NoticeTimes())
        self.handling = CaseHandling(self._work)
        self.search = CaseSearch(sessions, clock, origin_key)
        self.erasure = Erasure(sessions, self._work, origin_key)
        self.breaches = BreachService(self._work)

    def file(self, report: NewReport) -> Case:
        """File a report, once: the same draft in the same conversation gives the same case, unchanged.

        The case goes to the leader of its unit, or to the one above when the report is the leader's own or
        about the leader. The leader of an anonymous report is not compared, as that would point them out.

        Raises:
            InvalidReportError: the unit or conversation is unknown, or the reporter is not the
                conversation's person.
        """
        # On PostgreSQL two transactions may both miss the draft; the loser then finds the winner's case.
        for attempt in stamina.retry_context(
            on=IntegrityError, attempts=3, wait_initial=0.01, wait_jitter=0.01
        ):
            with attempt, self._sessions.begin() as session:
                known = self._by_draft(session, report.conversation_id, report.draft_id)
                if known is not None:
                    _log.info("draft was filed already as case %s", known.number)
                    return known
                case = self._file(report, session)
        _log.info("filed case %s", case.number)
        return case

    def handler_for(self, report: NewReport) -> str | None:
        """The employee id of whoever would get a report if it were filed now; None for nobody."""
        with reading(self._sessions) as session:
            return self._new_case(report, Directory(session)).assignee_id

    def filed_as(self, conversation_id: str, draft_id: str) -> Case | None:
        """The case that a draft of a conversation became, None when it was not filed."""
        with reading(self._sessions) as session:
            return self._by_draft(session, conversation_id, draft_id)

    def view(self, actor: Actor, number: str) -> CaseView:
        """The case with a number. That somebody looked at it by duty is written in its history.

        Raises:
            CaseNotFoundError: there is none, or the actor may not see it.
        """
        number = number.strip()
        with reading(self._sessions) as session:
            view, by_duty, noted = self._look(session, actor, number)
        if by_duty and not noted:
            self._note_look(actor, number)
        return view

    def history(self, actor: Actor, number: str) -> list[Event]:
        """What happened to a case and who looked at it, oldest first.

        Raises:
            CaseNotFoundError: there is none, or the actor may not see it.
            NotAllowedError: the actor may see the case, but not its history.
        """
        view = self.view(actor, number)
        if Right.READ_INTERNAL not in view.rights:
            raise NotAllowedError(number)
        with reading(self._sessions) as session:
            events = History(session).of_case(view.case.number)
            true = CaseRepository(session).by_number(view.case.number) or view.case
            who = self._asker(actor, session)
        return events_as_seen(events, true, who)

    def reported_in(self, actor: Person | None, conversation_id: str | None, limit: int) -> list[Case]:
        """The asker's own reports: under their name or in this conversation, newest first."""
        with reading(self._sessions) as session:
            who = self._asker(Actor(actor, conversation_id, ""), session)
            return CaseRepository(session).newest(reported_by(who), limit)

    def undo(self, actor: Actor) -> Change:
        """Take back the actor's latest change; see `cases.undo`."""
        return undo(self._work, actor)

    def _look(self, session: Session, actor: Actor, number: str) -> tuple[CaseView, bool, bool]:
        repository = CaseRepository(session)
        case = repository.by_number(number)
        who = self._asker(actor, session)
        rights = rights_on(who, case) if case is not None else frozenset()
        if case is None or Right.READ not in rights:
            raise CaseNotFoundError(number)
        shown = as_seen(case, who)
        comments = repository.comments(number, internal=Right.READ_INTERNAL in rights)
        hidden = case.reporter_id is not None and shown.reporter_id is None
        if hidden:
            comments = [
                replace(comment, author_id=None) if comment.speaker is Speaker.REPORTER else comment
                for comment in comments
            ]
        by_duty = actor.person is not None and not relations(who, case) & {"reporter", "origin"}
        noted = by_duty and self._has_looked(session, number, who.employee_id or "")
        return CaseView(shown, tuple(comments), rights, hidden), by_duty, noted

    def _has_looked(self, session: Session, number: str, employee_id: str) -> bool:
        latest = History(session).latest_by(employee_id, self._clock() - _SAME_LOOK)
        return any(event.case_number == number for event in latest)

    def _note_look(self, actor: Actor, number: str) -> None:
        with self._sessions.begin() as session:
            if CaseRepository(session).locked(number) is None or actor.person is None:
                return
            me = actor.person.employee_id
            History(session).append(number, self._clock(), me, actor.channel, "read", {})

    def _asker(self, actor: Actor, session: Session) -> Asker:
        origin = self._origin(actor.conversation_id) or None
        return asker(actor.person, origin, Directory(session), self._today())

    def _by_draft(self, session: Session, conversation_id: str, draft_id: str) -> Case | None:
        repository = CaseRepository(session)
        return repository.by_draft(self._origin(conversation_id), draft_id) or repository.by_draft(
            self._draft_origin(conversation_id, draft_id), draft_id
        )

    def _origin_of(self, report: NewReport) -> str:
        """The conversation's, for who follows up through it alone; else one of this draft alone, as a
        conversation's beside a name would name whoever reports from it without one.
        """
        if report.known_reporter_id is None:
            return self._origin(report.conversation_id)
        return self._draft_origin(report.conversation_id, report.draft_id)

    def _draft_origin(self, conversation_id: str, draft_id: str) -> str:
        return origin_of(f"{conversation_id}:{draft_id}", self._origin_key)

    def _origin(self, conversation_id: str | None) -> str:
        return origin_of(conversation_id, self._origin_key) if conversation_id else ""

    def _today(self) -> date:
        return oslo_date(self._clock())

    def _file(self, report: NewReport, session: Session) -> Case:
        directory = Directory(session)
        _check_references(report, directory)
        case = self._new_case(report, directory)
        repository = CaseRepository(session)
        # The last thing before writing: other writers of the year wait from here on until the end.
        case = replace(case, number=repository.take_number(case.reported_on.year))
        row = repository.add(case)
        record_new(session, row, report.known_reporter_id, "filed")
        notices = CaseNotices(session, directory, self._clock, self._work.times)
        notices.filed(case)
        if starts_clock(case):
            start_clock(session, case)
            hours = int(LIMIT / timedelta(hours=1))
            notices.breach(case, hours, hours)
        return case

    def _new_case(self, report: NewReport, directory: Directory) -> Case:
        reported_at = self._clock().astimezone(UTC)
        case = Case(
            number="",
            origin=self._origin_of(report),
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
            assignee_id=None,
            due_date=due_date(reported_at, report.severity),
            reported_at=reported_at,
            reported_on=oslo_date(reported_at),
            protected=report.protected and report.known_reporter_id is not None,
            involved_ids=_involved(report, directory),
            routine_ids=report.routine_ids,
        )
        return replace(case, assignee_id=next_handler(case, directory))


def record_new(session: Session, row: CaseRow, actor_id: str | None, action: str) -> Event:
    """Begin the history of a case that was just added."""
    case = to_case(row)
    details = {
        "state": {name: plain(getattr(case, name)) for name in _STATE},
        "text": seal(row.description, row.nonce or ""),
        "involved": sorted(case.involved_ids),
        "version": row.version,
    }
    return History(session).begin(row.number, row.reported_at, actor_id, row.channel, action, details)


def _involved(report: NewReport, directory: Directory) -> frozenset[str]:
    if report.subtype not in _subtypes_about_people():
        return frozenset()
    named = {person.employee_id for person in directory.people_mentioned(report.description)}
    return frozenset(named - {report.known_reporter_id})


def _check_references(report: NewReport, directory: Directory) -> None:
    conversation = directory.conversation(report.conversation_id)
    if conversation is None:
        raise InvalidReportError("conversation_id", "is unknown")
    if report.unit_id is not None and directory.unit(report.unit_id) is None:
        raise InvalidReportError("unit_id", "is unknown")
    owner_id = conversation.person.employee_id if conversation.person else None
    if report.reporter_id is not None and report.reporter_id != owner_id:
        raise InvalidReportError("reporter_id", "is not the person of the conversation")


@lru_cache(maxsize=1)
def _subtypes_about_people() -> frozenset[str]:
    data = yaml.safe_load(Path(__file__).with_name("involved.yml").read_text("utf-8"))
    return frozenset(data["subtypes"])
