"""Taking personal data out of cases whose time has come (`retention.yml`).

A case is anonymised, never deleted: all that is counted stays, and so does its history. Cases that were
merged go together, when the last of them is due. Each such group is one transaction, so a run may be killed
at any moment and the next one goes on; a second run finds nothing to do.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import yaml
from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, CursorResult, Executable, and_, delete, false, or_, select, update
from sqlalchemy.orm import Session

from cases.categories import OPEN_STATUSES, SUBTYPES, Category
from cases.erasure import former_name, is_named, pseudonymise_person
from cases.history import History
from cases.labels import label
from cases.repository import CaseRepository
from cases.tables import AttachmentRow, BreachRow, CaseRow, CommentRow
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.tables import PersonRow
from outbox.outbox import Outbox
from outbox.tables import NoticeStatus, OutboxRow

_log = logging.getLogger(__name__)
_CHANNEL = "clerk"
# The title is what lists show; what is left of it is the sort of case.
_TITLE_LANGUAGE = "nb"
_PAGE = 500


@dataclass(frozen=True)
class Rules:
    """How long personal data stays.

    Attributes:
        years: after the end of a case, by category.
        subtypes: the same for sub-types with their own time.
        notice_days: how long notices that have ended stay.
    """

    years: Mapping[Category, int]
    subtypes: Mapping[str, int]
    notice_days: int

    def __post_init__(self) -> None:
        """See that the rules fit the categories.

        Raises:
            ValueError: a category is left out, a sub-type is unknown, or a time is no whole year.
        """
        known = {subtype for subtypes in SUBTYPES.values() for subtype in subtypes}
        if set(self.years) != set(Category) or not set(self.subtypes) <= known:
            raise ValueError("retention.yml does not fit the categories")
        if min(*self.years.values(), *self.subtypes.values(), self.notice_days) < 1:
            raise ValueError("retention.yml has a time below one")

    def due_at(self, row: CaseRow) -> datetime | None:
        """When a case is due; None while it is open."""
        if row.closed_at is None or row.status in OPEN_STATUSES:
            return None
        years = self.subtypes.get(row.subtype or "", self.years[row.category])
        return row.closed_at + relativedelta(years=years)

    def ended(self, now: datetime) -> ColumnElement[bool]:
        """The cases that are due by themselves."""
        own = or_(
            false(),
            *(
                and_(CaseRow.subtype == subtype, CaseRow.closed_at <= now - relativedelta(years=years))
                for subtype, years in self.subtypes.items()
            ),
        )
        general = or_(
            *(
                and_(CaseRow.category == category, CaseRow.closed_at <= now - relativedelta(years=years))
                for category, years in self.years.items()
            )
        )
        has_own = and_(CaseRow.subtype.is_not(None), CaseRow.subtype.in_(self.subtypes))
        return and_(
            CaseRow.status.not_in(OPEN_STATUSES),
            or_(own, and_(or_(CaseRow.subtype.is_(None), ~has_own), general)),
        )


@dataclass(frozen=True)
class Tidied:
    """What a run took away, or would.

    Attributes:
        cases: by category.
        people: who have left and whose name nothing needs any more.
        notices: rows of the outbox that have ended.
    """

    cases: Mapping[Category, int]
    people: int
    notices: int

    @property
    def total(self) -> int:
        """How many things in all."""
        return sum(self.cases.values()) + self.people + self.notices


class Retention:
    """Finds what is due and takes it away."""

    def __init__(self, sessions: SessionFactory, clock: Clock, rules: Rules | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._rules = rules or shipped_rules()

    def due(self) -> dict[Category, int]:
        """How many cases are due, by category; nothing is changed."""
        with reading(self._sessions) as session:
            found = Counter(
                row.category
                for page in self._candidates(session)
                for number in page
                for row in self._due_group(session, number, hold=False)
            )
        return dict(found)

    def run(self) -> Tidied:
        """Anonymise all cases that are due, then what only they needed."""
        now, done = self._clock(), Counter[Category]()
        with reading(self._sessions) as session:
            numbers = [number for page in self._candidates(session) for number in page]
        for number in numbers:
            with self._sessions.begin() as session:
                rows = self._due_group(session, number, hold=True)
                for row in rows:
                    self._anonymise(session, row, now)
                done.update(row.category for row in rows)
        return Tidied(dict(done), self._forget_leavers(), self._drop_notices(now))

    def _candidates(self, session: Session) -> Iterator[list[str]]:
        """Numbers of cases that are due and go on in no other; those merged into them may not be due yet."""
        last = ""
        wanted = and_(
            self._rules.ended(self._clock()), CaseRow.anonymised_at.is_(None), CaseRow.merged_into.is_(None)
        )
        query = select(CaseRow.number).where(wanted).order_by(CaseRow.number).limit(_PAGE)
        while page := list(session.scalars(query.where(CaseRow.number > last))):
            yield page
            last = page[-1]

    def _due_group(self, session: Session, number: str, *, hold: bool) -> list[CaseRow]:
        """A case and all that were merged into it; empty unless all of them are due.

        Args:
            hold: against other writers, until the transaction ends.
        """
        rows, waiting = [], [number]
        while waiting:
            current = waiting.pop()
            row = CaseRepository(session).locked(current) if hold else session.get(CaseRow, current)
            if row is not None:
                rows.append(row)
            waiting += session.scalars(select(CaseRow.number).where(CaseRow.merged_into == current))
        now = self._clock()
        moments = [self._rules.due_at(row) for row in rows]
        if any(moment is None or moment > now for moment in moments):
            return []
        return [row for row in rows if row.anonymised_at is None]

    def _anonymise(self, session: Session, row: CaseRow, now: datetime) -> None:
        row.title = label(
            "subtype" if row.subtype else "category", row.subtype or row.category, _TITLE_LANGUAGE
        )
        row.description = row.search_text = ""
        row.place = row.occurred_text = row.closing_note = None
        # The history tells that there is no handler any more, without saying again who it was.
        changed = {"assignee_id": [None, None]} if row.assignee_id else {}
        row.reporter_id = row.assignee_id = None
        row.nonce = row.origin = row.draft_id = None
        row.watchers, row.involved = [], []
        for measure in row.measures:
            measure.text, measure.nonce, measure.responsible_id = "", None, None
        row.anonymised_at = now
        row.version += 1
        session.flush()
        number = row.number
        for step in _of_other_tables(number):
            session.execute(step)
        Outbox(session, self._clock).cancel_topic(f"case:{number}")
        session.execute(delete(OutboxRow).where(OutboxRow.topic == f"case:{number}"))
        details = {"changed": changed, "version": row.version}
        History(session).append(number, now, None, _CHANNEL, "anonymised", details)
        _log.info("case %s was anonymised", number)

    def _forget_leavers(self) -> int:
        with reading(self._sessions) as session:
            query = select(PersonRow.employee_id).where(
                PersonRow.active.is_(False), PersonRow.name != former_name()
            )
            left = [who for who in session.scalars(query) if not is_named(session, who)]
        for employee_id in left:
            with self._sessions.begin() as session:
                pseudonymise_person(session, employee_id)
        return len(left)

    def _drop_notices(self, now: datetime) -> int:
        """Take away rows that only kept a key from being posted twice, once nothing posts it any more."""
        still_open = select("case:" + CaseRow.number).where(CaseRow.status.in_(OPEN_STATUSES))
        old = now - timedelta(days=self._rules.notice_days)
        with self._sessions.begin() as session:
            result = session.execute(
                delete(OutboxRow).where(
                    OutboxRow.status.in_([NoticeStatus.DELIVERED, NoticeStatus.CANCELLED]),
                    OutboxRow.posted_at < old,
                    OutboxRow.not_before < old,
                    OutboxRow.topic.not_in(still_open),
                )
            )
        return result.rowcount if isinstance(result, CursorResult) else 0


def _of_other_tables(number: str) -> list[Executable]:
    """What else is known of a case, without text, names and files."""
    return [
        update(CommentRow)
        .where(CommentRow.case_number == number)
        .values(text="", nonce=None, author_id=None),
        update(BreachRow).where(BreachRow.case_number == number).values(answers={}, decided_by=None),
        delete(AttachmentRow).where(AttachmentRow.case_number == number),
    ]


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    """The rules in `retention.yml`."""
    data = yaml.safe_load(Path(__file__).with_name("retention.yml").read_text("utf-8"))
    return Rules(
        {Category(name): years for name, years in data["years"].items()},
        dict(data["subtypes"]),
        data["notice_days"],
    )
