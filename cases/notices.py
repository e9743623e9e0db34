"""Who is told what when a case is filed or changed. The texts are the outbox's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.categories import Severity
from cases.history import Event
from cases.model import Case
from cases.quiet import quiet_hours
from cases.repository import to_case
from cases.tables import CaseRow
from database.clock import Clock
from organisation.directory import Directory
from organisation.model import Role
from organisation.tables import PersonRow
from outbox.notice import Notice
from outbox.outbox import Outbox

Values = Mapping[str, str | int | None]


_FOR_MERGED = frozenset({"case_closed", "case_rejected", "case_reopened", "case_merged"})


@dataclass(frozen=True)
class NoticeTimes:
    """When notices go out.

    Attributes:
        undo: how long an act can be undone; what it tells others waits so long.
        quiet: whether what can wait is held back in quiet hours.
    """

    undo: timedelta = timedelta(minutes=5)
    quiet: bool = True

    def earliest(self, moment: datetime, who: str, *, urgent: bool) -> datetime:
        """The moment from which something may be told to `handlers` or `reporters`."""
        return moment if urgent or not self.quiet else quiet_hours(who).earliest(moment)


class CaseNotices:
    """Posts notices in the caller's transaction, each under a key that makes it unique."""

    def __init__(self, session: Session, directory: Directory, clock: Clock, times: NoticeTimes) -> None:
        self._session = session
        self._outbox = Outbox(session, clock)
        self._directory = directory
        self._clock = clock
        self.times = times

    def filed(self, case: Case) -> None:
        """Tell who gets the case; what is critical also goes out in quiet hours."""
        urgent = case.severity is Severity.KRITISK
        if case.assignee_id is not None and case.assignee_id != case.reporter_id:
            template = "new_critical_case" if urgent else "new_case"
            self.to_handler(case, f"filed:{case.assignee_id}", template, case.assignee_id, urgent=urgent)
        elif case.assignee_id is None:
            self.without_handler(case, "filed")

    def without_handler(self, case: Case, occasion: str) -> int:
        """Tell quality advisers of a case that nobody handles; count the new notices."""
        urgent = case.severity is Severity.KRITISK
        advisers = self._session.scalars(
            select(PersonRow.employee_id).where(PersonRow.role == Role.QUALITY_ADVISER, PersonRow.active)
        )
        return sum(
            self.to_handler(
                case, f"{occasion}:{someone}", "new_critical_case" if urgent else "new_case", someone,
                urgent=urgent,
            )
            for someone in sorted(set(advisers) - case.involved_ids - {case.reporter_id or ""})
        )  # fmt: skip

    def breach(self, case: Case, mark: int, hours_left: int) -> int:
        """Tell privacy officers and the handler how long there is to notify a breach; count what is new.

        Args:
            mark: hours left at which they are told, once each; the clerk may be late, so
            hours_left: is what they read.
        """
        officers = self._session.scalars(
            select(PersonRow.employee_id).where(PersonRow.role == Role.PRIVACY_OFFICER, PersonRow.active)
        )
        handler = (
            case.assignee_id if case.assignee_id and self._directory.is_active(case.assignee_id) else None
        )
        told = {*officers, *([handler] if handler else [])}
        return sum(
            self.to_handler(
                case, f"breach:{mark}:{someone}", "breach_clock", someone,
                values={"hours_left": hours_left}, urgent=True,
            )
            for someone in sorted(told - case.involved_ids)
        )  # fmt: skip

    def to_handler(
        self,
        case: Case,
        occasion: str,
        template: str,
        employee_id: str,
        *,
        values: Values | None = None,
        urgent: bool = False,
        delay: timedelta = timedelta(0),
    ) -> bool:
        """Tell somebody who handles or follows a case.

        Args:
            occasion: makes the notice unique within its case.
        Returns:
            Whether it is new.
        """
        unit = self._directory.unit(case.unit_id) if case.unit_id else None
        return self._outbox.post(
            Notice(
                key=f"case:{case.number}:{occasion}",
                template=template,
                values={
                    **self._about(case),
                    "unit": unit.name if unit else None,
                    "due": case.due_date.isoformat(),
                    **(values or {}),
                },
                person_id=employee_id,
                origin=None,
                not_before=self.times.earliest(self._clock() + delay, "handlers", urgent=urgent),
                topic=f"case:{case.number}",
                urgent=urgent,
            )
        )

    def to_person(self, employee_id: str, key: str, template: str, values: Values) -> bool:
        """Tell somebody of more than one case, outside quiet hours.

        Returns:
            Whether it is new.
        """
        return self._outbox.post(
            Notice(
                key=key,
                template=template,
                values=values,
                person_id=employee_id,
                origin=None,
                not_before=self.times.earliest(self._clock(), "handlers", urgent=False),
                topic=key.split(":")[0],
            )
        )

    def to_reporter(
        self,
        case: Case,
        occasion: str,
        template: str,
        values: Values | None = None,
        *,
        but_not: str | None = None,
    ) -> None:
        """Tell who reported a case, once it can't be undone any more; those whose reports were merged into
        it hear how it goes on and ends, but not what is written to its reporter.

        Args:
            but_not: the employee id of who did it themselves.
        """
        others = self._merged_into(case.number) if template in _FOR_MERGED else []
        for one in [case, *others]:
            if (one.reporter_id or one.origin) is None or one.reporter_id == (but_not or ""):
                continue
            # Events are numbered within their case, so the key begins with the case that the event is of.
            merged = "" if one is case else f"{one.number}:"
            self._outbox.post(
                Notice(
                    key=f"case:{case.number}:{occasion}:{merged}reporter",
                    template=template,
                    values={**self._about(one), **(values or {})},
                    person_id=one.reporter_id,
                    origin=None if one.reporter_id else one.origin,
                    not_before=self.times.earliest(
                        self._clock() + self.times.undo, "reporters", urgent=False
                    ),
                    topic=f"case:{case.number}",
                )
            )

    def withdraw(self, number: str, event: Event) -> None:
        """Take back what an event would have told, as it was undone before anybody was told."""
        self._outbox.cancel_matching(f"case:{number}:{event.seq}:", topic=f"case:{number}")

    def name(self, employee_id: str | None) -> str | None:
        """What somebody is called, also after they have left."""
        person = self._directory.former_person(employee_id) if employee_id else None
        return person.name if person else None

    def _about(self, case: Case) -> dict[str, str | int | None]:
        return {
            "number": case.number,
            "title": case.title,
            "category": case.category.value,
            "severity": case.severity.value,
        }

    def _merged_into(self, number: str) -> list[Case]:
        """The cases that go on in one, also by way of others."""
        rows = self._session.scalars(
            select(CaseRow).where(CaseRow.merged_into == number).order_by(CaseRow.number)
        ).all()
        return [one for row in rows for one in (to_case(row), *self._merged_into(row.number))]
