"""Pieces of text from the data files, and times and dates the Norwegian way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date

FOLDER = Path(__file__).parent
LONGEST_NIGHT = timedelta(hours=12)


@lru_cache(maxsize=2)
def _data(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return content


def phrase(key: str, language: str, **values: object) -> str:
    """Return a piece of text from phrases.yml with its variables filled."""
    text: str = _data("phrases.yml")[key][language]
    return text.format(**values)


@lru_cache(maxsize=1)
def names() -> dict[str, tuple[str, str]]:
    """Return the words people use for fields and values → (kind, meaning); see words.yml."""
    words = _data("words.yml")
    return {
        word: (kind, meaning)
        for kind in ("category", "severity", "field", "negation", "reservation")
        for meaning, spellings in words[kind].items()
        for word in spellings
    }


def speaks_of(kind: str, text: str) -> bool:
    """Tell whether a text holds one of the words of a list in words.yml, or words in a row."""
    typed = f" {' '.join(_words(text))} "
    return any(f" {word} " in typed for word in _data("words.yml")[kind])


def begins_with(kind: str, text: str) -> bool:
    """Tell whether a text begins with one of the words of a list in words.yml."""
    words = text.casefold().split()
    return bool(words) and "".join(filter(str.isalnum, words[0])) in _data("words.yml")[kind]


def weekday_in(text: str) -> int | None:
    """Return the weekday that a text names, Monday is 0."""
    typed = set(_words(text))
    days = _data("words.yml")["weekdays"]
    return next((day for day, spellings in days.items() if not typed.isdisjoint(spellings)), None)


def _words(text: str) -> list[str]:
    return list(filter(None, ("".join(filter(str.isalnum, word)) for word in text.casefold().split())))


def format_day(day: date, language: str) -> str:
    """Return a date such as "11. desember 2026"."""
    return str(format_date(day, "d. MMMM y", locale=language))


def format_time(time: dict[str, str] | None, language: str) -> str:
    """Return when something happened: the day by name and, if known, the hour.

    Args:
        time: as in `ReportDraft.time`. Words that could not be read as a time are shown as they are.
    """
    if not time:
        return ""
    if "begins" not in time:
        return time["text"]
    begins, ends = datetime.fromisoformat(time["begins"]), datetime.fromisoformat(time["ends"])
    grain = time["grain"]
    day = str(format_date(begins, "EEEE d. MMMM", locale=language))
    if grain in {"minute", "hour"}:
        return f"{day}, {phrase('about', language, clock=begins.strftime('%H.%M'))}"
    if grain == "day":
        return day
    if (
        grain == "part"
        and begins.hour >= 20
        and ends.date() > begins.date()
        and ends - begins <= LONGEST_NIGHT
    ):
        next_day = str(format_date(begins + timedelta(days=1), "EEEE d. MMMM", locale=language))
        return phrase("night_of", language, day=next_day)
    if grain == "part" and (ends - begins) < timedelta(days=1):
        return phrase("between", language, day=day, begin=begins.strftime("%H"), end=ends.strftime("%H"))
    last = str(format_date(ends - timedelta(seconds=1), "EEEE d. MMMM", locale=language))
    return phrase("period", language, begin=day, end=last)
