"""The periods that words such as "this quarter" mean, by the day on which they are said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cases.query import Comparison, Days

_DAY = timedelta(days=1)
MONTHS_OF_A_SERIES = 12


def month_start(day: date, step: int = 0) -> date:
    """The first of the month so many months after that of a day."""
    months = day.year * 12 + day.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)


def later_and_comparison(one: Days, other: Days) -> tuple[Days, Comparison] | None:
    """The later of two periods and what the earlier is to it; None when neither is just before the other."""
    if one.first is None or other.first is None:
        return None
    earlier, later = sorted((one, other), key=lambda days: days.first or date.min)
    if earlier.first is None or later.first is None:
        return None
    if month_start(earlier.first, 12) == month_start(later.first) and earlier.first.day == later.first.day:
        return later, Comparison.YEAR_BEFORE
    return (later, Comparison.PERIOD_BEFORE) if earlier.end == later.first else None


def span_of_months(first: date, count: int) -> Days:
    """So many months from a first of the month."""
    return Days(first, month_start(first, count))


def _part_of_year(today: date, months: int, step: int = 0) -> Days:
    """The quarter, third or half of the year in which a day is, or so many before it."""
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    return span_of_months(month_start(first, step * months), months)


def _week(today: date, step: int = 0) -> Days:
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
    return Days(monday, monday + timedelta(weeks=1))


def _weekend(today: date) -> Days:
    monday = today - timedelta(days=today.weekday())
    return Days(monday + timedelta(days=5), monday + timedelta(weeks=1))


def whole_year(today: date, step: int = 0) -> Days:
    """The year of a day, or so many after it."""
    return Days(date(today.year + step, 1, 1), date(today.year + step + 1, 1, 1))


def one_day(day: date) -> Days:
    """That day alone."""
    return Days(day, day + _DAY)


PERIODS: dict[str, Callable[[date], Days]] = {
    "this_week": _week,
    "last_week": lambda today: _week(today, -1),
    "this_month": lambda today: span_of_months(month_start(today), 1),
    "last_month": lambda today: span_of_months(month_start(today, -1), 1),
    "this_year": whole_year,
    "this_quarter": lambda today: _part_of_year(today, 3),
    "last_quarter": lambda today: _part_of_year(today, 3, -1),
    "this_half": lambda today: _part_of_year(today, 6),
    "last_half": lambda today: _part_of_year(today, 6, -1),
    "this_tertial": lambda today: _part_of_year(today, 4),
    "last_tertial": lambda today: _part_of_year(today, 4, -1),
    "year_so_far": lambda today: Days(date(today.year, 1, 1)),
    "month_so_far": lambda today: Days(month_start(today)),
    "week_so_far": lambda today: Days(_week(today).first),
    "today": one_day,
    "last_day": lambda today: Days(today - _DAY),
    "last_7": lambda today: Days(today - timedelta(days=7)),
}
FUTURE: dict[str, Callable[[date], Days]] = {
    "tomorrow": lambda today: one_day(today + _DAY),
    "overmorrow": lambda today: one_day(today + 2 * _DAY),
    "next_week": lambda today: _week(today, 1),
    "week_after_next": lambda today: _week(today, 2),
    "next_month": lambda today: span_of_months(month_start(today, 1), 1),
    "next_year": lambda today: whole_year(today, 1),
    "next_quarter": lambda today: _part_of_year(today, 3, 1),
    "month_end": lambda today: Days(None, month_start(today, 1)),
    "year_end": lambda today: Days(None, date(today.year + 1, 1, 1)),
    "christmas": lambda today: Days(None, date(today.year, 12, 24)),
    "week_end": lambda today: Days(None, _week(today).end),
    "this_weekend": _weekend,
}
