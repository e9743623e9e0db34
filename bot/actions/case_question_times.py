"""The days that a question names: past ones for reports and closings, coming ones for due dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.actions.case_question_periods import (
    FUTURE,
    PERIODS,
    month_start,
    one_day,
    span_of_months,
    whole_year,
)
from bot.actions.case_question_reading import Hit, Sentence
from bot.actions.case_question_words import CaseWords
from cases.query import Days
from nlu.core.time_calendar import OSLO
from nlu.core.time_expressions import TimeSpan, find_times

_DAY = timedelta(days=1)
_BOUNDED = frozenset({"month_end", "year_end", "christmas", "week_end"})
_POINTS = frozenset({"minute", "hour"})
_MOST_YEARS_BACK = 20


@dataclass(frozen=True)
class When:
    """Days, and whether a word before them has said yet that they are an end ("before Friday")."""

    days: Days
    is_bounded: bool = False


class TimeReader:
    """Finds days in a message of one day.

    Args:
        now: aware moment of the message.
    """

    def __init__(self, words: CaseWords, now: datetime) -> None:
        self._words = words
        self._now = now.astimezone(OSLO)
        self._today = self._now.date()
        self._before, self._until = words.words("before_words"), words.words("until_words")
        self._after = words.words("after_words")

    def lexical(self, kind: str, value: str) -> When | None:
        """What a pattern of the word list means, such as `time.this_quarter`."""
        table = FUTURE if kind == "future" else PERIODS
        return When(table[value](self._today), value in _BOUNDED) if value in table else None

    def past(self, sentence: Sentence) -> Iterator[Hit]:
        """What the reader of times of the dialogue model finds, and "older than 30 days"."""
        for span in find_times(sentence.text, self._now):
            if span.grain in _POINTS:
                continue
            places = [
                place
                for place, token in enumerate(sentence.tokens)
                if span.start <= token.start and token.end <= span.end
            ]
            if places:
                yield Hit(places[0], places[-1] + 1, "time", When(self._days(sentence, places[0], span)), 5)
        yield from self._older_than(sentence)
        yield from self._bare(sentence)

    def coming(self, sentence: Sentence) -> Iterator[Hit]:
        """Days in the near future: a weekday, a date, a month, a week, so many days."""
        for place in range(len(sentence.tokens)):
            for length, days in self._coming_at(sentence, place):
                start = place - (sentence.word(place - 1) in self._words.data["due_leads"])
                yield Hit(start, place + length, "future", When(days), 2)

    def bounded(self, sentence: Sentence, hit: Hit) -> Days:
        """The days of a hit, with "før", "innen", "etter" before it taken into account."""
        when = hit.value
        assert isinstance(when, When)  # noqa: S101 - only this module makes hits of these kinds
        days, word = when.days, sentence.word(hit.start - 1)
        if when.is_bounded:
            return days
        if word in self._before:
            return Days(None, days.first)
        if word in self._until:
            return Days(None, days.end)
        if word in self._after and days.end is not None:
            return Days(days.end, None)
        return days

    def _days(self, sentence: Sentence, place: int, span: TimeSpan) -> Days:
        first = span.begins.date()
        last = (span.ends - timedelta(microseconds=1)).date() if span.ends > span.begins else first
        since = self._words.data["since_word"]
        is_open = span.ends == self._now or sentence.word(place - 1) == since
        from_day = span.grain == "day" and sentence.word(place).isdigit() and self._is_from(sentence, place)
        return Days(first, None if is_open or from_day else last + _DAY)

    def _is_from(self, sentence: Sentence, place: int) -> bool:
        data = self._words.data
        before = place - 3 if sentence.word(place - 1) == data["with_word"] else place - 1
        return sentence.word(before) == str(data["from_word"])

    def _bare(self, sentence: Sentence) -> Iterator[Hit]:
        """A month or year alone, which in a question about cases is a time too: "fall oktober"."""
        for place, word in enumerate(sentence.words):
            month = self._words.data["months"].get(word)
            dated = self._words.number(sentence.word(place - 1)) is not None
            if month is not None and len(word) > 3 and not dated:
                year = self._today.year - (month > self._today.month)
                yield Hit(place, place + 1, "time", When(span_of_months(date(year, month, 1), 1)), 6)
            elif len(word) == 4 and word.isdigit() and 0 <= self._today.year - int(word) <= _MOST_YEARS_BACK:
                yield Hit(place, place + 1, "time", When(whole_year(date(int(word), 1, 1))), 6)

    def _older_than(self, sentence: Sentence) -> Iterator[Hit]:
        older, than = self._words.data["older_words"]
        for place in range(len(sentence.tokens) - 3):
            if (sentence.word(place), sentence.word(place + 1)) != (older, than):
                continue
            first = self._back(sentence.word(place + 2), sentence.word(place + 3))
            if first is not None:
                yield Hit(place, place + 4, "time", When(Days(None, first), is_bounded=True))

    def _back(self, number: str, unit: str) -> date | None:
        count = self._words.number(number)
        length = self._words.data["lengths"].get(unit)
        if count is None or length is None:
            return None
        days, months = length
        if not months:
            return self._today - timedelta(days=count * days)
        first = month_start(self._today, -count * months)
        last = (month_start(first, 1) - _DAY).day
        return first.replace(day=min(self._today.day, last))

    def _coming_at(self, sentence: Sentence, place: int) -> Iterator[tuple[int, Days]]:
        word, after = sentence.word(place), sentence.word(place + 1)
        months, weekdays = self._words.data["months"], self._words.data["weekdays"]
        number = self._words.number(word)
        if number is not None and after in months:
            yield from self._date(number, months[after])
        elif word.isdigit() and after.isdigit() and self._is_short_date(sentence, place):
            yield from self._date(int(word), int(after))
        elif word in weekdays:
            ahead = (weekdays[word] - self._today.weekday()) % 7 or 7
            yield 1, one_day(self._today + timedelta(days=ahead))
        elif word in months and len(word) > 3 and self._words.number(sentence.word(place - 1)) is None:
            yield 1, span_of_months(date(self._year_of(months[word], 28), months[word], 1), 1)
        yield from self._next_days(sentence, place)
        if word in self._words.data["week_words"] and after.isdigit() and 1 <= int(after) <= 52:
            monday = date.fromisocalendar(self._today.year, int(after), 1)
            yield 2, Days(monday, monday + timedelta(weeks=1))

    def _next_days(self, sentence: Sentence, place: int) -> Iterator[tuple[int, Days]]:
        words = self._words
        count = words.number(sentence.word(place + 1))
        length = words.data["lengths"].get(sentence.word(place + 2))
        if sentence.word(place) not in words.data["next_words"] or count is None or length is None:
            return
        days, months = length
        end = month_start(self._today, count * months) if months else None
        ahead = (
            end.replace(day=min(self._today.day, 28)) if end else self._today + timedelta(days=count * days)
        )
        yield 3, Days(self._today, ahead)

    def _is_short_date(self, sentence: Sentence, place: int) -> bool:
        first, second = sentence.tokens[place], sentence.tokens[place + 1]
        return sentence.text[first.end : second.start].strip() in {".", "/"}

    def _date(self, day: int, month: int) -> Iterator[tuple[int, Days]]:
        try:
            yield 2, one_day(date(self._year_of(month, day), month, day))
        except ValueError:  # 31 April is no day
            return

    def _year_of(self, month: int, day: int) -> int:
        return self._today.year + ((month, day) < (self._today.month, self._today.day))
