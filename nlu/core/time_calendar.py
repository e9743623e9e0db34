"""Days, months and years in Europe/Oslo, and the grain of a period that was put together."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
NIGHT_HOURS = (22, 30)
# A date further back is a birthday or the year of a building, not the time of an event.
MAX_AGE_YEARS = 20
# Who asks about a report wants its exact time before its week or month: see `bot/actions/report_draft.py`.
WEEK_FROM, MONTH_FROM = timedelta(days=7), timedelta(days=28)

Period = tuple[datetime, datetime, str]
Value = dict[str, str]


def midnight(moment: datetime) -> datetime:
    """Return the beginning of the day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def monday(moment: datetime) -> datetime:
    """Return the beginning of the week."""
    return midnight(moment) - timedelta(days=moment.weekday())


def hours(day: datetime, begin: int, end: int, grain: str = "part") -> Period:
    """Return the time between two hours of a day; hours over 24 are of the next."""
    # Wall-clock arithmetic: Python keeps the zone and recomputes the offset, also over a clock change.
    return day + timedelta(hours=begin), day + timedelta(hours=end), grain


def whole_day(day: datetime) -> Period:
    """Return the 23 to 25 hours of a day."""
    return hours(day, 0, 24, "day")


def first_of_month(year: int, month: int) -> datetime:
    """Return the beginning of a month; `month` may lie outside 1 to 12."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=OSLO)


def whole_month(year: int, month: int) -> Period:
    """Return a calendar month; `month` may lie outside 1 to 12."""
    return first_of_month(year, month), first_of_month(year, month + 1), "month"


def whole_year(year: int) -> Period:
    """Return a calendar year: the coarsest grain there is, is the month."""
    return first_of_month(year, 1), first_of_month(year, 13), "month"


def elapsed(now: datetime, minutes: float) -> datetime:
    """Return the moment so long ago.

    Not by the clock on the wall: an hour may have been left out or doubled.
    """
    return (now.astimezone(timezone.utc) - timedelta(minutes=minutes)).astimezone(OSLO)


def stretch(begins: datetime, ends: datetime) -> Period:
    """Return a period with the grain of its length: part below a week, week below four, else month.

    Raises:
        ValueError: it ends before it begins.
    """
    length = ends - begins
    if length <= timedelta(0):
        raise ValueError("no period")
    return begins, ends, "month" if length >= MONTH_FROM else "week" if length >= WEEK_FROM else "part"


def likely_year(year: int, now: datetime) -> int:
    """Return the year.

    Raises:
        ValueError: no event that is told of is so long ago or so far ahead.
    """
    if not -1 <= now.year - year <= MAX_AGE_YEARS:
        raise ValueError("not the year of an event")
    return year


def dated(value: Value, month: int, day: int, now: datetime) -> datetime:
    """Return the midnight that begins a date; without a year the last such date, or tomorrow."""
    today = midnight(now)
    if "y" in value:
        year = int(value["y"])
        return today.replace(year=likely_year(year + 2000 if year < 100 else year, now), month=month, day=day)
    if "past" in value:
        return today.replace(year=now.year - 1, month=month, day=day)
    date = today.replace(month=month, day=day)
    return date.replace(year=date.year - 1) if date > now + timedelta(days=1) else date
