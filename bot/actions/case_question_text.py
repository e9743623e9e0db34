"""What of a question is neither a field nor a small word: a text to look for, a place, a case number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.actions.case_question_reading import Hit, Sentence
from bot.actions.case_question_words import CaseWords, fold

_QUOTED = re.compile(
    r"[\"\u00ab\u201c\u201d\u201e]([^\"\u00bb\u201c\u201d\u00ab]{2,80})[\"\u00bb\u201d\u201c]"
)
_FULL_NUMBER = re.compile(r"(?<![\w-])(20\d\d)\s?-\s?(\d{5}|\d{1,4}(?!\d))(?![\w-])")
_SHORT_NUMBER = (
    r"(?<!\w)(?:(?:{leads})(?:\s+(?:nr\.?|nummer))?\s+|#\s?)(\d{{1,5}})(?![\w.]|[:/-]\d)"
    r"(?!\s+(?!(?:{polite})\b)\w)"
)
_MIN_TEXT_CHARS = 2
_DIGITS = 5


@dataclass(frozen=True)
class Rest:
    """What no field took.

    Attributes:
        text: what to look for, folded.
        leftover: words that say something, but not to us, as typed.
    """

    text: str | None
    leftover: tuple[str, ...]


def quoted_in(text: str) -> tuple[str | None, str]:
    """The words between quotation marks, folded, and the text with blanks in their place."""
    match = _QUOTED.search(text)
    if match is None:
        return None, text
    blanks = " " * (match.end() - match.start())
    return fold(match[1].strip()), text[: match.start()] + blanks + text[match.end() :]


def number_in(text: str, year: int, words: CaseWords) -> str | None:
    """The case number of a text, as the register writes it.

    Args:
        year: of a number without one.
    """
    if (full := _FULL_NUMBER.search(text)) is not None:
        return f"{full[1]}-{int(full[2]):0{_DIGITS}d}"
    leads = "|".join(sorted(words.words("number_leads"), key=len, reverse=True))
    polite = "|".join(words.words("after_number"))
    short = re.search(_SHORT_NUMBER.format(leads=leads, polite=polite), fold(text))
    if short is None or not int(short[1]) or _is_year(short[1]):
        return None
    return f"{year}-{int(short[1]):0{_DIGITS}d}"


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.startswith("20")


class RestReader:
    """Reads what stands between the hits."""

    def __init__(self, sentence: Sentence, hits: list[Hit], words: CaseWords) -> None:
        self._sentence = sentence
        self._hits = hits
        self._words = words
        self._rooms = words.words("room_words")
        self._stops = words.words("stop_words") | words.words("case_nouns") | words.words("unit_leads")
        self._nouns, self._verbs = words.words("case_nouns"), words.words("yes_no_words")
        soft = {"text", "mark", "report", "lead_in"}
        self._taken = {place for hit in hits if hit.kind not in soft for place in hit.places}

    def read(self) -> Rest:
        """Find the text to look for: a room, what follows "om", or a place."""
        readings = (self._room(), self._after("lead"), self._after("place"), self._subject())
        places = next(filter(None, readings), [])
        free = [place for place in range(len(self._sentence.tokens)) if self._is_content(place)]
        leftover = tuple(dict.fromkeys(self._typed(place) for place in free if place not in places))
        return Rest(self._written(places), leftover)

    def _typed(self, place: int) -> str:
        return self._sentence.tokens[place].typed

    def _is_content(self, place: int) -> bool:
        word = self._sentence.word(place)
        if place in self._taken or word.isdigit() or len(word) < _MIN_TEXT_CHARS:
            return False
        soft = {inside for hit in self._hits for inside in hit.places}
        return place not in soft and word not in self._stops and self._words.number(word) is None

    def _room(self) -> list[int]:
        """The places of "rom 12", "møterom 3", "kontor 214"."""
        for place in range(len(self._sentence.tokens) - 1):
            is_free = place not in self._taken and place + 1 not in self._taken
            if (
                self._sentence.word(place) in self._rooms
                and self._sentence.word(place + 1).isdigit()
                and is_free
            ):
                return [place, place + 1]
        return []

    def _after(self, lead: str) -> list[int]:
        for hit in self._hits:
            if hit.kind != "text" or hit.value != lead or not self._speaks(hit.start):
                continue
            if places := list(self._run(hit.end)):
                return places
        return []

    def _subject(self) -> list[int]:
        """What was reported: "hvor mange ganger er bommen meldt"."""
        for hit in self._hits:
            place = hit.start - 1
            if (
                hit.kind == "report"
                and self._is_content(place)
                and self._sentence.word(place - 1) in self._verbs
            ):
                return [place]
        return []

    def _clauses(self) -> list[range]:
        ends = [place + 1 for place, token in enumerate(self._sentence.tokens) if token.ends_clause]
        borders = [0, *ends, len(self._sentence.tokens)]
        return [range(first, end) for first, end in pairwise(borders) if end > first]

    def _speaks(self, place: int) -> bool:
        """Tell whether a clause asks for cases, or none does: "Jeg skal i møte, så vis …" leads in."""
        asking = [clause for clause in self._clauses() if self._asks(clause)]
        return not asking or any(place in clause for clause in asking)

    def _asks(self, clause: range) -> bool:
        named = any(self._sentence.word(place) in self._nouns for place in clause)
        return named or not self._taken.isdisjoint(clause)

    def _run(self, start: int) -> Iterator[int]:
        """The content words from a place on, small words before the first left out."""
        begun = False
        for place in range(start, len(self._sentence.tokens)):
            if self._is_content(place) or (begun and self._is_house_number(place)):
                begun = True
                yield place
            elif begun or place in self._taken or place - start >= _MIN_TEXT_CHARS:
                return
            if self._sentence.tokens[place].ends_clause:
                return

    def _is_house_number(self, place: int) -> bool:
        """Tell whether digits end a place: "Storgata 14"."""
        return place not in self._taken and self._sentence.word(place).isdigit()

    def _written(self, places: list[int]) -> str | None:
        typed = (self._typed(place) for place in places)
        return " ".join(dict.fromkeys(fold(word) for word in typed)) or None
