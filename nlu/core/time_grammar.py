"""Where a text speaks of time: the grammar over the words in `lexicon/time.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nlu.core.errors import ModelFileError

LEXICON_PATH = Path(__file__).parent / "lexicon" / "time.yml"
# Kinds that are only numbers with a point or colon: many other things look like that.
_BARE_NUMBERS = frozenset({"number_date", "bare_clock"})
_DAYS = frozenset({"date", "number_date", "weekday", "fixed_day", "week_number", "month"})
_NOT_A_TIME = "none"


@dataclass(frozen=True)
class Found:
    """A stretch that speaks of time.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        kind: which pattern it fits.
        value: the pattern's groups, lower case, single spaces.
    """

    start: int
    end: int
    kind: str
    value: dict[str, str]


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Any]:
    """Return the word lists.

    Raises:
        ModelFileError: the file is missing or no YAML.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ModelFileError(LEXICON_PATH, f"cannot be read ({type(error).__name__})") from error
    return content


def claim(text: str) -> list[Found]:
    """Return what speaks of time, in reading order and without overlap."""
    folded = _fold(text)
    taken = [False] * len(folded)
    found = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(folded):
            start, end = match.span()
            if end == start or any(taken[start:end]):
                continue
            taken[start:end] = [True] * (end - start)
            if kind != _NOT_A_TIME and not _is_something_else(kind, folded, start, end):
                values = {key: " ".join(value.split()) for key, value in match.groupdict().items() if value}
                found.append(Found(start, end, kind, values))
    if any(item.kind != "weak_now" for item in found):
        found = [item for item in found if item.kind != "weak_now"]
    return sorted(found, key=lambda item: item.start)


