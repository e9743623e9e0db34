"""Norwegian time expressions become instants or periods in Europe/Oslo, seen from the message's time.

A report tells of the past, so "tirsdag" is the last Tuesday and "kl. 14" the last 14:00.
The grammar is in `time_grammar.py`, its words in `lexicon/time.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from nlu.core.time_grammar import Found, claim, lexicon

OSLO = ZoneInfo("Europe/Oslo")
NIGHT_HOURS = (22, 30)
# Before this hour the evening, the afternoon and the morning spoken of are those of the day before.
END_OF_NIGHT = 5
# A clock time may lie a little outside the part of the day it is said with: "i morges halv elleve".
PART_SLACK = timedelta(hours=1)
# A date further back is a birthday or the year of a building, not the time of an event.
MAX_AGE_YEARS = 20

Period = tuple[datetime, datetime, str]


@dataclass(frozen=True)
class TimeSpan:
    """A time expression in a text.

    Attributes:
        start: offset of the first character.
        end: offset after the last character.
        begins: aware instant in Europe/Oslo at which the time or period begins.
        ends: aware instant after it; `begins` for a point in time.
        grain: minute, hour, part, day, week or month.
    """

    start: int
    end: int
    begins: datetime
    ends: datetime
    grain: str


def find_times(text: str, now: datetime) -> list[TimeSpan]:
    """Find what a message says about when.

    Args:
        text: NFC text.
        now: aware instant at which the message was sent.

    Returns:
        Expressions in reading order; a day and a clock time close together are one.
    """
    here = now.astimezone(OSLO)
    spans = []
    for group in _groups(text, claim(text)):
        span = _resolve(text, group, here)
        if span is not None:
            spans.append(span)
    return spans


# What an item may add to a group: each role once.
_ROLES = {
    **dict.fromkeys(("iso_date", "date", "number_date", "fixed_day"), "day"),
    **dict.fromkeys(("part_today", "night", "weekday", "day"), "day"),
    **dict.fromkeys(("clock", "bare_clock", "spoken", "about"), "clock"),
    "part": "part",
}


def _groups(text: str, found: list[Found]) -> list[list[Found]]:
    groups: list[list[Found]] = []
    for item in found:
        if groups and _joins(text, groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _joins(text: str, group: list[Found], item: Found) -> bool:
    roles = [_ROLES.get(member.kind) for member in [*group, item]]
    if None in roles or len(set(roles)) < len(roles):
        return False
    between = text[group[-1].end : item.start]
    return re.fullmatch(r"[\s,]*(?:(?!(?:og|til|men|eller)\b)\w{1,4}\.?\s+)?", between) is not None


def _resolve(text: str, group: list[Found], now: datetime) -> TimeSpan | None:
    start, end = group[0].start, group[-1].end
    items = {_ROLES.get(item.kind, "other"): item for item in group}
    is_answer = not re.search(r"\w", text[:start] + text[end:])
    if group[0].kind == "about" and len(group) == 1 and not is_answer:
        return None  # "ca. 15" may count anything, unless it is all that is said
    try:
        begins, ends, grain = _period(items, now)
    except (ValueError, OverflowError):  # 31 April, 25 o'clock: not a time after all
        return None
    return TimeSpan(start, end, begins, ends, grain)


def _period(items: dict[str, Found], now: datetime) -> Period:
    if "other" in items:
        item = items["other"]
        return _OTHER_READERS[item.kind](item.value, now)
    day, part, clock = items.get("day"), items.get("part"), items.get("clock")
    if day is None and part is None and clock is not None:
        return _last_clock(clock, now)
    if day is not None:
        period = _DAY_READERS[day.kind](day.value, now)
        if part is not None:
            period = _hours(_midnight(period[0]), *_lookup("parts_of_day", part.value["phrase"]))
        if clock is None:
            return period
        moment = _at_clock(period, clock, now)
        if moment[0] > now and "day" in day.value and moment[0] - timedelta(days=7) <= now:
            moment = (moment[0] - timedelta(days=7), moment[1] - timedelta(days=7), moment[2])
        return moment
    assert part is not None  # noqa: S101  a group has an item, and every item a role
    period = _last_part(part, now)
    return period if clock is None else _at_clock(period, clock, now)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _hours(day: datetime, begin: int, end: int, grain: str = "part") -> Period:
    # Wall-clock arithmetic: Python keeps the zone and recomputes the offset, also over a clock change.
    return day + timedelta(hours=begin), day + timedelta(hours=end), grain


def _whole_day(day: datetime) -> Period:
    return _hours(day, 0, 24, "day")


def _day_or_night_before(value: dict[str, str], day: datetime) -> Period:
    return _hours(day - timedelta(days=1), *NIGHT_HOURS) if "eve" in value else _whole_day(day)


def _read_date(value: dict[str, str], now: datetime) -> Period:
    month = _month_number(value["month"]) if "month" in value else int(value["m"])
    return _day_or_night_before(value, _dated(value, month, int(value["d"]), now))


def _month_number(name: str) -> int:
    return int({**lexicon()["months"], **lexicon()["short_months"]}[name.rstrip(".")])


def _read_fixed_day(value: dict[str, str], now: datetime) -> Period:
    month, day = _lookup("fixed_days", value["phrase"])
    return _day_or_night_before(value, _dated(value, month, day, now))


def _dated(value: dict[str, str], month: int, day: int, now: datetime) -> datetime:
    """Return the midnight that begins a date; without a year the last such date, or tomorrow."""
    today = _midnight(now)
    if "y" in value:
        year = int(value["y"])
        dated = today.replace(year=year + 2000 if year < 100 else year, month=month, day=day)
        if not -1 <= now.year - dated.year <= MAX_AGE_YEARS:
            raise ValueError("not a date of an event")
        return dated
    if "past" in value:
        return today.replace(year=now.year - 1, month=month, day=day)
    dated = today.replace(month=month, day=day)
    return dated.replace(year=dated.year - 1) if dated > now + timedelta(days=1) else dated


def _read_part_today(value: dict[str, str], now: datetime) -> Period:
    offset, begin, end = _lookup("parts_of_today", value["phrase"])
    period = _hours(_midnight(now) + timedelta(days=offset), begin, end)
    if period[0] > now and now.hour < END_OF_NIGHT:
        return _hours(_midnight(now) - timedelta(days=1), begin, end)
    return period


def _read_night(_value: dict[str, str], now: datetime) -> Period:
    # What happened "i natt" is told afterwards: also late in the evening it is the night before.
    return _hours(_midnight(now) - timedelta(days=1), *NIGHT_HOURS)


def _read_weekday(value: dict[str, str], now: datetime) -> Period:
    weekday = int(lexicon()["weekdays"][value["day"]])
    day = _midnight(now) - timedelta(days=(now.weekday() - weekday) % 7)
    if "week" in value or "after" in value:
        day = _monday(now) + timedelta(days=weekday - 7)
    elif "last" in value and day == _midnight(now):
        day -= timedelta(days=7)
    if "eve" in value:
        return _hours(day - timedelta(days=1), *NIGHT_HOURS)
    if "part" not in value:
        return _whole_day(day)
    hours = _lookup("parts_of_day", value["part"])
    if day + timedelta(hours=hours[0]) > now:
        day -= timedelta(days=7)
    return _hours(day, *hours)


def _read_day(value: dict[str, str], now: datetime) -> Period:
    day = _midnight(now) + timedelta(days=_lookup("days", value["phrase"]))
    if "part" in value:
        return _hours(day, *_lookup("parts_of_day", value["part"]))
    return _day_or_night_before(value, day)


def _read_ago(value: dict[str, str], now: datetime) -> Period:
    number, unit = value["n"], value["unit"]
    amount = float(number) if number.isdigit() else float(_lookup("numbers", number))
    if unit in lexicon()["ago_months"]:
        return _month(now.year, now.month - int(amount), now)
    minutes = lexicon()["ago_units"][unit]
    if minutes < 1440:
        # Elapsed time, so not by the clock on the wall: an hour may have been left out or doubled.
        moment = (now.astimezone(timezone.utc) - timedelta(minutes=amount * minutes)).astimezone(OSLO)
        return moment, moment, "hour" if minutes == 60 else "minute"
    return _whole_day(_midnight(now - timedelta(minutes=amount * minutes)))


def _month(year: int, month: int, now: datetime) -> Period:
    """Return a calendar month; `month` may lie outside 1 to 12."""
    first = _midnight(now).replace(year=year + (month - 1) // 12, month=(month - 1) % 12 + 1, day=1)
    return first, (first + timedelta(days=31)).replace(day=1), "month"


def _read_month(value: dict[str, str], now: datetime) -> Period:
    month = _month_number(value["month"])
    if "y" in value:
        return _month(int(value["y"]), month, now)
    return _month(now.year - 1 if "past" in value or month > now.month else now.year, month, now)


def _read_months_back(value: dict[str, str], now: datetime) -> Period:
    return _month(now.year, now.month - int(_lookup("months_back", value["phrase"])), now)


def _read_week_number(value: dict[str, str], now: datetime) -> Period:
    year, this_week, _ = now.isocalendar()
    week = int(value["n"])
    monday = datetime.fromisocalendar(year - 1 if week > this_week else year, week, 1).replace(tzinfo=OSLO)
    return monday, monday + timedelta(days=7), "week"


def _read_weekend(_value: dict[str, str], now: datetime) -> Period:
    saturday = _midnight(now) - timedelta(days=(now.weekday() - 5) % 7)
    return saturday, saturday + timedelta(days=2), "part"


def _read_last_weekend(_value: dict[str, str], now: datetime) -> Period:
    saturday = _monday(now) - timedelta(days=2)
    return saturday, saturday + timedelta(days=2), "part"


def _monday(now: datetime) -> datetime:
    return _midnight(now) - timedelta(days=now.weekday())


def _read_last_week(_value: dict[str, str], now: datetime) -> Period:
    return _monday(now) - timedelta(days=7), _monday(now), "week"


def _read_this_week(_value: dict[str, str], now: datetime) -> Period:
    return _monday(now), _monday(now) + timedelta(days=7), "week"


def _read_now(_value: dict[str, str], now: datetime) -> Period:
    return now, now, "minute"


_DAY_READERS: dict[str, Callable[[dict[str, str], datetime], Period]] = {
    "iso_date": _read_date,
    "date": _read_date,
    "number_date": _read_date,
    "fixed_day": _read_fixed_day,
    "part_today": _read_part_today,
    "night": _read_night,
    "weekday": _read_weekday,
    "day": _read_day,
}
_OTHER_READERS: dict[str, Callable[[dict[str, str], datetime], Period]] = {
    "ago": _read_ago,
    "month": _read_month,
    "months_back": _read_months_back,
    "week_number": _read_week_number,
    "weekend": _read_weekend,
    "last_weekend": _read_last_weekend,
    "last_week": _read_last_week,
    "this_week": _read_this_week,
    "now": _read_now,
    "weak_now": _read_now,
}


def _lookup(table: str, phrase: str) -> Any:
    return lexicon()[table][phrase]


def _clock_minutes(item: Found) -> tuple[int, bool]:
    """Return (minutes after midnight, whether it may also mean twelve hours later)."""
    value = item.value
    if "h" in value:
        hour, minute = int(value["h"]), int(value.get("min", 0))
        twice = item.kind == "about" and 1 <= hour <= 12
    else:
        word = value["w"]
        hour, minute = int(word) if word.isdigit() else int(_lookup("hours", word)), 0
        twice = hour <= 12
    if hour > 24 or minute > 59:
        raise ValueError("not a time of day")
    return hour * 60 + minute + _shift(value), twice


def _shift(value: dict[str, str]) -> int:
    """Return the minutes that "halv", "kvart på" and "ti over" add to the hour."""
    words = lexicon()
    by_modifier = {"half": -30, "quarter_to": -15, "quarter_past": 15}
    shift = sum(minutes for key, minutes in by_modifier.items() if value.get("mod") in words[key])
    if "off" in value:
        off = value["off"]
        minutes = int(off) if off.isdigit() else int(_lookup("numbers", off))
        shift += minutes if value["dir"] in words["minutes_past"] else -minutes
    return shift


def _point(moment: datetime) -> Period:
    return moment, moment, "hour" if moment.minute == 0 else "minute"


def _at_clock(period: Period, item: Found, now: datetime) -> Period:
    """Place a clock time inside a day or part of a day."""
    begins, ends, grain = period
    minutes, twice = _clock_minutes(item)
    shifts: tuple[int, ...]
    if grain == "part":
        shifts = (0, 720, 1440) if minutes <= 720 else (0, 1440)
        limits = [(begins, ends), (begins - PART_SLACK, ends + PART_SLACK)]
    else:
        # "i går klokka to" is said of the working day; "klokka sju" of the morning.
        shifts = ((720, 0) if minutes < 360 else (0, 720)) if twice else (0,)
        limits = [(begins, min(ends, now + timedelta(microseconds=1))), (begins, ends)]
    moments = [_midnight(begins) + timedelta(minutes=minutes + shift) for shift in shifts]
    fitting = (moment for first, last in limits for moment in moments if first <= moment < last)
    return _point(next(fitting, moments[0]))


def _last_part(item: Found, now: datetime) -> Period:
    """Read a part of the day without a day as the last that has begun."""
    begin, end = _lookup("parts_of_day", item.value["phrase"])
    day = _midnight(now)
    return _hours(day if day + timedelta(hours=begin) <= now else day - timedelta(days=1), begin, end)


def _last_clock(item: Found, now: datetime) -> Period:
    """Read a clock time without a day as the last such time before the message."""
    minutes, twice = _clock_minutes(item)
    today = _midnight(now)
    shifts = (720, 0, -720, -1440) if twice else (0, -1440)
    moments = [today + timedelta(minutes=minutes + shift) for shift in shifts]
    return _point(next((moment for moment in moments if moment <= now), moments[-1]))
