"""Who speaks and from where, said before a question: "Hei, det er Tonje her, kan du ...". Pure.

What stands there asks for nothing, though it names people and things: "jeg sitter i bilen" is no question
about cars. A unit is left in, as the question may be about it: "jeg er på Furu, hvor mange avvik har vi?".
"""

from __future__ import annotations

from functools import lru_cache

from bot.actions.case_question_patterns import expanded
from bot.actions.case_question_reading import Hit, Sentence
from bot.actions.case_question_words import CaseWords, case_words

KIND = "lead_in"
# What a lead-in speaks of by the way; anything else shows that the question has begun.
_BY_THE_WAY = frozenset({"person", "subtype", "category", "text", "time", "future", "mark", "report", "unit"})
# A request that names one of these, or cases, is a question of its own.
_OF_A_QUESTION = frozenset(
    {"status", "severity", "category", "subtype", "overdue", "due", "kind", "who", "group", "order"}
)

# "Heidi fra renhold her".
_MOST_WORDS_TO_HERE = 4


def without_lead_in(sentence: Sentence, hits: list[Hit], words: CaseWords) -> list[Hit]:
    """Put one hit in the place of all in a lead-in; the units in it are left beside it."""
    end = lead_in_end(sentence, hits, words)
    if not end:
        return hits
    kept = [hit for hit in hits if hit.kind == "unit" or hit.start >= end]
    return [Hit(0, end, KIND, None), *kept]


def lead_in_end(sentence: Sentence, hits: list[Hit], words: CaseWords) -> int:
    """Where the request behind a lead-in begins; 0 when there is none."""
    begin = _after_greetings(sentence)
    told = _row_at(sentence, begin, "telling")
    presented = _row_at(sentence, begin, "presenting")
    if presented and not _is_somebody(sentence, hits, begin + presented, words):
        presented = 0
    length = told or (presented and presented + 1) or _name_and_here(sentence, hits, begin)
    if not length:
        return 0
    behind = range(begin + length, len(sentence.tokens))
    end = next((place for place in behind if _row_at(sentence, place, "request")), 0)
    is_aside = _is_aside(sentence, [hit for hit in hits if not (told and hit.start == begin)], end, words)
    return end if end and is_aside else 0


def _name_and_here(sentence: Sentence, hits: list[Hit], begin: int) -> int:
    """How many words "Heidi Lund her" and "Heidi fra renhold her" have; 0 when nobody says so."""
    named = next((hit for hit in hits if hit.kind == "person" and hit.start == begin), None)
    if named is None:
        return 0
    near = range(named.end, named.end + _MOST_WORDS_TO_HERE)
    return next((place + 1 - begin for place in near if _row_at(sentence, place, "here")), 0)


def _is_aside(sentence: Sentence, hits: list[Hit], end: int, words: CaseWords) -> bool:
    """Tell whether nothing is asked before a place, and something behind it."""
    nouns = words.words("case_nouns") | words.words("limited_nouns") | words.words("singular_nouns")
    asks_before = any(hit.start < end and hit.kind not in _BY_THE_WAY for hit in hits)
    asks_behind = any(hit.start >= end and hit.kind in _OF_A_QUESTION for hit in hits)
    before, behind = sentence.words[:end], sentence.words[end:]
    return not asks_before and nouns.isdisjoint(before) and (asks_behind or not nouns.isdisjoint(behind))


def _is_somebody(sentence: Sentence, hits: list[Hit], place: int, words: CaseWords) -> bool:
    """Tell whether a word may be a name: one of the directory, or one that means nothing else."""
    meant = {hit.kind for hit in hits if place in hit.places}
    return meant == {"person"} or not (meant or sentence.word(place) in words.stops)


def _after_greetings(sentence: Sentence) -> int:
    greetings = {row[0] for row in _rows("greetings")}
    return next((place for place, word in enumerate(sentence.words) if word not in greetings), 0)


def _row_at(sentence: Sentence, place: int, name: str) -> int:
    """How many words of a list stand at a place; 0 for none."""
    rows = _rows(name)
    lengths = sorted({len(row) for row in rows}, reverse=True)
    said = sentence.words
    return next((length for length in lengths if tuple(said[place : place + length]) in rows), 0)


@lru_cache(maxsize=8)
def _rows(name: str) -> frozenset[tuple[str, ...]]:
    """Rows of words in their usual writing, of a list of `lead_in`."""
    words = case_words()
    listed = words.data["lead_in"][name]
    patterns = listed.split(None if name == "greetings" else ",")
    rows = (row for pattern in patterns for row in expanded(pattern.strip()))
    return frozenset(
        tuple(usual for word in row for usual in words.normal(word, frozenset())) for row in rows
    )
