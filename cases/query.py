"""A question about cases, as data: the bot makes it from Norwegian, `case_search` answers it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self

from cases.categories import Category, Kind, Severity, Status


class Want(StrEnum):
    """What somebody wants to see."""

    LIST = "list"
    COUNT = "count"


class Grouping(StrEnum):
    """What a count is split by."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    CATEGORY = "category"
    SUBTYPE = "subtype"
    SEVERITY = "severity"
    STATUS = "status"
    UNIT = "unit"
    ASSIGNEE = "assignee"
    PLACE = "place"


class Comparison(StrEnum):
    """Which earlier time a count is set against."""

    PERIOD_BEFORE = "period_before"
    YEAR_BEFORE = "year_before"


class Who(StrEnum):
    """People who are named by their relation to the asker."""

    ME = "me"
    NOBODY = "nobody"


class Order(StrEnum):
    """What comes first in a list."""

    URGENCY = "urgency"
    NEWEST = "newest"
    OLDEST = "oldest"
    SEVERITY = "severity"
    DUE = "due"


@dataclass(frozen=True)
class Days:
    """Days in Norway from `first` to before `end`; None is open."""

    first: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class CaseQuery:
    """Which cases, and what to show of them. An empty field asks nothing.

    Attributes:
        unit_id: of this unit and all below it; with `only_unit` of this one alone.
        statuses: empty is any status.
        assignee: an employee id, `Who.ME` or `Who.NOBODY`.
        reporter: `Who.ME` for the asker's own reports.
        reported: when they came in.
        closed: when they were closed or rejected.
        overdue: open after their due date.
        due: when they are due.
        text: a word or phrase of the title, description or place, as typed, casefolded.
        number: one case, `YYYY-NNNNN`.
        limit: how many at most, when the asker said so.
    """

    want: Want = Want.LIST
    number: str | None = None
    kind: Kind | None = None
    unit_id: str | None = None
    only_unit: bool = False
    categories: tuple[Category, ...] = ()
    subtypes: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    statuses: tuple[Status, ...] = ()
    assignee: str | None = None
    reporter: str | None = None
    reported: Days | None = None
    closed: Days | None = None
    due: Days | None = None
    overdue: bool = False
    text: str | None = None
    group_by: Grouping | None = None
    compare: Comparison | None = None
    order: Order = Order.URGENCY
    limit: int | None = None

    def narrowed(self, **changes: object) -> Self:
        """The same with other values in some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]
