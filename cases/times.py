"""How long people wait for an answer, and for the end of a case."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
import numpy as np

from cases.calendar import oslo_date

_ONE_DAY = timedelta(days=1)
# The products of fractions below end a hair above 0.5 or 0.1 where they should meet it.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class TimedCase:
    """When things happened to a case; all moments are aware.

    Attributes:
        group: what it is counted under, such as a unit or a category.
        responded_at: when a handler first did something.
        closed_at: when it was closed or rejected.
    """

    group: str
    reported_at: datetime
    responded_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """How long the cases of a group wait, in working days.

    Attributes:
        cases: in all.
        waiting: of them, those that still wait.
        median: half have waited no longer; None when too many still wait to say.
        p90: the same for nine of ten.
        longest_waiting: of those that still wait; None when none does.
    """

    group: str
    cases: int
    waiting: int
    median: int | None
    p90: int | None
    longest_waiting: int | None


def response_times(cases: Iterable[TimedCase], today: date) -> list[Waiting]:
    """Until a handler first did something, per group, by its name. Who closes a case has done something.

    Args:
        today: the date in Norway.
    """
    return _times(
        cases, today, lambda case: min(filter(None, (case.responded_at, case.closed_at)), default=None)
    )


def closing_times(cases: Iterable[TimedCase], today: date) -> list[Waiting]:
    """Until a case was closed or rejected, per group, by its name.

    Args:
        today: the date in Norway.
    """
    return _times(cases, today, lambda case: case.closed_at)


def working_days(first: date, last: date) -> int:
    """Working days after `first` up to and with `last`: none on the same day, one from Friday to Monday.

    Saturdays, Sundays and public holidays in Norway are none; Christmas Eve and New Year's Eve are.
    """
    free = [day for year in range(first.year, last.year + 1) for day in _holidays(year)]
    return int(np.busday_count(first + _ONE_DAY, max(last, first) + _ONE_DAY, holidays=free))


def survival_quantile(ended: Sequence[int], waiting: Sequence[int], part: float) -> int | None:
    """The time by which a part of all have ended, those that still wait included (Kaplan-Meier).

    Args:
        ended: how long those waited that have ended.
        waiting: how long those have waited that have not.
        part: in (0, 1).
    Returns:
        None when fewer than that have ended as far as one can see.
    """
    ends, all_times = np.array(ended), np.array([*ended, *waiting])
    still = 1.0
    for time in np.unique(ends):
        still *= 1 - np.count_nonzero(ends == time) / np.count_nonzero(all_times >= time)
        if still <= 1 - part + _ROUNDING:
            return int(time)
    return None


def _times(
    cases: Iterable[TimedCase], today: date, end_of: Callable[[TimedCase], datetime | None]
) -> list[Waiting]:
    groups: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for case in cases:
        ended, waiting = groups[case.group]
        end, begin = end_of(case), oslo_date(case.reported_at)
        if end is None:
            waiting.append(working_days(begin, today))
        else:
            ended.append(working_days(begin, oslo_date(end)))
    return [_waiting(group, *groups[group]) for group in sorted(groups)]


def _waiting(group: str, ended: list[int], waiting: list[int]) -> Waiting:
    return Waiting(
        group,
        len(ended) + len(waiting),
        len(waiting),
        survival_quantile(ended, waiting, 0.5),
        survival_quantile(ended, waiting, 0.9),
        max(waiting, default=None),
    )


@lru_cache(maxsize=64)
def _holidays(year: int) -> tuple[date, ...]:
    return tuple(holidays.country_holidays("NO", years=year))
