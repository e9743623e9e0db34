"""How often the search for trends is wrong, and how soon it is right."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.stats import chi2

from cases.calendar import oslo_date
from cases.categories import Kind
from cases.errors import CaseImportError
from cases.made_up_town import YEAR_DAYS, Draw
from cases.trend_model import Observation, Parents, TrendSettings
from cases.trends import AlertKey, Finding, alert_key, find_trends, is_new

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Series:
    """Cases of one phenomenon that lie in a set of cases."""

    name: str
    unit_id: str
    subtype: str
    begins: date


@dataclass(frozen=True)
class Alert:
    """A finding on the day on which somebody is told of it."""

    day: date
    finding: Finding


@dataclass(frozen=True)
class Rate:
    """Alerts per year, with the ends of the 95 % confidence interval (Poisson, exact)."""

    per_year: float
    low: float
    high: float
    years: float


@dataclass(frozen=True)
class Detection:
    """When a series was found.

    Attributes:
        day: None when it was not found.
        cases_in: how many of its cases were in on that day.
        cases: how many it has in all.
        days: from its first case until it was found.
        alerts_before: alerts about its unit and sub-type before it began.
    """

    series: Series
    day: date | None
    cases_in: int
    cases: int
    days: int | None
    alerts_before: int


def read_observations(path: Path) -> list[Observation]:
    """The deviations of a file as in `sample/cases`; ideas for improvement are not counted.

    Raises:
        CaseImportError: the first line that is wrong.
        OSError: the file cannot be read.
    """
    found = []
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            case = json.loads(line)
            if case["kind"] == Kind.DEVIATION:
                found.append(_observation(case))
        except (ValueError, KeyError, TypeError) as exc:
            raise CaseImportError(row, "not a case") from exc
    return found


def read_units(path: Path) -> dict[str, str | None]:
    """Each unit's parent, from a file as in `sample/organisation`.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["unit_id"]: row["parent_id"] or None for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def sample_series() -> tuple[Series, ...]:
    """The series in the sample."""
    data = yaml.safe_load(Path(__file__).with_name("trend_evaluation.yml").read_text("utf-8"))
    return tuple(Series(**row) for row in data["series"])


def alerts(
    observations: Sequence[Observation],
    units: Parents,
    days: Iterable[date],
    settings: TrendSettings | None = None,
) -> Iterator[Alert]:
    """What somebody would have been told who had been watching on these days, in order of days."""
    told: list[AlertKey] = []
    for day in days:
        for finding in find_trends(observations, units, day, settings):
            if is_new(finding, told, units=units, today=day):
                told.append(alert_key(finding, day))
                yield Alert(day, finding)


def false_alarms(
    draw: Draw, units: Parents, last: date, rounds: int, *, step_days: int = 1,
    settings: TrendSettings | None = None, seed: int = 0,
) -> Rate:  # fmt: skip
    """How many alerts a year there are where nothing has changed.

    Args:
        draw: makes reports without any trend, up to `last`.
        last: the last day of the year in which is scanned.
        rounds: years drawn.
        step_days: 1 scans daily, 7 weekly.
    """
    rng = np.random.default_rng(seed)
    days = scan_days(last, step_days)
    seen = sum(sum(1 for _ in alerts(draw(rng), units, days, settings)) for _ in range(rounds))
    return rate(seen, rounds * len(days) * step_days / YEAR_DAYS)


def rate(seen: int, years: float) -> Rate:
    """Events per year, with the exact interval of a Poisson count."""
    tail = (1 - _CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * seen)) / 2 if seen else 0.0
    high = float(chi2.ppf(1 - tail, 2 * seen + 2)) / 2
    return Rate(seen / years, low / years, high / years, years)


def scan_days(last: date, step_days: int = 1) -> list[date]:
    """Every so many days of a year, up to and with `last`."""
    return [last - timedelta(days=back) for back in range(0, YEAR_DAYS, step_days)][::-1]


def shuffled(observations: Sequence[Observation]) -> Draw:
    """Deal the days out among the cases anew: each unit, sub-type and day keeps its number of cases."""

    def draw(rng: np.random.Generator) -> list[Observation]:
        days = rng.permutation(len(observations))
        return [
            replace(seen, reported_on=observations[day].reported_on)
            for seen, day in zip(observations, days, strict=True)
        ]

    return draw


def detections(
    observations: Sequence[Observation], units: Parents, series: Iterable[Series], last: date,
    settings: TrendSettings | None = None,
) -> list[Detection]:  # fmt: skip
    """When somebody who looks every day is first told of each series, of just its unit and sub-type."""
    first = min(seen.reported_on for seen in observations)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    told = list(alerts(observations, units, days, settings))
    return [_detection(one, observations, units, told) for one in series]


def _detection(
    series: Series, observations: Sequence[Observation], units: Parents, told: Sequence[Alert]
) -> Detection:
    about = [
        alert.day
        for alert in told
        if (alert.finding.unit_id, alert.finding.subtype) == (series.unit_id, series.subtype)
    ]
    reported = [
        seen.reported_on
        for seen in observations
        if seen.subtype == series.subtype
        and series.begins <= seen.reported_on
        and series.unit_id in _line(seen.unit_id, units)
    ]
    day = next((day for day in about if day >= series.begins), None)
    return Detection(
        series,
        day,
        sum(day is not None and reported_on <= day for reported_on in reported),
        len(reported),
        (day - series.begins).days if day else None,
        sum(day < series.begins for day in about),
    )


def _line(unit_id: str | None, units: Parents) -> Iterator[str]:
    while unit_id is not None:
        yield unit_id
        unit_id = units.get(unit_id)


def _observation(case: Mapping[str, Any]) -> Observation:
    reported_on = oslo_date(datetime.fromisoformat(case["reported_at"]))
    return Observation(case["case_number"], case["unit_id"], case["category"], case["subtype"], reported_on)
