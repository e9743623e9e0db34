"""From natural Norwegian to a `CaseQuery`: which cases somebody asks for, and how they want to see them.

A message is brought to one way of writing (`case_question_words`), everything that it says is found in it
(patterns, names, times), the longest findings win (`case_question_reading`), and each fills its field
(`case_question_fields`). What nothing took is a text to look for, or left over (`case_question_text`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.actions.case_question_describe import Names, describe
from bot.actions.case_question_fields import Fields
from bot.actions.case_question_lead_in import KIND as LEAD_IN
from bot.actions.case_question_lead_in import without_lead_in
from bot.actions.case_question_names import Named, Vocabulary
from bot.actions.case_question_patterns import Match
from bot.actions.case_question_reading import Hit, Sentence, choose, read
from bot.actions.case_question_settling import is_due
from bot.actions.case_question_text import RestReader, number_in, quoted_in
from bot.actions.case_question_times import TimeReader
from bot.actions.case_question_values import Unclear
from bot.actions.case_question_words import CaseWords, case_words
from cases.query import CaseQuery
from nlu.core.time_calendar import OSLO
from organisation.model import Person

__all__ = ["Asker", "Names", "Unclear", "Understood", "Vocabulary", "describe", "understand"]

# Names and times win a tie with patterns.
_PATTERNS_RANK = 10
# What only a question says, and no words that lead up to it.
_ASKING_KINDS = frozenset(
    {"want", "group", "compare", "status", "severity", "category", "subtype", "overdue"}
)


@dataclass(frozen=True)
class Asker:
    """Who asks; the unit is theirs, resolved by the caller."""

    person: Person | None
    unit_id: str | None


@dataclass(frozen=True)
class Understood:
    """What a message asks.

    Attributes:
        unclear: what only the asker can settle; the query leaves it open.
        leftover: words that nothing took, as typed, in reading order.
    """

    query: CaseQuery
    unclear: tuple[Unclear, ...]
    leftover: tuple[str, ...]


def understand(
    text: str,
    asker: Asker,
    vocabulary: Vocabulary,
    now: datetime,
    previous: CaseQuery | None = None,
    number: str | None = None,
) -> Understood:
    """Read a question about cases.

    Args:
        text: NFC.
        now: aware moment of the message.
        previous: the question before it, to which a short one adds. A whole new question stands for itself.
        number: a case number that the caller has found already.
    """
    words = case_words()
    today = now.astimezone(OSLO).date()
    if (named := number or number_in(text, today.year, words)) is not None:
        return Understood(CaseQuery(number=named), (), ())
    quoted, rest_of_text = quoted_in(words.written_out(text))
    sentence = read(rest_of_text, words, vocabulary.names)
    times = TimeReader(words, now)
    hits = without_lead_in(sentence, choose(_hits(sentence, vocabulary, words, times)), words)
    hits = [_nearest_unit(hit, asker, vocabulary) for hit in _of_the_question(sentence, hits, words)]
    previous = None if previous is None or _is_whole(sentence, words) else previous
    fields = Fields(sentence, hits, words, times, today, asker.person, asker.unit_id, previous)
    fields.fill()
    rest = RestReader(sentence, hits, words).read()
    changes = fields.changes
    if (searched := quoted or rest.text) is not None:
        changes["text"] = searched
    query = (previous or CaseQuery()).narrowed(**changes)
    return Understood(query, tuple(fields.unclear), rest.leftover)


def _hits(sentence: Sentence, vocabulary: Vocabulary, words: CaseWords, times: TimeReader) -> Iterator[Hit]:
    """Everything that the words may mean, overlaps too."""
    patterns = [
        Hit(
            match.start,
            match.end,
            match.meaning.field,
            match.meaning.value,
            _PATTERNS_RANK + match.meaning.rank,
            () if match.meaning.field == "unit" and match.meaning.value == "all" else match.gaps,
        )
        for match in words.find(sentence.words)
        if not _asks_instead(sentence, match, words)
    ]
    speaks_of_due = is_due(patterns)
    for hit in patterns:
        if hit.kind not in {"time", "future"}:
            yield hit
        elif hit.kind == "time" or speaks_of_due:
            when = times.lexical(hit.kind, str(hit.value))
            if when is not None:
                yield Hit(hit.start, hit.end, hit.kind, when)
    yield from times.past(sentence)
    if speaks_of_due:
        yield from times.coming(sentence)
    kinds = [hit for hit in patterns if hit.kind in {"category", "subtype"} and hit.end - hit.start > 1]
    yield from vocabulary.unit_index.find(sentence, kinds)
    yield from vocabulary.people_index.find(sentence)


def _asks_instead(sentence: Sentence, match: Match, words: CaseWords) -> bool:
    """Tell whether "med i fjor" is the end of "hva med i fjor?", which compares nothing."""
    begins_with = sentence.word(match.start) == words.data["with_word"]
    asks = sentence.word(match.start - 1) == words.data["asking_word"]
    return match.meaning.field == "compare" and begins_with and asks


def _of_the_question(sentence: Sentence, hits: list[Hit], words: CaseWords) -> list[Hit]:
    """Leave out the unit of a clause that asks nothing: that of whom the figures are for."""
    nouns = words.words("case_nouns")
    borders = [place + 1 for place, token in enumerate(sentence.tokens) if token.ends_clause]
    borders += [hit.end for hit in hits if hit.kind == LEAD_IN and hit.end not in borders]

    def clause(hit: Hit) -> int:
        return sum(border < hit.end for border in borders)

    asking = {clause(hit) for hit in hits if hit.kind in _ASKING_KINDS}
    asking |= {
        sum(border <= place for border in borders)
        for place, word in enumerate(sentence.words)
        if word in nouns
    }
    units = [hit for hit in hits if hit.kind == "unit" and isinstance(hit.value, Named)]
    if not any(clause(hit) in asking for hit in units):
        return hits
    return [hit for hit in hits if hit not in units or clause(hit) in asking]


def _nearest_unit(hit: Hit, asker: Asker, vocabulary: Vocabulary) -> Hit:
    """Somebody who works at a school means that one by "the school"."""
    if hit.kind != "unit" or not isinstance(hit.value, Named) or len(hit.value.ids) == 1:
        return hit
    above = vocabulary.unit_index.upwards(asker.unit_id)
    own = next((unit_id for unit_id in above if unit_id in hit.value.ids), None)
    return Hit(hit.start, hit.end, "unit", Named((own,)), hit.rank) if own else hit


def _is_whole(sentence: Sentence, words: CaseWords) -> bool:
    """Tell whether a message names cases anew, and so does not go on with the question before it."""
    said = set(sentence.words)
    begins_anew = sentence.word(0) in words.words("fresh_words")
    return (
        begins_anew
        and bool(said & words.words("case_nouns"))
        and said.isdisjoint(words.words("follow_words"))
    )
