"""Reads what a handler wants done with a case from natural Norwegian. Pure.

The words are in `case_act_words.yml`, the way a message is spelt in `case_act_line`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from bot.actions.case_act_dates import find_day
from bot.actions.case_act_details import (
    category_named,
    has_case,
    is_name,
    measure_parts,
    ordinal_named,
    ordinal_of,
    person_named,
    person_span,
    reason_after,
)
from bot.actions.case_act_finding import Found, candidates, holding, starts
from bot.actions.case_act_line import MARK, Line, read_line
from bot.actions.case_act_model import ME, Act, Reply, Verb
from bot.actions.case_act_reply import read_reply
from bot.actions.case_act_text import describe
from bot.actions.case_act_words import compiled, listed, values
from bot.actions.message import OSLO

__all__ = ["ME", "Act", "Reply", "Verb", "describe", "read_act", "read_reply"]

MAX_CHARS = 2000
# A longer message tells something; then only what is written as a name is one.
_MOST_WORDS_OF_A_BIDDING = 10
_WITH_TEXT = frozenset({Verb.COMMENT, Verb.NOTE, Verb.MEASURE})
_WITHOUT_REASON = _WITH_TEXT | {Verb.MEASURE_DONE, Verb.WATCH, Verb.UNWATCH, Verb.UNDO}
# What is said before these is why: "heisen er byttet, lukk 12".
_REASON_BEFORE = frozenset(
    {Verb.CLOSE, Verb.REJECT, Verb.REOPEN, Verb.SENSITIVE, Verb.NOT_SENSITIVE, Verb.CATEGORY, Verb.SEVERITY}
)
# Words that run on behind these must be a reason, or the act is not meant.
_STRICT = frozenset({Verb.CLOSE, Verb.REJECT, Verb.REOPEN, Verb.SENSITIVE, Verb.TAKE})
# Quotation marks around it, and at most a few words that name the case behind it.
_QUOTED = re.compile('[\u00ab"\u201c]([^\u00bb"\u201d]+)[\u00bb"\u201d](?: [\\w#-]+){0,3}$')


def read_act(text: str, now: datetime, *, number: str | None = None) -> Act | None:
    """Return what a message wants done, None when it asks, reports or says something else.

    Of several acts the first is returned.

    Args:
        text: as typed.
        now: aware.
        number: the case that is meant when the message names none.
    """
    today = now.astimezone(OSLO).date()
    line = read_line(text[:MAX_CHARS], str(today.year))
    for found in candidates(line.spelt):
        act = _act(line, found, today)
        if act is not None:
            known = act.number or act.ordinal if act.verb is not Verb.MEASURE_DONE else act.number
            return act if known else replace(act, number=number)
    return None


def _act(line: Line, found: Found, today: date) -> Act | None:
    """Fill in an act, None when its details show that it is not meant."""
    verb, match = found.verb, found.match
    groups = {name: match.span(name) for name, text in match.groupdict().items() if text}
    if verb in _WITH_TEXT:
        return _with_text(line, verb, groups["text"], today)
    reason = None if verb in _WITHOUT_REASON else _reason(line, found)
    if reason is None and verb in _STRICT and _runs_on(line.spelt, match):
        return None
    shown = (
        line.spelt[: reason[0]] + " " * (reason[1] - reason[0])
        if reason and reason[0] >= match.end()
        else line.spelt
    )
    if verb is Verb.ASSIGN and not _is_surely_name(line, found):
        return None
    act = Act(verb, reason=line.as_typed(*reason) if reason else None)
    return _filled(act, line, match, groups, shown, today)


def _is_surely_name(line: Line, found: Found) -> bool:
    """Tell whether somebody is named; in a short message a name may be written without capitals."""
    who = person_span(found.match)
    is_short = len(line.spans) <= _MOST_WORDS_OF_A_BIDDING and not found.is_anywhere
    return who[1] <= 0 or is_short or is_name(line, *who)


def _with_text(line: Line, verb: Verb, span: tuple[int, int], today: date) -> Act | None:
    act = _with_case(Act(verb), line, f"{line.spelt[: span[0]]} {line.spelt[span[1] :]}")
    if act.number is None and _QUOTED.match(line.as_typed(*span)):
        act = _with_case(act, line, line.spelt)
    if verb is not Verb.MEASURE:
        text = _unquoted(line.as_typed(*span))
        return replace(act, text=text) if text else None
    parts = measure_parts(line, *span, today)
    text = _unquoted(parts.text)
    return replace(act, text=text, person=parts.person, date=parts.date) if text else None


def _unquoted(text: str) -> str:
    """Return what stands in quotation marks if all does, whatever case is named behind them."""
    quoted = _QUOTED.match(text)
    return quoted[1] if quoted else text


def _filled(
    act: Act, line: Line, match: re.Match[str], groups: dict[str, tuple[int, int]], shown: str, today: date
) -> Act | None:
    verb = act.verb
    if verb is Verb.MEASURE_DONE:
        word = match.groupdict().get("count") or match.groupdict().get("ord")
        return replace(_with_case(act, line, shown), ordinal=ordinal_of(word) if word else None)
    if verb is Verb.UNDO:
        return replace(_with_case(act, line, shown), ordinal=None)
    if verb is Verb.MERGE:
        return _merged(act, line, shown)
    act = _with_case(act, line, shown)
    who = person_span(match)
    if who[1] > 0:
        if verb is Verb.INVOLVE and not is_name(line, *who):
            return None
        return replace(act, person=person_named(line, *who))
    if "category" in groups:
        category, subtype = category_named(line, *groups["category"])
        return replace(act, category=category, subtype=subtype)
    if "level" in groups:
        value = values(verb.value)[match["level"].strip()]
        return replace(act, **{verb.value: value})  # type: ignore[arg-type]
    return _with_day(act, match, shown, today) if verb is Verb.DEADLINE else act


def _with_day(act: Act, match: re.Match[str], shown: str, today: date) -> Act | None:
    day = find_day(shown[match.start() :], today) or find_day(shown, today)
    if day is None and not listed("is_deadline").search(match[0]) and not has_case(match[0]):
        return None
    return replace(act, date=day.value if day else None)


def _with_case(act: Act, line: Line, shown: str) -> Act:
    marks = _marks(shown)
    if marks:
        return replace(act, number=line.numbers[marks[0]])
    return replace(act, ordinal=ordinal_named(shown))


def _marks(shown: str) -> list[int]:
    return [int(index) for index in re.findall(rf"{MARK}(\d+)", shown)]


def _merged(act: Act, line: Line, shown: str) -> Act:
    marks = _marks(shown)
    if len(marks) > 1:
        return replace(act, number=line.numbers[marks[0]], other=line.numbers[marks[1]])
    if marks and listed("is_other").search(shown):
        return replace(act, other=line.numbers[marks[0]], ordinal=ordinal_named(shown))
    return _with_case(act, line, shown)


def _reason(line: Line, found: Found) -> tuple[int, int] | None:
    verb, match = found.verb, found.match
    if match.groupdict().get("reason"):
        return match.span("reason")
    end = _end_of_details(line.spelt, found)
    is_loose = verb in _STRICT and verb is not Verb.TAKE and has_case(match[0])
    reason = reason_after(line, end, is_loose=is_loose)
    if reason and (_is_act(line.spelt[reason[0] :]) or _says_what_involving_means(line, verb, *reason)):
        return None
    if reason is None and found.lead and verb in _REASON_BEFORE:
        reason = _reason_before(line, found)
    return reason


def _says_what_involving_means(line: Line, verb: Verb, begin: int, end: int) -> bool:
    """Tell whether a stretch says only that whoever is involved may not handle the case."""
    return verb is Verb.INVOLVE and bool(listed("may_not_handle").match(line.spelt, begin, end))


def _end_of_details(spelt: str, found: Found) -> int:
    """Where the words of the act end: behind its day, its sub-type and the case."""
    end = found.match.end()
    if found.verb is Verb.DEADLINE:
        day = find_day(spelt[end:], date.min.replace(year=2000))
        end += day.end if day else 0
    if found.verb is Verb.CATEGORY and (below := listed("subtype_follows").match(spelt, end)):
        end = below.end()
    return end


def _is_act(spelt: str) -> bool:
    """Tell whether somebody bids something with these words, rather than says why."""
    bids = [start for start in starts(spelt, 0) if listed("bidding").match(spelt, start)]
    return any(next(holding(spelt, start, 0), None) for start in bids)


def _reason_before(line: Line, found: Found) -> tuple[int, int] | None:
    """What stands before the act, unless it is about the case or the value itself, or says who speaks."""
    begin = starts(line.spelt, 0)[-1]
    lead = line.spelt[begin : found.lead]
    if " " not in lead.strip() or listed("no_reason_before").match(lead) or _is_act(lead):
        return None
    speaks = listed("presents_oneself").match(line.spelt, begin, found.lead)
    return None if speaks and is_name(line, *person_span(speaks)) else (begin, found.lead)


def _runs_on(spelt: str, match: re.Match[str]) -> bool:
    return not compiled("<end>|(?:[ ,]+<polite>)|[ ]?<about>|[ ](?:om|fordi|for|som|da)[ ]").match(
        spelt, match.end()
    )
