"""The yearly report on internal control to the municipal council: its figures, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from cases.categories import Category, Kind, Severity
from cases.counts import CountRow, CountTable
from cases.query import Comparison, Grouping
from cases.report_figures import Closings, Duration, FigureQueries, MeasureCounts, Period, Source
from cases.small_counts import SMALLEST_SHOWN, hide_small
from organisation.directory import Directory
from organisation.model import Unit

if TYPE_CHECKING:  # it brings SciPy with it
    from cases.trends import Finding

MOST_FREQUENT = 10
Change = tuple[int, int]
"""A number and the same of the year before."""


@dataclass(frozen=True)
class BreachCounts:
    """Breaches of personal data: how many were assessed, and told to the authority (None: unknown)."""

    assessed: int
    notified: int | None = None


@dataclass(frozen=True)
class YearReport:
    """All that the report tells. Ids of figures stand in `cases/report_texts.yml`.

    Attributes:
        numbers: by id of the figure, with that of the same days of the year before.
        tables: by id of the figure; small numbers of units are hidden.
        findings: trends that were found, the surest first.
        sources: in the order of their ids' first use.
        unit_names: by unit id.
    """

    year: int
    period: Period
    before: Period
    numbers: Mapping[str, Change]
    tables: Mapping[str, CountTable]
    responses: Mapping[Category | None, Duration]
    closings: Mapping[Category | None, Closings]
    measures: MeasureCounts
    breaches: BreachCounts
    findings: tuple["Finding", ...]
    sources: tuple[Source, ...]
    unit_names: Mapping[str, str]

    @property
    def is_whole_year(self) -> bool:
        """Whether the year was over."""
        return (self.period.last.month, self.period.last.day) == (12, 31)


def collect(
    session: Session,
    year: int,
    today: date,
    *,
    findings: Sequence["Finding"] = (),
    breaches: BreachCounts | None = None,
) -> YearReport:
    """Ask for all figures of a year, or of its days so far.

    Args:
        session: for reading.
        today: the date in Norway, in that year or later.
        findings: trends; those of fewer than three cases are left out.
        breaches: when None, the cases with an assessment are counted.
    """
    period = Period(date(year, 1, 1), min(date(year, 12, 31), today))
    before = Period(date(year - 1, 1, 1), period.last - relativedelta(years=1))
    now, earlier = FigureQueries(session, period), FigureQueries(session, before)
    units = Directory(session).units()
    closings, closings_before = now.closings("S4"), earlier.closings("S4")
    return YearReport(
        year=year,
        period=period,
        before=before,
        numbers=_numbers(now, earlier)
        | {
            "S4": (closings[None].cases, closings_before[None].cases),
            "S5": (closings[None].in_time, closings_before[None].in_time),
        },
        tables=_tables(now, earlier, period, units),
        responses=now.responses("T1"),
        closings=closings,
        measures=now.measures("M1"),
        breaches=breaches or BreachCounts(now.assessed_breaches("P2")),
        findings=tuple(finding for finding in findings if finding.count >= SMALLEST_SHOWN),
        sources=tuple(now.sources[figure] for figure in sorted(now.sources)),
        unit_names={unit.unit_id: unit.name for unit in units},
    )


def _numbers(now: FigureQueries, earlier: FigureQueries) -> dict[str, Change]:
    def both(figure: str, **choice: Kind | Category) -> Change:
        return now.count(figure, **choice), earlier.count(figure, **choice)  # type: ignore[arg-type]

    return {
        "S1": both("S1"),
        "S2": both("S2", kind=Kind.DEVIATION),
        "S3": both("S3", kind=Kind.IMPROVEMENT),
        "S6": (now.open_at_end("S6"), earlier.open_at_end("S6")),
        "S7": (now.open_at_end("S7", overdue=True), earlier.open_at_end("S7", overdue=True)),
        "F1": (now.realised("F1"), earlier.realised("F1")),
        "P1": both("P1", kind=Kind.DEVIATION, category=Category.INFORMASJONSSIKKERHET),
    }


def _tables(
    now: FigureQueries, earlier: FigureQueries, period: Period, units: Sequence[Unit]
) -> dict[str, CountTable]:
    def both(figure: str, group: Grouping) -> tuple[Counter[str], Counter[str]]:
        return now.grouped(figure, group), earlier.grouped(figure, group)

    tops = topmost_units(units)
    by_unit = tuple(_rolled_up(counts, tops) for counts in both("K3", Grouping.UNIT))
    unit_keys = [key for key in (*dict.fromkeys(tops.values()), "") if by_unit[0][key] or by_unit[1][key]]
    months = tuple(_by_month(counts, period.first.year) for counts in both("K4", Grouping.MONTH))
    month_keys = [f"{period.first.year}-{month:02d}" for month in range(1, period.last.month + 1)]
    subtypes = both("K5", Grouping.SUBTYPE)
    return {
        "K1": _table(*both("K1", Grouping.CATEGORY), list(Category), Grouping.CATEGORY),
        "K2": _table(*both("K2", Grouping.SEVERITY), list(Severity), Grouping.SEVERITY),
        "K3": hide_small(_table(by_unit[0], by_unit[1], unit_keys, Grouping.UNIT)),
        "K4": _table(months[0], months[1], month_keys, Grouping.MONTH),
        "K5": _table(*subtypes, _most_frequent(subtypes[0]), Grouping.SUBTYPE),
        "K6": _places(now),
    }


def topmost_units(units: Iterable[Unit]) -> dict[str, str]:
    """For each unit the one of the topmost level that it belongs to: right under the municipal director's.

    The director's own unit stands for itself. With several units that have none above, these are the topmost.
    """
    parents = {unit.unit_id: unit.parent_id for unit in units}
    roots = {unit_id for unit_id, parent in parents.items() if parent is None}
    stops = (
        roots
        if len(roots) > 1
        else {unit_id for unit_id, parent in parents.items() if parent in roots} | roots
    )
    tops: dict[str, str] = {}
    for unit_id in parents:
        top = unit_id
        while top not in stops and (parent := parents[top]) is not None:
            top = parent
        tops[unit_id] = top
    return tops


def _table(now: Counter[str], before: Counter[str], keys: Sequence[str], group: Grouping) -> CountTable:
    """The totals are those of the groups in the table."""
    rows = tuple(CountRow(str(key), now[key], before[key]) for key in keys)
    total, total_before = sum(now[key] for key in keys), sum(before[key] for key in keys)
    return CountTable(rows, total, total_before, group, Comparison.YEAR_BEFORE)


def _rolled_up(counts: Counter[str], tops: Mapping[str, str]) -> Counter[str]:
    rolled: Counter[str] = Counter()
    for unit_id, count in counts.items():
        rolled[tops.get(unit_id, "")] += count
    return rolled


def _by_month(counts: Counter[str], year: int) -> Counter[str]:
    return Counter({f"{year}-{int(month):02d}": count for month, count in counts.items()})


def _places(now: FigureQueries) -> CountTable:
    """Only places with three cases or more: a place may point at a person."""
    counts = now.places("K6")
    keys = [key for key in _most_frequent(counts) if counts[key] >= SMALLEST_SHOWN]
    rows = tuple(CountRow(key, counts[key]) for key in keys)
    return CountTable(rows, sum(counts[key] for key in keys), group_by=Grouping.PLACE)


def _most_frequent(counts: Counter[str]) -> list[str]:
    named = [key for key in counts if key]
    return sorted(named, key=lambda key: (-counts[key], key))[:MOST_FREQUENT]
