"""Norwegian time expressions become instants or periods in Europe/Oslo, seen from the message's time.

A report tells of the past, so "tirsdag" is the last Tuesday, "kl. 14" the last 14:00 and "i sommer" the last
summer that has begun. Not resolved, as they are no time or no certain one: durations ("i tre timer"), habits
("hver fredag"), plans ("neste mandag"), shifts ("forrige vakt") and school holidays, which each county sets.

    time_expressions                          one list of times
     ├─ time_ranges                           "fra mandag til onsdag", "siden jul"
     └─ time_groups                           "i går" + "kl. 14"
         ├─ time_days, time_periods, time_clock   what the words of a pattern mean
         │   └─ time_calendar                 days, months, years
         └─ time_grammar                      which stretch fits which pattern
             └─ time_patterns ─ time_lexicon ─ lexicon/time.yml
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from nlu.core.time_calendar import OSLO, Period
from nlu.core.time_grammar import fold
from nlu.core.time_groups import Group, grouped, is_bare, period_of
from nlu.core.time_ranges import range_of, until_now

__all__ = ["OSLO", "TimeSpan", "find_times"]


@dataclass(frozen=True)
class TimeSpan:
    """A time expression in a text.

    Attributes:
        start: offset of the first character.
        end: offset after the last character.
        begins: aware instant in Europe/Oslo at which the time or period begins.
        ends: aware instant after it; `begins` for a point in time.
        grain: minute, hour, part, day, week or month. A season or a year is "month" too; a period of two ends
            is "part" below a week, "week" below four weeks, else "month".
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
        Expressions in reading order; a day and a clock time close together are one, and so are two ends.
    """
    here, folded = now.astimezone(OSLO), fold(text)
    groups = grouped(text)
    spans: list[tuple[TimeSpan, bool]] = []
    place = floor = 0
    while place < len(groups):
        span, used = _read(folded, floor, groups[place : place + 2], here)
        place += used
        floor = groups[place - 1][-1].end
        if span is not None:
            spans.append((span, groups[place - 1][0].kind == "weak_now"))
    # "Han er hjemme nå" says nothing beside a real time.
    certain = [span for span, is_weak in spans if not is_weak]
    return certain or [span for span, _ in spans]


def _read(folded: str, floor: int, pair: list[Group], now: datetime) -> tuple[TimeSpan | None, int]:
    """Return the time at the first of two groups, and how many of them it takes."""
    group = pair[0]
    if len(pair) > 1 and (found := range_of(folded, floor, group, pair[1], now)):
        return _span(*found, pair[1]), 2
    if found := until_now(folded, floor, group, now):
        return _span(*found, group), 1
    if is_bare(group) and re.search(r"\w", folded[: group[0].start] + folded[group[-1].end :]):
        return None, 1
    try:
        return _span(group[0].start, period_of(group, now), group), 1
    except (ValueError, OverflowError):  # 31 April, 25 o'clock: not a time after all
        return None, 1


def _span(start: int, period: Period, last: Group) -> TimeSpan:
    return TimeSpan(start, last[-1].end, *period)
