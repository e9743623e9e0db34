"""Reports of a municipality that is made up, in which nothing changes: what an alert there is, is false."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cases.categories import SUBTYPES
from cases.rates import Floats, Integers
from cases.trend_model import Observation

Draw = Callable[[np.random.Generator], list[Observation]]

YEAR_DAYS = 364


@dataclass(frozen=True)
class Town:
    """A municipality that is made up, without any trend of its own.

    Attributes:
        reports_per_year: in the mean.
        clustering: how many further reports each report draws after it within two weeks, in the mean, in the
            same unit and sub-type; 0 is Poisson.
        growth: how many times as many reports everywhere in the last quarter as before.
    """

    reports_per_year: float
    units: int = 29
    clustering: float = 0.0
    growth: float = 1.0
    days: int = 3 * YEAR_DAYS


def made_up(town: Town, last: date) -> tuple[dict[str, str | None], Draw]:
    """Units and reports of a municipality that is made up, the reports ending on `last`.

    Half of all reports come from the busiest fifth of the units, and each unit has sub-types of its own that
    are common there: the weights are log-normal.
    """
    units = _made_up_units(town.units)
    kinds = [(category.value, subtype) for category, subtypes in SUBTYPES.items() for subtype in subtypes]

    def draw(rng: np.random.Generator) -> list[Observation]:
        weights = rng.lognormal(0, 1, town.units)[:, None] * rng.lognormal(0, 1, len(kinds))[None, :]
        weights *= rng.lognormal(0, 1.5, weights.shape)
        cells, ages = _reports(town, weights.ravel() / weights.sum(), rng)
        names, days = list(units), [last - timedelta(days=age) for age in range(town.days)]
        reports = []
        for number, (cell, age) in enumerate(zip(cells.tolist(), ages.tolist(), strict=True)):
            category, subtype = kinds[cell % len(kinds)]
            reports.append(Observation(str(number), names[cell // len(kinds)], category, subtype, days[age]))
        return reports

    return units, draw


def _made_up_units(number: int) -> dict[str, str | None]:
    """A topmost unit, a sector for every seven, and units below the sectors in turn."""
    sectors = max((number - 1) // 7, 1)
    return {
        f"U{unit}": None if unit == 0 else "U0" if unit <= sectors else f"U{1 + unit % sectors}"
        for unit in range(number)
    }


def _reports(town: Town, weights: Floats, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Cell and age of each report."""
    intensity = np.ones(town.days)
    intensity[:91] = town.growth
    mean = town.reports_per_year * intensity.sum() / YEAR_DAYS / (1 + town.clustering)
    number = int(rng.poisson(mean))
    cells = rng.choice(weights.size, size=number, p=weights)
    ages = rng.choice(town.days, size=number, p=intensity / intensity.sum())
    followers = rng.poisson(town.clustering, number)
    late = np.repeat(ages, followers) - rng.integers(0, 14, int(followers.sum()))
    keep = late >= 0
    return np.concatenate([cells, np.repeat(cells, followers)[keep]]), np.concatenate([ages, late[keep]])
