"""Quiet hours: when a message that can wait is delivered."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import holidays
import yaml

from cases.calendar import OSLO


@dataclass(frozen=True)
class QuietHours:
    """Hours of the day in Norway in which nobody is disturbed.

    Attributes:
        from_hour: when they begin in the evening.
        to_hour: when they end in the morning.
        days_off: whether Saturdays, Sundays and public holidays are quiet too.
    """

    from_hour: int
    to_hour: int
    days_off: bool

    def earliest(self, moment: datetime) -> datetime:
        """The first moment from an aware one on that is not quiet, in Norwegian time."""
        local = moment.astimezone(OSLO)
        if local.hour >= self.from_hour:
            local = _morning(local.date() + timedelta(days=1), self.to_hour)
        elif local.hour < self.to_hour:
            local = _morning(local.date(), self.to_hour)
        while self.days_off and is_day_off(local.date()):
            local = _morning(local.date() + timedelta(days=1), self.to_hour)
        return local


def is_day_off(day: date) -> bool:
    """Whether a day is a Saturday, a Sunday or a public holiday in Norway."""
    return day.weekday() >= 5 or day in _holidays(day.year)


def working_day_before(day: date) -> date:
    """The last working day before a day."""
    return _working_day(day, -1)


def working_day_after(day: date) -> date:
    """The first working day after a day."""
    return _working_day(day, 1)


def quiet_hours(who: str) -> QuietHours:
    """The quiet hours of `handlers` or `reporters`."""
    row = _hours()[who]
    return QuietHours(int(row["from_hour"]), int(row["to_hour"]), bool(row["days_off"]))


def _working_day(day: date, step: int) -> date:
    day += timedelta(days=step)
    while is_day_off(day):
        day += timedelta(days=step)
    return day


def _morning(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), OSLO)


@lru_cache(maxsize=8)
def _holidays(year: int) -> holidays.HolidayBase:
    # Whole years: one that fills itself as it is asked could be asked by two threads at once.
    return holidays.country_holidays("NO", years=year)


@lru_cache(maxsize=1)
def _hours() -> dict[str, dict[str, int | bool]]:
    hours: dict[str, dict[str, int | bool]] = yaml.safe_load(
        Path(__file__).with_name("quiet.yml").read_text("utf-8")
    )
    return hours
