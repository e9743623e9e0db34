"""Reads the answer to one question about an act. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from bot.actions.case_act_dates import find_day
from bot.actions.case_act_details import category_named, ordinal_named, ordinal_of, person_named
from bot.actions.case_act_line import Line, read_line
from bot.actions.case_act_model import Reply
from bot.actions.case_act_words import compiled, listed, values, words
from bot.actions.message import OSLO

_MAX_CHARS = 2000
_YES_OR_NO = frozenset({"confirm", "tell_reporter"})
_MAX_NAME_WORDS = 5


def read_reply(text: str, wanted: str, now: datetime) -> Reply:
    """Read the answer to one question.

    Args:
        text: as typed.
        wanted: `confirm` or `tell_reporter` for yes or no, else a field of `Act`.
        now: aware.
    Returns:
        An empty reply when the text does not answer the question. "Nei" to `confirm` or `tell_reporter` is no
        cancel; to anything else it is.
    Raises:
        KeyError: nothing of that name can be asked for.
    """
    today = now.astimezone(OSLO).date()
    line = read_line(text[:_MAX_CHARS], str(today.year) if wanted in {"number", "other"} else "")
    if wanted in _YES_OR_NO:
        return _yes_or_no(line.spelt.strip())
    if listed("replies", "cancel").fullmatch(line.spelt) or listed("replies", "no_value").fullmatch(
        line.spelt
    ):
        return Reply(cancelled=True)
    return _READERS[wanted](line, today)


def _yes_or_no(spelt: str) -> Reply:
    if listed("replies", "yes").fullmatch(f"{spelt} ") and _has_yes(spelt):
        return Reply(yes=True)
    if listed("replies", "no_start").match(spelt):
        return Reply(yes=False)
    if listed("replies", "cancel").fullmatch(spelt):
        return Reply(cancelled=True)
    start = listed("replies", "yes_start").match(spelt)
    if start and not compiled(rf".*(?<!\w)(?:{words()['replies']['reservation']})").match(spelt, start.end()):
        return Reply(yes=True)
    return Reply()


def _has_yes(spelt: str) -> bool:
    said = set(re.split(r"[ ,.!]+", spelt))
    return not said.isdisjoint(words()["replies"]["yes_must"].split("|"))


def _without_lead(line: Line) -> int:
    place = 0
    while (lead := listed("replies", "value_lead").match(line.spelt, place)) and lead.end() > place:
        place = lead.end()
    return place


def _free(field: str) -> Callable[[Line, date], Reply]:
    def read(line: Line, today: date) -> Reply:
        place = 0
        if field == "reason":
            lead = compiled(f"[ ]*{words()['reasons']['because']}[ ]*").match(line.spelt)
            place = lead.end() if lead else 0
        text = line.as_typed(place, len(line.spelt))
        return Reply(**{field: text}) if text else Reply()  # type: ignore[arg-type]

    return read


def _person(line: Line, today: date) -> Reply:
    place = _without_lead(line)
    found = compiled("(?P<person><me>)(?!\\w)|(?P<named><who>)").match(line.spelt, place)
    if not found or len(line.spelt[place:].split()) > _MAX_NAME_WORDS + 2:
        return Reply()
    return Reply(person=person_named(line, found.start(), found.end()))


def _day(line: Line, today: date) -> Reply:
    found = find_day(line.spelt, today)
    return Reply(date=found.value if found else None)


def _level(kind: str) -> Callable[[Line, date], Reply]:
    def read(line: Line, today: date) -> Reply:
        found = compiled(f"(?<!\\w)<{kind}>").search(line.spelt)
        return Reply(**{kind: values(kind)[found[0]]}) if found else Reply()  # type: ignore[arg-type]

    return read


def _category(line: Line, today: date) -> Reply:
    named = [
        item
        for item in compiled("(?<!\\w)<anycat>").finditer(line.spelt)
        if not line.spelt[: item.start()].endswith(words()["replies"]["not_meant"])
    ]
    if not named:
        return Reply()
    category, subtype = category_named(line, *named[0].span())
    return Reply(category=category, subtype=subtype)


def _number(field: str) -> Callable[[Line, date], Reply]:
    def read(line: Line, today: date) -> Reply:
        if line.numbers:
            return Reply(**{field: line.numbers[0]})  # type: ignore[arg-type]
        return Reply(ordinal=ordinal_named(line.spelt))

    return read


def _ordinal(line: Line, today: date) -> Reply:
    said = re.findall(r"\w+", line.spelt)
    found = [ordinal for word in said if (ordinal := ordinal_of(word))]
    return Reply(ordinal=found[0] if found else None)


_READERS: dict[str, Callable[[Line, date], Reply]] = {
    "reason": _free("reason"),
    "text": _free("text"),
    "person": _person,
    "date": _day,
    "category": _category,
    "subtype": _category,
    "severity": _level("severity"),
    "likelihood": _level("likelihood"),
    "number": _number("number"),
    "other": _number("other"),
    "ordinal": _ordinal,
}
