"""A day, a part of it and a clock time that stand together are one time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from nlu.core.time_calendar import Period, hours, midnight
from nlu.core.time_clock import at_clock, last_clock, last_part
from nlu.core.time_days import DAY_READERS
from nlu.core.time_grammar import Found, claim, is_clearly_clock
from nlu.core.time_lexicon import lexicon, look_up
from nlu.core.time_periods import PERIOD_READERS

Group = list[Found]

# What an item may add to a group: each role once.
ROLES = {
    **dict.fromkeys(DAY_READERS, "day"),
    **dict.fromkeys(("clock", "bare_clock", "spoken", "about", "clock_range"), "clock"),
    "part": "part",
}
_BETWEEN = re.compile(r"[\s,]*(?:(?!(?:og|til|te|men|eller)\b)\w{1,4}\.?\s+)?")
# Words that make a month, a season, a holiday or a number a time.
_MARKS = frozenset({"lead", "last", "before", "past", "third"})
_MAYBE_BARE = frozenset({"month", "stretch", "holiday", "calendar_year", "weekend"})


def grouped(text: str) -> list[Group]:
    """Return what speaks of time, in reading order."""
    groups: list[Group] = []
    for item in claim(text):
        if groups and _joins(text, groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _joins(text: str, group: Group, item: Found) -> bool:
    roles = [ROLES.get(member.kind) for member in [*group, item]]
    if None in roles or len(set(roles)) < len(roles):
        return False
    return _BETWEEN.fullmatch(text, group[-1].end, item.start) is not None


def is_bare(group: Group) -> bool:
    """Tell whether a group is a time only beside other words: "mars", "jul", "ca. 15", "fra 8 til 11"."""
    if len(group) > 1:
        return False
    kind, value = group[0].kind, group[0].value
    if kind == "clock_range":
        return not is_clearly_clock(value)
    if kind not in _MAYBE_BARE:
        return kind == "about"
    names_itself = value.get("phrase", "").endswith(tuple(lexicon()["stretches_alone"]))
    dated = "y" in value and kind != "calendar_year"
    return not names_itself and not dated and _MARKS.isdisjoint(value)


def period_of(group: Group, now: datetime) -> Period:
    """Return what a group means.

    Raises:
        ValueError: it is no time after all: 31 April, 25 o'clock.
        OverflowError: likewise.
    """
    items = {ROLES.get(item.kind, "other"): item for item in group}
    if "other" in items:
        return PERIOD_READERS[items["other"].kind](items["other"].value, now)
    day, part, clock = items.get("day"), items.get("part"), items.get("clock")
    if day is not None:
        return _on_day(day, part, clock, now)
    if part is not None:
        return _in_part(part, clock, now)
    return last_clock(items["clock"], now)


def _in_part(part: Found, clock: Found | None, now: datetime) -> Period:
    period = last_part(part.value, now)
    if clock is None:
        return period
    begins, ends, grain = at_clock(period, clock, now)
    if begins > now:  # the part has begun, but "klokka fem på ettermiddagen" was yesterday
        return begins - timedelta(days=1), ends - timedelta(days=1), grain
    return begins, ends, grain


def _on_day(day: Found, part: Found | None, clock: Found | None, now: datetime) -> Period:
    period = DAY_READERS[day.kind](day.value, now)
    if part is not None:
        period = hours(midnight(period[0]), *look_up("parts_of_day", part.value["phrase"]))
    if clock is None:
        return period
    begins, ends, grain = at_clock(period, clock, now)
    week = timedelta(days=7)
    if begins > now and "day" in day.value and begins - week <= now:
        return begins - week, ends - week, grain
    return begins, ends, grain
