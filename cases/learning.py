"""What can be learned from cases: others like one, routines that fail, how long people wait."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from cases.anonymised import anonymised_summary
from cases.calendar import oslo_date
from cases.case_filter import in_charge_of, visible_to
from cases.case_work import Actor, as_seen
from cases.errors import CaseNotFoundError, NotALeaderError, NotAllowedError
from cases.model import Case
from cases.policy import Asker, Right, asker, rights_on
from cases.repository import CaseRepository, to_case
from cases.routine_failures import RoutineCase, RoutineFailure, failing_routines
from cases.similar import Candidate, Encoder, Traits, likely_duplicates, rank_similar
from cases.tables import CaseRow
from cases.times import TimedCase, Waiting, closing_times, response_times
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.origin import origin_of

# Encoding so many short texts takes the shipped encoder well under a second.
MAX_CANDIDATES = 600
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Lesson:
    """A case like the one in hand: the case itself for who may see it, else what may be told of it."""

    case: Case | None
    summary: str


@dataclass(frozen=True)
class WaitingTimes:
    """How long cases of the last year wait for a first response and for their end, per category."""

    response: tuple[Waiting, ...]
    closing: tuple[Waiting, ...]


class CaseLearning:
    """Answers what cases teach, with the rights of who asks."""

    def __init__(self, sessions: SessionFactory, clock: Clock, origin_key: bytes, encoder: Encoder) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin_key = origin_key
        self._encoder = encoder

    def similar(self, actor: Actor, number: str, limit: int, language: str) -> list[Lesson]:
        """Cases most like one, from all units, best first.

        Raises:
            CaseNotFoundError: there is no such case, or the actor may not see it.
            NotAllowedError: the actor sees it, but not by duty.
        """
        with reading(self._sessions) as session:
            directory = Directory(session)
            who = self._asker(actor, directory)
            case = CaseRepository(session).by_number(number)
            rights = rights_on(who, case) if case is not None else frozenset()
            if case is None or Right.READ not in rights:
                raise CaseNotFoundError(number)
            if Right.READ_INTERNAL not in rights:
                raise NotAllowedError(number)
            others = {one.number: one for one in _alike(session, case)}
            ranked = rank_similar(
                _text(case), [_candidate(one) for one in others.values()], self._encoder, MAX_CANDIDATES,
                traits=Traits(case.reported_on, case.category, case.subtype, case.place),
            )  # fmt: skip
            found = self._lessons(session, who, directory, (others[one.number] for one in ranked), language)
            # Each costs a count, so no more are made than are wanted.
            return list(islice(found, limit))

    def duplicates(self, actor: Actor, case: Case) -> list[str]:
        """Numbers of open cases that seem to be about the same event and that the actor may see."""
        with reading(self._sessions) as session:
            directory = Directory(session)
            who = self._asker(actor, directory)
            others = [one for one in _alike(session, case, visible_to(who)) if one.is_open]
        moment = case.occurred_at or case.reported_at
        return likely_duplicates(
            _text(case), case.unit_id or "", case.place, moment, [_candidate(one) for one in others],
            self._encoder,
        )  # fmt: skip

    def failing_routines(self, actor: Actor) -> list[RoutineFailure]:
        """Routines with several cases lately among those in the actor's charge.

        Raises:
            NotALeaderError: the actor has none in their charge.
        """
        rows = [
            RoutineCase(
                case.number, case.reported_on, case.routine_ids,
                sum(measure.done_at is None for measure in case.measures),
            )
            for case in self._in_charge(actor)
        ]  # fmt: skip
        return failing_routines(rows, oslo_date(self._clock()))

    def waiting_times(self, actor: Actor) -> WaitingTimes:
        """How long the cases in the actor's charge wait.

        Raises:
            NotALeaderError: the actor has none in their charge.
        """
        today = oslo_date(self._clock())
        timed = [
            TimedCase(case.category.value, case.reported_at, case.responded_at, case.closed_at)
            for case in self._in_charge(actor)
            if case.reported_on > today - _YEAR
        ]
        return WaitingTimes(tuple(response_times(timed, today)), tuple(closing_times(timed, today)))

    def _in_charge(self, actor: Actor) -> list[Case]:
        with reading(self._sessions) as session:
            who = self._asker(actor, Directory(session))
            if not who.in_charge:
                raise NotALeaderError("the asker has no unit's cases")
            query = select(CaseRow).where(in_charge_of(who), CaseRow.merged_into.is_(None))
            return CaseRepository(session).cases(query)

    def _lessons(
        self, session: Session, who: Asker, directory: Directory, ranked: Iterable[Case], language: str
    ) -> Iterator[Lesson]:
        for case in ranked:
            if who.employee_id in case.involved_ids:
                continue
            if Right.READ in rights_on(who, case):
                yield Lesson(as_seen(case, who), "")
                continue
            sector, alike = _sector(case, directory), _counted_alike(session, case, who, directory)
            summary = anonymised_summary(case, language, sector_name=sector, cases_alike=alike)
            if summary is not None and sector:
                yield Lesson(None, summary)

    def _asker(self, actor: Actor, directory: Directory) -> Asker:
        origin = origin_of(actor.conversation_id, self._origin_key) if actor.conversation_id else None
        return asker(actor.person, origin, directory, oslo_date(self._clock()))


def _alike(session: Session, case: Case, *conditions: ColumnElement[bool]) -> list[Case]:
    """The latest cases of the same sub-type or category, the sub-type's first."""
    same = or_(CaseRow.category == case.category, CaseRow.subtype == case.subtype)
    query = (
        select(CaseRow)
        .where(and_(same, CaseRow.number != case.number, CaseRow.merged_into.is_(None), *conditions))
        .where(CaseRow.anonymised_at.is_(None))
        .options(selectinload(CaseRow.measures))
        .order_by((CaseRow.subtype == case.subtype).desc(), CaseRow.reported_on.desc(), CaseRow.number)
        .limit(MAX_CANDIDATES)
    )
    return [to_case(row) for row in session.scalars(query)]


def _candidate(case: Case) -> Candidate:
    return Candidate(
        number=case.number,
        text=_text(case),
        traits=Traits(case.reported_on, case.category, case.subtype, case.place),
        solved=bool(case.measures or case.closing_note),
        is_open=case.is_open,
        unit_id=case.unit_id,
        occurred_at=case.occurred_at or case.reported_at,
    )


def _text(case: Case) -> str:
    return f"{case.title}. {case.description}"


def _sector(case: Case, directory: Directory) -> str:
    """The name of the unit right below the topmost one that a case belongs to; "" for the topmost itself."""
    unit = directory.unit(case.unit_id) if case.unit_id else None
    while unit is not None and unit.parent_id is not None:
        above = directory.unit(unit.parent_id)
        if above is None or above.parent_id is None:
            return unit.name
        unit = above
    return ""


def _counted_alike(session: Session, case: Case, who: Asker, directory: Directory) -> int:
    """How many cases of the same sort the case's sector has outside the asker's charge."""
    unit = directory.unit(case.unit_id) if case.unit_id else None
    sector = unit.sector if unit else None
    inside = {one.unit_id for one in directory.units() if one.sector == sector} - who.led_units
    column = CaseRow.subtype if case.subtype else CaseRow.category
    query = select(func.count()).where(
        column == (case.subtype or case.category),
        CaseRow.unit_id.in_(inside),
        CaseRow.sensitive.is_(False),
        CaseRow.merged_into.is_(None),
    )
    return session.scalar(query) or 0
