"""Weeks, months, seasons, holidays and years, and lengths back from now: "i sommer", "siste 14 dager"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from nlu.core.time_calendar import (
    OSLO,
    Period,
    Value,
    elapsed,
    first_of_month,
    likely_year,
    midnight,
    monday,
    stretch,
    whole_day,
    whole_month,
    whole_year,
)
from nlu.core.time_days import easter_sunday, month_number, read_date_range, read_last_weekend, read_weekend
from nlu.core.time_lexicon import lexicon, look_up

# The days of "først i", "midt i" and "sist i" a month, and of a week.
_MONTH_THIRDS = ((1, 11), (11, 21), (21, None))
_WEEK_THIRDS = ((0, 2), (2, 3), (3, 5))
_STUND = timedelta(hours=3)
_MINUTES_OF_DAY, _MINUTES_OF_HOUR = 1440, 60


def _read_ago(value: Value, now: datetime) -> Period:
    number, unit = value["n"], value["unit"]
    amount = float(number) if number.isdigit() else float(look_up("numbers", number))
    months = lexicon()["ago_months"].get(unit)
    if months is not None:
        whole_years = months == 12 and amount == int(amount)
        year, month = now.year, now.month - int(amount * months)
        return whole_year(year - int(amount)) if whole_years else whole_month(year, month)
    minutes = look_up("ago_units", unit)
    if minutes < _MINUTES_OF_DAY:
        moment = elapsed(now, amount * minutes)
        return moment, moment, "hour" if minutes == _MINUTES_OF_HOUR else "minute"
    return whole_day(midnight(now - timedelta(minutes=amount * minutes)))


def _read_a_while_ago(_value: Value, now: datetime) -> Period:
    return elapsed(now, _STUND.total_seconds() / 60), now, "part"


def _read_month(value: Value, now: datetime) -> Period:
    month = month_number(value["month"])
    year = now.year - 1 if "past" in value or month > now.month else now.year
    begins, ends, grain = whole_month(likely_year(int(value.get("y", year)), now), month)
    if "third" not in value:
        return begins, ends, grain
    first, after = _MONTH_THIRDS[look_up("thirds", value["third"])]
    return stretch(begins.replace(day=first), begins.replace(day=after) if after else ends)


def _read_months_back(value: Value, now: datetime) -> Period:
    return whole_month(
        now.year, now.month - (1 if "last" in value else look_up("months_back", value["phrase"]))
    )


def _read_week_number(value: Value, now: datetime) -> Period:
    this_year, this_week, _ = now.isocalendar()
    week, last = int(value["n"]), int(value.get("n2", 0))
    year = this_year - 1 if "past" in value or week > this_week else this_year
    begins = _monday_of(likely_year(int(value.get("y", year)), now), week)
    if last <= week:  # "i uke 12 og 3 elever"
        return begins, begins + timedelta(days=7), "week"
    return begins, _monday_of(begins.isocalendar()[0], last) + timedelta(days=7), "week"


def _monday_of(year: int, week: int) -> datetime:
    return datetime.fromisocalendar(year, week, 1).replace(tzinfo=OSLO)


def _read_last_week(_value: Value, now: datetime) -> Period:
    return monday(now) - timedelta(days=7), monday(now), "week"


def _read_this_week(_value: Value, now: datetime) -> Period:
    return monday(now), monday(now) + timedelta(days=7), "week"


def _read_week_third(value: Value, now: datetime) -> Period:
    first, after = _WEEK_THIRDS[look_up("thirds", value["third"])]
    begins = monday(now) - timedelta(days=7 if "last" in value else 0)
    if begins + timedelta(days=first) > now:
        begins -= timedelta(days=7)
    return begins + timedelta(days=first), begins + timedelta(days=after), "part"


def _read_stretch(value: Value, now: datetime) -> Period:
    first, after = look_up("stretches", value["phrase"])

    def of(year: int) -> Period:
        return first_of_month(year, first), first_of_month(year, after), "month"

    # The winter that begins in December is that of the next year.
    return _last_of(of, value, now, now.year + (1 if first < 1 and now.month == 12 else 0))


def _read_holiday(value: Value, now: datetime) -> Period:
    phrase = value["phrase"]

    def of(year: int) -> Period:
        if phrase in lexicon()["easter_times"]:
            first, after = look_up("easter_times", phrase)
            return stretch(*(easter_sunday(year) + timedelta(days=days) for days in (first, after)))
        ends = look_up("holidays", phrase)
        return stretch(*(first_of_month(year, month) + timedelta(days=day - 1) for month, day in ends))

    return _last_of(of, value, now, now.year)


def _last_of(of: Callable[[int], Period], value: Value, now: datetime, year: int) -> Period:
    """Return what comes once a year: of the year said, or the last that has begun or, if so said, ended."""
    if "y" in value:
        return of(likely_year(int(value["y"]), now))
    if "past" in value or "before" in value:
        return of(year - 1)
    for begins, ends, grain in map(of, (year, year - 1)):
        if (ends if "last" in value else begins) <= now:
            return begins, ends, grain
    return of(year - 2)


def _read_year(value: Value, now: datetime) -> Period:
    return whole_year(now.year + int(look_up("years", value["phrase"])))


def _read_calendar_year(value: Value, now: datetime) -> Period:
    return whole_year(likely_year(int(value["y"]), now))


def _read_last_units(value: Value, now: datetime) -> Period:
    """Read "de siste 14 dagene" as from the beginning of that day until now."""
    number = value.get("n", value.get("n2", "1"))
    if "units" in value:
        minutes, months = look_up("last_units", value["units"])
        if "n" not in value and "n2" not in value:
            number = "3"  # "de siste dagene": as many as "noen"
    else:
        unit = value.get("unit", value.get("alone", ""))
        minutes, months = {**lexicon()["last_unit"], **lexicon()["last_unit_alone"]}[unit]
    amount = float(number) if number.isdigit() else float(look_up("numbers", number))
    if months:
        first = first_of_month(now.year, now.month - int(amount * months))
        last_day = (first_of_month(first.year, first.month + 1) - timedelta(days=1)).day
        return stretch(first.replace(day=min(now.day, last_day)), now)
    begins = elapsed(now, amount * minutes)
    # "Siste døgn" are 24 hours, the last two days are days.
    by_day = minutes >= _MINUTES_OF_DAY and "units" in value
    return stretch(midnight(now - timedelta(minutes=amount * minutes)) if by_day else begins, now)


def _read_now(_value: Value, now: datetime) -> Period:
    return now, now, "minute"


PERIOD_READERS: dict[str, Callable[[Value, datetime], Period]] = {
    "ago": _read_ago,
    "a_while_ago": _read_a_while_ago,
    "date_range": read_date_range,
    "month": _read_month,
    "months_back": _read_months_back,
    "week_number": _read_week_number,
    "week_third": _read_week_third,
    "weekend": read_weekend,
    "last_weekend": read_last_weekend,
    "last_week": _read_last_week,
    "this_week": _read_this_week,
    "stretch": _read_stretch,
    "holiday": _read_holiday,
    "year": _read_year,
    "calendar_year": _read_calendar_year,
    "last_units": _read_last_units,
    "now": _read_now,
    "weak_now": _read_now,
}
