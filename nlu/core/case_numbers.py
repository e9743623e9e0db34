"""Finds the numbers of cases in the forms that people write: "2026-00042", "2026-42", "sak 42", "#118"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from nlu.core.errors import ModelFileError
from nlu.core.tokens import fold

LEXICON_PATH = Path(__file__).parent / "lexicon" / "case_numbers.yml"
# The register numbers the cases of each year from 1, in five digits (cases/repository.py).
DIGITS = 5

# As the register writes it: needs no word beside it.
_FULL = re.compile(r"(?<!\w)(?P<year>20\d\d)(?P<sign>-)(?P<number>\d{5})(?!\w)")
# Shorter forms; no part of a longer number, a date, a time or a telephone number.
_SHORT = re.compile(
    r"(?<![\w/+-])(?<!\d[.,:])(?:(?P<year>20\d\d)(?P<sign>\s?[-–/]\s?))?(?P<number>\d{1,5})"
    r"(?!\w)(?!\s?[-–/]\s?\d)(?![.,:]\d)(?!\s\d)"
)
_TOKEN = re.compile(r"[^\W\d_]+|\S")
_NEXT = re.compile(r"(?P<dot>\.?)\s?(?P<word>%|[^\W\d_]+)")
# As many characters before a number are looked at.
_LOOK_BACK = 40


@dataclass(frozen=True)
class CaseNumberSpan:
    """One case number.

    Attributes:
        start: offset of its first digit, the year's where there is one.
        end: offset after its last digit.
        value: as the register writes it, "2026-00042".
    """

    start: int
    end: int
    value: str


def find_case_numbers(text: str, year: int) -> list[CaseNumberSpan]:
    """Return the case numbers of a message in reading order.

    Rooms, amounts, dates, times, years and telephone numbers are none: without its year a number needs a
    word for a case, "#", or five digits after "nr".

    Args:
        text: any text.
        year: of a number that names none.
    """
    full = [_span(match, year) for match in _FULL.finditer(text)]
    found = {span.start: span for span in full}
    last: CaseNumberSpan | None = None
    for match in _SHORT.finditer(text):
        if match.start() in found:
            last = found[match.start()]
        elif _is_meant(text, match, last):
            last = _span(match, year)
            found[last.start] = last
    return [found[start] for start in sorted(found)]


def _span(match: re.Match[str], year: int) -> CaseNumberSpan:
    number = int(match["number"])
    return CaseNumberSpan(match.start(), match.end(), f"{match['year'] or year}-{number:0{DIGITS}d}")


def _is_meant(text: str, match: re.Match[str], last: CaseNumberSpan | None) -> bool:
    digits = match["number"]
    if int(digits) == 0:
        return False
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    if match["year"]:
        return _has_cue(before, digits) or _stands_alone(match)
    if _is_year(digits) or _counts_something(text, match.end()):
        return False
    return _has_cue(before, digits) or (last is not None and _goes_on(text, match, last))


def _stands_alone(match: re.Match[str]) -> bool:
    """Tell whether "2026-42" needs no cue: not a month (2026-07), school year (2026-27) or span of years."""
    digits, year = match["number"], int(match["year"])
    is_month = len(digits) == 2 and 1 <= int(digits) <= 12
    is_period = _is_year(digits) or (len(digits) == 2 and int(digits) == (year + 1) % 100)
    return match["sign"] == "-" and not is_month and not is_period


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.startswith("20")


def _has_cue(before: str, digits: str) -> bool:
    """Tell whether the words before a number make it a case number."""
    words = _lexicon()
    tokens = [fold(token) for token in _TOKEN.findall(before)]
    hash_sign = _taken(tokens, {"#"})
    stop = _taken(tokens, {".", ":"})
    numbering = _taken(tokens, words["numberings"])
    if numbering:
        _taken(tokens, {":"})
    word = tokens[-1] if tokens else ""
    # "… om avviket. 42 elever": a full stop ends the sentence; after "nr." and "saksnr." it does not.
    if word in words["cues"] and (numbering or stop != "." or word.endswith("nr")):
        return True
    if word in words["not_after"]:
        return False
    return bool(hash_sign) or (bool(numbering) and len(digits) == DIGITS)


def _taken(tokens: list[str], wanted: frozenset[str] | set[str]) -> str:
    """Take the last token off and return it if it is one of the wanted, else return nothing."""
    return tokens.pop() if tokens and tokens[-1] in wanted else ""


def _counts_something(text: str, end: int) -> bool:
    """Tell whether a number is an amount or a date: "42 dager", "14. mars"."""
    following = _NEXT.match(text, end)
    if following is None:
        return False
    words, word = _lexicon(), fold(following["word"])
    return word in words["months"] or (word in words["units"] and not following["dot"])


def _goes_on(text: str, match: re.Match[str], last: CaseNumberSpan) -> bool:
    """Tell whether a number continues a list: "sak 42, 43 og 51", but not "sak 42 og 3 andre"."""
    joins = _lexicon()["joins"]
    following = _NEXT.match(text, match.end())
    is_last_word = following is None or bool(following["dot"]) or fold(following["word"]) in joins
    return is_last_word and fold(text[last.end : match.start()].strip()) in joins


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, frozenset[str]]:
    try:
        content: dict[str, str] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
        return {name: frozenset(words.split()) for name, words in content.items()}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise ModelFileError(LEXICON_PATH, "not a readable list of words") from error
