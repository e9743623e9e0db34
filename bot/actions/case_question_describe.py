"""A question about cases as one line, so that the asker sees how it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Protocol

from babel.dates import format_date

from bot.actions.case_question_words import case_words
from cases.categories import OPEN_STATUSES
from cases.labels import label
from cases.query import CaseQuery, Days, Order, Want, Who

_SEPARATOR = " \N{MIDDLE DOT} "
_LAST_DAYS = (7, 14, 30, 60, 90)


class Names(Protocol):
    """The names of units and people."""

    def unit(self, unit_id: str) -> str:
        """A unit's name."""
        ...

    def person(self, employee_id: str) -> str:
        """A person's name."""
        ...


def describe(query: CaseQuery, language: str, names: Names, today: date | None = None) -> str:
    """Put a question into one line.

    Args:
        language: `nb` or `nn`.
        today: with it the last 7, 14, 30, 60 or 90 days are called so.
    """
    if query.number is not None:
        return _phrase("number", language, number=query.number)
    pieces = [_head(query, language, names), *_people(query, language, names), *_kinds(query, language)]
    pieces += [*_days(query, language, today), *_shape(query, language)]
    return _SEPARATOR.join(pieces)


def _phrase(key: str, language: str, **values: object) -> str:
    text: str = case_words().data["phrases"][key][language]
    return text.format(**values)


def _head(query: CaseQuery, language: str, names: Names) -> str:
    is_open = set(query.statuses) == OPEN_STATUSES
    plain = f"list_{query.kind}" if query.kind else "list"
    head = _phrase("list_open" if is_open and query.kind is None else plain, language)
    if query.want is Want.COUNT:
        head = f"{_phrase('count', language)} {head[0].lower()}{head[1:]}"
    if query.unit_id is not None:
        head = f"{head} {_phrase('at_unit', language, unit=names.unit(query.unit_id))}"
    return head


def _people(query: CaseQuery, language: str, names: Names) -> Iterator[str]:
    if query.only_unit:
        yield _phrase("only_unit", language)
    if query.assignee in {Who.ME, Who.NOBODY}:
        yield _phrase(f"assigned_{query.assignee}", language)
    elif query.assignee is not None:
        yield _phrase("assigned", language, name=names.person(query.assignee))
    if query.reporter == Who.ME:
        yield _phrase("reported_me", language)


def _kinds(query: CaseQuery, language: str) -> Iterator[str]:
    if query.categories:
        yield _either([label("category_short", key, language) for key in query.categories], language)
    if query.subtypes:
        yield _either([label("subtype", key, language) for key in query.subtypes], language)
    if query.severities:
        levels = _either([label("severity", key, language) for key in query.severities], language)
        yield _phrase("severity", language, names=levels)
    is_open = set(query.statuses) == OPEN_STATUSES
    if query.statuses and not (is_open and query.kind is None):
        states = _either([label("status", key, language) for key in query.statuses], language)
        yield _phrase("status_list", language, names=states)
    if query.text is not None:
        yield _phrase("text", language, text=query.text)


def _days(query: CaseQuery, language: str, today: date | None) -> Iterator[str]:
    if query.reported is not None:
        yield _phrase("reported", language, days=_written(query.reported, language, today))
    if query.closed is not None:
        yield _phrase("closed", language, days=_written(query.closed, language, today))
    if query.due is not None:
        yield _phrase("due", language, days=_written(query.due, language, None))
    if query.overdue:
        yield _phrase("overdue", language)


def _shape(query: CaseQuery, language: str) -> Iterator[str]:
    if query.group_by is not None:
        yield _phrase(f"group_{query.group_by}", language)
    if query.compare is not None:
        yield _phrase(f"compare_{query.compare}", language)
    if query.order is not Order.URGENCY:
        yield _phrase(f"order_{query.order}", language)
    if query.limit is not None:
        yield _phrase("limit", language, count=query.limit)


def _written(days: Days, language: str, today: date | None) -> str:
    if days.first is None and days.end is None:
        return ""
    if days.end is None and days.first is not None:
        back = (today - days.first).days if today else 0
        if back in _LAST_DAYS:
            return _phrase("last_days", language, count=back)
        key = "days_since" if today is not None and days.first <= today else "days_from"
        return _phrase(key, language, first=_day(days.first, language))
    last = _day((days.end or date.max) - timedelta(days=1), language)
    if days.first is None:
        return _phrase("days_until", language, last=last)
    first = _day(days.first, language)
    return first if first == last else _phrase("days_between", language, first=first, last=last)


def _day(day: date, language: str) -> str:
    return str(format_date(day, "d. MMMM y", locale=language))


def _either(words: list[str], language: str) -> str:
    if len(words) == 1:
        return words[0]
    return _phrase("or", language, first=", ".join(words[:-1]), last=words[-1])
