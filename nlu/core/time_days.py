"""Days and parts of a day: "i går kveld", "natt til tirsdag", "12. mars", "langfredag", "i helga"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from dateutil.easter import easter

from nlu.core.time_calendar import (
    NIGHT_HOURS,
    OSLO,
    Period,
    Value,
    dated,
    hours,
    midnight,
    monday,
    stretch,
    whole_day,
)
from nlu.core.time_lexicon import lexicon, look_up

# Before this hour the evening, the afternoon and the morning spoken of are those of the day before.
END_OF_NIGHT = 5


def month_number(name: str) -> int:
    """Return 1 to 12 for a month's full or short name."""
    return int({**lexicon()["months"], **lexicon()["short_months"]}[name.rstrip(".")])


def easter_sunday(year: int) -> datetime:
    """Return the beginning of Easter Sunday."""
    date = easter(year)
    return datetime(date.year, date.month, date.day, tzinfo=OSLO)


def _day_or_part(value: Value, day: datetime) -> Period:
    if "part" in value:
        return hours(day, *look_up("parts_of_day", value["part"]))
    return hours(day - timedelta(days=1), *NIGHT_HOURS) if "eve" in value else whole_day(day)


def _read_date(value: Value, now: datetime) -> Period:
    month = month_number(value["month"]) if "month" in value else int(value["m"])
    return _day_or_part(value, dated(value, month, int(value["d"]), now))


def _read_fixed_day(value: Value, now: datetime) -> Period:
    phrase = value["phrase"]
    if phrase in lexicon()["fixed_days"]:
        month, day = look_up("fixed_days", phrase)
        return _day_or_part(value, dated(value, month, day, now))
    offset = timedelta(days=look_up("easter_days", phrase))
    date = easter_sunday(now.year) + offset
    if "y" in value or "past" in value or date > now + timedelta(days=1):
        date = easter_sunday(int(value.get("y", now.year - 1))) + offset
    return _day_or_part(value, date)


def _read_part_today(value: Value, now: datetime) -> Period:
    offset, begin, end = look_up("parts_of_today", value["phrase"])
    period = hours(midnight(now) + timedelta(days=offset), begin, end)
    if period[0] > now and now.hour < END_OF_NIGHT:
        return hours(midnight(now) - timedelta(days=1), begin, end)
    return period


def _read_night(_value: Value, now: datetime) -> Period:
    # What happened "i natt" is told afterwards: also late in the evening it is the night before.
    return hours(midnight(now) - timedelta(days=1), *NIGHT_HOURS)


def _read_weekday(value: Value, now: datetime) -> Period:
    weekday = int(look_up("weekdays", value["day"]))
    day = midnight(now) - timedelta(days=(now.weekday() - weekday) % 7)
    if "week" in value or "after" in value:
        day = monday(now) + timedelta(days=weekday - 7)
    elif "last" in value and day == midnight(now):
        day -= timedelta(days=7)
    if "eve" in value:
        return hours(day - timedelta(days=1), *NIGHT_HOURS)
    part = value.get("part", value.get("early"))
    if part is None:
        return whole_day(day)
    begin, end = {**lexicon()["parts_of_day"], **lexicon()["parts_after_weekday"]}[part]
    return hours(day - timedelta(days=7) if day + timedelta(hours=begin) > now else day, begin, end)


def _read_day(value: Value, now: datetime) -> Period:
    day = midnight(now) + timedelta(days=look_up("days", value["phrase"]))
    return _day_or_part(value, day)


def read_weekend(_value: Value, now: datetime) -> Period:
    """Return the last weekend that has begun."""
    saturday = midnight(now) - timedelta(days=(now.weekday() - 5) % 7)
    return saturday, saturday + timedelta(days=2), "part"


def read_last_weekend(_value: Value, now: datetime) -> Period:
    """Return the weekend before this week."""
    saturday = monday(now) - timedelta(days=2)
    return saturday, saturday + timedelta(days=2), "part"


def read_date_range(value: Value, now: datetime) -> Period:
    """Return the days of "1.-5. mars", both included."""
    month = month_number(value["month"]) if "month" in value else int(value["m"])
    begins = dated(value, int(value.get("m1", month)), int(value.get("d") or value["d1"]), now)
    last = begins.replace(month=month, day=int(value["d2"]))
    if "night" in value:
        return hours(last - timedelta(days=1), *NIGHT_HOURS)
    return stretch(begins, last + timedelta(days=1))


DAY_READERS: dict[str, Callable[[Value, datetime], Period]] = {
    "iso_date": _read_date,
    "date": _read_date,
    "number_date": _read_date,
    "fixed_day": _read_fixed_day,
    "part_today": _read_part_today,
    "night": _read_night,
    "weekday": _read_weekday,
    "day": _read_day,
}
