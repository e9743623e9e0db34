"""Dates as people in Norway count them, and the deadlines."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from cases.categories import Severity

OSLO = ZoneInfo("Europe/Oslo")


def oslo_date(moment: datetime) -> date:
    """The date in Norway at an aware moment."""
    return moment.astimezone(OSLO).date()


def due_date(reported_at: datetime, severity: Severity) -> date:
    """The last day on which a case reported at an aware moment is handled in time."""
    return oslo_date(reported_at) + _deadlines()[severity]


@lru_cache(maxsize=1)
def _deadlines() -> dict[Severity, timedelta]:
    data = yaml.safe_load(Path(__file__).with_name("deadlines.yml").read_text("utf-8"))
    return {severity: timedelta(days=data[severity]) for severity in Severity}
