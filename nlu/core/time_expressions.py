"""Norwegian time expressions become instants or periods in Europe/Oslo, seen from the message's time.

A report tells of the past, so "tirsdag" is the last Tuesday and "kl. 14" the last 14:00.
The words are in `lexicon/time.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from nlu.core.errors import ModelFileError

OSLO = ZoneInfo("Europe/Oslo")
LEXICON_PATH = Path(__file__).parent / "lexicon" / "time.yml"
NIGHT_HOURS = (22, 30)
# Clock words such as "i" and "ved" are also plain prepositions: with them only number words count.
WEAK_CLOCK_WORDS = frozenset({"i", "ved", "om lag"})


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


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    kind: str
    value: Any


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    try:
        content: dict[str, Any] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ModelFileError(LEXICON_PATH, f"cannot be read ({type(error).__name__})") from error
    return content


def _words(phrases: Iterable[str]) -> str:
    """Return a regular expression that matches any of the phrases, longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered) + ")"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return (kind, pattern) in the order in which they may claim characters."""
    lexicon = _lexicon()
    months, weekdays = _words(lexicon["months"]), _words(lexicon["weekdays"])
    numbers = f"(?:\\d{{1,3}}|{_words(lexicon['numbers'])})"
    hour_words = _words(word for word, value in lexicon["numbers"].items() if " " not in word and value > 1)
    clock = _words(lexicon["clock_words"])
    strong_clock = _words(word for word in lexicon["clock_words"] if word not in WEAK_CLOCK_WORDS)
    half, to, past = (_words(lexicon[key]) for key in ("half", "quarter_to", "quarter_past"))
    sources = [
        ("iso_date", r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"),
        ("date", rf"(?:den\s+)?(?P<d>\d{{1,2}})\.?\s*(?P<month>{months})\.?(?:\s+(?P<y>20\d\d))?"),
        (
            "clock",
            rf"(?:{strong_clock}\s+)+(?P<h>\d{{1,2}})(?:[.:](?P<min>\d\d))?(?:\s*-?\s*(?:tiden|tida))?",
        ),
        (
            "number_date",
            r"(?:den\s+)?(?P<d>0?[1-9]|[12]\d|3[01])[./](?P<m>0?[1-9]|1[0-2])(?:[./](?P<y>20\d\d|\d\d))?\.?(?![\d:])",
        ),
        (
            "ago",
            rf"for\s+(?:ca\.?\s+)?(?P<n>{numbers})\s+(?P<unit>{_words(lexicon['ago_units'])})"
            rf"\s+{_words(lexicon['ago_after'])}",
        ),
        ("part_today", f"(?P<phrase>{_words(lexicon['parts_of_today'])})"),
        ("night", f"(?P<phrase>{_words(lexicon['nights'])})"),
        (
            "weekday",
            rf"(?:(?P<eve>{_words(lexicon['night_before'])})\s+|{_words(lexicon['last_words'])}\s+)*"
            rf"(?P<day>{weekdays})(?:\s*(?P<part>{_words(lexicon['parts_of_day'])}))?",
        ),
        ("day", f"(?P<phrase>{_words(lexicon['days'])})"),
        ("weekend", _words(lexicon["weekends"])),
        ("last_week", _words(lexicon["last_week"])),
        ("this_week", _words(lexicon["this_week"])),
        ("clock", r"(?P<h>[01]?\d|2[0-3])[.:](?P<min>[0-5]\d)(?!\s*(?:kr|%|\d))"),
        ("spoken", rf"(?:{clock}\s+)*(?P<mod>{half}|{to}|{past})\s+(?P<w>{hour_words}|\d{{1,2}})"),
        ("spoken", rf"(?:{strong_clock}\s+)+(?P<w>{hour_words})"),
        ("spoken", rf"(?:{clock}\s+)*(?P<w>{hour_words})-?(?:tiden|tida|tia)"),
        ("part", rf"(?:på|om|utpå|seint|sent|tidlig|tidleg)\s+(?P<phrase>{_words(lexicon['parts_of_day'])})"),
        ("now", _words(lexicon["now"])),
    ]
    return [(kind, re.compile(rf"(?<!\w){source}(?!\w)", re.IGNORECASE)) for kind, source in sources]


def find_times(text: str, now: datetime) -> list[TimeSpan]:
    """Find what a message says about when.

    Args:
        text: NFC text.
        now: aware instant at which the message was sent.

    Returns:
        Expressions in reading order; a day and a clock time close together are one.
    """
    found = _claim(text)
    here = now.astimezone(OSLO)
    spans = []
    index = 0
    while index < len(found):
        group = [found[index]]
        while index + 1 < len(found) and _joins(text, group[-1], found[index + 1]):
            index += 1
            group.append(found[index])
        span = _resolve(group, here)
        if span is not None:
            spans.append(span)
        index += 1
    return spans


def _claim(text: str) -> list[_Found]:
    taken = [False] * len(text)
    found = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            start, end = match.span()
            if end > start and not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                values = {key: value.lower() for key, value in match.groupdict().items() if value}
                found.append(_Found(start, end, kind, values))
    return sorted(found, key=lambda item: item.start)


_DAY_KINDS = frozenset({"iso_date", "date", "number_date", "part_today", "night", "weekday", "day"})
_CLOCK_KINDS = frozenset({"clock", "spoken", "part"})


def _joins(text: str, first: _Found, second: _Found) -> bool:
    between = text[first.end : second.start]
    near = re.fullmatch(r"[\s,]*(?:\w{1,4}\.?\s+)?", between) is not None
    kinds = {first.kind in _DAY_KINDS, second.kind in _DAY_KINDS}
    clocks = first.kind in _CLOCK_KINDS or second.kind in _CLOCK_KINDS
    return near and kinds == {True, False} and clocks


def _resolve(group: list[_Found], now: datetime) -> TimeSpan | None:
    start, end = group[0].start, group[-1].end
    days = [item for item in group if item.kind in _DAY_KINDS]
    clocks = [item for item in group if item.kind in _CLOCK_KINDS]
    try:
        if days:
            period = _DAY_READERS[days[0].kind](days[0].value, now)
            if clocks:
                period = _at_clock(period, clocks[0])
        elif clocks:
            period = _last_clock(clocks[0], now)
        else:
            period = _OTHER_READERS[group[0].kind](group[0].value, now)
    except (ValueError, OverflowError):  # 31 April, year 0: not a time after all
        return None
    begins, ends, grain = period
    return TimeSpan(start, end, begins, ends, grain)


Period = tuple[datetime, datetime, str]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _hours(day: datetime, begin: int, end: int, grain: str = "part") -> Period:
    # Wall-clock arithmetic: Python keeps the zone and recomputes the offset, also over a clock change.
    return day + timedelta(hours=begin), day + timedelta(hours=end), grain


def _whole_day(day: datetime) -> Period:
    return _hours(day, 0, 24, "day")


def _read_date(value: dict[str, str], now: datetime) -> Period:
    month = _lexicon()["months"][value["month"]] if "month" in value else int(value["m"])
    if "y" in value:
        year = int(value["y"])
        return _whole_day(
            _midnight(now).replace(year=year + 2000 if year < 100 else year, month=month, day=int(value["d"]))
        )
    day = _midnight(now).replace(month=month, day=int(value["d"]))
    if day > now + timedelta(days=1):
        day = day.replace(year=day.year - 1)
    return _whole_day(day)


def _read_part_today(value: dict[str, str], now: datetime) -> Period:
    offset, begin, end = _lookup("parts_of_today", value["phrase"])
    return _hours(_midnight(now) + timedelta(days=offset), begin, end)


def _read_night(_value: dict[str, str], now: datetime) -> Period:
    evening = 0 if now.hour >= 22 else -1
    return _hours(_midnight(now) + timedelta(days=evening), *NIGHT_HOURS)


def _read_weekday(value: dict[str, str], now: datetime) -> Period:
    behind = (now.weekday() - int(_lexicon()["weekdays"][value["day"]])) % 7
    day = _midnight(now) - timedelta(days=behind)
    if "eve" in value:
        return _hours(day - timedelta(days=1), *NIGHT_HOURS)
    if "part" in value:
        return _hours(day, *_lookup("parts_of_day", value["part"]))
    return _whole_day(day)


def _read_day(value: dict[str, str], now: datetime) -> Period:
    return _whole_day(_midnight(now) + timedelta(days=_lookup("days", value["phrase"])))


def _read_ago(value: dict[str, str], now: datetime) -> Period:
    number = value["n"]
    amount = int(number) if number.isdigit() else int(_lookup("numbers", number))
    unit = _lexicon()["ago_units"][value["unit"]]
    moment = now - timedelta(minutes=amount * unit)
    if unit < 1440:
        return moment, moment, "hour" if unit == 60 else "minute"
    return _whole_day(_midnight(moment))


def _read_weekend(_value: dict[str, str], now: datetime) -> Period:
    saturday = _midnight(now) - timedelta(days=(now.weekday() - 5) % 7)
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
    "part_today": _read_part_today,
    "night": _read_night,
    "weekday": _read_weekday,
    "day": _read_day,
}
_OTHER_READERS: dict[str, Callable[[dict[str, str], datetime], Period]] = {
    "ago": _read_ago,
    "weekend": _read_weekend,
    "last_week": _read_last_week,
    "this_week": _read_this_week,
    "now": _read_now,
}


def _lookup(table: str, phrase: str) -> Any:
    return _lexicon()[table][re.sub(r"\s+", " ", phrase.lower())]


def _clock_minutes(item: _Found) -> tuple[int, bool]:
    """Return (minutes after midnight, whether it may also mean twelve hours later)."""
    value = item.value
    if item.kind == "clock":
        hour, minute = int(value["h"]), int(value.get("min", 0))
        if hour > 24 or minute > 59:
            raise ValueError("not a time of day")
        return hour * 60 + minute, False
    word = value["w"]
    hour = int(word) if word.isdigit() else int(_lookup("numbers", word))
    shift = {"half": -30, "quarter_to": -15, "quarter_past": 15}
    modifier = next((key for key in shift if value.get("mod") in _lexicon()[key]), None)
    return hour * 60 + (shift[modifier] if modifier else 0), hour <= 12


def _at_clock(period: Period, item: _Found) -> Period:
    """Place a clock time or part of the day inside a day or part of a day."""
    begins, ends, _grain = period
    day = _midnight(begins)
    if item.kind == "part":
        return _hours(day, *_lookup("parts_of_day", item.value["phrase"]))
    minutes, twice = _clock_minutes(item)
    candidates = [
        day + timedelta(minutes=minutes + shift) for shift in ((0, 720, 1440) if twice else (0, 1440))
    ]
    moment = next((moment for moment in candidates if begins <= moment < ends), candidates[0])
    return moment, moment, "hour" if moment.minute == 0 else "minute"


def _last_clock(item: _Found, now: datetime) -> Period:
    """Read a clock time without a day as the last such time before the message."""
    if item.kind == "part":
        begin, end = _lookup("parts_of_day", item.value["phrase"])
        day = _midnight(now)
        return _hours(day if day + timedelta(hours=begin) <= now else day - timedelta(days=1), begin, end)
    minutes, twice = _clock_minutes(item)
    today = _midnight(now)
    shifts = (720, 0, -720, -1440) if twice else (0, -1440)
    moment = next(
        (
            today + timedelta(minutes=minutes + shift)
            for shift in shifts
            if today + timedelta(minutes=minutes + shift) <= now
        ),
        today + timedelta(minutes=minutes - 1440),
    )
    return moment, moment, "hour" if moment.minute == 0 else "minute"
