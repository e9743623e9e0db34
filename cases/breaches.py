"""Breaches of personal data: the 72-hour clock, what the authority's form asks for, and what was decided.

Every breach is documented, also one that is not notified (GDPR article 33, paragraph 5).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.calendar import OSLO
from cases.case_work import Actor, CaseWork, Work
from cases.categories import Category
from cases.errors import CaseNotFoundError, NotABreachError, ReasonMissingError
from cases.model import Case
from cases.policy import Right
from cases.repository import to_case
from cases.tables import BreachRow
from organisation.model import Role
from organisation.tables import PersonRow

LIMIT = timedelta(hours=72)


class Decision(StrEnum):
    """What was decided about a breach."""

    NOTIFIED = "notified"
    NOT_NOTIFIED = "not_notified"
    NO_BREACH = "no_breach"


@dataclass(frozen=True)
class Breach:
    """What is known of a breach.

    Attributes:
        discovered_at: UTC; the clock runs from then.
        answers: by field of `breach_fields.yml`.
        reason: why it is not notified, or is none.
    """

    case_number: str
    discovered_at: datetime
    answers: Mapping[str, str]
    decision: Decision | None
    reason: str

    @property
    def deadline(self) -> datetime:
        """The moment by which the authority is notified."""
        return self.discovered_at + LIMIT

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields without an answer, in the order of the form."""
        return tuple(field for field in field_names() if not self.answers.get(field))


class BreachService:
    """Breaches, each call one transaction. Whoever may handle the case may do this."""

    def __init__(self, work: CaseWork) -> None:
        self._work = work

    def of(self, actor: Actor, number: str) -> Breach | None:
        """What is known of the breach of a case; None when it has none.

        Raises:
            CaseNotFoundError: there is no such case, or the actor may not see it.
            NotAllowedError: the actor may see it, but not handle it.
        """
        with self._work.on(actor, number, Right.HANDLE) as work:
            row = work.session.get(BreachRow, number)
            return _to_breach(row) if row else None

    def begin(self, actor: Actor, number: str) -> Breach:
        """Begin to document a breach; the clock runs from when the case was reported.

        Raises:
            NotABreachError: the case is not about information security.
        """
        with self._work.on(actor, number, Right.HANDLE) as work:
            row = work.session.get(BreachRow, number)
            if row is None:
                if work.row.category is not Category.INFORMASJONSSIKKERHET:
                    raise NotABreachError(number)
                row = start_clock(work.session, to_case(work.row))
                _record(work, {"begun": True})
            return _to_breach(row)

    def answer(self, actor: Actor, number: str, field: str, text: str) -> Breach:
        """Fill in a field of the form.

        Raises:
            TextMissingError: there are no words, or too many.
            ValueError: there is no such field.
        """
        if field not in field_names():
            raise ValueError(f"no field {field}")
        with self._open(actor, number) as (work, row):
            row.answers = {**row.answers, field: work.words(text)}
            _record(work, {"field": field})
            return _to_breach(row)

    def decide(self, actor: Actor, number: str, decision: Decision, reason: str = "") -> Breach:
        """Write down whether the authority was notified. It can be decided anew.

        Args:
            reason: wanted unless it was notified.
        Raises:
            ReasonMissingError: it is missing.
        """
        if decision is not Decision.NOTIFIED and not any(char.isalnum() for char in reason):
            raise ReasonMissingError(number)
        with self._open(actor, number) as (work, row):
            row.decision = decision.value
            row.decided_by = work.asker.employee_id
            row.decided_at = work.now
            row.answers = {**row.answers, "reason": work.words(reason) if reason.strip() else ""}
            _record(work, {"decision": decision.value})
            return _to_breach(row)

    def draft(self, actor: Actor, number: str, language: str) -> str:
        """A text to copy into the authority's form.

        Raises:
            CaseNotFoundError: the case has no breach, or as for `of`.
        """
        breach = self.of(actor, number)
        if breach is None:
            raise CaseNotFoundError(number)
        with self._work.on(actor, number, Right.HANDLE) as work:
            officer = work.session.scalars(
                select(PersonRow).where(PersonRow.role == Role.PRIVACY_OFFICER, PersonRow.active)
            ).first()
            contact = {"name": officer.name, "email": officer.email} if officer else None
        return _draft(breach, language, contact)

    @contextmanager
    def _open(self, actor: Actor, number: str) -> Iterator[tuple[Work, BreachRow]]:
        """Hold a breach for a change."""
        with self._work.on(actor, number, Right.HANDLE) as work:
            row = work.session.get(BreachRow, number)
            if row is None:
                raise CaseNotFoundError(number)
            yield work, row


def start_clock(session: Session, case: Case) -> BreachRow:
    """Begin the record of a breach, in the transaction of the caller."""
    row = BreachRow(case_number=case.number, discovered_at=case.reported_at, answers={})
    session.add(row)
    session.flush()
    return row


def starts_clock(case: Case) -> bool:
    """Whether a report is of a kind that mostly is a breach, so that the clock starts by itself."""
    return case.category is Category.INFORMASJONSSIKKERHET and case.subtype in _data()["starts_at"]


def field_names() -> tuple[str, ...]:
    """The fields of the form, in its order."""
    return tuple(_data()["fields"])


def question(field: str, language: str) -> str:
    """What is asked for a field."""
    text: str = _data()["fields"][field]["question"][language]
    return text


def _record(work: Work, details: dict[str, Any]) -> None:
    work.details |= details
    work.record("breach")


def _to_breach(row: BreachRow) -> Breach:
    return Breach(
        row.case_number,
        row.discovered_at,
        {name: text for name, text in row.answers.items() if name != "reason"},
        Decision(row.decision) if row.decision else None,
        row.answers.get("reason", ""),
    )


def _draft(breach: Breach, language: str, contact: dict[str, str] | None) -> str:
    words = _data()["draft"]
    lines = [
        words["title"][language].format(number=breach.case_number),
        words["discovered"][language].format(moment=_moment(breach.discovered_at)),
        words["deadline"][language].format(moment=_moment(breach.deadline)),
    ]
    for name, field in _data()["fields"].items():
        told = breach.answers.get(name) or words["missing"][language]
        lines.append(f"{field['heading'][language]}: {told}")
    if contact is not None:
        lines.append(words["contact"][language].format(**contact))
    return "\n".join(lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(OSLO).strftime("%d.%m.%Y %H.%M")


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("breach_fields.yml").read_text("utf-8"))
    return data
