"""What the search for trends is asked with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Parents = Mapping[str, str | None]
"""The unit above each unit, None for the topmost."""


@dataclass(frozen=True)
class Observation:
    """A case, as far as counting goes.

    Attributes:
        unit_id: None, or a unit that is not known, counts for the topmost unit only.
        reported_on: the day in Norway.
    """

    case_number: str
    unit_id: str | None
    category: str
    subtype: str | None
    reported_on: date


@dataclass(frozen=True)
class TrendSettings:
    """What counts as a trend.

    Attributes:
        windows_days: the recent times that are looked at, each against all before it.
        history_days: how far back is looked, the window included.
        min_count: fewer are no trend, however rare they are.
        level: the share of false findings that is accepted on a day. Chosen on synthetic data, see
            `docs/trends.md`.
    """

    windows_days: tuple[int, ...] = (28, 91)
    history_days: int = 1095
    min_count: int = 3
    level: float = 0.1
