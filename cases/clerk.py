"""What the clerk does, by job. Every job may run late, twice or side by side with itself."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.clerk_settings import ClerkSettings
from cases.model import Case
from cases.notices import CaseNotices, NoticeTimes
from cases.policy import Asker, Right, asker, rights_on
from cases.service import CaseService
from database.clock import Clock, utc_now
from database.engine import SessionFactory, session_factory
from organisation.directory import Directory

_log = logging.getLogger(__name__)


class NotConfiguredError(RuntimeError):
    """A job ran before the process configured the clerk."""


@dataclass(frozen=True)
class Readers:
    """Who may read which cases, within one transaction: nobody is told of a case that they may not open."""

    directory: Directory
    today: date
    _askers: dict[str, Asker | None] = field(default_factory=dict)

    def may_read(self, case: Case, employee_id: str | None) -> bool:
        """Whether somebody works here and may read a case.

        Args:
            case: with its true reporter.
        """
        if employee_id is None:
            return False
        if employee_id not in self._askers:
            person = self.directory.person(employee_id)
            self._askers[employee_id] = asker(person, None, self.directory, self.today) if person else None
        who = self._askers[employee_id]
        return who is not None and Right.READ in rights_on(who, case)


@dataclass(frozen=True)
class Clerk:
    """What jobs work with."""

    sessions: SessionFactory
    clock: Clock
    cases: CaseService
    times: NoticeTimes

    def now(self) -> datetime:
        """The moment, aware."""
        return self.clock()

    def notices(self, session: Session) -> CaseNotices:
        """What posts notices in a transaction."""
        return CaseNotices(session, self.directory(session), self.clock, self.times)

    def directory(self, session: Session) -> Directory:
        """The organisation as a transaction sees it."""
        return Directory(session, self.clock)

    def readers(self, session: Session) -> Readers:
        """Who may read what, as a transaction sees it."""
        return Readers(self.directory(session), oslo_date(self.now()))


Job = Callable[[Clerk], int]

_clerk: Clerk | None = None


def configure(clerk: Clerk) -> None:
    """Put in place what the jobs of this process work with."""
    global _clerk
    _clerk = clerk


def build(engine: Engine, settings: ClerkSettings) -> Clerk:
    """Make what the jobs of the running process work with."""
    sessions = session_factory(engine)
    times = NoticeTimes(timedelta(seconds=settings.undo_seconds), settings.quiet_hours)
    key = settings.origin_key.get_secret_value().encode()
    return Clerk(sessions, utc_now, CaseService(sessions, utc_now, key, times), times)


def jobs() -> dict[str, Job]:
    """All jobs by name; each answers how many things it did."""
    from cases import (
        clerk_breaches,
        clerk_digests,
        clerk_leavers,
        clerk_recurrences,
        clerk_reminders,
        clerk_tidying,
        clerk_trends,
    )

    return {
        "escalate_unread": clerk_reminders.escalate_unread,
        "remind": clerk_reminders.remind,
        "watch_breaches": clerk_breaches.watch_breaches,
        "move_cases_of_leavers": clerk_leavers.move_cases_of_leavers,
        "send_digests": clerk_digests.send_digests,
        "find_trends": clerk_trends.find_new_trends,
        "tell_recurrences": clerk_recurrences.tell_recurrences,
        "tidy": clerk_tidying.tidy,
    }


def one_by_one(job: str, ids: Iterable[str], do: Callable[[str], int]) -> int:
    """Do something for each; one that fails is logged and does not keep the others waiting."""
    done = 0
    for one in ids:
        try:
            done += do(one)
        except Exception as error:  # noqa: BLE001  the edge: see `run`
            _log.error("%s failed for %s: %s", job, one, type(error).__name__)
    return done


def run(name: str) -> None:
    """Run a job of this process; a failure is logged without its text, and the job's next time comes all
    the same. The scheduler keeps this function's name in the database: `cases.clerk:run`.

    Raises:
        NotConfiguredError: `configure` was not called.
    """
    if _clerk is None:
        raise NotConfiguredError("cases.clerk.configure was not called")
    try:
        done = jobs()[name](_clerk)
    except Exception as error:  # noqa: BLE001  the edge: the log must hold no case, the scheduler must go on
        _log.error("%s failed: %s", name, type(error).__name__)
        return
    if done:
        _log.info("%s: %d", name, done)
