"""Finds the day that a handler names for something to come: "fredag", "om to uker", "1. desember"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from bot.actions.case_act_words import compiled, numbers, words

_FRIDAY = 4
_LAST_DAY = 31  # relativedelta takes the last day of a shorter month


@dataclass(frozen=True)
class Day:
    """A day and where it is named: the offsets in the spelt line."""

    begin: int
    end: int
    value: date


def find_day(spelt: str, today: date) -> Day | None:
    """Return the day that a line names, or None.

    A day without year is the next one to come, and a weekday comes after today. What stands after
    "fra" or "ikke" is not meant when another day is named too.

    Args:
        spelt: in the spelling of `read_line`.
        today: in Norway.
    """
    for name, pattern in _patterns():
        found = [day for match in pattern.finditer(spelt) if (day := _read(name, match, today))]
        meant = [day for day in found if not _not_meant().search(spelt[: day.begin])]
        if found:
            return (meant or found)[0]
    return None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    lead = words()["dates"]["skip"]
    return [
        (name, compiled(rf"(?<![\w.,/-])(?:{lead} )*(?:{source})(?![\w]|[/.-]\d)"))
        for name, source in words()["dates"]["patterns"].items()
    ]


def _not_meant() -> re.Pattern[str]:
    return compiled(rf"(?:{words()['dates']['not_meant']}) $")


def _read(name: str, match: re.Match[str], today: date) -> Day | None:
    try:
        value = _READERS[name](match, today)
    except (ValueError, OverflowError):  # 31 April
        return None
    return Day(match.start(), match.end(), value)


def _group(match: re.Match[str], prefix: str) -> str:
    """Return what a group took whose name begins so; patterns number the groups of their branches."""
    return next((text for name, text in match.groupdict().items() if name.startswith(prefix) and text), "")


def _amount(match: re.Match[str]) -> int:
    text = _group(match, "n")
    return int(text) if text.isdigit() else numbers("numbers")[text]


def _year(match: re.Match[str]) -> int | None:
    text = _group(match, "year")
    return int(text) + (2000 if len(text) == 2 else 0) if text else None


def _coming(today: date, year: int | None, month: int, day: int) -> date:
    found = date(year or today.year, month, day)
    return found if year or found >= today else date(today.year + 1, month, day)


def _numeric(match: re.Match[str], today: date) -> date:
    return _coming(today, _year(match), int(match["m"]), int(match["d"]))


def _named(match: re.Match[str], today: date) -> date:
    day = int(match["d"]) if match["d"] else numbers("ordinals")[match["nth"]]
    return _coming(today, _year(match), numbers("months")[match["month"]], day)


def _in_month(day: int) -> Callable[[re.Match[str], date], date]:
    def read(match: re.Match[str], today: date) -> date:
        first = _coming_month(today, _year(match), numbers("months")[match["month"]])
        return first + relativedelta(day=day)

    return read


def _coming_month(today: date, year: int | None, month: int) -> date:
    first = date(year or today.year, month, 1)
    return first if year or month >= today.month else date(today.year + 1, month, 1)


def _day_of_month(match: re.Match[str], today: date) -> date:
    day = int(_group(match, "d"))
    this = today.replace(day=1)
    found = this + timedelta(days=day - 1) if day <= _LAST_DAY else None
    if not found or found < today or found.month != this.month:
        found = (this + relativedelta(months=1)).replace(day=day)
    return found


def _weekday(match: re.Match[str]) -> int:
    return numbers("weekdays")[_group(match, "weekday")]


def _monday(today: date, weeks: int = 0) -> date:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def _this_weekday(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=(_weekday(match) - today.weekday() - 1) % 7 + 1)


def _next_weekday(match: re.Match[str], today: date) -> date:
    return _monday(today, 1) + timedelta(days=_weekday(match))


def _weekday_in(match: re.Match[str], today: date) -> date:
    return _monday(today, _amount(match)) + timedelta(days=_weekday(match))


def _working_days(match: re.Match[str], today: date) -> date:
    found, left = today, _amount(match)
    while left:
        found += timedelta(days=1)
        left -= found.weekday() <= _FRIDAY
    return found


def _friday(today: date) -> date:
    """This week's; on a weekend that of the week to come."""
    return today + timedelta(days=(_FRIDAY - today.weekday()) % 7)


def _week_number(match: re.Match[str], today: date) -> date:
    week = int(match["n"])
    found = date.fromisocalendar(today.isocalendar().year, week, _FRIDAY + 1)
    return found if found >= today else date.fromisocalendar(today.isocalendar().year + 1, week, _FRIDAY + 1)


def _after(span: relativedelta) -> Callable[[re.Match[str], date], date]:
    return lambda match, today: today + span


def _next_week(day: int) -> Callable[[re.Match[str], date], date]:
    return lambda match, today: _monday(today, 1) + timedelta(days=day)


_READERS: dict[str, Callable[[re.Match[str], date], date]] = {
    "iso": _numeric,
    "numeric": _numeric,
    "named": _named,
    "weekday_in": _weekday_in,
    "weekday_next": _next_weekday,
    "weekday_this": _this_weekday,
    "today": _after(relativedelta(days=0)),
    "tomorrow": _after(relativedelta(days=1)),
    "day_after": _after(relativedelta(days=2)),
    "yesterday": _after(relativedelta(days=-1)),
    "before_yesterday": _after(relativedelta(days=-2)),
    "last_week": lambda match, today: _monday(today, -1) + timedelta(days=_FRIDAY),
    "in_days": lambda match, today: today + relativedelta(days=_amount(match)),
    "in_working_days": _working_days,
    "in_weeks": lambda match, today: today + relativedelta(weeks=_amount(match)),
    "in_months": lambda match, today: today + relativedelta(months=_amount(match)),
    "in_half_year": _after(relativedelta(months=6)),
    "in_years": lambda match, today: today + relativedelta(years=_amount(match)),
    "after_weekend": lambda match, today: _monday(today, 1),
    "before_weekend": lambda match, today: _friday(today),
    "end_of_month_named": _in_month(_LAST_DAY),
    "middle_of_month": _in_month(15),
    "start_of_month": _in_month(1),
    "end_of_next_month": _after(relativedelta(months=1, day=_LAST_DAY)),
    "end_of_month": _after(relativedelta(day=_LAST_DAY)),
    "middle_of_next_week": _next_week(2),
    "start_of_next_week": _next_week(0),
    "in_two_weeks_end": lambda match, today: _monday(today, 2) + timedelta(days=_FRIDAY),
    "end_of_next_week": _next_week(_FRIDAY),
    "end_of_week": lambda match, today: _friday(today),
    "week_number": _week_number,
    "end_of_year": _after(relativedelta(month=12, day=_LAST_DAY)),
    "before_christmas": lambda match, today: _coming(today, None, 12, 23),
    "in_month": _in_month(_LAST_DAY),
    "day_of_month": _day_of_month,
}