def _fold(text: str) -> str:
    """Return lower case of the same length, so that offsets stay."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _is_something_else(kind: str, folded: str, start: int, end: int) -> bool:
    """Tell from the neighbouring words that a fitting stretch is no time."""
    words = lexicon()
    before = re.search(r"([\w§]+)[\s.:]{0,2}(?:(?:eneste|einaste)\s)?$", folded[max(0, start - 40) : start])
    after = re.match(r"\s*([\w%°]+)", folded[end : end + 40])
    previous, following = before[1] if before else "", after[1] if after else ""
    if kind in _BARE_NUMBERS:
        return (
            previous in words["not_after_number"]
            or previous.endswith(tuple(words["not_after_number_ends"]))
            or following in words["not_before_number"]
            or following.startswith(("%", "°"))
        )
    if kind == "this_week":
        return folded.startswith("i", start) and previous in words["not_after_week"]
    if kind == "weak_now":
        return previous in words["not_after_now"] or following in words["not_before_now"]
    return kind in _DAYS and previous in words["not_after_day"]


def _words(phrases: Iterable[str]) -> str:
    """Return a regular expression that matches any of the phrases, longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered) + ")"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return (kind, pattern) in the order in which they may claim characters.

    Repeats are bounded: a message of one word a thousand times must not cost seconds.
    """
    sources = [*_date_sources(), *_day_sources(), *_clock_sources()]
    return [(kind, re.compile(rf"(?<!\w){source}(?!\w)")) for kind, source in sources]


# Digits go on after a separator in phone numbers, versions, addresses: then it is none of ours.
_NO_DIGITS_BEFORE, _NO_DIGITS_AFTER = r"(?<!\d[.,:/-])", r"(?![.,:/]?\d)"


def _date_sources() -> list[tuple[str, str]]:
    words = lexicon()
    clock, about = _words(words["clock_words"]), _words(words["about_words"])
    eve = rf"(?:(?P<eve>{_words(words['night_before'])})\s+)?"
    weekday = rf"(?:(?:{_words(words['on_day'])}\s+)?{_words(words['weekdays'])},?\s+)?(?:den\s+)?"
    year = rf"(?:\s+(?:(?P<y>20\d\d)|(?P<past>{_words(words['last_year'])})|{_words(words['this_year'])}))?"
    full_months = _words(words["months"])
    any_month = rf"(?P<month>{full_months}|{_words(words['short_months'])}\.?)"
    tail = rf"(?:\s*-?\s*{_words(words['o_clock'])})?"
    return [
        (_NOT_A_TIME, rf"{_NO_DIGITS_BEFORE}{_words(words['not_dates'])}(?![\d/.-]\d)"),
        ("iso_date", r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"),
        ("date", rf"{eve}{weekday}(?P<d>\d{{1,2}})\.?\s*{any_month}{year}"),
        ("fixed_day", rf"{eve}(?P<phrase>{_words(words['fixed_days'])}){year}"),
        (
            "clock",
            rf"(?:{about}\s+){{0,2}}{clock}\s*(?:{about}\s+){{0,2}}"
            rf"(?P<h>\d{{1,2}})(?:[.:]?(?P<min>\d\d))?{tail}{_NO_DIGITS_AFTER}",
        ),
        (
            "number_date",
            rf"{_NO_DIGITS_BEFORE}{eve}{weekday}(?P<d>0?[1-9]|[12]\d|3[01])[./](?P<m>1[0-2]|0?[1-9])"
            rf"(?:[./-](?P<y>20\d\d|\d\d))?\.?{_NO_DIGITS_AFTER}",
        ),
        ("month", rf"i\s+(?:(?:hele|heile)\s+)?(?P<month>{full_months}){year}"),
        ("months_back", f"(?P<phrase>{_words(words['months_back'])})"),
        ("week_number", rf"(?:i\s+)?{_words(words['week_words'])}\s+(?P<n>[1-9]|[1-4]\d|5[0-3])(?![.,]\d)"),
    ]


def _day_sources() -> list[tuple[str, str]]:
    words = lexicon()
    numbers = rf"(?:\d{{1,3}}|{_words(words['numbers'])})"
    units = rf"(?P<unit>{_words([*words['ago_units'], *words['ago_months']])})"
    since, back = _words(words["ago_after"]), _words(words["ago_after_with_before"])
    amount = rf"(?:{_words(words['ago_about'])}\s+)?(?P<n>{numbers})\s+{units}\s+"
    parts = _words(words["parts_of_day"])
    eve, last = _words(words["night_before"]), _words(words["last_words"])
    last_week, this_week = _words(words["last_week"]), _words(words["this_week"])
    return [
        ("ago", rf"{_words(words['ago_before'])}\s+{amount}(?:{since}|{back})"),
        ("ago", rf"{amount}{since}"),
        ("part_today", f"(?P<phrase>{_words(words['parts_of_today'])})"),
        ("night", f"(?P<phrase>{_words(words['nights'])})"),
        (
            "weekday",
            rf"(?:(?P<week>{last_week}),?\s+)?"
            rf"(?:(?:(?P<eve>{eve})|(?P<last>{last})|{_words(words['this_words'])})\s+){{0,2}}"
            rf"(?P<day>{_words(words['weekdays'])})(?:s?\s*(?P<part>{parts}))?"
            rf"(?:,?\s+(?:(?P<after>{last_week})|{this_week}))?",
        ),
        ("day", rf"(?:(?P<eve>{eve})\s+)?(?P<phrase>{_words(words['days'])})(?:\s+(?P<part>{parts}))?"),
        ("last_weekend", _words(words["last_weekends"])),
        ("weekend", _words(words["weekends"])),
        ("last_week", last_week),
        ("this_week", this_week),
    ]


def _clock_sources() -> list[tuple[str, str]]:
    words = lexicon()
    clock, about = _words(words["clock_words"]), _words(words["about_words"])
    hour = _words(words["hours"])
    half, to, past = (_words(words[key]) for key in ("half", "quarter_to", "quarter_past"))
    any_clock = _words([*words["clock_words"], *words["about_words"], *words["weak_clock_words"]])
    lead = rf"(?:{any_clock}\s+){{0,3}}"
    strong = rf"(?:{about}\s+){{0,2}}{clock}\s+(?:{about}\s+){{0,2}}"
    direction = rf"(?P<dir>{_words([*words['minutes_to'], *words['minutes_past']])})"
    off, tail = _words(words["minutes"]), _words(words["o_clock"])
    target = rf"(?P<w>{hour}|\d{{1,2}})"
    near_end = rf"(?=\s*(?:$|[.,;:!?)])|\s+{_words(words['about_followers'])}(?!\w))"
    return [
        ("spoken", rf"{lead}(?P<off>{off}|\d{{1,2}})\s+{direction}\s+(?P<mod>{half})\s+{target}"),
        ("spoken", rf"{strong}(?P<off>{off}|\d{{1,2}})\s+{direction}\s+{target}"),
        ("spoken", rf"{lead}(?P<off>{off})\s+(?P<dir>{_words(words['minutes_past'])})\s+(?P<w>{hour})"),
        (
            "spoken",
            rf"{lead}(?P<mod>{half}|{to}|{past})\s+{target}(?:\s*-?\s*{tail})?{_NO_DIGITS_AFTER}",
        ),
        (
            "bare_clock",
            rf"(?:{about}\s+){{0,2}}{_NO_DIGITS_BEFORE}(?P<h>[01]?\d|2[0-4])[.:](?P<min>[0-5]\d)"
            rf"(?:\s*-?\s*{tail})?{_NO_DIGITS_AFTER}",
        ),
        ("spoken", rf"{strong}(?P<w>{hour})"),
        ("spoken", rf"{lead}(?P<w>{hour})\s*-?\s*{tail}"),
        ("clock", rf"{lead}(?P<h>\d{{1,2}})\s*-?\s*{tail}"),
        ("about", rf"(?:{about}\s+){{1,2}}(?P<h>\d{{1,2}}){_NO_DIGITS_AFTER}{near_end}"),
        ("about", rf"(?:{about}\s+){{1,2}}(?P<w>{hour}){near_end}"),
        ("part", rf"{_words(words['part_words'])}\s+(?P<phrase>{_words(words['parts_of_day'])})"),
        ("part", rf"(?P<phrase>{_words(words['midday'])})"),
        ("now", _words(words["now"])),
        ("weak_now", rf"(?<![.@]){_words(words['weak_now'])}(?=\s*(?:$|[.,;!?)](?!\w)))"),
    ]
