"""The details of an act: why, who, by when, and which values are named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.actions.case_act_dates import Day, find_day
from bot.actions.case_act_line import MARK, Line
from bot.actions.case_act_model import ME
from bot.actions.case_act_words import compiled, listed, numbers, values, words
from cases.categories import SUBTYPES

_LAST = -1


@dataclass(frozen=True)
class MeasureParts:
    """A measure, who is to do it and by when."""

    text: str
    person: str | None
    date: date | None


def person_named(line: Line, begin: int, end: int) -> str | None:
    """Return the name in a stretch of the line as typed, or `ME`."""
    spelt = line.spelt[begin:end].strip()
    if compiled("(?:(?:han|den|hun) )?(?:<me>)").fullmatch(spelt):
        return ME
    article = compiled("[ ]*(?:han|hun|den|hu|a|n) ").match(line.spelt, begin, end)
    return line.as_typed(article.end() if article else begin, end, marks=False).rstrip(".,") or None


def is_name(line: Line, begin: int, end: int) -> bool:
    """Tell whether a stretch is a name: each word with a capital, a first name first, or the sender."""
    typed = line.as_typed(begin, end, marks=False)
    named = person_named(line, begin, end)
    if named == ME:
        return True
    said = (named or typed).split()
    return all(word[:1].isupper() for word in said) or _is_first_name(said[0])


def _is_first_name(word: str) -> bool:
    return word.casefold() in words()["first_names"].split()


def category_named(line: Line, begin: int, end: int) -> tuple[str | None, str | None]:
    """Return category and sub-type of a stretch that names one of them, and of what follows it."""
    word = line.spelt[begin:end].strip()
    category, subtype = values("category").get(word), values("subtype").get(word)
    if category is None and subtype is not None:
        return _category_of(subtype), subtype
    follows = listed("subtype_follows").match(line.spelt, end)
    if follows and (below := values("subtype").get(follows["category"].strip())):
        subtype = below if _category_of(below) == category else None
        return category, subtype
    return category, None


def _category_of(subtype: str) -> str:
    return next(str(category) for category, below in SUBTYPES.items() if subtype in below)


def ordinal_named(spelt: str) -> int | None:
    """Return which of a list is meant: 1 is the first, -1 the last."""
    found = listed("ordinals", "of_case").search(spelt)
    return ordinal_of(next(group for group in found.groups() if group)) if found else None


def ordinal_of(word: str) -> int | None:
    """Return the number of an ordinal, a digit or a number word."""
    if word.isdigit():
        return int(word)
    known: dict[str, int] = words()["ordinals"]["values"]
    return known.get(word) or numbers("numbers").get(word)


def measure_parts(line: Line, begin: int, end: int, today: date) -> MeasureParts:
    """Take the text of a measure apart: "bestille ny heis, Terje Volden, innen fredag"."""
    person: str | None = None
    day: Day | None = None
    while True:
        cut = _last_comma(line.spelt, begin, end)
        found = _who_and_when(line, cut.end(), end, today) if cut else None
        if not cut or not found or (person and found[0]) or (day and found[1]):
            break
        person, day, end = person or found[0], day or found[1], cut.start()
    for _ in range(2):
        if not day and (inline := _at_end(line.spelt, begin, end, "inline_date")):
            day = find_day(line.spelt[inline.start() : end], today)
            end = inline.start() if day else end
        if not person and (inline := _at_end(line.spelt, begin, end, "inline_person")):
            span = person_span(inline)
            person, end = person_named(line, *span), inline.start()
    return MeasureParts(line.as_typed(begin, end), person, day.value if day else None)


def _last_comma(spelt: str, begin: int, end: int) -> re.Match[str] | None:
    cuts = list(compiled(r"[ ]?(?:[,;]|(?<!\d)\.)[ ]+|[ ]-+[ ]|[ ]?\(").finditer(spelt, begin + 1, end))
    return cuts[-1] if cuts else None


def _at_end(spelt: str, begin: int, end: int, kind: str) -> re.Match[str] | None:
    return compiled(f"(?:{words()['measure'][kind]})[ .!)]*$").search(spelt[:end], begin + 1)


def _who_and_when(line: Line, begin: int, end: int, today: date) -> tuple[str | None, Day | None] | None:
    """Return who and when if a stretch says nothing else."""
    stretch = line.spelt[begin:end]
    day = find_day(stretch, today)
    cues = words()["measure"]["date_cues"]
    if day:
        before = compiled(f"(?:(?:^|[ ,])(?:{cues})[ :]*)*$").sub(
            "", stretch[: day.begin].rstrip(" ,:"), count=1
        )
        left = (begin, begin + len(before))
        if stretch[day.end :].strip(" .!)"):
            return None
        if not before.strip(" ,"):
            return None, day
    else:
        left = (begin, end)
    person = _whole_person(line, *left)
    return (person, day) if person else None


def _whole_person(line: Line, begin: int, end: int) -> str | None:
    for kind in ("person_before", "person_after", "person_alone"):
        found = compiled(f"[ ,]*(?:{words()['measure'][kind]})[ .!,)]*").fullmatch(line.spelt, begin, end)
        if found and (kind != "person_alone" or is_name(line, *person_span(found))):
            return person_named(line, *person_span(found))
    return None


def person_span(found: re.Match[str]) -> tuple[int, int]:
    """Return where the person stands in a match, which ever branch took it; (-1, -1) for none."""
    named = (name for name, text in found.groupdict().items() if name.startswith("person") and text)
    return next((found.span(name) for name in named), (-1, -1))


def reason_after(line: Line, begin: int, *, is_loose: bool) -> tuple[int, int] | None:
    """Return where a reason stands behind the act, or None.

    Args:
        begin: where the words of the act end.
        is_loose: whether what follows without comma or "fordi" is a reason too.
    """
    spelt = line.spelt
    skipped = listed("reasons", "skipped").match(spelt, begin)
    place = skipped.end() if skipped else begin
    because = compiled(f"(?:^|[ ,.;:(-])+{words()['reasons']['because']}[ ]?").search(spelt, begin)
    if because:
        return _trimmed(spelt, because.end())
    separator = listed("reasons", "separator").match(spelt, place)
    if separator:
        return _trimmed(spelt, separator.end())
    return _trimmed(spelt, place) if is_loose and " " in spelt[place:].strip() else None


def _trimmed(spelt: str, begin: int) -> tuple[int, int] | None:
    lead = listed("reasons", "lead").match(spelt, begin)
    begin = lead.end() if lead else begin
    tail = listed("reasons", "polite_tail").search(spelt, begin)
    end = tail.start() if tail else len(spelt)
    inside = spelt[begin:end]
    if not re.search(r"\w", inside) or listed("reasons", "not_reasons").fullmatch(inside.strip()):
        return None
    return begin, end


def has_case(spelt: str) -> bool:
    """Tell whether a stretch names a case by more than "det"."""
    return MARK in spelt or bool(compiled("(?<![\\w])saken(?!\\w)").search(spelt))
