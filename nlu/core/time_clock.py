"""Times of day: a clock time, or one between two, inside a day or part of a day, or the last such time."""

from __future__ import annotations

from datetime import datetime, timedelta

from nlu.core.time_calendar import Period, Value, hours, midnight, stretch, whole_day
from nlu.core.time_grammar import Found
from nlu.core.time_lexicon import lexicon, look_up

# A clock time may lie a little outside the part of the day it is said with: "i morges halv elleve".
PART_SLACK = timedelta(hours=1)
_HALF_DAY, _DAY = 720, 1440


def _clock_minutes(value: Value, *, maybe_afternoon: bool) -> tuple[int, bool]:
    """Return (minutes after midnight, whether it may also mean twelve hours later)."""
    if "h" in value:
        hour, minute = int(value["h"]), int(value.get("min", 0))
        twice = maybe_afternoon and 1 <= hour <= 12
    else:
        word = value["w"]
        hour, minute = int(word) if word.isdigit() else int(look_up("hours", word)), 0
        twice = hour <= 12
    if hour > 24 or minute > 59:
        raise ValueError("not a time of day")
    return hour * 60 + minute + _shift(value), twice


def _shift(value: Value) -> int:
    """Return the minutes that "halv", "kvart på" and "ti over" add to the hour."""
    words = lexicon()
    by_modifier = {"half": -30, "quarter_to": -15, "quarter_past": 15}
    shift = sum(minutes for key, minutes in by_modifier.items() if value.get("mod") in words[key])
    if "off" in value:
        off = value["off"]
        minutes = int(off) if off.isdigit() else int(look_up("numbers", off))
        shift += minutes if value["dir"] in words["minutes_past"] else -minutes
    return shift


def point(moment: datetime) -> Period:
    """Return a point in time."""
    return moment, moment, "hour" if moment.minute == 0 else "minute"


def at_clock(period: Period, item: Found, now: datetime) -> Period:
    """Place a clock time, or the time between two, inside a day or part of a day."""
    if item.kind == "clock_range":
        return _range_in(period, item.value, now)
    minutes = _clock_minutes(item.value, maybe_afternoon=item.kind == "about")
    return point(_moment_in(period, *minutes, now))


def _moment_in(period: Period, minutes: int, twice: bool, now: datetime) -> datetime:
    begins, ends, grain = period
    shifts: tuple[int, ...]
    if grain == "part":
        shifts = (0, _HALF_DAY, _DAY) if minutes <= _HALF_DAY else (0, _DAY)
        limits = [(begins, ends), (begins - PART_SLACK, ends + PART_SLACK)]
    else:
        # "i går klokka to" is said of the working day; "klokka sju" of the morning.
        shifts = ((_HALF_DAY, 0) if minutes < 360 else (0, _HALF_DAY)) if twice else (0,)
        limits = [(begins, min(ends, now + timedelta(microseconds=1))), (begins, ends)]
    moments = [midnight(begins) + timedelta(minutes=minutes + shift) for shift in shifts]
    fitting = (moment for first, last in limits for moment in moments if first <= moment < last)
    return next(fitting, moments[0])


def _range_in(period: Period, value: Value, now: datetime) -> Period:
    first, second = _ends(value)
    # "kl" before one end is said of both; without it and without minutes either may mean the afternoon.
    maybe_afternoon = not any(key in value for key in ("kl1", "kl2", "min1", "min2"))
    begins = _moment_in(period, *_clock_minutes(first, maybe_afternoon=maybe_afternoon), now)
    return stretch(begins, after(begins, second, maybe_afternoon=maybe_afternoon or period[2] == "part"))


def _ends(value: Value) -> tuple[Value, Value]:
    """Return the two clock times of a range."""
    first, second = (
        {name: value[name + n] for name in ("h", "min", "w", "mod") if name + n in value}
        | ({"w": value["m" + n]} if "m" + n in value else {})
        for n in "12"
    )
    return first, second


def after(begins: datetime, value: Value, *, maybe_afternoon: bool) -> datetime:
    """Return the first moment after another at which the clock shows a time."""
    minutes, twice = _clock_minutes(value, maybe_afternoon=maybe_afternoon)
    shifts = (0, _HALF_DAY, _DAY) if twice else (0, _DAY)
    moments = [midnight(begins) + timedelta(minutes=minutes + shift) for shift in shifts]
    return next((moment for moment in moments if moment > begins), moments[-1])


def last_part(value: Value, now: datetime) -> Period:
    """Read a part of the day without a day as the last that has begun."""
    begin, end = look_up("parts_of_day", value["phrase"])
    day = midnight(now)
    return hours(day if day + timedelta(hours=begin) <= now else day - timedelta(days=1), begin, end)


def last_clock(item: Found, now: datetime) -> Period:
    """Read a clock time without a day as the last such time before the message."""
    today = midnight(now)
    if item.kind == "clock_range":
        period = at_clock(whole_day(today), item, now)
        return period if period[1] <= now else at_clock(whole_day(today - timedelta(days=1)), item, now)
    minutes, twice = _clock_minutes(item.value, maybe_afternoon=item.kind == "about")
    shifts = (_HALF_DAY, 0, -_HALF_DAY, -_DAY) if twice else (0, -_DAY)
    moments = [today + timedelta(minutes=minutes + shift) for shift in shifts]
    return point(next((moment for moment in moments if moment <= now), moments[-1]))
