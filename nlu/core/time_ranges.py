"""Two times that are the ends of one, and times that last until now: "fra mandag til onsdag", "sidan jul"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from nlu.core.time_calendar import NIGHT_HOURS, Period, hours, midnight, stretch
from nlu.core.time_clock import after
from nlu.core.time_groups import ROLES, Group, period_of
from nlu.core.time_lexicon import MAYBE_SPACE, SPACE, any_of

_MOST_CHARS_BETWEEN = 20
_NO_ENDS = frozenset({"ago", "a_while_ago", "now", "weak_now", "last_units"})
_NO_BEGINNING = _NO_ENDS | {"year", "calendar_year"}
# "Etter mandag" may be said of any day since; "etter påske" of the weeks since.
_HAS_AN_AFTER = frozenset({"stretch", "holiday", "weekend"})
_A_MINUTE = timedelta(minutes=1)

Joined = tuple[int, Period]


@lru_cache(maxsize=1)
def _joints() -> dict[str, re.Pattern[str]]:
    night, since, past = any_of("night_words"), any_of("since_words"), any_of("after_words")
    lead = rf"(?P<between>{any_of('between_words')})|{any_of('from_words')}"
    until_now = rf"(?P<since>{since})|(?P<so_far>{any_of('so_far_words')})|(?P<after>{past})"
    return {
        "to": re.compile(rf"{MAYBE_SPACE}{any_of('to_words')}{MAYBE_SPACE}"),
        "and": re.compile(rf"{SPACE}{any_of('and_words')}{SPACE}"),
        "lead": re.compile(rf"(?<!\w)(?P<all>(?:(?P<night>{night}){SPACE})?(?:(?:{lead}){SPACE})?)$"),
        "until_now": re.compile(rf"(?<!\w)(?:{until_now}){SPACE}$"),
    }


def range_of(folded: str, floor: int, first: Group, second: Group, now: datetime) -> Joined | None:
    """Read two groups as the ends of one period.

    Args:
        folded: the text in lower case.
        floor: words before this offset belong to another time.

    Returns:
        Where the expression begins, and the period; None if the two are times of their own.
    """
    lead = _joints()["lead"].search(folded, max(floor, first[0].start - _MOST_CHARS_BETWEEN), first[0].start)
    is_between = lead is not None and lead["between"] is not None
    between = folded[first[-1].end : min(second[0].start, first[-1].end + _MOST_CHARS_BETWEEN)]
    if not _joints()["and" if is_between else "to"].fullmatch(between):
        return None
    kinds, other_kinds = [item.kind for item in first], [item.kind for item in second]
    if not _NO_ENDS.isdisjoint([*kinds, *other_kinds]):
        return None
    if not any(map(str.isalpha, between)) and kinds != other_kinds:
        return None  # "I går - mandag - falt han": a dash, but no range
    try:
        begins, ends, grain = _between(first, second, now)
    except (ValueError, OverflowError):
        return None
    start = lead.start("all") if lead else first[0].start
    if lead is not None and lead["night"]:
        return start, hours(midnight(ends - _A_MINUTE) - timedelta(days=1), *NIGHT_HOURS)
    return start, (begins, ends, grain)


def _between(first: Group, second: Group, now: datetime) -> Period:
    """Return the last time from one group to another."""
    begins, until = period_of(first, now)[0], period_of(second, now)
    if all(ROLES.get(item.kind) == "clock" for item in second):
        if all(ROLES.get(item.kind) != "clock" for item in first):
            raise ValueError("a day and a clock time are no two ends")
        if begins >= until[0] or len(first) > 1:
            moment = after(begins, second[0].value, maybe_afternoon=False)
            until = (moment, moment, "hour")
    if begins >= until[0]:
        begins = period_of(first, until[0] - _A_MINUTE)[0]
    return stretch(begins, until[1])


def until_now(folded: str, floor: int, group: Group, now: datetime) -> Joined | None:
    """Read "siden mandag", "etter påske" and "hittil i år"; None if no such word stands before the group."""
    word = _joints()["until_now"].search(
        folded, max(floor, group[0].start - _MOST_CHARS_BETWEEN), group[0].start
    )
    kind = group[0].kind
    if word is None or kind in _NO_ENDS:
        return None
    try:
        begins, ends, _ = period_of(group, now)
        if word["so_far"] and ends >= now:
            return word.start(), stretch(begins, now)
        if word["after"] and kind in _HAS_AN_AFTER:
            return word.start(), stretch(ends, now)
        if word["since"] and kind not in _NO_BEGINNING:
            if kind == "weekday" and begins >= midnight(now):  # it would be "i dag"
                begins = period_of(group, midnight(now) - _A_MINUTE)[0]
            return word.start(), stretch(begins, now)
    except (ValueError, OverflowError):
        return None
    return None
