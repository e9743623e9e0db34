"""What has become more frequent than it used to be; the method is told in `docs/trends.md`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cases.categories import SUBTYPES
from cases.trend_model import Observation, Parents, TrendSettings
from cases.trend_table import Cell, TrendTable

__all__ = ["AlertKey", "Finding", "Observation", "TrendSettings", "alert_key", "find_trends", "is_new"]

# A cell tells the story of a wider one when it holds this much of it and is unusual itself, by a line drawn
# more leniently: the test is the wider one's, the narrower only says better where it is.
_SAME_STORY = 2 / 3
_LENIENCY = 10
_QUARTER = timedelta(days=91)
_MARKED_GROWTH = 2


@dataclass(frozen=True)
class Finding:
    """Something that has become more frequent.

    Attributes:
        unit_id: this unit and all below it.
        subtype: None when it is the category as a whole.
        window_days: up to and with today.
        count: events in the window; reports of one unit, sub-type and day are one event.
        expected: events that the time before the window leads to expect.
        p_value: of this cell alone.
        q_value: of the most surprising cell that tells the story, which may be a wider one, after correction
            for all that was looked at on this day.
        case_numbers: in the window, by day and number.
        first: day of the first case in the window; `last` of the last.
    """

    unit_id: str
    category: str
    subtype: str | None
    window_days: int
    count: int
    expected: float
    p_value: float
    q_value: float
    case_numbers: tuple[str, ...]
    first: date
    last: date

    @property
    def subject(self) -> str:
        """The sub-type, else the category; an id belongs to one of them only."""
        return self.subtype or self.category


@dataclass(frozen=True)
class AlertKey:
    """A finding that somebody was told of."""

    unit_id: str
    subject: str
    count: int
    found_on: date


def find_trends(
    observations: Iterable[Observation], units: Parents, today: date, settings: TrendSettings | None = None
) -> list[Finding]:
    """What is reported more often than before, most surprising first.

    The i-th phenomenon is a finding when its p-value is at most `level` times i divided by the number of
    tests (Benjamini-Hochberg, stepping down by phenomena and not by cells). After each its cases are taken
    out, so that wider cells must stand on what is left.

    Args:
        observations: in any order; those after `today` are ignored.
    Raises:
        ValueError: there is not exactly one topmost unit, or units stand in a circle.
    """
    settings = settings or TrendSettings()
    table = TrendTable(observations, units, today, settings)
    findings: list[Finding] = []
    q_value = 0.0
    while True:
        order = len(findings) + 1
        threshold = settings.level * order / max(table.tests, 1)
        cells = table.unusual(threshold * _LENIENCY)
        best = min(cells, key=lambda cell: cell.p_value, default=None)
        if best is None or best.p_value > threshold:
            return sorted(findings, key=lambda finding: (finding.q_value, finding.p_value))
        cell = _most_specific(best, cells, table)
        q_value = max(q_value, min(best.p_value * table.tests / order, 1.0))
        findings.append(_finding(cell, q_value, table, today))
        table.take_out(cell)


def is_new(finding: Finding, earlier: Iterable[AlertKey], *, units: Parents, today: date) -> bool:
    """Whether to tell of a finding, given what was told: once, until it has doubled or a quarter has passed.

    A finding is the same as an earlier one of its unit, the unit above or a unit right below, about the same
    sub-type or its category: on the next day another of these may fit the same cases best.
    """
    return not any(
        today - told.found_on < _QUARTER
        and finding.count < _MARKED_GROWTH * told.count
        and _neighbours(finding.unit_id, told.unit_id, units)
        and _same_subject(finding, told.subject)
        for told in earlier
    )


def alert_key(finding: Finding, today: date) -> AlertKey:
    """What to remember when somebody is told."""
    return AlertKey(finding.unit_id, finding.subject, finding.count, today)


def _neighbours(one: str, other: str, units: Parents) -> bool:
    return one == other or units.get(one) == other or units.get(other) == one


def _same_subject(finding: Finding, subject: str) -> bool:
    if subject in (finding.subject, finding.category):
        return True
    return finding.subtype is None and any(
        subject in subtypes for category, subtypes in SUBTYPES.items() if category == finding.category
    )


def _most_specific(best: Cell, cells: Sequence[Cell], table: TrendTable) -> Cell:
    """The narrowest cell that tells the same story as `best`, with its most surprising window."""
    same = [
        cell
        for cell in cells
        if table.is_within(cell, best) and table.count(cell, best.window) >= _SAME_STORY * best.count
    ]
    return min(same, key=lambda cell: (-table.depth(cell), cell.is_category, cell.p_value))


def _finding(cell: Cell, q_value: float, table: TrendTable, today: date) -> Finding:
    cases = table.cases(cell)
    category, subtype = table.subject(cell)
    return Finding(
        unit_id=table.unit_id(cell),
        category=category,
        subtype=subtype,
        window_days=cell.window_days,
        count=cell.count,
        expected=cell.expected,
        p_value=cell.p_value,
        q_value=q_value,
        case_numbers=tuple(number for _, number in cases),
        first=today - timedelta(days=cases[0][0]),
        last=today - timedelta(days=cases[-1][0]),
    )
