"""A message as words in their usual writing, and which of them say what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from bot.actions.case_question_words import CaseWords, fold

# No question is longer, and each unknown word is compared with every known one.
MAX_WORDS = 120
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Token:
    """A word of a message.

    Attributes:
        word: in its usual writing.
        typed: as typed; the parts of a compound share it.
        start: offset in `Sentence.text`.
        end: offset after it.
        is_name: written with a capital, not first.
        ends_clause: a mark follows that ends what was said.
    """

    word: str
    typed: str
    start: int
    end: int
    is_name: bool
    ends_clause: bool


@dataclass(frozen=True)
class Sentence:
    """The words of a message, and the message with each word in its usual writing."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def words(self) -> list[str]:
        """The words alone."""
        return [token.word for token in self.tokens]

    def word(self, index: int) -> str:
        """The word at a place; empty outside the message."""
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""


@dataclass(frozen=True)
class Hit:
    """Words from `start` to before `end` that say something.

    Attributes:
        kind: the field of the question, such as `status` or `unit`.
        value: of that field: an id, or an object of the module that found it.
        rank: the lower wins between hits of the same length.
        gaps: places inside it that say something else.
    """

    start: int
    end: int
    kind: str
    value: object
    rank: int = 0
    gaps: tuple[int, ...] = ()

    @property
    def places(self) -> list[int]:
        """The places of its own words."""
        return [place for place in range(self.start, self.end) if place not in self.gaps]


def read(text: str, words: CaseWords, names: frozenset[str]) -> Sentence:
    """Bring a message to its usual writing.

    Args:
        names: words of the names of units and people, which are left as they are.
    """
    pieces: list[str] = []
    tokens: list[Token] = []
    length = last_end = 0
    for match in islice(_WORD.finditer(text), MAX_WORDS):
        gap = text[last_end : match.start()]
        pieces.append(gap)
        length += len(gap)
        is_name = match[0][0].isupper() and last_end > 0
        ends_clause = text[match.end() : match.end() + 1] in {",", ".", ";", "?", "!", ":"}
        for place, word in enumerate(words.normal(fold(match[0]), names)):
            if tokens and _is_many(tokens[-1].word, words):
                word = words.data["plurals"].get(word, word)
            if place:
                pieces.append(" ")
                length += 1
            pieces.append(word)
            tokens.append(Token(word, match[0], length, length + len(word), is_name, ends_clause))
            length += len(word)
        last_end = match.end()
    pieces.append(text[last_end:])
    return Sentence("".join(pieces), tuple(tokens))


def _is_many(word: str, words: CaseWords) -> bool:
    return (words.number(word) or 0) > 1


def choose(hits: Iterable[Hit]) -> list[Hit]:
    """The longest hits that do not overlap, in reading order; ties by rank, then by place."""
    chosen: list[Hit] = []
    taken: set[int] = set()
    for hit in sorted(hits, key=lambda hit: (-len(hit.places), hit.rank, hit.start)):
        places = hit.places
        if taken.isdisjoint(places):
            taken.update(places)
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.start)
