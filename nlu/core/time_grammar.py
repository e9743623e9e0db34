"""Where a text speaks of time: which stretch fits which pattern, and which only looks like it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.core.time_lexicon import lexicon
from nlu.core.time_patterns import NOT_A_TIME, sources

# Kinds that are only numbers: many other things look like that.
_BARE_NUMBERS = frozenset({"number_date", "bare_clock", "clock_range", "calendar_year", "date_range"})
_DAYS = frozenset({"date", "number_date", "weekday", "fixed_day", "week_number", "month"})
_BEFORE = re.compile(r"([\w§]+)[\s.:]{0,2}(?:(?:eneste|einaste)\s)?$")
_AFTER = re.compile(r"\s*([\w%°]+)")
_NEIGHBOUR_CHARS = 40
_STOPS = frozenset(".,;:!?)\"'")


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


def claim(text: str) -> list[Found]:
    """Return what speaks of time, in reading order and without overlap."""
    folded = fold(text)
    taken = [False] * len(folded)
    found = []
    for kind, pattern in patterns():
        for match in pattern.finditer(folded):
            start, end = match.span()
            if end == start or any(taken[start:end]):
                continue
            if kind != NOT_A_TIME and _is_something_else(kind, match, folded):
                continue
            taken[start:end] = [True] * (end - start)
            if kind != NOT_A_TIME:
                values = {key: " ".join(value.split()) for key, value in match.groupdict().items() if value}
                found.append(Found(start, end, kind, values))
    return sorted(found, key=lambda item: item.start)


def fold(text: str) -> str:
    """Return lower case of the same length, so that offsets stay."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


@lru_cache(maxsize=1)
def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return (kind, pattern) in the order in which they may claim characters."""
    return [(kind, re.compile(rf"(?<!\w){source}(?!\w)")) for kind, source in sources()]


def _is_something_else(kind: str, match: re.Match[str], folded: str) -> bool:
    """Tell from the neighbouring words that a fitting stretch is no time."""
    words = lexicon()
    start, end = match.span()
    before = _BEFORE.search(folded[max(0, start - _NEIGHBOUR_CHARS) : start])
    after = _AFTER.match(folded[end : end + _NEIGHBOUR_CHARS])
    previous, following = before[1] if before else "", after[1] if after else ""
    if kind in _BARE_NUMBERS and _counts_something(previous, following):
        return True
    if kind == "clock_range":
        return not is_clearly_clock(match) and not (
            match["lead"] and _may_follow_a_clock(folded, end, following)
        )
    if kind == "stretch":
        maybe_our = match["lead"] and match["phrase"] in words["not_before_noun"]
        return bool(maybe_our) and not _stands_alone(folded, end, following)
    if kind in ("now", "weak_now"):
        just = "just" if kind == "now" else "now"
        return previous in words[f"not_after_{just}"] or following in words[f"not_before_{just}"]
    if kind == "part":
        return " ".join(folded[start:end].split()) in words["not_parts"]
    return (
        kind in _DAYS and previous in words["not_after_day"] and "." not in folded[max(0, start - 2) : start]
    )


def _counts_something(previous: str, following: str) -> bool:
    words = lexicon()
    return (
        previous in words["not_after_number"]
        or previous.endswith(tuple(words["not_after_number_ends"]))
        or following in words["not_before_number"]
        or following.startswith(("%", "°"))
    )


def is_clearly_clock(value: re.Match[str] | dict[str, str]) -> bool:
    """Tell whether two numbers are times of day by themselves: "kl 8 til 10", "22 til 05", not "8 til 10"."""
    groups = value if isinstance(value, dict) else value.groupdict()
    if any(groups.get(key) for key in ("kl1", "kl2", "mod1", "mod2", "min1", "min2")):
        return True
    return any((groups.get(key) or "").startswith("0") for key in ("h1", "h2"))


def _may_follow_a_clock(folded: str, end: int, following: str) -> bool:
    words = lexicon()
    followers = (words["about_followers"], words["weekdays"], words["this_words"], [""])
    return folded[end : end + 1] in _STOPS or any(following in allowed for allowed in followers)


def _stands_alone(folded: str, end: int, following: str) -> bool:
    """Tell whether "i vår" stands alone: before a noun it means "in our"."""
    return following in ("", *lexicon()["season_followers"]) or folded[end : end + 1] in _STOPS
